//! `baseline`: takes over a database that was made by other means.

use pgstrata::Goal;

use crate::context::Context;
use crate::down::{Consent, after_asking};
use crate::failure::Failure;
use crate::journal::Records;

/// What may be asked of it.
#[derive(Debug)]
pub(crate) struct Options {
    /// The version.
    pub(crate) version: u64,
    /// Why; kept with the history's events.
    pub(crate) reason: String,
    /// Do not ask.
    pub(crate) yes: bool,
    /// What to keep.
    pub(crate) records: Records,
}

/// Shows what will count as applied, asks, and records it.
pub(crate) fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    let goal = (Goal::Baseline(options.version), Some(&*options.reason));
    let consent = Consent {
        yes: options.yes,
        stored_down: &[],
    };
    after_asking(context, goal, &consent, &options.records)
}
