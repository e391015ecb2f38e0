//! `baseline`: takes over a database that was made by other means.

use pgstrata::Goal;

use crate::context::Context;
use crate::failure::Failure;
use crate::operating::consent::{Acceptance, Consent, after_asking};

/// Shows what will count as applied, asks, and records it.
pub(crate) fn run(context: &Context, options: &Acceptance) -> Result<(), Failure> {
    let goal = (Goal::Baseline(options.version), Some(&*options.reason));
    let consent = Consent {
        yes: options.yes,
        stored_down: &[],
    };
    after_asking(context, goal, &consent, &options.records)
}
