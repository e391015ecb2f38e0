//! The options and the verbs.
//!
//! The file is long because most of it documents them.

use std::time::Duration;

use postgres::tls::{MakeTlsConnect, TlsConnect};
use postgres::{Client, Config, Socket};

use crate::blocking::{self, Beside, Code, Hook, Session, refuse_async};
use crate::capabilities::Capabilities;
use crate::context::Context;
use crate::embedded::Migrations;
use crate::error::Result;
use crate::event::Observer;
use crate::finding::Fault;
use crate::history::History;
use crate::status::Status;
use crate::step::{Goal, Plan, Report};
use crate::stored::StoredDown;

/// Applies, rolls back and explains one list of migrations.
///
/// ```no_run
/// use std::time::Duration;
/// # static MIGRATIONS: pgstrata::Migrations = pgstrata::Migrations::new("", &[], &[]);
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut client = pgstrata::connect("postgresql://localhost/app")?;
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
/// The connection must not be inside a transaction. Everything here blocks, which inside an
/// async task is an error: call it from `tokio::task::spawn_blocking`, with a connection made
/// there.
pub struct Migrator<'a> {
    context: Context<'a>,
    code: Code<'a>,
    /// Of the connection that [`Migrator::connect`] made.
    beside: Option<Beside>,
}

impl<'a> Migrator<'a> {
    /// A migrator with the defaults.
    pub fn new(migrations: &'a Migrations<'a>) -> Self {
        Self {
            context: Context::new(migrations),
            code: Code::default(),
            beside: None,
        }
    }

    /// Trusts this role to own the history's tables. Their owner can add code to them, which would
    /// run with the rights of whoever migrates. Trusted anyway are the current role, roles granted
    /// to it, superusers and the owner of the database; a run refuses any other owner. The setting
    /// `history-owner` says the same for everyone who runs the directory.
    pub fn history_owner(self, role: &str) -> Self {
        self.with(|it| it.context.history.trusted_owners.push(role.to_owned()))
    }

    /// Keeps history in this schema and table, created where they are missing, and events
    /// in a second table with `_events` after its name. Programs that share a database
    /// take one name each. Default: `public`, `pgstrata_history`.
    pub fn history(self, schema: &str, table: &str) -> Self {
        self.with(|it| {
            let trusted_owners = std::mem::take(&mut it.context.history.trusted_owners);
            it.context.history = History::new(schema, table);
            it.context.history.trusted_owners = trusted_owners;
        })
    }

    /// How long to wait for another run to finish. Default: 60 s.
    pub fn lock_deadline(self, deadline: Duration) -> Self {
        self.with(|it| it.context.wire.lock_deadline = deadline)
    }

    /// How long a statement waits for one lock, where its file does not say; zero waits
    /// indefinitely, and everybody who queues after it too. Default: 5 s.
    pub fn lock_timeout(self, timeout: Duration) -> Self {
        self.with(|it| it.context.wire.lock_timeout = timeout)
    }

    /// How long a statement may take, where its file does not say; zero is no limit. The
    /// connection's own setting does not count. Default: zero.
    pub fn statement_timeout(self, timeout: Duration) -> Self {
        self.with(|it| it.context.statement_timeout = timeout)
    }

    /// For how long lock, deadlock and serialization failures of one migration are
    /// retried. Default: 60 s.
    pub fn retry_deadline(self, deadline: Duration) -> Self {
        self.with(|it| it.context.retry_deadline = deadline)
    }

    /// For how long a run may go on once it has the lock: no statement is given more time than
    /// is left, and no step begins after it. Default: no limit.
    ///
    /// On a connection made by [`connect`](Self::connect) the message that is under way then is
    /// cancelled. One that has no answer five seconds later is given up, and a new connection reads in the
    /// history what became of it. A COMMIT that waits for a synchronous standby ends with the cancel: it
    /// is committed on the server, no standby has confirmed it, and the report says so. Rust code
    /// cannot be given up; its connection ends by its keepalives.
    ///
    /// On any other connection no deadline reaches a COMMIT: PostgreSQL ends its timeouts before it,
    /// so a COMMIT that waits for a standby waits until the standby is there, or somebody cancels it.
    pub fn deadline(self, deadline: Duration) -> Self {
        self.with(|it| it.context.deadline = Some(deadline))
    }

