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
//!
//! The file is long because taking, keeping and giving back share one guard.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::take;

use crate::backoff::Backoff;
use crate::blocker;
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
use crate::product::Product;
use crate::row::{Row, Unreadable};
use crate::server::Server;
use crate::settled::Settled;
use crate::sql;
use crate::sqlstate;
use crate::step::{Action, Step};
use crate::wire::Wire;

/// Raised by `enter.sql`.
const TAKEN: &str = "PGSLK";

/// Settings that are given back without a word.
const GIVEN_BACK: [&str; 5] = [
    "role",
    "search_path",
    "lock_timeout",
    "statement_timeout",
    "client_connection_check_interval",
];

/// For so few steps it is not worth while to prepare anything.
const FEW: usize = 3;

/// How often the release is sent again when the server cancels it.
const RELEASES: usize = 50;

/// The session's own limit may be too short to give anything back.
const UNLIMITED: &str = "SET LOCAL statement_timeout = 0;\n";

/// Holds the lock until [`Lock::release`] (reports errors) or [`Lock::abandon`] (after an error). If
/// neither runs, the front sends what is owed.
pub(crate) struct Lock {
    pub(crate) history: History,
    can: Capabilities,
    pub(crate) session: Session,
    is_held: bool,
}

const SETTINGS: &str = include_str!("sql/session/settings.sql");

/// Settings by name: what they are, and what they would be if nobody had set them.
type Settings = BTreeMap<String, [String; 2]>;

/// The session that has the lock, as it was before the run.
#[derive(Default)]
pub(crate) struct Session {
    key: i64,
    pub(crate) pid: i32,
    /// Puts role and search path back after a script, for the whole session.
    pub(crate) leave: String,
    /// Puts the search path back after a statement of ours, until the transaction's end.
    pub(crate) back: String,
    /// Whether the server can look after its client while a statement runs.
    pub(crate) can_notice_lost_client: bool,
    /// Gives back what a run sets: who the session is, and the rest.
    give_back: [String; 2],
    /// What the server is, where it is not PostgreSQL.
    product: Option<Product>,
    has_citus: bool,
    /// All other settings that were set; `None` without an observer, since only an event reports them.
    settings: Option<Settings>,
}

impl Lock {
    /// Not taken yet.
    pub(crate) fn new(history: History, can: Capabilities) -> Self {
        Self {
            history,
            can,
            session: Session::default(),
            is_held: false,
        }
    }

