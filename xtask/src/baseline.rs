//! `baseline`: takes over a database that was made by other means.

use pgstrata::Goal;

use crate::context::Context;
use crate::down::{Consent, after_asking};
use crate::failure::Failure;
use crate::flags::Adopt;

/// Shows what will count as applied, asks, and records it.
pub(crate) fn run(context: &Context, flags: &Adopt) -> Result<(), Failure> {
    let goal = (Goal::Baseline(flags.version), Some(&*flags.reason));
    let consent = Consent {
        yes: flags.yes,
        stored_down: &[],
    };
    after_asking(context, goal, &consent, &flags.records)
}
