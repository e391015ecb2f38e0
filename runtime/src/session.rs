//! A working connection of our own, and a second one that watches it.
//!
//! Only so can a run hear the server's notices, see who is in its way while it waits, cancel a
//! message at a deadline, and go on after a lost connection.

use std::panic::resume_unwind;
use std::pin::pin;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::task::{Context, Waker};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use postgres::error::{DbError, SqlState};
use postgres::tls::{MakeTlsConnect, TlsConnect};
use postgres::{CancelToken, Client, Config, NoTls, Socket};

use crate::backoff::Backoff;
use crate::error::{Error, Result};
use crate::event::{Blocker, Event, Observer};
use crate::history::History;
use crate::lock;
use crate::migrator::Migrator;
use crate::own::{self, Limits, Row};
use crate::plan::{Plan, Step};
use crate::sql;

/// How often the watching connection looks.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A connection survives so many losses within one step.
pub(crate) const LOSSES: u32 = 3;

/// Raised by `batch.sql`, with numbers as its detail.
const BATCH: &str = "PGSBA";

type Cancel = Box<dyn Fn(&CancelToken) -> Result<(), postgres::Error>>;

/// Watches the working connection that it made.
pub(crate) struct Watch {
    connect: Box<dyn Fn() -> Result<(Client, i32), postgres::Error>>,
    cancel: Cancel,
    client: Client,
    notices: Receiver<DbError>,
    /// The backend that is watched.
    pub(crate) pid: i32,
    token: CancelToken,
    /// Who was in the way when it last looked.
    pub(crate) blockers: Vec<Blocker>,
}

impl Migrator<'_> {
    /// Makes a connection that this migrator watches from a second one. On it, and on no
    /// other, a run forwards the server's notices, names who is in its way while a statement
    /// waits, cancels at the [`deadline`](Self::deadline), and goes on after the connection
    /// was lost: it connects anew, reads in the history what became of the step, and
    /// continues there.
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
        let (sender, notices) = channel();
        let mut config = config.clone();
        config.notice_callback(move |notice| {
            // Nobody listens any more when the run is over.
            let _ = sender.send(notice);
        });
        let for_cancel = tls.clone();
        let connect = move || {
            let mut client = config.connect(tls.clone())?;
            let pid = backend(&mut client)?;
            Ok((client, pid))
        };
        let cancel = move |token: &CancelToken| token.cancel_query(for_cancel.clone());
        let failed = |cause| Error::database("connecting", cause);
        let (mut working, pid) = connect().map_err(failed)?;
        let (client, watching) = connect().map_err(failed)?;
        // A pooler gives the second the backend that the first one had, or the first another.
        let is_pooled = watching == pid || backend(&mut working).map_err(failed)? != pid;
        if is_pooled && !self.wire.is_pooled {
            return Err(Error::sentence("pooled", &[]));
        }
        let token = working.cancel_token();
        let (connect, cancel, blockers) = (Box::new(connect), Box::new(cancel), Vec::new());
        self.wire.watch = Some(Watch {
            connect,
            cancel,
            client,
            notices,
            pid,
            token,
            blockers,
        });
        Ok(working)
    }
}

/// A statement of ours that waits this long for a lock is sent again: nobody should queue behind it
/// for long.
const OWN_LOCK_TIMEOUT: Duration = Duration::from_secs(1);

/// A statement of ours that takes so long is not going to end.
const OWN_STATEMENT_TIMEOUT: Duration = Duration::from_secs(60);

/// What lies between a run and the server, who is told of it, and what is waited for meanwhile.
pub(crate) struct Wire<'a> {
    pub(crate) observer: Option<&'a mut dyn Observer>,
    /// Whether a statement is a message, so that it can be told of.
    pub(crate) is_per_statement: bool,
    /// Whether a transaction pooler lies between.
    pub(crate) is_pooled: bool,
    /// Of the connection that [`Migrator::connect`] made.
    pub(crate) watch: Option<Watch>,
    /// When the run has to end.
    pub(crate) ends: Option<Instant>,
    /// For how long another session may be at work.
    pub(crate) lock_deadline: Duration,
    /// For how long a statement waits for one lock.
    pub(crate) lock_timeout: Duration,
}

