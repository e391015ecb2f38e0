//! The program's list against the history: a pure function that finds all faults.

use std::fmt;

use crate::advice;
use crate::history::{self, History, Past, Recorded, RowState};
use crate::migration::{Migration, Migrations, Mode};
use crate::plan::{Direction, Goal};

/// One reason not to touch the database.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// The migration's version.
    pub version: Option<u64>,
    /// Its file name without direction and extension, as it was recorded where the program
    /// does not have it.
    pub label: String,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a migration.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// Applied, and its files say something else now, in these directions.
    Changed(Vec<Direction>),
    /// Applied, but the program has no such migration, although it has newer ones.
    Missing,
    /// Not applied, although this newer one is.
    OutOfOrder(String),
    /// Applied, and newer than everything the program has.
    Newer,
    /// A script outside a transaction stopped half-way and needs a decision.
    InProgress {
        /// Which way it was going.
        direction: Direction,
        /// How many statements are known to be finished.
        done: usize,
        /// How many statements the script has.
        total: usize,
        /// What to do by hand, with the exact SQL.
        recipe: String,
    },
    /// To be rolled back, but there is no way back, for the reason that its down file gives.
    Irreversible(String),
    /// Would be rolled back by text that is stored in the history, and that the program cannot
    /// compare with a script of its own: see [`StoredDown`](crate::StoredDown).
    StoredDown {
        /// The text.
        sql: String,
        /// Its SHA-256, in hexadecimal digits.
        sha256: String,
    },
    /// Runs this Rust function, which the program does not have.
    CodeMissing(String),
    /// Runs outside a transaction, but all was to be in one, or a transaction pooler lies
    /// between, which does not keep to one session.
    Apart,
    /// Requires what is not there: this, and what to do about it.
    Requires(String),
}

/// Every fault that is in the way of the goal, in order of version.
pub(crate) fn faults(
    migrations: &Migrations<'_>,
    past: &Past,
    goal: Goal,
    history: &History,
) -> Vec<Finding> {
    let undone = goal.undone(&past.rows);
    let is_redo = matches!(goal, Goal::Redo(_) | Goal::RedoFrom(_));
    // With the same statements.
    let is_resumable = |version| {
        let both = history::row(&past.rows, version).zip(migrations.find(version));
        both.is_some_and(|(row, Migration { up, .. })| {
            // A transaction that is half done has been ended by its own code.
            let is_half_way = row.state == RowState::Applying && up.mode == Mode::NoTransaction;
            is_half_way && row.was_applied_from(&up)
        })
    };
    let is_undone = |version| undone.iter().any(|row| row.version == version);
    let is_in_the_way = |finding: &Finding| match (goal, &finding.fault) {
        // A script goes on where it stopped.
        (Goal::Down(_) | Goal::DownTo(_), Fault::InProgress { direction, .. }) => {
            let row = finding
                .version
                .and_then(|version| history::row(&past.rows, version));
            *direction == Direction::Up || row.is_some_and(|it| it.down_mode == Mode::Transaction)
        }
        (_, Fault::InProgress { .. }) => !finding.version.is_some_and(is_resumable),
        (Goal::Down(_) | Goal::DownTo(_) | Goal::Repair(_), _)
        | (Goal::Only(_), Fault::OutOfOrder(_)) => false,
        // The stored script is what runs on the way down.
        (_, Fault::Changed(_)) if is_redo => !finding.version.is_some_and(is_undone),
        (Goal::Baseline(baseline), Fault::OutOfOrder(_)) => finding.version > Some(baseline),
        _ => true,
    };
    let mut findings = all(migrations, &past.rows, history);
    findings.retain(is_in_the_way);
    // What is to be applied again has to be there.
    for finding in findings
        .iter_mut()
        .filter(|it| is_redo && it.fault == Fault::Newer)
    {
        finding.fault = Fault::Missing;
    }
    findings.extend(undone.into_iter().filter_map(|row| {
        let reason = row.way_back(migrations).err()?;
        Some(Finding::new(
            row.version,
            &row.label,
            Fault::Irreversible(reason),
        ))
    }));
    findings.sort_by_key(|finding| finding.version);
    findings
}

