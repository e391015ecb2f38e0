//! `redo`: rolls back and applies again, as the files are now.

use pgstrata::Goal;

use crate::context::Context;
use crate::down::{Consent, after_asking};
use crate::failure::Failure;
use crate::flags::Redo;

/// Shows both ways, asks, and goes them.
pub(crate) fn run(context: &Context, flags: &Redo) -> Result<(), Failure> {
    let goal = flags.from.map_or(Goal::Redo(flags.steps), Goal::RedoFrom);
    let consent = Consent {
        yes: flags.yes,
        stored_down: &flags.accepted,
    };
    after_asking(context, (goal, None), &consent, &flags.records)
}
