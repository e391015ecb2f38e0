//! The advisory lock: one migrator at a time for a database and a history table.
//!
//! It is polled and never waited for inside the server: a session that waits in
//! `pg_advisory_lock` holds a snapshot, which CREATE INDEX CONCURRENTLY of the lock's
//! holder would wait for, and both would deadlock.
//!
//! Directly it is a lock of the session, held over the whole run. Behind a transaction pooler,
//! where the next transaction may go to another session, each transaction takes it again. Both
//! keep waiting runs apart from the running one; that a migration is applied once is the
//! claim's doing.

use std::mem::take;

use crate::backoff::Backoff;
use crate::blocker;
use crate::borrowed::{Borrowed, SETTINGS};
use crate::capabilities::{Capabilities, LockKind};
use crate::cause::Cause;
use crate::database_error::DatabaseError;
use crate::embedded::Migrations;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::history::History;
use crate::messages;
use crate::own::is_lost;
use crate::own::{self, Frame, Limits};
use crate::row::Rows;
use crate::server::{Server, TRIES_TO_GIVE_BACK};
use crate::settled::Settled;
use crate::sql;
use crate::step::{Action, Step};
use crate::wire::Wire;

/// Raised by `enter.sql`.
const TAKEN: &str = "PGSLK";

/// For so few steps it is not worth while to prepare anything.
const FEW: usize = 3;

/// The session's own limit may be too short to give anything back.
const UNLIMITED: &str = "SET LOCAL statement_timeout = 0;\n";

/// Holds the lock until [`Lock::release`] (reports errors) or [`Lock::abandon`] (after an error). If
/// neither runs, the front sends what is owed.
pub(crate) struct Lock {
    pub(crate) history: History,
    can: Capabilities,
    pub(crate) session: Borrowed,
    is_held: bool,
}

impl Lock {
    /// Not taken yet.
    pub(crate) fn new(history: History, can: Capabilities) -> Self {
        Self {
            history,
            can,
            session: Borrowed::default(),
            is_held: false,
        }
    }

    /// Polls until the lock is free or the deadline has passed. On a new connection the backend
    /// of a lost one may still be at work, and lets go when that is over. It is not taken, and `false`
    /// comes back, where the history has become `wanted` meanwhile: then there is nothing to do.
    pub(crate) async fn take(
        &mut self,
        server: &mut dyn Server,
        wire: &mut Wire<'_>,
        wanted: Option<&Migrations<'_>>,
    ) -> Result<bool> {
        let mut backoff = Backoff::until(wire.lock_deadline);
        // This message asks whether a transaction is open, and what the settings are.
        wire.frame = Frame::GivesBack;
        let key = self
            .history
            .fill(include_str!("sql/lock/lock_key.sql").trim_end(), &[]);
        let locked = match self.can.lock {
            LockKind::Session => format!("pg_catalog.pg_try_advisory_lock({key})"),
            LockKind::Transaction => "true".to_owned(),
        };
        let locked = [("locked", &*locked)];
        let try_lock = self
            .history
            .fill(include_str!("sql/lock/try_lock.sql"), &locked);
        // Asking for all settings takes the server a millisecond, and only an observer is told of them.
        let is_told = wire.observer.is_some();
        let settings = is_told.then(|| SETTINGS.to_owned());
        let first = Borrowed::questions(&self.history, &key);
        let first = first.into_iter().chain(settings);
        let all: Vec<String> = first.chain([try_lock.clone()]).collect();
        let mut query = all.join(";\n");
        while !self.is_held {
            let sets = match wire.ask(server, &self.history, &query).await {
                Ok(sets) => sets,
                Err(error) => return Err(self.failed_to_take(server, error).await),
            };
            if let [asked @ .., _] = &sets[..]
                && asked.len() > 1
            {
                self.session = Borrowed::read(&self.history, asked, self.can)?;
                wire.pid = self.session.pid;
                query.clone_from(&try_lock);
            }
            let row = sets.last().and_then(Rows::first);
            match row.map(|row| row.get("locked")).transpose() {
                Ok(Some(Some(true))) => (self.is_held, wire.frame) = (true, Frame::Ends),
                Ok(Some(Some(false))) => {
                    self.wait(server, &mut backoff, wire).await?;
                    if let Some(list) = wanted
                        && self.history.settled(list, server, wire).await? == Settled::Exactly
                    {
                        return Ok(false);
                    }
                }
                _ => return Err(Error::said(messages::in_transaction())),
            }
        }
        self.owe(server);
        if self.can.keeps_session
            && let Err(error) = self.session.fixed.set_for_session(server).await
        {
            self.abandon(server).await;
            return Err(error);
        }
        Ok(true)
    }

