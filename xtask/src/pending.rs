//! What is pending, and what it will ask of the server.

pub(crate) mod locked;
pub(crate) mod goal;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use pgstrata::{Error, Plan, State, Status};
use pgstrata_compiler::Compiled;
use pgstrata_compiler::cursor::Name;
use pgstrata_compiler::forecast::of_versions;
use pgstrata_compiler::locks::{LockMode, Locks, RowAccess};
use pgstrata_compiler::migration::Migration;
use pgstrata_compiler::script::Script;
use pgstrata_compiler::span::Span;

use crate::context::Context;
use crate::schema::current_schema::Reach;

/// The pending migrations.
pub(crate) struct Pending<'a> {
    /// Ascending; the goal counts where there is a plan.
    pub(crate) migrations: Vec<&'a Migration>,
    /// Repeatable scripts, by name.
    pub(crate) repeatables: Vec<&'a str>,
    /// Why there is no plan.
    pub(crate) refused: Vec<pgstrata::Finding>,
    /// What their statements lock.
    pub(crate) locks: BTreeMap<u64, Vec<Locks>>,
    /// The majors of PostgreSQL that the settings promise.
    pub(crate) majors: RangeInclusive<u16>,
    /// The history table, quoted.
    pub(crate) history: String,
    /// That of its events.
    pub(crate) events: String,
    /// The schema of both.
    pub(crate) history_schema: &'a str,
    /// Where the names in the files lead.
    pub(crate) reach: Reach,
    /// Whether nothing could be read that would say what is pending.
    pub(crate) is_unknown: bool,
}

impl<'a> Pending<'a> {
    /// What the plan has; or, where the history refuses one, all that is not applied.
    pub(crate) fn of(
        compiled: &'a Compiled,
        context: &'a Context,
        plan: &Result<Plan, Error>,
        status: &[Status],
        reach: Reach,
    ) -> Self {
        let is_open = |status: &&Status| {
            matches!(
                status.state,
                State::Pending | State::OutOfOrder | State::Interrupted
            )
        };
        let labels: BTreeSet<&str> = match plan {
            Ok(plan) => plan.steps.iter().map(|step| &*step.label).collect(),
            Err(_) => status
                .iter()
                .filter(is_open)
                .map(|status| &*status.label)
                .collect(),
        };
        let all = compiled.migrations.iter();
        let migrations: Vec<_> = all.filter(|it| labels.contains(&*it.label)).collect();
        let repeatables = compiled.repeatables.iter().map(|it| &*it.name);
        let repeatables = repeatables.filter(|name| labels.contains(name)).collect();
        let is_wanted = |version| migrations.iter().any(|it| it.version == version);
        let [history, events, _] = context.history.tables();
        let mut locks = of_versions(
            &compiled.migrations,
            &compiled.settings.search_path,
            is_wanted,
        );
        for lock in locks.values_mut().flatten().flat_map(|it| &mut it.tables) {
            lock.table = reach.place(&lock.table);
        }
        Self {
            is_unknown: plan.is_err() && status.is_empty() && !compiled.migrations.is_empty(),
            refused: plan
                .as_ref()
                .err()
                .map_or_else(Vec::new, |it| it.findings().to_vec()),
            locks,
            migrations,
            repeatables,
            majors: compiled.settings.postgres(),
            history,
            events,
            history_schema: &context.history.schema,
            reach,
        }
    }

    /// Every table that is locked, with the strongest lock and the most work, by name.
    pub(crate) fn tables(&self) -> Vec<(Name, LockMode, RowAccess)> {
        let mut tables: BTreeMap<&Name, (LockMode, RowAccess)> = BTreeMap::new();
        for lock in self
            .locks
            .values()
            .flatten()
            .flat_map(|locks| &locks.tables)
        {
            let (mode, work) = tables.entry(&lock.table).or_insert((lock.mode, lock.work));
            *mode = lock.mode.max(*mode);
            *work = lock.work.max(*work);
        }
        tables
            .into_iter()
            .map(|(name, (mode, work))| (name.clone(), mode, work))
            .collect()
    }

    /// Whether a statement waits for every older transaction of the database.
    pub(crate) fn is_concurrent(&self) -> bool {
        let mut boundaries = self.migrations.iter().flat_map(|it| it.up.boundaries());
        boundaries.any(|(_, _, concurrent)| concurrent)
    }
}

/// The statements of a script: line, text.
pub(crate) fn statements(script: &Script) -> impl Iterator<Item = (u32, &str)> {
    script
        .boundaries()
        .map(|(span, line, _): (Span, _, _)| (line, span.of(&script.text)))
}

/// Whether one lock keeps out the other (PostgreSQL manual, Explicit Locking, Conflicting
/// Lock Modes).
pub(crate) fn conflict(one: LockMode, other: LockMode) -> bool {
    let (weaker, stronger) = (one.min(other), one.max(other));
    match weaker {
        LockMode::AccessShare => stronger == LockMode::AccessExclusive,
        LockMode::RowShare => stronger >= LockMode::Exclusive,
        LockMode::RowExclusive => stronger >= LockMode::Share,
        LockMode::Share => stronger > LockMode::Share,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::{LockMode, conflict};
    use crate::pending::locked::mode;

    /// The table of the manual, a row a mode, `X` for a conflict.
    #[test]
    fn locks_conflict_as_the_manual_says() {
        let rows = [
            ("AccessShareLock", ".......X"),
            ("RowShareLock", "......XX"),
            ("RowExclusiveLock", "....XXXX"),
            ("ShareUpdateExclusiveLock", "...XXXXX"),
            ("ShareLock", "..XX.XXX"),
            ("ShareRowExclusiveLock", "..XXXXXX"),
            ("ExclusiveLock", ".XXXXXXX"),
            ("AccessExclusiveLock", "XXXXXXXX"),
        ];
        for (name, expected) in rows {
            let one = mode(name).expect("a mode");
            let row = LockMode::ALL.map(|other| if conflict(one, other) { 'X' } else { '.' });
            assert_eq!(String::from_iter(row), expected, "{name}");
        }
        assert_eq!(mode("SIReadLock"), None);
    }
}