    /// Polls until the lock is free or the deadline has passed. On a new connection the backend
    /// of a lost one may still be at work, and lets go when that is over. It is not taken, and `false`
    /// comes back, where the history has become `wanted` meanwhile: then there is nothing to do.
    pub(crate) async fn take(
        &mut self,
        server: &mut impl Server,
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
        let session = self
            .history
            .fill(include_str!("sql/session/session.sql"), &[("key", &key)]);
        let default_path = include_str!("sql/session/default_path.sql").to_owned();
        // Asking for all settings takes the server a millisecond, and only an observer is told of them.
        let is_told = wire.observer.is_some();
        let settings = is_told.then(|| SETTINGS.to_owned());
        let first = [default_path, session].into_iter().chain(settings);
        let all: Vec<String> = first.chain([try_lock.clone()]).collect();
        let mut query = all.join(";\n");
        while !self.is_held {
            let sets = match wire.ask(server, &self.history, &query).await {
                Ok(sets) => sets,
                Err(error) => return Err(self.failed_to_take(server, error).await),
            };
            if let [_, path, _, session, settings @ .., _] = &sets[..] {
                let row = path.first().zip(session.first());
                let session = row.map(|(path, row)| {
                    let (is_open, mut session) = Session::from_rows(path, row, self.can)?;
                    let settings = settings.first().and_then(|rows| rows.first());
                    session.settings = settings.map(read_settings).transpose()?;
                    Ok::<_, Unreadable>((is_open, session))
                });
                let Some((is_open, session)) = self.history.reading(session.transpose())? else {
                    return Err(Error::said(messages::in_transaction()));
                };
                if is_open {
                    // A migration's own COMMIT would commit what the caller has begun, too.
                    return Err(Error::said(messages::in_transaction()));
                }
                wire.pid = session.pid;
                self.session = session;
                query.clone_from(&try_lock);
            }
            let row = sets.last().and_then(|rows| rows.first());
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
        Ok(true)
    }

    /// The server may have given the lock and failed afterwards: a lock of the session outlives
    /// its transaction.
    async fn failed_to_take(&mut self, server: &mut impl Server, error: Error) -> Error {
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
        server: &mut impl Server,
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
        server: &mut impl Server,
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
    pub(crate) async fn forget(&mut self, server: &mut impl Server) {
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
    fn owe(&self, server: &mut impl Server) {
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
        server: &mut impl Server,
        wire: &mut Wire<'_>,
    ) -> Result<bool> {
        let released = self.give_back(server, wire).await;
        self.is_held = false;
        self.owe(server);
        released
    }

    async fn give_back(&mut self, server: &mut impl Server, wire: &mut Wire<'_>) -> Result<bool> {
        self.forget(server).await;
        if self.can.lock == LockKind::Transaction {
            return Ok(true);
        }
        let message = self.release_message();
        let mut cancels = 0;
        let released = loop {
            let released = wire.release(server, &message).await;
            cancels += usize::from(released.as_ref().is_err_and(Cause::is_canceled));
            if !released.as_ref().is_err_and(Cause::is_canceled) || cancels > RELEASES {
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
    pub(crate) async fn abandon(&mut self, server: &mut impl Server) {
        if take(&mut self.is_held) && !server.is_closed() {
            self.give_back_apart(server).await;
            self.forget(server).await;
        }
        self.owe(server);
    }

    async fn give_back_apart(&self, server: &mut impl Server) {
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

impl Session {
    /// Refuses a server on which a run does not keep what it promises.
    pub(crate) async fn refuse_others(&self, server: &mut impl Server) -> Result<()> {
        let product = if self.has_citus {
            match Product::citus(server).await {
                // Who may not know cannot be told.
                Err(cause) if cause.code() == Some(sqlstate::INSUFFICIENT_PRIVILEGE) => None,
                asked => asked.map_err(|cause| {
                    Error::database("asking which node of Citus this is", cause)
                })?,
            }
        } else {
            self.product
        };
        product.map_or(Ok(()), |product| Err(product.refused()))
    }

    /// Whether a transaction is open, and the session.
    fn from_rows(
        path_row: &impl Row,
        row: &impl Row,
        can: Capabilities,
    ) -> Result<(bool, Self), Unreadable> {
        let (role, path): (String, String) = (row.get("role")?, row.get("search_path")?);
        let session_user: String = row.get("session_user")?;
        let [session_user, role, quoted] = [&session_user, &role, &path].map(|it| sql::literal(it));
        let timeouts: [String; 2] = [row.get("lock_timeout")?, row.get("statement_timeout")?];
        let [lock, statement] = timeouts.each_ref().map(|it| sql::literal(it));
        let check: Option<String> = row.get("check_interval")?;
        let values = [
            ("session_user", &*session_user),
            ("role", &*role),
            ("search_path", &quoted),
            ("lock_timeout", &lock),
            ("statement_timeout", &statement),
        ];
        let [who, mut give_back] = [
            include_str!("sql/session/give_back_who.sql"),
            include_str!("sql/session/give_back.sql"),
        ]
        .map(|template| sql::fill(template.trim_end(), &values));
        let check_back = check.iter().map(|check| {
            let check = sql::literal(check);
            format!(", pg_catalog.set_config('client_connection_check_interval', {check}, false)")
        });
        give_back.extend(check_back);
        let is_default = path_row.get::<String>("default_path")? == path;
        let [leave, back] = if !can.keeps_session {
            [
                include_str!("sql/pooled/leave.sql"),
                include_str!("sql/pooled/back.sql"),
            ]
            .map(str::to_owned)
        } else if is_default {
            ["RESET search_path;", "SET LOCAL search_path TO DEFAULT;"].map(str::to_owned)
        } else {
            ["false", "true"].map(|is_local| {
                let values = [("path", &*quoted), ("is_local", is_local)];
                sql::fill(include_str!("sql/session/set_path.sql").trim_end(), &values)
            })
        };
        // To give a name back is cheaper than to ask what it was.
        let role = match &*role {
            _ if !can.keeps_session => String::new(),
            "'none'" => "SET SESSION ROLE NONE;".to_owned(),
            role => sql::fill(
                include_str!("sql/session/set_role.sql").trim_end(),
                &[("role", role)],
            ),
        };
        let role = if can.keeps_session {
            format!("SET SESSION AUTHORIZATION {session_user};{role}")
        } else {
            role
        };
        let session = Self {
            key: row.get("key")?,
            pid: row.get("pid")?,
            leave: role + &leave,
            back,
            can_notice_lost_client: check.is_some(),
            give_back: [who, give_back].map(|it| it + ";\n"),
            product: Product::of_session(row)?,
            has_citus: row.get("has_citus")?,
            settings: None,
        };
        Ok((row.get("in_transaction")?, session))
    }

    /// Which settings a script changed for the session; `None` where the lock was not ours any more.
    fn changed(&self, sets: &[Vec<impl Row>]) -> Option<Vec<String>> {
        let (unlocked, now) = match (sets, &self.settings) {
            ([.., unlocked, now], Some(before)) => (unlocked, Some((before, now.first()?))),
            ([.., unlocked], None) => (unlocked, None),
            _ => return None,
        };
        let is_ours: bool = unlocked.first()?.get("unlocked").ok()?;
        let Some((before, now)) = now else {
            return is_ours.then(Vec::new);
        };
        let now = read_settings(now).ok().filter(|_| is_ours)?;
        // What is not among them now, is as the server has it.
        let gone = before
            .iter()
            .filter(|(name, [was, default])| was != default && !now.contains_key(*name));
        let gone = gone.map(|(name, _)| name);
        let was = |name, default| before.get(name).map_or(default, |[was, _]| was);
        let changed = now
            .iter()
            .filter(|(name, [setting, default])| was(*name, default) != setting);
        let all = gone.chain(changed.map(|(name, _)| name));
        let is_told =
            |name: &&String| !GIVEN_BACK.contains(&&***name) && !name.starts_with("pgstrata.");
        let all: BTreeSet<&String> = all.filter(is_told).collect();
        Some(all.into_iter().cloned().collect())
    }
}

/// From a row of `settings.sql`.
fn read_settings(row: &impl Row) -> Result<Settings, Unreadable> {
    let texts = |column| {
        let texts: Option<Vec<String>> = row.get(column)?;
        Ok(texts.unwrap_or_default())
    };
    let values = texts("settings")?.into_iter().zip(texts("defaults")?);
    let values = values.map(|(setting, default)| [setting, default]);
    Ok(texts("names")?.into_iter().zip(values).collect())
}

/// Sends it until the server does not cancel it. The error that brought us here is the one to
/// report, so another one is not.
async fn insist(server: &mut impl Server, message: &str) {
    for _ in 0..RELEASES {
        if !own::send(server, message)
            .await
            .is_err_and(|it| it.is_canceled())
        {
            break;
        }
    }
}
