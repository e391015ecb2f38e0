//! The advisory lock: one migrator at a time for a database and a history table.
//!
//! Who does not get it waits inside the server for a moment, since most runs are short and this
//! ends when they do, and then looks now and then: a session that waits holds a snapshot, which
//! CREATE INDEX CONCURRENTLY of the lock's holder would wait for, and both would deadlock.
//!
//! Directly it is a lock of the session, held over the whole run. Behind a transaction pooler,
//! where the next transaction may go to another session, each transaction takes it again. Both
//! keep waiting runs apart from the running one; that a migration is applied once is the
//! claim's doing.

mod release;

use std::mem::take;
use std::time::Duration;

use crate::backoff::Backoff;
use crate::blocker;
use crate::borrowed::{Borrowed, SETTINGS};
use crate::capabilities::{Capabilities, LockKind};
use crate::database_error::DatabaseError;
use crate::embedded::Migrations;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::history::History;
use crate::messages;
use crate::own::{self, Frame, Limits};
use crate::row::Rows;
use crate::server::Server;
use crate::sql;
use crate::sqlstate;
use crate::step::{Action, Step};
use crate::up_to_date::UpToDate;
use crate::wire::Wire;
use release::{EVERYWHERE, UNLIMITED, insist};

/// Raised by `enter.sql`.
const TAKEN: &str = "PGSLK";

/// So long a waiting run stays inside the server at most, all its tries together.
const INSIDE: Duration = Duration::from_millis(300);

/// For so few steps it is not worth while to prepare anything.
const FEW: usize = 3;

/// Holds the lock until [`Lock::release`] (reports errors) or [`Lock::abandon`] (after an error). If
/// neither runs, the front sends what is owed.
pub(crate) struct AdvisoryLock {
    pub(crate) history: History,
    can: Capabilities,
    pub(crate) session: Borrowed,
    is_held: bool,
    /// What drops that which was prepared, where it was not found: it may be in another session of a pool.
    left: Option<String>,
}

impl AdvisoryLock {
    /// Not taken yet.
    pub(crate) fn new(history: History, can: Capabilities) -> Self {
        Self {
            history,
            can,
            session: Borrowed::default(),
            is_held: false,
            left: None,
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
        let [locked, held] = match self.can.lock {
            LockKind::Session => [
                format!("pg_catalog.pg_try_advisory_lock({key})"),
                sql::fill(
                    include_str!("sql/lock/held_here.sql").trim_end(),
                    &[("key", &key)],
                ),
            ],
            LockKind::Transaction => ["true", "false"].map(str::to_owned),
        };
        let locked = [("locked", &*locked), ("held", &*held)];
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
            if row.is_some_and(|row| row.get("is_held").is_ok_and(|it: bool| it)) {
                let message = messages::lock_held_here(&self.history.table);
                return Err(Error::said(message));
            }
            match row.map(|row| row.get("locked")).transpose() {
                Ok(Some(Some(true))) => {
                    (self.is_held, wire.frame) = (true, Frame::Ends);
                    let pid = row.and_then(|row| row.get("pid").ok());
                    let is_kept = self.can.lock == LockKind::Session;
                    self.history.locked_by = pid.filter(|_| is_kept);
                }
                Ok(Some(Some(false))) => {
                    self.wait(server, &mut backoff, wire).await?;
                    if let Some(list) = wanted
                        && self.history.is_up_to_date(list, server, wire).await?
                            == UpToDate::Exactly
                    {
                        return Ok(false);
                    }
                }
                _ => return Err(Error::said(messages::in_transaction())),
            }
        }
        self.owe(server);
        if self
            .history
            .locked_by
            .is_some_and(|pid| pid != self.session.pid)
        {
            self.abandon(server).await;
            return Err(self.without_lock());
        }
        let here = self.here();
        let fixed = &self.session.fixed;
        if self.can.keeps_session
            && let Err(error) = fixed.set_for_session(server, wire.limits(), &here).await
        {
            self.abandon(server).await;
            let is_elsewhere = error.database_error().is_some_and(History::is_without_lock);
            return Err(if is_elsewhere {
                self.without_lock()
            } else {
                error
            });
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
        wire.pid = self.session.pid;
        let fixed = &self.session.fixed;
        fixed.refuse(wire.can)?;
        if wire.can.keeps_session && !fixed.is_empty() {
            server.owe(vec![self.session.give_back.settings.clone()]);
            let here = self.here();
            fixed.set_for_session(server, wire.limits(), &here).await?;
        }
        Ok(())
    }

    /// Gives back what was borrowed so.
    pub(crate) async fn give_back_borrowed(&self, server: &mut dyn Server, can: Capabilities) {
        if can.keeps_session && !self.session.fixed.is_empty() {
            insist(
                server,
                &[UNLIMITED, &self.session.give_back.settings].concat(),
            )
            .await;
            server.owe(Vec::new());
        }
    }

    /// The server may have given the lock and failed afterwards: a lock of the session outlives
    /// its transaction.
    async fn failed_to_take(&mut self, server: &mut dyn Server, error: Error) -> Error {
        let key = self
            .history
            .fill(include_str!("sql/lock/lock_key.sql").trim_end(), &[]);
        let unlock = release::unlock(&key, EVERYWHERE);
        if self.can.lock == LockKind::Session {
            let unlock = UNLIMITED.to_owned() + &own::framed(&unlock, own::BRIEF);
            insist(server, &unlock).await;
        }
        error.while_doing(&format!(
            "taking the migration lock for {}",
            self.history.table
        ))
    }

    /// Waits until the next try, and says now and then who has the lock.
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
        if !self.waits_inside(server, waited, wire).await {
            server.pause(pause.unwrap_or_default()).await;
        }
        Ok(())
    }

