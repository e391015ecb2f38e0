//! The advisory lock: one migrator at a time for a database and a history table.
//!
//! It is polled and never waited for inside the server: a session that waits in
//! `pg_advisory_lock` holds a snapshot, which CREATE INDEX CONCURRENTLY of the lock's
//! holder would wait for, and both would deadlock.

use std::thread::sleep;
use std::time::{Duration, Instant};

use postgres::{Client, Row};

use crate::backoff::Backoff;
use crate::error::{Doing, Error, Kind};
use crate::event::{Blocker, Event, Listener};
use crate::history::History;
use crate::sql;

/// How often a waiting run says who is in its way.
const TELL_EVERY: Duration = Duration::from_secs(5);

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
}

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
            let row = client.query_typed_one(&query, &[]).map_err(failed)?;
            let key = row.try_get("key").map_err(failed)?;
            if row.try_get("locked").map_err(failed)? {
                let session = Session::from_row(&row).map_err(failed)?;
                let history = history.table.clone();
                return Ok(Self { client, key, history, session, is_held: true });
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
    fn from_row(row: &Row) -> Result<Self, postgres::Error> {
        Ok(Self {
            search_path: row.try_get("search_path")?,
            role: row.try_get("role")?,
            lock_timeout: row.try_get("lock_timeout")?,
            statement_timeout: row.try_get("statement_timeout")?,
        })
    }

    fn restore_names(&self) -> String {
        restore(&self.names())
    }

    fn restore_all(&self) -> String {
        let timeouts =
            [("lock_timeout", &*self.lock_timeout), ("statement_timeout", &self.statement_timeout)];
        restore(&[self.names(), timeouts].concat())
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

fn holder(client: &mut Client, key: i64) -> Result<Option<Blocker>, postgres::Error> {
    let query = sql::fill(include_str!("sql/lock_holder.sql"), &[("key", &key.to_string())]);
    client.query_typed_opt(&query, &[])?.as_ref().map(Blocker::from_row).transpose()
}

/// Sessions that were in a transaction for longer than `waited` and hold locks on
/// tables. The server does not say which lock timed out, so these are candidates.
pub(crate) fn blockers(client: &mut Client, waited: Duration) -> Vec<Blocker> {
    let seconds = format!("{:.3}", waited.as_secs_f64());
    let query = sql::fill(include_str!("sql/blockers.sql"), &[("waited_seconds", &seconds)]);
    // Knowing them is a service; not knowing them must not hide the first error.
    let rows = client.query_typed(&query, &[]).unwrap_or_default();
    rows.iter().filter_map(|row| Blocker::from_row(row).ok()).collect()
}

impl Blocker {
    fn from_row(row: &Row) -> Result<Self, postgres::Error> {
        Ok(Self {
            pid: row.try_get("pid")?,
            user: row.try_get("who")?,
            application: row.try_get("application")?,
            connected_since: row.try_get("since")?,
            state: row.try_get("state")?,
            query: row.try_get("query")?,
        })
    }
}
