//! What a run did.

use std::fmt;
use std::time::Duration;

use crate::plan::Direction;

/// The steps that a run finished, in order. An [`Error`](crate::Error) carries the
/// report of what was done before it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// In the order they ran.
    pub steps: Vec<Applied>,
}

/// One finished step.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Applied {
    /// Which way.
    pub direction: Direction,
    /// The migration's version.
    pub version: u64,
    /// The migration's file name without direction and extension.
    pub label: String,
    /// How long it took, retries included.
    pub duration: Duration,
}

impl Report {
    /// Whether there was nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

/// One line a step and a total.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing pending: the database is where it was asked to be");
        }
        for step in &self.steps {
            writeln!(f, "{step}")?;
        }
        let total: Duration = self.steps.iter().map(|step| step.duration).sum();
        let count = self.steps.len();
        let plural = if count == 1 { "" } else { "s" };
        write!(f, "{count} migration{plural} in {total:.1?}")
    }
}

impl fmt::Display for Applied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.direction {
            Direction::Up => "applied",
            Direction::Down => "rolled back",
        };
        write!(f, "{verb} {} in {:.1?}", self.label, self.duration)
    }
}