    /// Borrows the session for what rolls back all it does and takes no lock.
    pub(crate) async fn borrow(
        &mut self,
        server: &mut dyn Server,
        wire: &mut Wire<'_>,
    ) -> Result<()> {
        let query = Borrowed::questions(&self.history, "0").join(";\n");
        let sets = wire.ask(server, &self.history, &query).await?;
        self.session = Borrowed::read(&self.history, &sets, self.can)?;
        let fixed = &self.session.fixed;
        fixed.refuse(wire.can)?;
        if wire.can.keeps_session && !fixed.is_empty() {
            server.owe(vec![self.session.give_back[1].clone()]);
            fixed.set_for_session(server).await?;
        }
        Ok(())
    }

    /// Gives back what was borrowed so.
    pub(crate) async fn give_back_borrowed(&self, server: &mut dyn Server, can: Capabilities) {
        if can.keeps_session && !self.session.fixed.is_empty() {
            insist(server, &[UNLIMITED, &self.session.give_back[1]].concat()).await;
            server.owe(Vec::new());
        }
    }

    /// The server may have given the lock and failed afterwards: a lock of the session outlives
    /// its transaction.
    async fn failed_to_take(&mut self, server: &mut dyn Server, error: Error) -> Error {
        let key = self
            .history
            .fill(include_str!("sql/lock/lock_key.sql").trim_end(), &[]);
        let unlock = sql::fill(include_str!("sql/lock/unlock.sql"), &[("key", &key)]);
        if self.can.lock == LockKind::Session {
            let unlock = UNLIMITED.to_owned() + &own::framed(&unlock, own::BRIEF);
            insist(server, &unlock).await;
        }
        error.while_doing(&format!(
            "taking the migration lock for {}",
            self.history.table
        ))
    }

    /// Sleeps until the next try, and says now and then who has the lock.
    pub(crate) async fn wait(
        &mut self,
        server: &mut dyn Server,
        backoff: &mut Backoff,
        wire: &mut Wire<'_>,
    ) -> Result<()> {
        let (pause, waited) = (backoff.pause(), backoff.waited());
        // Only an observer and the final error name the holder.
        if pause.is_none() || wire.is_news(backoff) {
            let key = self.session.key.to_string();
            let query = blocker::query(include_str!("sql/lock/lock_holder.sql"));
            let query = sql::fill(&query, &[("key", &key)]);
            let holder = blocker::find(server, &query).await.pop();
            if pause.is_none() {
                return Err(Error::lock_deadline(&self.history.table, waited, holder));
            }
            wire.tell(&Event::WaitingForLock {
                holder: holder.as_ref(),
                waited,
            });
        }
        server.pause(pause.unwrap_or_default()).await;
        Ok(())
    }

    /// A new connection holds nothing.
    pub(crate) fn moved(&mut self) {
        self.is_held = false;
        self.history.prepared.clear();
    }

    /// Prepares what is sent again and again for these steps, where the session stays, and sets what
    /// holds for the whole run. It may fail: everything can be sent with each transaction.
    pub(crate) async fn prepare(
        &mut self,
        server: &mut dyn Server,
        limits: Limits,
        steps: &[Step],
    ) {
        let of = |action| steps.iter().filter(move |step| step.action == action);
        let mut actions = vec![Action::Apply, Action::RollBack];
        if !self.can.keeps_session || actions.iter().flat_map(|it| of(*it)).count() <= FEW {
            return;
        }
        actions.retain(|action| of(*action).next().is_some());
        let mut frame = self.history.prepared_frame(&actions);
        if self.session.can_notice_lost_client {
            frame += &["SET SESSION", Self::CHECK_CLIENT].concat();
        }
        let frame = own::alone(&frame, limits);
        self.history.prepared = actions;
        self.owe(server);
        if own::send(server, &frame).await.is_err() {
            // What was prepared before it was cancelled stays with the session.
            self.forget(server).await;
        }
    }

