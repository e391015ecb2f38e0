//! The program's list against the history: a pure function that finds all faults.

use std::fmt;

use crate::history::{self, History, Recorded, RowState};
use crate::migration::{Checksum, Migration, Migrations};
use crate::plan::Direction;
use crate::recipe;

/// One reason not to touch the database.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Finding {
    /// Applied, and its file says something else now.
    Changed {
        /// The migration.
        label: String,
        /// The directions whose text differs.
        directions: Vec<Direction>,
    },
    /// Applied, but the program has no such migration, although it has newer ones.
    Missing {
        /// The migration as it was recorded.
        label: String,
    },
    /// Not applied, although a newer one is.
    OutOfOrder {
        /// The migration.
        label: String,
        /// The newest applied migration.
        newest_applied: String,
    },
    /// Applied, and newer than everything the program has.
    Newer {
        /// The migration as it was recorded.
        label: String,
    },
    /// A script outside a transaction stopped half-way and needs a decision.
    InProgress {
        /// The migration.
        label: String,
        /// Which way it was going.
        direction: Direction,
        /// How many statements are known to be finished.
        done: usize,
        /// How many statements the script has.
        total: usize,
        /// What to do by hand, with the exact SQL.
        recipe: String,
    },
    /// To be rolled back, but its down file says that there is no way back.
    Irreversible {
        /// The migration.
        label: String,
        /// The reason that the down file gives.
        reason: String,
    },
}

/// Every fault, in order of version.
pub(crate) fn up(
    migrations: &Migrations<'_>,
    recorded: &[Recorded],
    history: &History,
) -> Vec<Finding> {
    let mut findings: Vec<(u64, Finding)> = Vec::new();
    for row in recorded {
        let embedded = migrations.find(row.version);
        let half_done =
            in_progress(row, embedded, history).filter(|_| !is_resumable(row, embedded));
        let finding = half_done.or_else(|| match embedded {
            Some(migration) => changed(row, migration),
            None if migrations.newest().is_none_or(|newest| row.version > newest) => {
                Some(Finding::Newer { label: row.label.clone() })
            }
            None => Some(Finding::Missing { label: row.label.clone() }),
        });
        findings.extend(finding.map(|finding| (row.version, finding)));
    }
    if let Some(newest) = recorded.last() {
        let unapplied = migrations.list.iter().filter(|migration| {
            migration.version < newest.version
                && history::row(recorded, migration.version).is_none()
        });
        findings.extend(unapplied.map(|migration| {
            let label = migration.label.to_owned();
            let newest_applied = newest.label.clone();
            (migration.version, Finding::OutOfOrder { label, newest_applied })
        }));
    }
    findings.sort_by_key(|(version, _)| *version);
    findings.into_iter().map(|(_, finding)| finding).collect()
}

/// What forbids rolling back the newest `steps`. Changed files do not: the down that
/// was stored with the history runs.
pub(crate) fn down(
    migrations: &Migrations<'_>,
    recorded: &[Recorded],
    steps: usize,
    history: &History,
) -> Vec<Finding> {
    // The stored script goes on where it stopped.
    let unfinished = recorded.iter().filter(|row| row.state != RowState::RollingBack);
    let unfinished =
        unfinished.filter_map(|row| in_progress(row, migrations.find(row.version), history));
    let irreversible = recorded.iter().rev().take(steps).filter_map(|row| {
        let reason = row.irreversible.clone()?;
        Some(Finding::Irreversible { label: row.label.clone(), reason })
    });
    unfinished.chain(irreversible).collect()
}

fn changed(row: &Recorded, migration: &Migration<'_>) -> Option<Finding> {
    let mut directions = Vec::new();
    if differs(&migration.up.checksum, row, &row.up_checksum) {
        directions.push(Direction::Up);
    }
    if differs(&migration.down.checksum, row, &row.down_checksum) {
        directions.push(Direction::Down);
    }
    let label = migration.label.to_owned();
    (!directions.is_empty()).then_some(Finding::Changed { label, directions })
}

/// Whether the next run can go on where the last one stopped: with the same statements.
fn is_resumable(row: &Recorded, embedded: Option<&Migration<'_>>) -> bool {
    row.state == RowState::Applying
        && embedded.is_some_and(|migration| !differs(&migration.up.checksum, row, &row.up_checksum))
}

fn differs(checksum: &Checksum, row: &Recorded, digest: &[u8]) -> bool {
    i32::from(checksum.algorithm) != i32::from(row.algorithm) || checksum.sha256 != digest
}

fn in_progress(
    row: &Recorded,
    embedded: Option<&Migration<'_>>,
    history: &History,
) -> Option<Finding> {
    let (direction, script) = match row.state {
        RowState::Applied => return None,
        RowState::Applying => (Direction::Up, embedded.map(|migration| &migration.up)),
        RowState::RollingBack => (Direction::Down, embedded.map(|migration| &migration.down)),
    };
    let (done, total) = (row.statements_done, row.statements_total);
    Some(Finding::InProgress {
        label: row.label.clone(),
        direction,
        done,
        total,
        recipe: recipe::by_hand(row, direction, script, history),
    })
}

impl Finding {
    /// The migration it is about: its file name without direction and extension.
    pub fn label(&self) -> &str {
        match self {
            Self::Changed { label, .. }
            | Self::Missing { label }
            | Self::OutOfOrder { label, .. }
            | Self::Newer { label }
            | Self::InProgress { label, .. }
            | Self::Irreversible { label, .. } => label,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed { label, directions } => {
                let files: Vec<String> =
                    directions.iter().map(|direction| format!("{label}.{direction}.sql")).collect();
                write!(
                    f,
                    "{label} was changed after it was applied ({}): restore the file and put the \
                     change into a new migration",
                    files.join(", ")
                )
            }
            Self::Missing { label } => write!(
                f,
                "{label} is applied, but this program does not have it: restore its files, or \
                 build the program from the branch that has them"
            ),
            Self::OutOfOrder { label, newest_applied } => write!(
                f,
                "{label} is not applied, but the newer {newest_applied} is: give it a number \
                 above that one"
            ),
            Self::Newer { label } => write!(
                f,
                "{label} is applied, but newer than everything this program has: deploy a newer \
                 program, or roll the database back first"
            ),
            Self::InProgress { label, direction, done, total, recipe } => write!(
                f,
                "{label}.{direction}.sql stopped half-way: {done} of {total} statements are known \
                 to be finished\n{recipe}"
            ),
            Self::Irreversible { label, reason } => write!(
                f,
                "{label} cannot be rolled back: {reason}; write a new migration that repairs \
                 what has to be repaired"
            ),
        }
    }
}
