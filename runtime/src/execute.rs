//! Runs one step in either mode. What to run was decided before.

use std::fmt::Display;
use std::thread::sleep;
use std::time::{Duration, Instant};

use postgres::error::SqlState;

use crate::backoff::Backoff;
use crate::error::{Error, Kept, Stage};
use crate::event::{Blocker, Event, Listener};
use crate::lock::{self, Lock};
use crate::migration::{Mode, Script, Statement};
use crate::place::Place;
use crate::plan::Action;
use crate::session::{Watch, is_lost};
use crate::sql;
use crate::work::{Failure, Part, Piece, Work, locate, position};

/// How a step ended without an error.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    Done,
    /// The claim was refused: somebody else has the step.
    ClaimedElsewhere,
}

/// How long things may take.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    /// For how long another session may be at work.
    pub(crate) lock_deadline: Duration,
    pub(crate) lock_timeout: Duration,
    pub(crate) statement_timeout: Duration,
    pub(crate) retry_deadline: Duration,
    /// For how long a run may go on.
    pub(crate) deadline: Option<Duration>,
    /// When this run has to end.
    pub(crate) ends: Option<Instant>,
}

/// How a transaction travels.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sending {
    /// One message for everything: one round trip.
    Whole,
    /// One message a statement, so that a failing one is known.
    Statements,
}

/// What a step is executed with.
pub(crate) struct Executor<'e, 'c, 'o> {
    pub(crate) lock: &'e mut Lock<'c>,
    pub(crate) listener: &'e mut Listener<'o>,
    pub(crate) limits: Limits,
    pub(crate) sending: Sending,
    /// Where the connection is ours.
    pub(crate) watch: Option<&'e mut Watch>,
    /// Whether an earlier run has claimed the step, outside a transaction.
    pub(crate) is_resumed: bool,
}

