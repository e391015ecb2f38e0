//! `repair`: accepts the changed files of one version after review.

use pgstrata::Goal;

use crate::down::after_asking;
use crate::failure::Failure;
use crate::flags::{Adopt, Common};

/// Shows the version, asks, and records its files as they are now.
pub(crate) fn run(common: &Common, flags: &Adopt) -> Result<(), Failure> {
    let goal = (Goal::Repair(flags.version), Some(&*flags.reason));
    after_asking(common, goal, flags.yes, &flags.records)
}