    /// Says that a transaction pooler lies between, such as PgBouncer with
    /// `pool_mode = transaction`: the advisory lock is then taken inside each transaction.
    /// Files that say `no-transaction` need a session of their own and are refused by name.
    pub fn behind_pooler(self) -> Self {
        self.with(|it| it.context.wire.can = Capabilities::POOLED)
    }

    /// Refuses to start on a database that has migrations newer than this program's,
    /// even where all of the program's own are applied and unchanged.
    pub fn deny_newer_database(self) -> Self {
        self.with(|it| it.context.denies_newer = true)
    }

    /// Runs on although applied files have changed; what was applied stays as it is.
    pub fn allow_changed(self) -> Self {
        self.with(|it| {
            it.context
                .tolerated
                .push(|finding| matches!(finding.fault, Fault::Changed(_)));
        })
    }

    /// Runs on although the program lacks applied migrations.
    pub fn allow_missing(self) -> Self {
        self.with(|it| {
            it.context
                .tolerated
                .push(|finding| finding.fault == Fault::Missing);
        })
    }

    /// Applies older migrations after newer ones; see [`Goal::Only`] for one.
    pub fn allow_out_of_order(self) -> Self {
        self.with(|it| {
            it.context
                .tolerated
                .push(|finding| matches!(finding.fault, Fault::OutOfOrder(_)));
        })
    }

    /// Rolls back past what cannot be undone: its record goes, what it did stays.
    pub fn allow_irreversible(self) -> Self {
        self.with(|it| {
            it.context
                .tolerated
                .push(|finding| matches!(finding.fault, Fault::Irreversible(_)));
        })
    }

    /// Runs a script though a view or the like seems to be in its way: for one that takes it out of the way by
    /// itself, as by a trigger.
    pub fn allow_in_use(self) -> Self {
        self.with(|it| {
            it.context
                .tolerated
                .push(|finding| matches!(finding.fault, Fault::InUse { .. }));
        })
    }

    /// Which stored down scripts run that the program cannot compare with its own. Default:
    /// [`StoredDown::Refuse`], or what `stored-down` in `pgstrata.toml` says.
    pub fn stored_down(self, policy: StoredDown) -> Self {
        self.with(|it| it.context.stored_down = policy)
    }

    /// Applies a contract step by the same list of migrations as its expand step, on a database that
    /// is in use. Without it the step, and all after it, is held, however often the same list
    /// runs: the report says so, and the next release that brings a migration applies it. On an
    /// empty database nothing is held.
    pub fn allow_contract(self) -> Self {
        self.with(|it| it.context.allows_contract = true)
    }

    /// Does everything in one transaction: all of it or nothing. It travels as one message,
    /// so the number of messages does not depend on the number of migrations. Files that
    /// run outside a transaction are refused. If one of them drops an object of a repeatable, the
    /// transaction is rolled back and begins again with that repeatable in it, so Rust code is called once
    /// more.
    pub fn single_transaction(self) -> Self {
        self.with(|it| it.context.is_single_transaction = true)
    }

    /// Sends one message a statement and tells of each: slower by a round trip a
    /// statement, with the same transactions.
    pub fn per_statement(self) -> Self {
        self.with(|it| it.context.wire.is_per_statement = true)
    }

    /// Tells this observer what happens. Where nobody is told, and nothing else has a say between
    /// them (hooks, a [`deadline`](Self::deadline), a watched connection), many small migrations
    /// go in one message, each still a transaction of its own: the server need not wait for us.
    pub fn observe(self, observer: &'a mut dyn Observer) -> Self {
        self.with(|it| it.context.wire.observer = Some(observer))
    }

