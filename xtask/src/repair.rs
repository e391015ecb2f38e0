//! `repair`: accepts the changed files of one version after review.

use pgstrata::Goal;

use crate::context::Context;
use crate::down::{Consent, after_asking};
use crate::failure::Failure;
use crate::flags::Adopt;

/// Shows the version, asks, and records its files as they are now.
pub(crate) fn run(context: &Context, flags: &Adopt) -> Result<(), Failure> {
    let goal = (Goal::Repair(flags.version), Some(&*flags.reason));
    let consent = Consent {
        yes: flags.yes,
        stored_down: &[],
    };
    after_asking(context, goal, &consent, &flags.records)
}