    /// Whether it has waited inside the server, which no transaction pooler should be asked for.
    async fn waits_inside(
        &self,
        server: &mut dyn Server,
        waited: Duration,
        wire: &mut Wire<'_>,
    ) -> bool {
        let most = INSIDE.min(wire.lock_deadline).saturating_sub(waited);
        if self.can.lock != LockKind::Session || most.is_zero() {
            return false;
        }
        let limits = Limits {
            lock: most,
            ..wire.limits()
        };
        let message = own::alone(&self.fill(include_str!("sql/lock/wait.sql")), limits);
        match wire.rows(server, &message).await {
            Ok(sets) => {
                let row = sets.last().and_then(Rows::first);
                row.is_some_and(|row| row.get("has_waited").unwrap_or_default())
            }
            Err(cause) => cause.code() == Some(sqlstate::LOCK_NOT_AVAILABLE),
        }
    }

    /// A new connection holds nothing.
    pub(crate) fn moved(&mut self) {
        (self.is_held, self.left) = (false, None);
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
        let frame = own::alone(&(self.here() + &frame), limits);
        self.history.prepared = actions;
        self.owe(server);
        match own::send(server, &frame).await {
            // The session has one of its own by that name. Those before it in the message are ours.
            Err(cause) if cause.code() == Some(sqlstate::DUPLICATE_PREPARED_STATEMENT) => {
                self.history.prepared.clear();
                self.owe(server);
                let query = include_str!("sql/step/prepared_so.sql").trim_end();
                let query = sql::fill(query, &[("message", &sql::literal(&frame))]);
                let sets = own::ask(server, &query, own::BRIEF)
                    .await
                    .unwrap_or_default();
                for name in sets
                    .iter()
                    .flatten()
                    .filter_map(|row| row.get::<String>("name").ok())
                {
                    let drop = ["DEALLOCATE ", &sql::identifier(&name)].concat();
                    insist(server, &drop).await;
                }
            }
            // What was prepared before it was cancelled stays with the session.
            Err(_) => self.forget(server).await,
            Ok(()) => {}
        }
    }

    /// A query that fails in another session, so that what is set and prepared is not left there.
    fn here(&self) -> String {
        let pid = self.session.pid.to_string();
        sql::fill(include_str!("sql/lock/here.sql"), &[("pid", &pid)])
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
            self.left = Some(drop);
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

    /// Without it the server finishes and commits what a dead client has sent.
    pub(crate) const CHECK_CLIENT: &'static str = " client_connection_check_interval = 1000;";

    fn fill(&self, template: &str) -> String {
        sql::fill(template, &[("key", &self.session.key.to_string())])
    }
}
