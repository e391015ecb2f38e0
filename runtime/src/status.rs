//! Where a database stands, migration by migration.

use std::collections::BTreeMap;
use std::fmt;

use crate::embedded::{Migrations, Repeatable};
use crate::finding::{Fault, Finding};
use crate::history::{Past, Recorded};
use crate::step::Step;

/// One migration, of the program or of the database or of both.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Status {
    /// Its version; a repeatable has none.
    pub version: Option<u64>,
    /// Its file name without direction and extension.
    pub label: String,
    /// Where it stands.
    pub state: State,
    /// When it was applied: UTC, as `2026-01-31T12:00:00Z`.
    pub applied_at: Option<String>,
    /// The user that applied it.
    pub applied_by: Option<String>,
}

/// Where a migration stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum State {
    /// Applied, as the program has it.
    Applied,
    /// Not applied yet.
    Pending,
    /// Not applied yet: a contract step that waits for a later release, or what comes after it.
    Held,
    /// Applied, and its file says something else now.
    Changed,
    /// Not applied, although a newer one is.
    OutOfOrder,
    /// Applied, but the program does not have it, although it has newer ones.
    Missing,
    /// Applied, and newer than everything the program has.
    Newer,
    /// Interrupted, outside a transaction.
    Interrupted,
}

/// One entry a version, ascending, then the repeatables.
pub(crate) fn status(
    list: &Migrations<'_>,
    past: &Past,
    findings: &[Finding],
    held: &[Step],
) -> Vec<Status> {
    let is_held = |version, label: &str| {
        let mut steps = held.iter();
        steps.any(|step| step.version == version && step.label == label)
    };
    let embedded = list.iter().map(|m| (m.version, (m.label, None)));
    let recorded = past.rows.iter().map(|row| {
        let own = list.find(row.version).map(|it| it.label);
        (row.version, (own.unwrap_or(&row.label), Some(row)))
    });
    let all: BTreeMap<u64, (&str, Option<&Recorded>)> = embedded.chain(recorded).collect();
    let versions = all.into_iter().map(|(version, (label, row))| {
        let finding = findings
            .iter()
            .find(|finding| finding.version == Some(version));
        let state = match finding.map(|finding| &finding.fault) {
            Some(Fault::Changed(_)) => State::Changed,
            Some(Fault::Missing) => State::Missing,
            Some(Fault::OutOfOrder(_)) => State::OutOfOrder,
            Some(Fault::Newer) => State::Newer,
            _ if row.is_some_and(Recorded::is_applied) => State::Applied,
            _ if is_held(Some(version), label) => State::Held,
            _ => row.map_or(State::Pending, |_| State::Interrupted),
        };
        Status::new(Some(version), label, state, row)
    });
    let repeatables = list.repeatables.iter().map(|Repeatable { name, script }| {
        let row = past.repeated.iter().find(|row| row.label == *name);
        let is_same = row.is_some_and(|row| row.was_applied_from(script));
        Status::new(
            None,
            name,
            if is_same {
                State::Applied
            } else if is_held(None, name) {
                State::Held
            } else {
                State::Pending
            },
            row,
        )
    });
    versions.chain(repeatables).collect()
}

impl Status {
    fn new(version: Option<u64>, label: &str, state: State, row: Option<&Recorded>) -> Self {
        Self {
            version,
            label: label.to_owned(),
            state,
            applied_at: row.map(|row| row.applied_at.clone()),
            applied_by: row.map(|row| row.applied_by.clone()),
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Applied => "applied",
            Self::Pending => "pending",
            Self::Held => "held",
            Self::Changed => "changed",
            Self::OutOfOrder => "out of order",
            Self::Missing => "missing",
            Self::Newer => "newer",
            Self::Interrupted => "interrupted",
        })
    }
}
