//! What a run would do: a pure function of the program's list and the history.

use std::fmt;

use crate::history::{self, Recorded, RowState};
use crate::migration::{Migrations, Mode};

/// The steps a run would take, in order.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Plan {
    /// In the order they run; empty when there is nothing to do.
    pub steps: Vec<Step>,
}

/// One migration, applied or rolled back.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Step {
    /// Which way.
    pub direction: Direction,
    /// The migration's version.
    pub version: u64,
    /// The migration's file name without direction and extension.
    pub label: String,
    /// Whether its statements share one transaction.
    pub mode: Mode,
    /// How many statements it has.
    pub statements: usize,
    /// For a rollback, the application that it undoes: one migration may be applied,
    /// rolled back and applied again, and only the application seen here is meant.
    pub(crate) attempt: i64,
    /// Whether an earlier run stopped half-way, outside a transaction.
    pub(crate) is_resumed: bool,
}

/// Up or down.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// Apply.
    Up,
    /// Roll back.
    Down,
}

/// Everything of the list that the history lacks or has half done, up to and including
/// `target`.
pub(crate) fn up(migrations: &Migrations<'_>, recorded: &[Recorded], target: Option<u64>) -> Plan {
    let state = |version| history::row(recorded, version).map(|row| row.state);
    let pending = migrations
        .list
        .iter()
        .filter(|migration| target.is_none_or(|target| migration.version <= target))
        .filter(|migration| state(migration.version) != Some(RowState::Applied));
    let steps = pending.map(|migration| Step {
        is_resumed: state(migration.version).is_some(),
        direction: Direction::Up,
        version: migration.version,
        label: migration.label.to_owned(),
        mode: migration.up.mode,
        statements: migration.up.statements.len(),
        attempt: 0,
    });
    Plan { steps: steps.collect() }
}

/// The newest `steps` applied migrations, newest first, or all where there are fewer.
pub(crate) fn down(recorded: &[Recorded], steps: usize) -> Plan {
    let newest = recorded.iter().rev().take(steps);
    let steps = newest.map(|row| Step {
        is_resumed: row.state == RowState::RollingBack,
        direction: Direction::Down,
        version: row.version,
        label: row.label.clone(),
        mode: row.down_mode,
        statements: row.down_statements,
        attempt: row.attempt,
    });
    Plan { steps: steps.collect() }
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

/// One line a step.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing to do");
        }
        for (index, step) in self.steps.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{step}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { label, statements, .. } = self;
        let verb = match self.direction {
            Direction::Up => "apply",
            Direction::Down => "roll back",
        };
        let plural = if *statements == 1 { "" } else { "s" };
        write!(f, "{verb} {label} ({statements} statement{plural}")?;
        match self.mode {
            Mode::Transaction => f.write_str(")"),
            Mode::NoTransaction => f.write_str(", outside a transaction)"),
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Up => "up",
            Self::Down => "down",
        })
    }
}