    /// Calls this before each migration and each repeatable, on the way up and down, inside
    /// its transaction, after the claim. An error fails the migration.
    ///
    /// What [`Function`](crate::embedded::Function) says of Rust code holds for hooks, too. With a hook a
    /// migration takes more than one message. A file without a transaction has two of its own:
    /// there the hook before it runs with the claim, once, however often the file is taken up
    /// again, also by a corrected file where nothing of the first one has run, and the hook after
    /// it with the record. So what the former sets with `SET LOCAL`, and a role or a search path that it
    /// sets, does not reach such a file; [`Step::mode`](crate::Step::mode) tells which it is.
    ///
    /// Constraints that are deferred are checked before the hook after a step, and again before the
    /// record.
    ///
    /// ```no_run
    /// # static MIGRATIONS: pgstrata::Migrations = pgstrata::Migrations::new("", &[], &[]);
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mut client = postgres::Client::connect("", postgres::NoTls)?;
    /// pgstrata::Migrator::new(&MIGRATIONS)
    ///     .before_each(&mut |_, transaction| {
    ///         transaction.batch_execute("SET LOCAL ROLE app_owner")?;
    ///         Ok(())
    ///     })
    ///     .after_each(&mut |step, transaction| {
    ///         transaction.batch_execute(&format!("NOTIFY migrations, '{}'", step.label))?;
    ///         Ok(())
    ///     })
    ///     .up(&mut client)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn before_each(self, hook: &'a mut Hook<'a>) -> Self {
        self.with(|it| {
            it.context.hooks.before = true;
            it.code.before = Some(hook);
        })
    }

    /// The same after each: after its verify script, before its record.
    pub fn after_each(self, hook: &'a mut Hook<'a>) -> Self {
        self.with(|it| {
            it.context.hooks.after = true;
            it.code.after = Some(hook);
        })
    }

    /// Makes a connection that this migrator watches from a second one. On it, and on no
    /// other, a run forwards the server's notices, names who is in its way while a statement
    /// waits, cancels at the [`deadline`](Self::deadline), and goes on after the connection
    /// was lost: it connects again, reads in the history what became of the step, and
    /// continues there. It stops if the server that answers then is a standby, is another one, or lacks
    /// what this run has read or written: a standby that was behind may have taken over.
    ///
    /// A connection that goes silent counts as lost: when the server has long been idle although the run
    /// waits, or at the deadline. Keepalives and `tcp_user_timeout` are set where `config` leaves
    /// them as they are: 15 s of silence, then a probe every 5 s, three times. Hosts are tried in their
    /// order, whatever `load_balance_hosts` says, so that both connections lead to one server.
    ///
    /// ```no_run
    /// # static MIGRATIONS: pgstrata::Migrations = pgstrata::Migrations::new("", &[], &[]);
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let config = "postgresql://localhost/app".parse()?;
    /// let mut migrator = pgstrata::Migrator::new(&MIGRATIONS);
    /// let mut client = migrator.connect(&config, postgres::NoTls)?;
    /// migrator.up(&mut client)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn connect<T>(&mut self, config: &Config, tls: T) -> Result<Client>
    where
        T: MakeTlsConnect<Socket> + Clone + 'static + Send,
        T::TlsConnect: Send,
        T::Stream: Send,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        refuse_async()?;
        let can = self.context.wire.can;
        let (watch, beside, working) = blocking::watched(config, tls, can)?;
        (self.context.wire.watch, self.beside) = (Some(watch), Some(beside));
        Ok(working)
    }

    /// The same with an address, as a service has it in its environment.
    ///
    /// It may be a URL or `key=value` words, and say `sslmode=verify-ca` or `verify-full`, which the client does
    /// not know by itself: the connection is encrypted then, and the connector verifies the server. Those of
    /// `tokio-postgres-rustls` and `postgres-native-tls` verify both certificate and name unless they are told
    /// otherwise. Certificates are given to the connector, not in the address.
    ///
    /// ```no_run
    /// # static MIGRATIONS: pgstrata::Migrations = pgstrata::Migrations::new("", &[], &[]);
    /// # fn example<T>(tls: T) -> Result<(), pgstrata::Error>
    /// # where
    /// #     T: postgres::tls::MakeTlsConnect<postgres::Socket> + Clone + 'static + Send,
    /// #     T::TlsConnect: Send,
    /// #     T::Stream: Send,
    /// #     <T::TlsConnect as postgres::tls::TlsConnect<postgres::Socket>>::Future: Send,
    /// # {
    /// let mut migrator = pgstrata::Migrator::new(&MIGRATIONS);
    /// let mut client = migrator.connect_to("postgresql://db.example/app?sslmode=verify-full", tls)?;
    /// migrator.up(&mut client)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`connect`](Self::connect), and an address that cannot be read, or has what is not supported.
    pub fn connect_to<T>(&mut self, address: &str, tls: T) -> Result<Client>
    where
        T: MakeTlsConnect<Socket> + Clone + 'static + Send,
        T::TlsConnect: Send,
        T::Stream: Send,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        let config = blocking::config(address, blocking::Tls::Connector)?;
        self.connect(&config, tls)
    }

    /// Goes for any goal. The reason is kept with the history's events; a baseline and a repair
    /// must have one.
    ///
    /// ```no_run
    /// # fn example(
    /// #     migrator: &mut pgstrata::Migrator<'_>,
    /// #     client: &mut postgres::Client,
    /// # ) -> Result<(), pgstrata::Error> {
    /// use pgstrata::Goal;
    ///
    /// migrator.run(client, Goal::Baseline(7), Some("made by the old tool"))?;
    /// migrator.run(client, Goal::Steps(2), None)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn run(&mut self, client: &mut Client, goal: Goal, reason: Option<&str>) -> Result<Report> {
        self.context.check(goal, reason)?;
        let (context, mut session) = self.on(client)?;
        blocking::run(context.run(&mut session, goal, reason))
    }

    /// Applies everything that is pending.
    ///
    /// With nothing pending this is one round trip, and two while a contract step is held, without
    /// a lock and without a write.
    pub fn up(&mut self, client: &mut Client) -> Result<Report> {
        self.run(client, Goal::All, None)
    }

    /// Applies what is pending up to and including a version; nothing where the database
    /// is past it.
    pub fn up_to(&mut self, client: &mut Client, version: impl Into<u64>) -> Result<Report> {
        self.run(client, Goal::To(version.into()), None)
    }

    /// Rolls back the newest `steps` migrations, or all where there are fewer, newest
    /// first, with the down scripts that were stored when they were applied.
    pub fn down(&mut self, client: &mut Client, steps: usize) -> Result<Report> {
        self.run(client, Goal::Down(steps), None)
    }

    /// Rolls back everything above a version, newest first; 0 rolls back everything.
    pub fn down_to(&mut self, client: &mut Client, version: impl Into<u64>) -> Result<Report> {
        self.run(client, Goal::DownTo(version.into()), None)
    }

    /// What a run would do. Writes nothing, takes no lock, creates no table.
    pub fn plan(&mut self, client: &mut Client, goal: Goal) -> Result<Plan> {
        self.context.known(goal)?;
        let (context, mut session) = self.on(client)?;
        blocking::run(context.plan(&mut session, goal))
    }

    /// Every migration of the program and of the database. Judges nothing and writes nothing.
    pub fn status(&mut self, client: &mut Client) -> Result<Vec<Status>> {
        let (context, mut session) = self.on(client)?;
        blocking::run(context.status(&mut session))
    }

    /// Runs the verify script of everything that is applied, each in a transaction that only
    /// reads and is rolled back. The error tells of all that fail. A script that a later
    /// migration has overtaken fails, too. Takes no lock.
    pub fn verify(&mut self, client: &mut Client) -> Result<Report> {
        let (context, mut session) = self.on(client)?;
        blocking::run(context.verify(&mut session))
    }

    /// Compares the program with the history; the error holds every
    /// [`Finding`](crate::Finding). Pending migrations are no fault. Writes nothing.
    pub fn validate(&mut self, client: &mut Client) -> Result<()> {
        let (context, mut session) = self.on(client)?;
        blocking::run(context.compare(&mut session))
    }

    /// Whether a run would trust the history's tables: they are as they are made, this role sees all of
    /// their rows, and their owner is trusted; where there is no history yet, nothing else has one of
    /// its names; no newer release has made them; and this role may upgrade those of an earlier
    /// release. The error says how to repair what is not. Writes nothing.
    pub fn check_history(&mut self, client: &mut Client) -> Result<()> {
        let (context, mut session) = self.on(client)?;
        blocking::run(context.check_history(&mut session))
    }

    /// The same for what only reads the tables: whether they are there, and refused unless they are as
    /// they are made and this role sees all of their rows.
    #[doc(hidden)]
    pub fn inspect_history(&mut self, client: &mut Client) -> Result<bool> {
        let (context, mut session) = self.on(client)?;
        blocking::run(context.inspect_history(&mut session))
    }

    /// What [`inspect_history`](Self::inspect_history) asks of the tables, for a transaction that has
    /// locked them and goes on to read: it fails unless they can be trusted.
    #[doc(hidden)]
    pub fn history_inspection(&self) -> String {
        self.context.history.reading_inspection()
    }

    /// What the core works on.
    fn on<'s>(
        &'s mut self,
        client: &'s mut Client,
    ) -> Result<(&'s mut Context<'a>, Session<'s, 'a>)> {
        refuse_async()?;
        self.context.history.check_names()?;
        let Self {
            context,
            code,
            beside,
        } = self;
        Ok((context, Session::new(client, beside.as_mut(), code)))
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}