impl Wire<'_> {
    pub(crate) fn new() -> Self {
        Self {
            observer: None,
            is_per_statement: false,
            is_pooled: false,
            watch: None,
            ends: None,
            lock_deadline: Duration::from_secs(60),
            lock_timeout: Duration::from_secs(5),
        }
    }

    /// Whether the run has to end.
    pub(crate) fn is_over(&self) -> bool {
        self.ends.is_some_and(|ends| ends <= Instant::now())
    }

    /// The limits of a statement of ours.
    pub(crate) fn limits(&self) -> Limits {
        let own = Some(self.lock_timeout).filter(|timeout| !timeout.is_zero());
        let left = self
            .ends
            .map(|ends| ends.saturating_duration_since(Instant::now()));
        let left = left.map(|left| left.max(Duration::from_millis(1)));
        let shortest = |most: Duration| left.map_or(most, |left| left.min(most));
        Limits {
            lock: shortest(own.map_or(OWN_LOCK_TIMEOUT, |own| own.min(OWN_LOCK_TIMEOUT))),
            statement: shortest(OWN_STATEMENT_TIMEOUT),
        }
    }

    /// Sends statements of ours. While another session keeps a lock on the history they are sent
    /// again until the deadline, and the observer is told who that is.
    pub(crate) fn ask(
        &mut self,
        client: &mut Client,
        history: &History,
        statements: &str,
    ) -> Result<Vec<Vec<Row>>> {
        self.ask_after("", client, history, statements)
    }

    /// The same, after a statement on the session's own search path.
    pub(crate) fn ask_after(
        &mut self,
        first: &str,
        client: &mut Client,
        history: &History,
        statements: &str,
    ) -> Result<Vec<Vec<Row>>> {
        let mut backoff = Backoff::until(self.lock_deadline);
        loop {
            let cause = match own::ask_after(first, client, statements, self.limits()) {
                Ok(sets) => return Ok(sets),
                Err(cause) if cause.code() != Some(&SqlState::LOCK_NOT_AVAILABLE) => {
                    return history.reading(Err(cause));
                }
                Err(cause) => cause,
            };
            let query = history.fill(include_str!("sql/history_holders.sql"), &[]);
            let holders = lock::blockers(client, &query);
            let waited = backoff.waited();
            let Some(pause) = backoff.pause().filter(|_| !self.is_over()) else {
                return Err(Error::history_locked(
                    &history.table,
                    waited,
                    &holders,
                    cause,
                ));
            };
            if backoff.is_news() {
                let blockers = &holders;
                self.tell(&Event::WaitingForHistory { blockers, waited });
            }
            sleep(pause);
        }
    }

    pub(crate) fn tell_plan(&mut self, plan: &Plan) {
        self.tell(&Event::Planned { plan });
        if let Some(held) = &plan.held_back {
            self.tell(&Event::Held { held });
        }
    }

    pub(crate) fn tell(&mut self, event: &Event<'_>) {
        self.observer
            .iter_mut()
            .for_each(|observer| observer.observe(event));
    }

    /// Does what waits for the server in this session; where that is watched, on a thread of its
    /// own.
    pub(crate) fn wait<T: Send>(
        &mut self,
        pid: i32,
        step: &Step,
        task: impl FnOnce() -> T + Send,
    ) -> T {
        let Self {
            observer,
            watch,
            ends,
            ..
        } = self;
        let Some(watch) = watch.as_mut().filter(|watch| watch.pid == pid) else {
            return task();
        };
        let mut tell = |event: &Event<'_>| observer.iter_mut().for_each(|it| it.observe(event));
        let (sender, answered) = channel();
        let mut waited = Backoff::until(Duration::MAX);
        watch.blockers.clear();
        let pid = pid.to_string();
        let query = sql::fill(include_str!("sql/blocking.sql"), &[("pid", &pid)]);
        let result = scope(|scope| {
            let sending = scope.spawn(move || {
                let result = task();
                let _ = sender.send(());
                result
            });
            while answered.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
                watch.forward_notices(step, &mut tell);
                watch.blockers = lock::blockers(&mut watch.client, &query);
                if !watch.blockers.is_empty() && waited.is_news() {
                    let (blockers, waited) = (&watch.blockers, waited.waited());
                    tell(&Event::Blocked {
                        step,
                        blockers,
                        waited,
                    });
                }
                if ends.is_some_and(|ends| ends <= Instant::now()) {
                    // Tried again at the next look where it fails.
                    let _ = (watch.cancel)(&watch.token);
                }
            }
            sending.join().unwrap_or_else(|panic| resume_unwind(panic))
        });
        watch.forward_notices(step, &mut tell);
        result
    }
}

