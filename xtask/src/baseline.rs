//! `baseline`: takes over a database that was made by other means.

use pgstrata::Goal;

use crate::down::after_asking;
use crate::failure::Failure;
use crate::flags::{Adopt, Common};

/// Shows what will count as applied, asks, and records it.
pub(crate) fn run(common: &Common, flags: &Adopt) -> Result<(), Failure> {
    after_asking(
        common,
        Goal::Baseline(flags.version),
        flags.yes,
        &flags.records,
        |migrator, client| migrator.baseline(client, flags.version, &flags.reason),
    )
}
