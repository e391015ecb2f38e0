//! `repair`: accepts the changed files of one version after review.

use pgstrata::Goal;

use crate::baseline;
use crate::context::Context;
use crate::down::{Consent, after_asking};
use crate::failure::Failure;

/// Shows the version, asks, and records its files as they are now.
pub(crate) fn run(context: &Context, options: &baseline::Options) -> Result<(), Failure> {
    let goal = (Goal::Repair(options.version), Some(&*options.reason));
    let consent = Consent {
        yes: options.yes,
        stored_down: &[],
    };
    after_asking(context, goal, &consent, &options.records)
}
