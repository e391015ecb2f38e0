//! What every command works with, wherever it was said.

use std::path::PathBuf;
use std::time::Duration;

use pgstrata::{Migrations, Migrator};

use crate::names::HistoryNames;
use crate::output::progress::Waiting;
use crate::own_backup::OwnBackup;

/// The project, the database, its history, and how to speak.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) project: Project,
    pub(crate) database: Database,
    pub(crate) history: HistoryNames,
    pub(crate) run: RunOptions,
    /// What the program calls instead of `pg_dump`.
    pub(crate) own_backup: Option<OwnBackup>,
    /// Whether to print errors and results only.
    pub(crate) quiet: bool,
}

/// Whose migrations they are.
#[derive(Debug)]
pub(crate) struct Project {
    /// The migrations directory.
    pub(crate) dir: PathBuf,
    /// What the program has instead of a directory.
    pub(crate) embedded: Option<&'static Migrations<'static>>,
}

/// Where they go.
#[derive(Debug)]
pub(crate) struct Database {
    /// Its address; else libpq's variables say it.
    pub(crate) url: Option<String>,
    /// The name that it must have.
    pub(crate) expected: Option<String>,
}

/// How a run waits, and where it does not stop.
#[derive(Debug)]
pub(crate) struct RunOptions {
    /// How long to wait for another run to end.
    pub(crate) lock_deadline: Duration,
    /// How long a migration is retried.
    pub(crate) retry_deadline: Duration,
    pub(crate) policies: Policies,
}

/// As the functions of the same names of [`Migrator`].
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a policy")]
pub(crate) struct Policies {
    pub(crate) behind_pooler: bool,
    pub(crate) allow_changed: bool,
    pub(crate) allow_missing: bool,
    pub(crate) allow_out_of_order: bool,
    pub(crate) allow_irreversible: bool,
    /// Run a script though a view or the like seems to be in its way.
    pub(crate) allow_in_use: bool,
    pub(crate) deny_newer_database: bool,
}

/// A policy of a migrator.
type Set<'a> = fn(Migrator<'a>) -> Migrator<'a>;

impl Context {
    /// A migrator as it is wanted here.
    pub(crate) fn migrator<'a>(&self, migrations: &'a Migrations<'a>) -> Migrator<'a> {
        self.configured(Migrator::new(migrations))
    }

    /// The same of one that is there.
    pub(crate) fn configured<'a>(&self, migrator: Migrator<'a>) -> Migrator<'a> {
        let Self { history, run, .. } = self;
        let migrator = migrator
            .history(&history.schema, &history.table)
            .lock_deadline(run.lock_deadline)
            .retry_deadline(run.retry_deadline);
        // It has no size, so nothing is lost; a run has its own.
        let migrator = if self.quiet {
            migrator
        } else {
            migrator.observe(Box::leak(Box::new(Waiting)))
        };
        let owners = history.owners.iter();
        let migrator = owners.fold(migrator, |migrator, role| migrator.history_owner(role));
        let policies = &run.policies;
        let all: [(bool, Set<'a>); 7] = [
            (policies.behind_pooler, Migrator::behind_pooler),
            (policies.allow_changed, Migrator::allow_changed),
            (policies.allow_missing, Migrator::allow_missing),
            (policies.allow_out_of_order, Migrator::allow_out_of_order),
            (policies.allow_irreversible, Migrator::allow_irreversible),
            (policies.allow_in_use, Migrator::allow_in_use),
            (policies.deny_newer_database, Migrator::deny_newer_database),
        ];
        let wanted = all.into_iter().filter(|(is_wanted, _)| *is_wanted);
        wanted.fold(migrator, |migrator, (_, set)| set(migrator))
    }
}
