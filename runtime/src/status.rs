//! Where a database stands, migration by migration.

use std::collections::BTreeMap;
use std::fmt;

use crate::history::{Recorded, RowState};
use crate::migration::Migrations;
use crate::validate::Finding;

/// One migration, of the program or of the database or of both.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Status {
    /// Its version.
    pub version: u64,
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
    /// Applied, and its file says something else now.
    Changed,
    /// Not applied, although a newer one is.
    OutOfOrder,
    /// Applied, but the program does not have it, although it has newer ones.
    Missing,
    /// Applied, and newer than everything the program has.
    Newer,
    /// Stopped half-way, outside a transaction.
    InProgress,
}

/// One entry a version, ascending.
pub(crate) fn status(
    migrations: &Migrations<'_>,
    recorded: &[Recorded],
    findings: &[Finding],
) -> Vec<Status> {
    let pending = |migration: &crate::Migration<'_>| Status {
        version: migration.version,
        label: migration.label.to_owned(),
        state: State::Pending,
        applied_at: None,
        applied_by: None,
    };
    let mut all: BTreeMap<u64, Status> =
        migrations.list.iter().map(|migration| (migration.version, pending(migration))).collect();
    all.extend(recorded.iter().map(|row| {
        let state = match row.state {
            RowState::Applied => State::Applied,
            RowState::Applying | RowState::RollingBack => State::InProgress,
        };
        let status = Status {
            version: row.version,
            label: row.label.clone(),
            state,
            applied_at: Some(row.applied_at.clone()),
            applied_by: Some(row.applied_by.clone()),
        };
        (row.version, status)
    }));
    let mut all: Vec<Status> = all.into_values().collect();
    for status in &mut all {
        let embedded = migrations.find(status.version).map(|migration| migration.label);
        let is_about = |finding: &&Finding| {
            finding.label() == status.label || Some(finding.label()) == embedded
        };
        if let Some(finding) = findings.iter().find(is_about) {
            status.state = match finding {
                Finding::Changed { .. } => State::Changed,
                Finding::Missing { .. } => State::Missing,
                Finding::OutOfOrder { .. } => State::OutOfOrder,
                Finding::Newer { .. } => State::Newer,
                Finding::InProgress { .. } => State::InProgress,
                Finding::Irreversible { .. } => status.state,
            };
        }
    }
    all
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Applied => "applied",
            Self::Pending => "pending",
            Self::Changed => "changed",
            Self::OutOfOrder => "out of order",
            Self::Missing => "missing",
            Self::Newer => "newer",
            Self::InProgress => "in progress",
        })
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<12} {}", self.state, self.label)?;
        match (&self.applied_at, &self.applied_by) {
            (Some(at), Some(by)) => write!(f, " at {at} by {by}"),
            _ => Ok(()),
        }
    }
}
