//! The advisory lock: one migrator at a time for a database and a history table.
//!
//! It is polled and never waited for inside the server: a session that waits in
//! `pg_advisory_lock` holds a snapshot, which CREATE INDEX CONCURRENTLY of the lock's
//! holder would wait for, and both would deadlock.

use std::thread::sleep;
use std::time::{Duration, Instant};

use postgres::{Client, Row, SimpleQueryMessage};

use crate::backoff::Backoff;
use crate::error::{Doing, Error, Kind};
use crate::event::{Blocker, Event, Listener};
use crate::history::History;
use crate::sql;

/// How often a waiting run says who is in its way.
pub(crate) const TELL_EVERY: Duration = Duration::from_secs(5);

/// Holds the lock; releases it when dropped, or with [`Lock::release`], which tells.
pub(crate) struct Lock<'c> {
    pub(crate) client: &'c mut Client,
    key: i64,
    history: String,
    session: Session,
    is_held: bool,
}

/// The caller's settings, as they were when the lock was taken.
struct Session {
    search_path: String,
    role: String,
    lock_timeout: String,
    statement_timeout: String,
    /// Where the server can look after its client while a statement runs.
    check_interval: Option<String>,
}

/// One try.
struct Attempt {
    key: i64,
    state: Attempted,
    session: Session,
}

enum Attempted {
    Won,
    Held,
    InTransaction,
}

/// A migration's own COMMIT would commit what the caller has begun, too.
const IN_TRANSACTION: &str = "the connection is inside a transaction: commit it or roll it back \
                              before migrating, or use a connection of its own";

impl<'c> Lock<'c> {
    /// Polls until the lock is free or the deadline has passed.
    pub(crate) fn acquire(
        client: &'c mut Client,
        history: &History,
        deadline: Duration,
        listener: &mut Listener<'_>,
    ) -> Result<Self, Error> {
        let mut backoff = Backoff::until(deadline);
        let mut told: Option<Instant> = None;
        let query = history.fill(include_str!("sql/try_lock.sql"), &[]);
        let failed = |cause| Error::database(Doing::TakingLock(history.table.clone()), cause);
        loop {
            let Attempt { key, state, session } = attempt(client, &query).map_err(failed)?;
            match state {
                Attempted::Won => {
                    let history = history.table.clone();
                    return Ok(Self { client, key, history, session, is_held: true });
                }
                Attempted::InTransaction => {
                    return Err(Error::configuration(IN_TRANSACTION.to_owned()));
                }
                Attempted::Held => {}
            }
            let pause = backoff.pause();
            if pause.is_none() || told.is_none_or(|told| told.elapsed() > TELL_EVERY) {
                let holder = holder(client, key).map_err(failed)?;
                let waited = backoff.waited();
                if pause.is_none() {
                    let history = history.table.clone();
                    return Err(Error::new(Kind::LockDeadline { history, waited, holder }));
                }
                listener.tell(&Event::WaitingForLock { holder: holder.as_ref(), waited });
                told = Some(Instant::now());
            }
            sleep(pause.unwrap_or_default());
        }
    }

    /// Gives the caller's settings back and releases the lock.
    pub(crate) fn release(mut self) -> Result<(), Error> {
        let failed = |cause| Error::database(Doing::ReleasingLock(self.history.clone()), cause);
        let restored = self.client.batch_execute(&self.session.restore_all()).map_err(failed);
        self.is_held = false;
        let unlock = self.unlock();
        let released: bool = self
            .client
            .query_typed_one(&unlock, &[])
            .and_then(|row| row.try_get("released"))
            .map_err(failed)?;
        restored?;
        if released {
            return Ok(());
        }
        Err(Error::new(Kind::LockLost { history: self.history.clone() }))
    }

    fn unlock(&self) -> String {
        sql::fill(include_str!("sql/unlock.sql"), &[("key", &self.key.to_string())])
    }

    /// Ends a failed transaction.
    pub(crate) fn rollback(&mut self) -> Result<(), Error> {
        let rolled_back = self.client.batch_execute("ROLLBACK");
        rolled_back.map_err(|cause| Error::database(Doing::RollingBack, cause))
    }