    /// Everything is sent as it is from now on.
    pub(crate) async fn forget(&mut self, server: &mut dyn Server) {
        if !self.history.is_prepared() {
            return;
        }
        let drop = History::dropped_frame(&take(&mut self.history.prepared));
        // A script may have done so, or somebody cancels it in between: then each by itself.
        if own::send(server, &drop).await.is_err() {
            for one in drop.split_inclusive(';') {
                insist(server, one).await;
            }
        }
        self.owe(server);
    }

    /// Says what the front sends if the run is dropped or panics.
    fn owe(&self, server: &mut dyn Server) {
        let mut messages = Vec::new();
        if self.is_held {
            messages.extend(self.release_messages());
        }
        if self.history.is_prepared() {
            let drop = History::dropped_frame(&self.history.prepared);
            messages.extend(drop.split_inclusive(';').map(str::to_owned));
        }
        server.owe(messages);
    }

    /// What a transaction begins with, so that it has the lock.
    pub(crate) fn enter(&self) -> String {
        match self.can.lock {
            LockKind::Session => String::new(),
            LockKind::Transaction => self.fill(include_str!("sql/pooled/enter.sql")),
        }
    }

    /// Whether a transaction failed because another run has the lock.
    pub(crate) fn is_taken(error: &DatabaseError) -> bool {
        error.code() == TAKEN
    }

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
        match released.map(|sets| self.session.changed(&sets)) {
            // The unlocking is not undone by what was cancelled behind it.
            Ok(None) if cancels > 0 => Ok(true),
            Ok(Some(names)) if names.is_empty() => Ok(true),
            Ok(Some(names)) => {
                wire.tell(&Event::SettingsChanged { names: &names });
                Ok(true)
            }
            Ok(None) => Err(Error::said(messages::lock_lost(&self.history.table))),
            // The lock goes with its session.
            Err(_) if is_lost(server).await => Ok(false),
            Err(cause) => {
                self.give_back_apart(server).await;
                let table = &self.history.table;
                let doing = format_args!(
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
        }
        self.owe(server);
    }

    async fn give_back_apart(&self, server: &mut dyn Server) {
        for message in self.release_messages() {
            insist(server, &message).await;
        }
    }

    /// What gives all of it back, each by itself: one may be refused, and the lock comes first.
    fn release_messages(&self) -> Vec<String> {
        let unlock = self.fill(include_str!("sql/lock/unlock.sql"));
        let unlock = ["ROLLBACK;\n", UNLIMITED, &own::framed(&unlock, own::BRIEF)].concat();
        if self.can.lock == LockKind::Transaction {
            // It was another session's transaction, and nothing else was taken.
            return vec!["ROLLBACK;".to_owned()];
        }
        // The session's own limit may be too short to give anything back.
        let [who, rest] = &self.session.give_back;
        vec![
            unlock,
            [UNLIMITED, who].concat(),
            [UNLIMITED, rest].concat(),
        ]
    }

    /// Gives the settings back, and then unlocks.
    fn release_message(&self) -> String {
        let unlock = self.fill(include_str!("sql/lock/unlock_session.sql"));
        let settings = self.session.settings.as_ref().map(|_| SETTINGS);
        let release: Vec<&str> = [&*unlock].into_iter().chain(settings).collect();
        let release = own::alone(&release.join(";\n"), own::BRIEF);
        let give_back = self.session.give_back.concat();
        [UNLIMITED, &give_back, UNLIMITED, &release].concat()
    }

    /// Gives back what a run sets, in one message.
    pub(crate) fn settings_back(&self) -> String {
        self.session.give_back.concat()
    }

    /// Without it the server finishes and commits what a dead client has sent.
    pub(crate) const CHECK_CLIENT: &'static str = " client_connection_check_interval = 1000;";

    fn fill(&self, template: &str) -> String {
        sql::fill(template, &[("key", &self.session.key.to_string())])
    }
}

/// Sends it until the server does not cancel it. The error that brought us here is the one to
/// report, so another one is not.
async fn insist(server: &mut dyn Server, message: &str) {
    for _ in 0..TRIES_TO_GIVE_BACK {
        if !own::send(server, message)
            .await
            .is_err_and(|it| it.is_canceled())
        {
            break;
        }
    }
}
