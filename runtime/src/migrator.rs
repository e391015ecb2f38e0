//! The verbs.

use std::time::Duration;

use postgres::Client;

use crate::error::Error;
use crate::event::{Listener, Observer};
use crate::execute::{Limits, Sending};
use crate::history::History;
use crate::migration::Migrations;
use crate::plan::{self, Plan};
use crate::report::Report;
use crate::status::{self, Status};
use crate::validate;

/// Applies, rolls back and explains one list of migrations.
///
/// ```no_run
/// use std::time::Duration;
/// # static MIGRATIONS: pgstrata::Migrations = pgstrata::Migrations { directory: "", list: &[], repeatables: &[] };
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut client = postgres::Client::connect("postgresql://localhost/app", postgres::NoTls)?;
/// let mut printer = |event: &pgstrata::Event<'_>| eprintln!("{event:?}");
/// let report = pgstrata::Migrator::new(&MIGRATIONS)
///     .lock_deadline(Duration::from_secs(120))
///     .observe(&mut printer)
///     .up(&mut client)?;
/// println!("{report}");
/// # Ok(())
/// # }
/// ```
///
/// The connection must not be inside a transaction. `postgres::Client` drives a small
/// runtime of its own and panics inside an async one: call it there from
/// `tokio::task::spawn_blocking`.
pub struct Migrator<'a> {
    pub(crate) migrations: &'a Migrations<'a>,
    pub(crate) history: History,
    pub(crate) limits: Limits,
    pub(crate) sending: Sending,
    pub(crate) newer_database: NewerDatabase,
    pub(crate) listener: Listener<'a>,
}

/// What to do where the database is ahead of the program.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum NewerDatabase {
    Allow,
    Deny,
}

impl<'a> Migrator<'a> {
    /// A migrator with the defaults.
    pub fn new(migrations: &'a Migrations<'a>) -> Self {
        Self {
            migrations,
            history: History::new("public", "pgstrata_history"),
            limits: Limits {
                lock_deadline: Duration::from_secs(60),
                lock_timeout: Duration::from_secs(5),
                statement_timeout: Duration::ZERO,
                retry_deadline: Duration::from_secs(60),
            },
            sending: Sending::Whole,
            newer_database: NewerDatabase::Allow,
            listener: Listener::default(),
        }
    }

    /// Keeps history in this schema and table, created where they are missing, and events
    /// in a second table with `_events` behind its name. Programs that share a database
    /// take one name each. Default: `public`, `pgstrata_history`.
    pub fn history(mut self, schema: &str, table: &str) -> Self {
        self.history = History::new(schema, table);
        self
    }

    /// How long to wait for another run to finish. Default: 60 s.
    pub fn lock_deadline(mut self, deadline: Duration) -> Self {
        self.limits.lock_deadline = deadline;
        self
    }

    /// How long a statement waits for one lock, where its file does not say; zero waits
    /// for ever, and everybody behind it too. Default: 5 s.
    pub fn lock_timeout(mut self, timeout: Duration) -> Self {
        self.limits.lock_timeout = timeout;
        self
    }

    /// How long a statement may take, where its file does not say; zero is no limit. The
    /// connection's own setting does not count. Default: zero.
    pub fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.limits.statement_timeout = timeout;
        self
    }

    /// For how long lock, deadlock and serialization failures of one migration are
    /// retried. Default: 60 s.
    pub fn retry_deadline(mut self, deadline: Duration) -> Self {
        self.limits.retry_deadline = deadline;
        self
    }

    /// Refuses to start on a database that has migrations newer than this program's,
    /// even where all of the program's own are applied and unchanged.
    pub fn deny_newer_database(mut self) -> Self {
        self.newer_database = NewerDatabase::Deny;
        self
    }

    /// Sends one message a statement and tells of each: slower by a round trip a
    /// statement, with the same transactions.
    pub fn per_statement(mut self) -> Self {
        self.sending = Sending::Statements;
        self
    }

    /// Tells this observer what happens.
    pub fn observe(mut self, observer: &'a mut dyn Observer) -> Self {
        self.listener = Listener(Some(observer));
        self
    }

    /// Applies everything that is pending.
    ///
    /// With nothing pending this is one round trip, without a lock and without a write.
    pub fn up(&mut self, client: &mut Client) -> Result<Report, Error> {
        self.apply(client, None)
    }

    /// Applies what is pending up to and including a version; nothing where the database
    /// is past it.
    pub fn up_to(&mut self, client: &mut Client, version: impl Into<u64>) -> Result<Report, Error> {
        let version = self.known(version.into())?;
        self.apply(client, Some(version))
    }

    /// Rolls back the newest `steps` migrations, or all where there are fewer, newest
    /// first, with the down scripts that were stored when they were applied.
    pub fn down(&mut self, client: &mut Client, steps: usize) -> Result<Report, Error> {
        self.roll_back(client, steps)
    }

    /// What [`up`](Self::up) would do. Writes nothing, takes no lock, creates no table.
    pub fn plan(&mut self, client: &mut Client) -> Result<Plan, Error> {
        let recorded = self.read(client)?.unwrap_or_default();
        self.plan_up(&recorded, None)
    }

    /// What [`up_to`](Self::up_to) would do. Writes nothing, takes no lock, creates no table.
    pub fn plan_to(&mut self, client: &mut Client, version: impl Into<u64>) -> Result<Plan, Error> {
        let version = self.known(version.into())?;
        let recorded = self.read(client)?.unwrap_or_default();
        self.plan_up(&recorded, Some(version))
    }

    /// What [`down`](Self::down) would do. Writes nothing, takes no lock, creates no table.
    pub fn plan_down(&mut self, client: &mut Client, steps: usize) -> Result<Plan, Error> {
        let recorded = self.read(client)?.unwrap_or_default();
        self.refuse_way_back(&recorded, steps)?;
        Ok(plan::down(&recorded, steps))
    }

    /// Every migration of the program and of the database. Judges nothing and writes nothing.
    pub fn status(&mut self, client: &mut Client) -> Result<Vec<Status>, Error> {
        let recorded = self.read(client)?.unwrap_or_default();
        let findings = validate::up(self.migrations, &recorded, &self.history);
        Ok(status::status(self.migrations, &recorded, &findings))
    }

    /// Compares the program with the history; the error holds every
    /// [`Finding`](crate::Finding). Pending migrations are no fault. Writes nothing.
    pub fn validate(&mut self, client: &mut Client) -> Result<(), Error> {
        let recorded = self.read(client)?.unwrap_or_default();
        self.refuse_faults(&recorded)
    }
}
