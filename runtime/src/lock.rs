//! The advisory lock: one migrator at a time for a database and a history table.
//!
//! It is polled and never waited for inside the server: a session that waits in
//! `pg_advisory_lock` holds a snapshot, which CREATE INDEX CONCURRENTLY of the lock's
//! holder would wait for, and both would deadlock.
//!
//! Directly it is a lock of the session, held over the whole run. Behind a transaction pooler,
//! where the next transaction may go to another session, each transaction takes it anew. Both
//! keep waiting runs apart from the running one; that a migration is applied once is the
//! claim's doing.

use std::mem::take;
use std::thread::sleep;
use std::time::Duration;

use postgres::error::DbError;
use postgres::{Client, Row, SimpleQueryMessage};

use crate::backoff::Backoff;
use crate::error::{Error, Result};
use crate::event::{Blocker, Event};
use crate::history::History;
use crate::session::{Wire, is_lost};
use crate::sql;

/// Raised by `enter.sql`.
const TAKEN: &str = "PGSLK";

/// Holds the lock; releases it when dropped, or with [`Lock::release`], which tells.
pub(crate) struct Lock<'c> {
    pub(crate) client: &'c mut Client,
    pub(crate) history: History,
    /// Whether a transaction pooler lies between, where each transaction takes it anew.
    is_pooled: bool,
    pub(crate) session: Session,
    is_held: bool,
}

/// The session that has the lock.
#[derive(Default)]
pub(crate) struct Session {
    key: i64,
    pub(crate) pid: i32,
    /// Puts back what a script must not move; part of each migration's own transaction.
    pub(crate) leave: String,
    /// Whether the server can look after its client while a statement runs.
    pub(crate) can_notice_lost_client: bool,
}

impl<'c> Lock<'c> {
    /// Not taken yet.
    pub(crate) fn new(client: &'c mut Client, history: History, is_pooled: bool) -> Self {
        Self {
            client,
            history,
            is_pooled,
            session: Session::default(),
            is_held: false,
        }
    }

    /// Polls until the lock is free or the deadline has passed. On a new connection the backend
    /// of a lost one may still be at work, and lets go when that is over.
    pub(crate) fn take(&mut self, deadline: Duration, wire: &mut Wire<'_>) -> Result<()> {
        let mut backoff = Backoff::until(deadline);
        let locked = if self.is_pooled {
            "true"
        } else {
            "pg_catalog.pg_try_advisory_lock(k.key)"
        };
        let values = [
            ("locked", locked),
            ("settings", include_str!("sql/settings.sql")),
        ];
        let query = self.history.fill(include_str!("sql/try_lock.sql"), &values);
        while !self.is_held {
            match self
                .attempt(&query)
                .map_err(|cause| self.failed("taking", cause))?
            {
                Some(true) => self.is_held = true,
                Some(false) => self.wait(&mut backoff, wire)?,
                // A migration's own COMMIT would commit what the caller has begun, too.
                None => return Err(Error::sentence("in-transaction", &[])),
            }
        }
        Ok(())
    }

    /// A simple query, since the extended protocol gives each of its messages a time of its
    /// own and would look like a transaction. Whether the lock is won; `None` inside a
    /// transaction.
    fn attempt(&mut self, query: &str) -> Result<Option<bool>, postgres::Error> {
        let mut messages = self.client.simple_query(query)?;
        messages.retain(|message| matches!(message, SimpleQueryMessage::Row(_)));
        let [SimpleQueryMessage::Row(row)] = &messages[..] else {
            return Ok(None);
        };
        let text = |column: &str| row.try_get(column);
        self.session = Session {
            key: text("key")?
                .and_then(|key| key.parse().ok())
                .unwrap_or_default(),
            pid: text("pid")?
                .and_then(|pid| pid.parse().ok())
                .unwrap_or_default(),
            leave: text("leave")?.unwrap_or_default().to_owned(),
            can_notice_lost_client: text("can_notice_lost_client")? == Some("t"),
        };
        Ok(text("locked")?.map(|locked| locked == "t"))
    }

