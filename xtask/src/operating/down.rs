//! `down`: rolls back, newest first.

use pgstrata::Goal;

use crate::context::Context;
use crate::failure::Failure;
use crate::journal::Records;
use crate::operating::consent::{Consent, after_asking};

/// What may be asked of it.
#[derive(Debug)]
pub(crate) struct Options {
    /// How many migrations.
    pub(crate) steps: usize,
    /// Everything above this version instead; 0 is everything.
    pub(crate) to: Option<u64>,
    /// Do not ask.
    pub(crate) yes: bool,
    /// Accept the text from the history that has this SHA-256, which the plan shows. May be given
    /// again.
    pub(crate) accepted: Vec<String>,
    /// What to keep.
    pub(crate) records: Records,
}

/// Shows what will be rolled back, asks, and does it.
pub(crate) fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    let goal = options.to.map_or(Goal::Down(options.steps), Goal::DownTo);
    let consent = Consent {
        yes: options.yes,
        stored_down: &options.accepted,
    };
    after_asking(context, (goal, None), &consent, &options.records)
}