fn all(migrations: &Migrations<'_>, rows: &[Recorded], history: &History) -> Vec<Finding> {
    let of_row = |row: &Recorded| {
        let embedded = migrations.find(row.version);
        let fault = in_progress(row, embedded.as_ref(), history).or_else(|| match &embedded {
            Some(migration) => Some(row.differences(migration))
                .filter(|it| !it.is_empty())
                .map(Fault::Changed),
            None if Some(row.version) > migrations.newest() => Some(Fault::Newer),
            None => Some(Fault::Missing),
        });
        let label = embedded
            .as_ref()
            .map_or(&*row.label, |migration| migration.label);
        fault.map(|fault| Finding::new(row.version, label, fault))
    };
    let mut findings: Vec<Finding> = rows.iter().filter_map(of_row).collect();
    if let Some(newest) = rows.last() {
        let unapplied = migrations.iter().filter(|migration| {
            migration.version < newest.version && history::row(rows, migration.version).is_none()
        });
        findings.extend(unapplied.map(|migration| {
            let fault = Fault::OutOfOrder(newest.label.clone());
            Finding::new(migration.version, migration.label, fault)
        }));
    }
    findings
}

fn in_progress(row: &Recorded, known: Option<&Migration<'_>>, history: &History) -> Option<Fault> {
    let (direction, script) = match row.state {
        RowState::Applied => return None,
        RowState::Applying => (Direction::Up, known.map(|migration| migration.up)),
        RowState::RollingBack => (Direction::Down, known.map(|migration| migration.down)),
    };
    let template = match direction {
        Direction::Up => include_str!("by_hand_up.txt"),
        Direction::Down => include_str!("by_hand_down.txt"),
    };
    let (done, total) = (row.statements_done, row.statements_total);
    let statement = script.and_then(|script| {
        let statement = script.statements().nth(done)?;
        Some(format!(
            " (line {}: {})",
            statement.line,
            script.text(statement).lines().next()?
        ))
    });
    let (next, count) = ((done + 1).to_string(), total.to_string());
    let values = [
        ("next", &*next),
        ("statement", &statement.unwrap_or_default()),
        ("total", &count),
    ];
    let rest = advice::sentence(
        if done < total {
            "some-left"
        } else {
            "none-left"
        },
        &values,
    );
    let (version, attempt) = (row.version.to_string(), row.attempt.to_string());
    let values = [
        ("rest", &*rest),
        ("version", &version),
        ("attempt", &attempt),
    ];
    let recipe = history.fill(template.trim_end(), &values);
    Some(Fault::InProgress {
        direction,
        done,
        total,
        recipe,
    })
}

impl Finding {
    pub(crate) fn new(version: impl Into<Option<u64>>, label: &str, fault: Fault) -> Self {
        Self {
            version: version.into(),
            label: label.to_owned(),
            fault,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = &self.label;
        let (sentence, more) = match &self.fault {
            Fault::Changed(directions) => {
                let files = directions
                    .iter()
                    .map(|direction| format!("{label}.{direction}.sql"));
                ("changed", files.collect::<Vec<_>>().join(", "))
            }
            Fault::Missing => ("missing", String::new()),
            Fault::OutOfOrder(newest_applied) => ("out-of-order", newest_applied.clone()),
            Fault::Newer => ("newer", String::new()),
            Fault::Apart => ("apart", String::new()),
            Fault::StoredDown { sql, sha256 } => {
                let sql = format!("\n{sql}").replace('\n', "\n    ");
                let values = [("label", &**label), ("sql", &sql), ("sha256", sha256)];
                return f.write_str(&advice::sentence("stored-down", &values));
            }
            Fault::CodeMissing(path) => ("code-missing", path.clone()),
            Fault::Irreversible(reason) => ("irreversible", reason.clone()),
            Fault::Requires(what) => ("requires", what.clone()),
            Fault::InProgress {
                direction,
                done,
                total,
                recipe,
            } => {
                let done = format!("{done} of {total} statements are known to be finished");
                return write!(
                    f,
                    "{label}.{direction}.sql stopped half-way: {done}\n{recipe}"
                );
            }
        };
        f.write_str(&advice::sentence(
            sentence,
            &[("label", label), ("more", &more)],
        ))
    }
}