    /// Sleeps until the next try, and says now and then who has the lock.
    pub(crate) fn wait(&mut self, backoff: &mut Backoff, wire: &mut Wire<'_>) -> Result<()> {
        let (pause, waited) = (backoff.pause(), backoff.waited());
        if backoff.is_news() || pause.is_none() {
            let key = ("key", &*self.session.key.to_string());
            let holder = blockers(self.client, include_str!("sql/lock_holder.sql"), key).pop();
            if pause.is_none() {
                return Err(Error::lock_deadline(&self.history.table, waited, holder));
            }
            wire.tell(&Event::WaitingForLock {
                holder: holder.as_ref(),
                waited,
            });
        }
        sleep(pause.unwrap_or_default());
        Ok(())
    }

    /// On a connection made anew, nothing is held.
    pub(crate) fn move_to(&mut self, client: Client) {
        (*self.client, self.is_held, self.history.is_prepared) = (client, false, false);
    }

    /// Prepares what is sent again and again, where the session stays, and sets what holds for the
    /// whole run. It may fail: everything can be sent with each transaction.
    pub(crate) fn prepare(&mut self) {
        let mut frame = self.history.prepared_frame();
        if self.session.can_notice_lost_client {
            frame += &["SET SESSION", Self::CHECK_CLIENT].concat();
        }
        self.history.is_prepared = !self.is_pooled && self.client.batch_execute(&frame).is_ok();
    }

    /// Everything is sent as it is from now on.
    pub(crate) fn forget(&mut self) {
        if take(&mut self.history.is_prepared) {
            // A script may have done so.
            let _ = self
                .client
                .batch_execute(include_str!("sql/deallocate.sql"));
        }
    }

    /// What a transaction begins with, so that it has the lock.
    pub(crate) fn enter(&self) -> String {
        if self.is_pooled {
            self.fill(include_str!("sql/enter.sql"))
        } else {
            String::new()
        }
    }

    /// Whether a transaction failed because another run has the lock.
    pub(crate) fn is_taken(error: &DbError) -> bool {
        error.code().code() == TAKEN
    }

    /// Gives the caller's settings back, tells of others that were changed, and releases the lock.
    pub(crate) fn release(mut self, wire: &mut Wire<'_>) -> Result<()> {
        self.is_held = false;
        self.forget();
        if self.is_pooled {
            return Ok(());
        }
        let released = self
            .client
            .query_typed_one(&self.fill(include_str!("sql/release.sql")), &[]);
        match released.and_then(|row| row.try_get::<_, Option<Vec<String>>>("changed")) {
            Ok(Some(names)) if names.is_empty() => Ok(()),
            Ok(Some(names)) => {
                wire.tell(&Event::SettingsChanged { names: &names });
                Ok(())
            }
            Ok(None) => Err(Error::sentence(
                "lock-lost",
                &[("label", &self.history.table)],
            )),
            // It goes with its session, and what was committed stays.
            Err(_) if is_lost(self.client) => Ok(()),
            Err(cause) => Err(self.failed("releasing", cause)),
        }
    }

    fn failed(&self, doing: &str, cause: postgres::Error) -> Error {
        let table = &self.history.table;
        Error::database(
            format_args!("{doing} the migration lock for {table}"),
            cause,
        )
    }

    /// Without it the server finishes and commits what a dead client has sent.
    pub(crate) const CHECK_CLIENT: &'static str = " client_connection_check_interval = 1000;";

    fn fill(&self, template: &str) -> String {
        let settings = ("settings", include_str!("sql/settings.sql"));
        sql::fill(
            template,
            &[("key", &self.session.key.to_string()), settings],
        )
    }
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        if self.is_held && !self.client.is_closed() {
            // An advisory lock of the session outlives a failed transaction, inside which
            // the unlocking would be refused. The error that brought us here is the one
            // to report, so a second one is not.
            let release = self.fill(include_str!("sql/release.sql"));
            let _ = self.client.batch_execute(&format!("ROLLBACK; {release}"));
            self.forget();
        }
    }
}

/// Sessions that are in the way, or may be. Knowing them is a service; not knowing them must not
/// hide the first error.
pub(crate) fn blockers(client: &mut Client, query: &str, value: (&str, &str)) -> Vec<Blocker> {
    let query = sql::fill(
        query,
        &[("blocker", include_str!("sql/blocker.sql")), value],
    );
    let rows = client.query_typed(&query, &[]).unwrap_or_default();
    rows.iter()
        .filter_map(|row| Blocker::from_row(row).ok())
        .collect()
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
