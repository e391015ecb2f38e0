//! What a run did.

use std::fmt;
use std::time::Duration;

use crate::plan::{HeldBack, Step};

/// The steps that a run finished, in order. An [`Error`](crate::Error) carries the
/// report of what was done before it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// In the order they ran.
    pub steps: Vec<Step>,
    /// The step that failed; nothing of it is in `steps`.
    pub failed: Option<Step>,
    /// Planned, but not run, since a step before failed.
    pub not_run: Vec<Step>,
    /// What has to wait for a later run.
    pub held_back: Option<HeldBack>,
}

impl Report {
    /// Whether there was nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

/// One line a step, another a statement that was left out, and a total.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() && self.held_back.is_none() {
            return f.write_str("nothing pending: the database is where it was asked to be");
        }
        self.steps.iter().try_for_each(|step| writeln!(f, "{step}"))?;
        let total: Duration = self.steps.iter().filter_map(|step| step.duration).sum();
        let count = self.steps.len();
        let plural = if count == 1 { "" } else { "s" };
        write!(f, "{count} migration{plural} in {total:.1?}")?;
        self.held_back.iter().try_for_each(|held_back| write!(f, "\n{held_back}"))
    }
}
