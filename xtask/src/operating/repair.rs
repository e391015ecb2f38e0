//! `repair`: accepts the changed files of one version after review.

use pgstrata::Goal;

use crate::context::Context;
use crate::failure::Failure;
use crate::operating::consent::{Acceptance, Consent, after_asking};

/// Shows the version, asks, and records its files as they are now.
pub(crate) fn run(context: &Context, options: &Acceptance) -> Result<(), Failure> {
    let goal = (Goal::Repair(options.version), Some(&*options.reason));
    let consent = Consent {
        yes: options.yes,
        stored_down: &[],
    };
    after_asking(context, goal, &consent, &options.records)
}
