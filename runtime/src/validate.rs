//! The program's list against the history: a pure function that finds all faults.

use std::fmt;

use crate::history::{self, History, Past, Recorded, RowState};
use crate::migration::{Migration, Migrations, Mode};
use crate::plan::{Direction, Goal, Plan};
use crate::{advice, recipe};

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
    /// Runs outside a transaction, but all was to be in one, or a transaction pooler lies
    /// between, which does not keep to one session.
    Apart {
        /// The migration.
        label: String,
    },
}

/// Every fault that is in the way of the goal, in order of version.
pub(crate) fn faults(
    migrations: &Migrations<'_>,
    past: &Past,
    goal: Goal,
    history: &History,
) -> Vec<Finding> {
    let undone = goal.undone(&past.rows);
    let is_redo = matches!(goal, Goal::Redo(_));
    // With the same statements.
    let is_resumable = |version| {
        let both = history::row(&past.rows, version).zip(migrations.find(version));
        let same = both.filter(|(row, migration)| row.was_applied_from(&migration.up));
        same.is_some_and(|(row, _)| row.state == RowState::Applying)
    };
    let is_undone = |version| undone.iter().any(|row| row.version == version);
    let is_in_the_way = |(version, finding): &(u64, Finding)| match (goal, finding) {
        // A script goes on where it stopped.
        (Goal::Down(_) | Goal::DownTo(_), Finding::InProgress { direction, .. }) => {
            *direction == Direction::Up
        }
        (_, Finding::InProgress { .. }) => !is_resumable(*version),
        (Goal::Down(_) | Goal::DownTo(_) | Goal::Repair(_), _)
        | (Goal::Only(_), Finding::OutOfOrder { .. }) => false,
        // The stored script is what runs on the way down.
        (_, Finding::Changed { .. }) if is_redo => !is_undone(*version),
        (Goal::Baseline(baseline), Finding::OutOfOrder { .. }) => *version > baseline,
        _ => true,
    };
    let mut findings = all(migrations, &past.rows, history);
    findings.retain(is_in_the_way);
    let no_way_back = undone.into_iter().filter_map(|row| {
        let nothing = || (row.down_statements == 0).then(|| NO_DOWN.to_owned());
        let reason = row.irreversible.clone().or_else(nothing)?;
        Some((row.version, Finding::Irreversible { label: row.label.clone(), reason }))
    });
    // What is to be applied again has to be there.
    let findings = findings.into_iter().map(|(version, finding)| match finding {
        Finding::Newer { label } if is_redo => (version, Finding::Missing { label }),
        finding => (version, finding),
    });
    let mut all: Vec<_> = findings.chain(no_way_back).collect();
    all.sort_by_key(|(version, _)| *version);
    all.into_iter().map(|(_, finding)| finding).collect()
}

/// The steps that cannot be in a transaction.
pub(crate) fn apart(plan: &Plan) -> impl Iterator<Item = Finding> {
    let apart = plan.steps.iter().filter(|step| step.mode == Mode::NoTransaction);
    apart.map(|step| Finding::Apart { label: step.label.clone() })
}

/// Why a row without a down script cannot be rolled back.
const NO_DOWN: &str = "no down script was stored";

fn all(migrations: &Migrations<'_>, rows: &[Recorded], history: &History) -> Vec<(u64, Finding)> {
    let mut findings: Vec<(u64, Finding)> = Vec::new();
    for row in rows {
        let embedded = migrations.find(row.version);
        let label = || row.label.clone();
        let finding = in_progress(row, embedded, history).or_else(|| match embedded {
            Some(migration) => {
                let directions = row.differences(migration);
                let label = migration.label.to_owned();
                (!directions.is_empty()).then_some(Finding::Changed { label, directions })
            }
            None if Some(row.version) > migrations.newest() => {
                Some(Finding::Newer { label: label() })
            }
            None => Some(Finding::Missing { label: label() }),
        });
        findings.extend(finding.map(|finding| (row.version, finding)));
    }
    if let Some(newest) = rows.last() {
        let unapplied = migrations.list.iter().filter(|migration| {
            migration.version < newest.version && history::row(rows, migration.version).is_none()
        });
        findings.extend(unapplied.map(|migration| {
            let label = migration.label.to_owned();
            let newest_applied = newest.label.clone();
            (migration.version, Finding::OutOfOrder { label, newest_applied })
        }));
    }
    findings
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
            | Self::Apart { label }
            | Self::Irreversible { label, .. } => label,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = self.label();
        let (sentence, more) = match self {
            Self::Changed { directions, .. } => {
                let files = directions.iter().map(|direction| format!("{label}.{direction}.sql"));
                ("changed", files.collect::<Vec<_>>().join(", "))
            }
            Self::Missing { .. } => ("missing", String::new()),
            Self::OutOfOrder { newest_applied, .. } => ("out-of-order", newest_applied.clone()),
            Self::Newer { .. } => ("newer", String::new()),
            Self::Apart { .. } => ("apart", String::new()),
            Self::Irreversible { reason, .. } => ("irreversible", reason.clone()),
            Self::InProgress { direction, done, total, recipe, .. } => {
                let done = format!("{done} of {total} statements are known to be finished");
                return write!(f, "{label}.{direction}.sql stopped half-way: {done}\n{recipe}");
            }
        };
        f.write_str(&advice::sentence(sentence, &[("label", label), ("more", &more)]))
    }
}
