//! `redo`: rolls back and applies again, as the files are now.

use pgstrata::Goal;

use crate::down::after_asking;
use crate::failure::Failure;
use crate::flags::{Common, Redo};

/// Shows both ways, asks, and goes them.
pub(crate) fn run(common: &Common, flags: &Redo) -> Result<(), Failure> {
    let steps = flags.steps;
    after_asking(common, Goal::Redo(steps), flags.yes, |migrator, client| {
        migrator.redo(client, steps)
    })
}