    /// Whether the server can look after its client while a statement runs.
    pub(crate) fn can_notice_lost_client(&self) -> bool {
        self.session.check_interval.is_some()
    }

    /// Puts back what a script must not move; part of each migration's own transaction.
    pub(crate) fn restore_names(&self) -> String {
        self.session.restore_names()
    }
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        if self.is_held && !self.client.is_closed() {
            // An advisory lock of the session outlives a failed transaction, inside which
            // the unlocking would be refused. The error that brought us here is the one
            // to report, so a second one is not.
            let (unlock, restore) = (self.unlock(), self.session.restore_all());
            let _ = self.client.batch_execute(&format!("ROLLBACK; {unlock}; {restore}"));
        }
    }
}

impl Session {
    fn restore_names(&self) -> String {
        restore(&self.names())
    }

    fn restore_all(&self) -> String {
        let timeouts =
            [("lock_timeout", &*self.lock_timeout), ("statement_timeout", &self.statement_timeout)];
        let interval = self.check_interval.as_deref();
        let interval = interval.map(|interval| ("client_connection_check_interval", interval));
        restore(&[&self.names()[..], &timeouts, interval.as_slice()].concat())
    }

    fn names(&self) -> [(&str, &str); 2] {
        [("role", &self.role), ("search_path", &self.search_path)]
    }
}

fn restore(settings: &[(&str, &str)]) -> String {
    let one = |(name, value): &(&str, &str)| {
        let template = include_str!("sql/set_config.sql").trim_end();
        sql::fill(template, &[("name", name), ("value", &sql::literal(value))])
    };
    let all: Vec<String> = settings.iter().map(one).collect();
    sql::fill(include_str!("sql/restore.sql"), &[("settings", &all.join(", "))])
}

/// A simple query, since the extended protocol gives each of its messages a time of its
/// own and would look like a transaction.
fn attempt(client: &mut Client, query: &str) -> Result<Attempt, postgres::Error> {
    let messages = client.simple_query(query)?;
    let row = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let text = |column: &str| -> Result<String, postgres::Error> {
        let value = row.map_or(Ok(None), |row| row.try_get(column))?;
        Ok(value.unwrap_or_default().to_owned())
    };
    Ok(Attempt {
        key: text("key")?.parse().unwrap_or_default(),
        state: match (&*text("in_transaction")?, &*text("locked")?) {
            ("t", _) => Attempted::InTransaction,
            (_, "t") => Attempted::Won,
            _ => Attempted::Held,
        },
        session: Session {
            search_path: text("search_path")?,
            role: text("role")?,
            lock_timeout: text("lock_timeout")?,
            statement_timeout: text("statement_timeout")?,
            check_interval: Some(text("check_interval")?).filter(|text| !text.is_empty()),
        },
    })
}

fn holder(client: &mut Client, key: i64) -> Result<Option<Blocker>, postgres::Error> {
    let values = [("key", &*key.to_string()), ("blocker", include_str!("sql/blocker.sql"))];
    let query = sql::fill(include_str!("sql/lock_holder.sql"), &values);
    client.query_typed_opt(&query, &[])?.as_ref().map(Blocker::from_row).transpose()
}

/// Sessions that were in a transaction for longer than `waited` and hold locks on
/// tables. The server does not say which lock timed out, so these are candidates.
pub(crate) fn blockers(client: &mut Client, waited: Duration) -> Vec<Blocker> {
    let seconds = format!("{:.3}", waited.as_secs_f64());
    let values = [("waited_seconds", &*seconds), ("blocker", include_str!("sql/blocker.sql"))];
    let query = sql::fill(include_str!("sql/blockers.sql"), &values);
    // Knowing them is a service; not knowing them must not hide the first error.
    let rows = client.query_typed(&query, &[]).unwrap_or_default();
    rows.iter().filter_map(|row| Blocker::from_row(row).ok()).collect()
}

impl Blocker {
    pub(crate) fn from_row(row: &Row) -> Result<Self, postgres::Error> {
        Ok(Self {
            pid: row.try_get("pid")?,
            user: row.try_get("who")?,
            application: row.try_get("application")?,
            connected_since: row.try_get("since")?,
            transaction_age: row.try_get("transaction_age")?,
            state: row.try_get("state")?,
            query: row.try_get("query")?,
        })
    }
}