impl Executor<'_, '_, '_> {
    /// Several works are one transaction.
    pub(crate) fn run(&mut self, works: &[Work<'_>]) -> Result<Outcome, Error> {
        match works {
            [work] if work.script.mode == Mode::NoTransaction => self.run_outside_transaction(work),
            _ => self.transact(&self.parts(works), Kept::Nothing),
        }
    }

    /// Sends a message and waits for its answer.
    pub(crate) fn send(&mut self, work: &Work<'_>, message: &str) -> Result<(), postgres::Error> {
        let client = &mut *self.lock.client;
        match &mut self.watch {
            Some(watch) => {
                watch.batch_execute(client, message, work.step, self.limits.ends, self.listener)
            }
            None => client.batch_execute(message),
        }
    }

    /// Ends a transaction that failed so; gives the failure back where there is a connection.
    pub(crate) fn roll_back(
        &mut self,
        work: &Work<'_>,
        failure: postgres::Error,
    ) -> Result<postgres::Error, Error> {
        if is_lost(self.lock.client, &failure) {
            return Err(Error::outcome_unknown(work.step, failure));
        }
        let ended = self.lock.client.batch_execute("ROLLBACK");
        ended
            .map_err(|cause| self.doing(work, "rolling back a failed transaction", cause))
            .map(|()| failure)
    }

    /// One of our own queries failed.
    pub(crate) fn doing(
        &self,
        work: &Work<'_>,
        doing: impl Display,
        cause: postgres::Error,
    ) -> Error {
        if is_lost(self.lock.client, &cause) {
            return Error::outcome_unknown(work.step, cause);
        }
        Error::database(doing, cause)
    }

    /// One transaction. A failure that names no statement is repeated once, statement by
    /// statement.
    pub(crate) fn transact(&mut self, parts: &[Part<'_>], kept: Kept) -> Result<Outcome, Error> {
        let mut backoff = Backoff::until(self.limits.retry_deadline);
        let mut waiting = Backoff::until(self.limits.lock_deadline);
        let mut sending = self.sending;
        loop {
            let sent = match sending {
                Sending::Whole => self.send_whole(parts),
                Sending::Statements => self.send_statements(parts),
            };
            let Err((work, Failure { stage, cause })) = sent else {
                return Ok(Outcome::Done);
            };
            let failure = Failure { stage, cause: self.roll_back(work, cause)? };
            if Lock::is_taken(&failure.cause) {
                self.lock.wait(&mut waiting, self.listener)?;
                continue;
            }
            if self.lock.history.is_claim_conflict(&failure.cause) {
                return Ok(Outcome::ClaimedElsewhere);
            }
            if failure.is_transient() {
                self.retry(work, failure, kept, &mut backoff)?;
            } else if self.is_over() || !matches!(failure.stage, Stage::Unknown) {
                return Err(self.failed(work, failure, kept));
            }
            sending = Sending::Statements;
        }
    }

    fn send_whole<'w>(&mut self, parts: &[Part<'w>]) -> Result<(), (&'w Work<'w>, Failure)> {
        let message: String = parts.iter().map(Part::text).collect();
        self.send(parts[0].work, &message).map_err(|cause| {
            let (work, stage) = locate(parts, position(&cause));
            (work, Failure { stage, cause })
        })
    }

    fn send_statements<'w>(&mut self, parts: &[Part<'w>]) -> Result<(), (&'w Work<'w>, Failure)> {
        for part in parts {
            let Part { work, stage, piece } = part;
            let (script, statements) = match piece {
                Piece::Runner(text) => {
                    let sent = self.send(work, text);
                    sent.map_err(|cause| (*work, Failure { stage: *stage, cause }))?;
                    continue;
                }
                Piece::Script(script, statements) => (script, statements),
            };
            for (index, statement) in statements.iter().enumerate() {
                let began = Instant::now();
                self.send_statement(work, script, statement).map_err(|mut failure| {
                    failure.stage = stage.at(failure.stage);
                    (*work, failure)
                })?;
                // Outside a transaction they come one by one.
                let is_told =
                    self.sending == Sending::Statements && script.mode == Mode::Transaction;
                if is_told && matches!(stage, Stage::Unknown) {
                    self.statement_finished(work, index, began);
                }
            }
        }
        Ok(())
    }

    /// All that is sent for a transaction, in order.
    fn parts<'w>(&self, works: &'w [Work<'w>]) -> Vec<Part<'w>> {
        let mut parts = Vec::new();
        for (index, work) in works.iter().enumerate() {
            let begin = match index {
                0 => self.begin(work.script),
                _ => self.settings("SET LOCAL", work.script, false),
            };
            let commit = if work.step.action == Action::Verify { "ROLLBACK" } else { "COMMIT" };
            let commit = if index + 1 == works.len() { commit } else { "" };
            parts.push(Part::new(work, Stage::Claim, format!("{begin}\n{}", work.claim)));
            parts.push(Part::script(work, Stage::Unknown, work.script));
            parts.extend(ending(work, commit));
        }
        parts
    }

    pub(crate) fn send_statement(
        &mut self,
        work: &Work<'_>,
        script: &Script<'_>,
        statement: &Statement,
    ) -> Result<(), Failure> {
        self.send(work, script.text(statement)).map_err(|cause| {
            let place = match position(&cause) {
                Some(behind) => Place::behind(script, statement.start as usize, behind),
                None => Place::start_of(script, statement),
            };
            Failure { stage: Stage::Statement(place), cause }
        })
    }

    /// Sleeps before the next try, or gives up where the deadline has passed.
    pub(crate) fn retry(
        &mut self,
        work: &Work<'_>,
        failure: Failure,
        kept: Kept,
        backoff: &mut Backoff,
    ) -> Result<(), Error> {
        let patience = work.script.lock_timeout.unwrap_or(self.limits.lock_timeout);
        let mut blockers = self.seen(&failure);
        if blockers.is_empty() && failure.cause.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) {
            // The server does not say which lock timed out, so these are candidates.
            let seconds = format!("{:.3}", patience.min(backoff.waited()).as_secs_f64());
            let waited = ("waited_seconds", &*seconds);
            blockers = lock::blockers(self.lock.client, include_str!("sql/blockers.sql"), waited);
        }
        let (step, cause) = (work.step, work.failed(failure, kept, &blockers));
        let Some(pause) = backoff.pause().filter(|_| !self.is_over()) else {
            return Err(cause);
        };
        let failed = backoff.pauses;
        self.listener.tell(&Event::Retried { step, failed, pause, cause: &cause });
        sleep(pause);
        Ok(())
    }

    /// Whether the run has to end.
    fn is_over(&self) -> bool {
        self.limits.ends.is_some_and(|ends| ends <= Instant::now())
    }

    /// Who was in the way when the watching connection last looked.
    fn seen(&mut self, failure: &Failure) -> Vec<Blocker> {
        let waited = [SqlState::LOCK_NOT_AVAILABLE, SqlState::QUERY_CANCELED];
        let waited = failure.cause.code().is_some_and(|code| waited.contains(code));
        let seen = self.watch.as_mut().filter(|_| waited);
        seen.map(|watch| std::mem::take(&mut watch.blockers)).unwrap_or_default()
    }

    pub(crate) fn failed(&mut self, work: &Work<'_>, failure: Failure, kept: Kept) -> Error {
        if is_lost(self.lock.client, &failure.cause) {
            return Error::outcome_unknown(work.step, failure.cause);
        }
        let blockers = self.seen(&failure);
        work.failed(failure, kept, &blockers)
    }

    pub(crate) fn statement_finished(&mut self, work: &Work<'_>, index: usize, began: Instant) {
        let (step, duration) = (work.step, began.elapsed());
        self.listener.tell(&Event::StatementFinished { step, statement: index + 1, duration });
    }

    /// The isolation level is said, so that the role's own default does not leak in.
    pub(crate) fn begin(&self, script: &Script<'_>) -> String {
        let settings = self.settings("SET LOCAL", script, false);
        let enter = self.lock.enter();
        format!("BEGIN ISOLATION LEVEL READ COMMITTED;{settings}\n{enter}")
    }

    /// For a statement outside a transaction.
    pub(crate) fn session_settings(&self, script: &Script<'_>, statement: &Statement) -> String {
        self.settings("SET SESSION", script, statement.concurrent)
    }

    fn settings(&self, set: &str, script: &Script<'_>, waits_for_others: bool) -> String {
        // `lock_timeout` kills CREATE INDEX CONCURRENTLY when it merely waits for an old
        // snapshot elsewhere, and leaves an invalid index.
        let lock_timeout = script.lock_timeout.unwrap_or(self.limits.lock_timeout);
        let lock_timeout = if waits_for_others { Duration::ZERO } else { lock_timeout };
        let statement_timeout = script.statement_timeout.unwrap_or(self.limits.statement_timeout);
        // Zero is no limit.
        let (now, little) = (Instant::now(), Duration::from_millis(1));
        let left = |ends: Instant| ends.saturating_duration_since(now).max(little);
        let limit = Some(statement_timeout).filter(|timeout| !timeout.is_zero());
        let limit = limit.into_iter().chain(self.limits.ends.map(left)).min().unwrap_or_default();
        let mut settings = format!(
            "{set} lock_timeout = {};{set} statement_timeout = {};",
            sql::milliseconds(lock_timeout),
            sql::milliseconds(limit)
        );
        if self.lock.session.can_notice_lost_client {
            // Without it the server finishes and commits what a dead client has sent.
            settings += &[set, " client_connection_check_interval = 1000;"].concat();
        }
        settings
    }
}

/// What comes behind a script: what verifies it, and the record.
pub(crate) fn ending<'w>(work: &'w Work<'w>, commit: &str) -> impl Iterator<Item = Part<'w>> {
    const SAVE: &str = "SAVEPOINT pgstrata_verify;\n";
    const FORGET: &str = "ROLLBACK TO SAVEPOINT pgstrata_verify;\n";
    let verify = work.verify.map(|verify| {
        let save = Part::new(work, Stage::Record, SAVE.to_owned());
        let forget = Part::new(work, Stage::Record, FORGET.to_owned());
        [save, Part::script(work, Stage::Verify(None), verify), forget]
    });
    let record = format!("{}\n{}{commit}", Lock::RESTORE_NAMES, work.record);
    let record = Part::new(work, Stage::Record, record);
    verify.into_iter().flatten().chain([record])
}