impl Watch {
    fn forward_notices(&self, step: &Step, tell: &mut impl FnMut(&Event<'_>)) {
        for notice in &self.notices.try_iter().collect::<Vec<_>>() {
            let is_batch = notice.code().code() == BATCH;
            let detail = notice.detail().filter(|_| is_batch).unwrap_or_default();
            let numbers: Vec<usize> = detail.split(' ').filter_map(|it| it.parse().ok()).collect();
            tell(&match numbers[..] {
                [statement, batches, rows, ref total @ ..] => {
                    let total = total.first().copied();
                    Event::BatchFinished {
                        step,
                        statement,
                        batches,
                        rows,
                        total,
                    }
                }
                _ => Event::Notice { step, notice },
            });
        }
    }

    /// Makes the working connection anew, for as long as another run would be waited for.
    pub(crate) fn reconnect(&mut self, patience: Duration) -> Result<Client> {
        let mut backoff = Backoff::until(patience);
        loop {
            match ((self.connect)(), backoff.pause()) {
                (Ok((client, pid)), _) => {
                    (self.pid, self.token) = (pid, client.cancel_token());
                    return Ok(client);
                }
                (Err(cause), None) => return Err(Error::database("connecting", cause)),
                (Err(_), Some(pause)) => sleep(pause),
            }
        }
    }

    /// The same when the session that is watched is over: if it goes on, another one was lost.
    pub(crate) fn replace(&mut self, patience: Duration) -> Option<Client> {
        let mut backoff = Backoff::until(patience);
        let query = sql::fill(
            include_str!("sql/alone.sql"),
            &[("pid", &self.pid.to_string())],
        );
        let mut is_there = || {
            own::ask(&mut self.client, &query, own::BRIEF)
                .is_ok_and(|sets| sets.iter().any(|rows| !rows.is_empty()))
        };
        while is_there() {
            sleep(backoff.pause()?);
        }
        self.reconnect(patience).ok()
    }
}

/// Whether the connection is gone. An empty query has an answer also in a transaction that has
/// failed.
pub(crate) fn is_lost(client: &mut Client) -> bool {
    client.batch_execute("").is_err()
}

fn backend(client: &mut Client) -> Result<i32, postgres::Error> {
    client
        .query_typed_one(include_str!("sql/backend.sql"), &[])?
        .try_get("pid")
}

/// Refuses to block inside an async task, where the `postgres` crate would panic: its runtime
/// cannot start within another. tokio gives tasks a budget, and threads that may block none,
/// such as those of `spawn_blocking`.
pub(crate) fn refuse_async() -> Result<()> {
    let mut context = Context::from_waker(Waker::noop());
    let mut is_over = |_| {
        pin!(tokio::task::consume_budget())
            .poll(&mut context)
            .is_pending()
    };
    if !(0..=u8::MAX).any(&mut is_over) {
        return Ok(());
    }
    Err(Error::sentence("async", &[]))
}

/// Connects without encryption, like `postgres::Client::connect(url, postgres::NoTls)`.
///
/// That one is generic: the crate that calls it compiles most of the client anew, which takes
/// five seconds of each release build. This one was compiled before.
///
/// ```no_run
/// let mut client = pgstrata::connect("postgresql://localhost/app")?;
/// # Ok::<(), postgres::Error>(())
/// ```
pub fn connect(url: &str) -> Result<Client, postgres::Error> {
    Client::connect(url, NoTls)
}
