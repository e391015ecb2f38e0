//! Giving back what a run has taken: the settings, and the lock.

use std::mem::take;
use std::time::Duration;

use super::AdvisoryLock;
use crate::backoff::Backoff;
use crate::borrowed::{GiveBack, SETTINGS};
use crate::capabilities::LockKind;
use crate::cause::Cause;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::history::History;
use crate::messages;
use crate::own::{self, is_lost};
use crate::row::Rows;
use crate::server::{Server, TRIES_TO_GIVE_BACK};
use crate::sql;
use crate::wire::Wire;

/// For so long a pool is asked for the session that has the lock, and so often.
const PATIENCE_WITH_POOL: Duration = Duration::from_secs(5);
const LITTLE: Duration = Duration::from_millis(5);

/// The session's own limit may be too short to give anything back.
pub(super) const UNLIMITED: &str = "SET LOCAL statement_timeout = 0;\n";

/// For a lock of whatever session this is.
pub(super) const EVERYWHERE: &str = "true";

/// The query that gives the lock of this key back where `is_here` holds.
pub(super) fn unlock(key: &str, is_here: &str) -> String {
    let values = [("key", key), ("is_here", is_here)];
    let unlock = include_str!("../sql/lock/unlock.sql").trim_end();
    sql::fill(unlock, &values)
}

impl AdvisoryLock {
    /// Gives the caller's settings back, reports others that were changed, and releases the lock.
    /// Whether the session was still there.
    pub(crate) async fn release(
        mut self,
        server: &mut dyn Server,
        wire: &mut Wire<'_>,
    ) -> Result<bool> {
        let released = self.give_back(server, wire).await;
        self.is_held = false;
        self.owe(server);
        released
    }

    async fn give_back(&mut self, server: &mut dyn Server, wire: &mut Wire<'_>) -> Result<bool> {
        self.forget(server).await;
        if self.can.lock == LockKind::Transaction {
            return Ok(true);
        }
        let message = self.release_message();
        let mut cancels = 0;
        let released = loop {
            let released = wire.release(server, &message).await;
            cancels += usize::from(released.as_ref().is_err_and(Cause::is_canceled));
            if !released.as_ref().is_err_and(Cause::is_canceled) || cancels > TRIES_TO_GIVE_BACK {
                break released;
            }
        };
        let released = released.map(|sets| {
            let is_elsewhere = self.session.is_elsewhere(&sets);
            (self.session.changed(&sets), is_elsewhere)
        });
        match released {
            // The unlocking is not undone by what was cancelled behind it.
            Ok((None, _)) if cancels > 0 => Ok(true),
            Ok((Some(names), _)) if names.is_empty() => Ok(true),
            Ok((Some(names), _)) => {
                wire.tell(&Event::SettingsChanged { names: &names });
                Ok(true)
            }
            Ok((None, true)) => {
                self.unlock_there(server).await;
                Err(self.without_lock())
            }
            Ok((None, false)) => Err(Error::said(messages::lock_lost(&self.history.table))),
            // The lock goes with its session.
            Err(_) if is_lost(server).await => Ok(false),
            Err(cause) => {
                self.give_back_apart(server).await;
                let table = &self.history.table;
                let doing = format!(
                    "giving back the session's settings and the migration lock for {table}"
                );
                Err(Error::database(doing, cause))
            }
        }
    }

    /// Gives all of it back after an error. An advisory lock of the session outlives a failed
    /// transaction, inside which the unlocking would be refused.
    pub(crate) async fn abandon(&mut self, server: &mut dyn Server) {
        if take(&mut self.is_held) && !server.is_closed() {
            self.give_back_apart(server).await;
            self.forget(server).await;
            if self.can.lock == LockKind::Session {
                self.unlock_there(server).await;
            }
        }
        self.owe(server);
    }

    async fn give_back_apart(&self, server: &mut dyn Server) {
        for message in self.release_messages() {
            insist(server, &message).await;
        }
    }

    /// Between this program and the server is a pooler that nobody has declared.
    pub(crate) fn without_lock(&self) -> Error {
        let pid = self.history.locked_by.unwrap_or_default();
        Error::said(messages::lock_elsewhere(&self.history.table, pid))
    }

    /// Behind a pooler that nobody has declared, the session that took the lock goes back to the pool with it,
    /// and no later run could begin. To end that session could end somebody's transaction, so this asks until
    /// the pool gives it to us again. What was prepared there goes in the same manner.
    async fn unlock_there(&mut self, server: &mut dyn Server) {
        let pid = self.history.locked_by.unwrap_or_default();
        let unlock = self.unlock(&format!("pg_catalog.pg_backend_pid() = {pid}"));
        let mut backoff = Backoff::until(PATIENCE_WITH_POOL);
        while let Ok(sets) = own::ask(server, &unlock, own::BRIEF).await
            && let Some(row) = sets.first().and_then(Rows::first)
            && row.get("pid").is_ok_and(|here: i32| here != pid)
            && let Some(pause) = backoff.pause()
        {
            server.pause(pause.min(LITTLE)).await;
        }
        let Some(left) = self.left.take() else {
            return;
        };
        let clean = [&*self.here(), &self.session.give_back.settings, &left].concat();
        let clean = own::alone(&clean, own::BRIEF);
        while let Err(cause) = own::send(server, &clean).await
            && cause.said.as_ref().is_some_and(History::is_without_lock)
            && let Some(pause) = backoff.pause()
        {
            server.pause(pause.min(LITTLE)).await;
        }
    }

    /// What gives all of it back, each by itself: one may be refused, and the lock comes first.
    pub(super) fn release_messages(&self) -> Vec<String> {
        if self.can.lock == LockKind::Transaction {
            // It was another session's transaction, and nothing else was taken.
            return vec!["ROLLBACK;".to_owned()];
        }
        let unlock = self.unlock(EVERYWHERE);
        let unlock = ["ROLLBACK;\n", UNLIMITED, &own::framed(&unlock, own::BRIEF)].concat();
        let GiveBack { who, settings } = &self.session.give_back;
        vec![
            unlock,
            [UNLIMITED, who].concat(),
            [UNLIMITED, settings].concat(),
        ]
    }

    /// Gives the settings back, and then unlocks.
    fn release_message(&self) -> String {
        let unlock = self.unlock(EVERYWHERE);
        let settings = self.session.settings.as_ref().map(|_| SETTINGS);
        let release: Vec<&str> = [&*unlock].into_iter().chain(settings).collect();
        let release = own::alone(&release.join(";\n"), own::BRIEF);
        let give_back = self.session.give_back.all();
        [UNLIMITED, &give_back, UNLIMITED, &release].concat()
    }

    fn unlock(&self, is_here: &str) -> String {
        unlock(&self.session.key.to_string(), is_here)
    }
}

/// Sends it until the server does not cancel it. The error that brought us here is the one to
/// report, so another one is not.
pub(super) async fn insist(server: &mut dyn Server, message: &str) {
    for _ in 0..TRIES_TO_GIVE_BACK {
        if !own::send(server, message)
            .await
            .is_err_and(|it| it.is_canceled())
        {
            break;
        }
    }
}
