//! Runs steps in either mode. What to run was decided before.

use std::slice;
use std::time::{Duration, Instant};

use crate::backoff::Backoff;
use crate::blocker::{self, Blocker};
use crate::cause::Cause;
use crate::database_error::Cancelled;
use crate::embedded::Mode;
use crate::error::{Error, Kept, Result};
use crate::event::Event;
use crate::executor::Executor;
use crate::history::{History, Past, Use};
use crate::lock::AdvisoryLock;
use crate::messages;
use crate::own;
use crate::own::is_lost;
use crate::place::Stage;
use crate::prepared_step::{Failure, Part, PreparedStep, enclose, joined, located, position};
use crate::server::{Call, Look, Transaction, Wanted};
use crate::sql;
use crate::sqlstate;
use crate::step::Action;
use crate::watch::{Looking, Wait};
use crate::wire::Wire;

/// How a step ended without an error.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    Done,
    /// Of several transactions the next one failed, and is to be run by itself.
    Partly(usize),
    /// The claim was refused: another program has the step.
    ClaimedElsewhere,
    /// Nothing was done: a step takes something from a repeatable that must run in the same transaction.
    Lacking,
}

/// A transaction of the client's, in which each statement is a message and Rust code is called between
/// them.
struct Within<'t, 'w, 'o> {
    transaction: &'t mut dyn Transaction,
    wire: &'w mut Wire<'o>,
}

impl Within<'_, '_, '_> {
    async fn run<'w>(&mut self, part: &Part<'w>) -> Result<(), Failure<'w>> {
        for (index, text) in part.texts.iter().enumerate() {
            let began = Instant::now();
            let mut look = looking(self.wire, part);
            let sent = self
                .transaction
                .send(text, Wanted::Nothing, dynamic(&mut look));
            let sent = sent.await;
            sent.map_err(|cause| part.failed(index, position(&cause), cause))?;
            self.wire.tell_statement(part, index, began);
        }
        if part.is_code() {
            let called = self.call(part).await;
            called.map_err(|cause| part.failed(0, None, cause))?;
        }
        Ok(())
    }

    /// Calls what a part stands for, and sees that the transaction is still the same.
    async fn call(&mut self, part: &Part<'_>) -> Result<(), Cause> {
        let transaction = &mut *self.transaction;
        let mut look = looking(self.wire, part);
        // A setting would be gone after RESET ALL, too.
        let mark = include_str!("sql/session/mark_transaction.sql");
        let mark = transaction
            .send(mark, Wanted::Rows, dynamic(&mut look))
            .await?;
        let number = mark.first().and_then(|rows| rows.first()?.text(0));
        let number = [("transaction", &*sql::literal(number.unwrap_or_default()))];
        let call = Call {
            stage: part.stage,
            step: part.work.step,
            function: part.work.script.code.and_then(|code| code.function),
        };
        transaction.call(call, dynamic(&mut look)).await?;
        let check = sql::fill(
            include_str!("sql/session/same_transaction.sql").trim_end(),
            &number,
        );
        let check = own::framed(&check, own::BRIEF);
        let checked = transaction.send(&check, Wanted::Nothing, dynamic(&mut look));
        checked.await.map(drop).map_err(|cause| match cause.code() {
            Some(sqlstate::IN_FAILED_SQL_TRANSACTION) => Cause::new(messages::ignored()),
            _ => cause,
        })
    }
}

/// Looks on while the client is in a part, which it has to end by itself.
fn looking<'l, 'o>(wire: &'l mut Wire<'o>, part: &Part<'l>) -> Option<Looking<'l, 'o>> {
    let ends = wire.ends;
    wire.looking(Wait::new(Some(part.work.step), ends, None), false)
}

fn dynamic<'d>(look: &'d mut Option<Looking<'_, '_>>) -> Option<&'d mut dyn Look> {
    look.as_mut().map(|look| look as &mut dyn Look)
}

impl Executor<'_, '_> {
    /// Sends a message and waits for its answer.
    pub(crate) async fn send(
        &mut self,
        work: &PreparedStep<'_>,
        message: &str,
    ) -> Result<(), Cause> {
        let wire = &mut self.context.wire;
        wire.send(self.server, work.step, message).await
    }

    /// One transaction. A failure that names no statement is repeated once, statement by
    /// statement.
    pub(crate) async fn transact(
        &mut self,
        mut parts: Vec<Part<'_>>,
        kept: Kept,
    ) -> Result<Outcome> {
        let mut backoff = Backoff::until(self.context.retry_deadline);
        let mut waiting = Backoff::until(self.context.wire.lock_deadline);
        let has_code = parts.iter().any(Part::is_code);
        if !has_code {
            enclose(&mut parts);
        }
        let mut is_whole = !has_code && !self.context.wire.is_per_statement;
        // The client did not understand an answer, and the server may have gone on: it does at the data that
        // COPY sends.
        let mut is_unheard = false;
        loop {
            let sent = if is_whole {
                self.send_whole(&parts).await
            } else {
                self.send_each(&parts).await
            };
            let Err(failure) = sent else {
                return Ok(Outcome::Done);
            };
            let work = failure.work;
            if !has_code && self.send(work, "ROLLBACK").await.is_err() {
                return Err(Error::outcome_unknown(work.step, failure.cause));
            }
            let said = failure.cause.said.as_ref();
            if said.is_some_and(AdvisoryLock::is_taken) {
                let wire = &mut self.context.wire;
                self.lock.wait(self.server, &mut waiting, wire).await?;
                continue;
            }
            if said.is_some_and(|error| self.lock.history.is_claim_conflict(error)) {
                return Ok(if is_unheard {
                    Outcome::Done
                } else {
                    Outcome::ClaimedElsewhere
                });
            }
            is_unheard |= said.is_none();
            if said.is_some_and(History::is_without_lock) {
                return Err(self.lock.without_lock());
            }
            if said.is_some_and(History::is_uncounted) {
                // Another look at the tables explains it, unless a row is gone.
                self.read().await?;
                return Ok(Outcome::ClaimedElsewhere);
            }
            if let Some(lacking) = said.and_then(Self::lacking) {
                self.lacking = lacking;
                return Ok(Outcome::Lacking);
            }
            if failure.is_transient() {
                self.retry(failure, kept, &mut backoff).await?;
            } else if self.context.wire.is_over() || !matches!(failure.stage, Stage::Unknown) {
                return Err(self.failed(failure, kept).await);
            }
            is_whole = false;
        }
    }

    /// In one message and round trip.
    async fn send_whole<'w>(&mut self, parts: &[Part<'w>]) -> Result<(), Failure<'w>> {
        let sent = self.send(parts[0].work, &joined(parts)).await;
        sent.map_err(|cause| located(parts, cause))
    }

    /// One message a statement, so that a failing one is known. Rust code is given a transaction
    /// of the client's, which it cannot end by itself.
    async fn send_each<'w>(&mut self, parts: &[Part<'w>]) -> Result<(), Failure<'w>> {
        if parts.iter().any(Part::is_code) {
            return self.send_within(parts).await;
        }
        for part in parts {
            for (index, text) in part.texts.iter().enumerate() {
                let began = Instant::now();
                let sent = self.send(part.work, text).await;
                sent.map_err(|cause| part.failed(index, position(&cause), cause))?;
                self.context.wire.tell_statement(part, index, began);
            }
        }
        Ok(())
    }

    async fn send_within<'w>(&mut self, parts: &[Part<'w>]) -> Result<(), Failure<'w>> {
        let (first, last) = (&parts[0], &parts[parts.len() - 1]);
        let wire = &mut self.context.wire;
        let begun = self.server.begin().await;
        let mut transaction = begun.map_err(|cause| first.failed(0, None, cause))?;
        let mut within = Within {
            transaction: &mut *transaction,
            wire,
        };
        for part in parts {
            within.run(part).await?;
        }
        let mut look = looking(wire, last);
        let committed = transaction.commit(dynamic(&mut look)).await;
        committed.map_err(|cause| last.failed(0, None, cause))
    }

    /// Sends several works in one message, each a transaction of its own. What comes behind one that
    /// fails, the server does not look at.
    pub(crate) async fn send_ahead(&mut self, works: &[PreparedStep<'_>]) -> Result<Outcome> {
        let mut all = Vec::new();
        for work in works {
            let mut parts = self.parts(slice::from_ref(work));
            enclose(&mut parts);
            all.extend(parts);
        }
        let Err(cause) = own::send(self.server, &joined(&all)).await else {
            return Ok(Outcome::Done);
        };
        if own::send(self.server, "ROLLBACK").await.is_err() {
            return Err(Error::outcome_unknown(works[0].step, cause));
        }
        // The one that failed fails again, or not, by itself.
        self.lock.forget(self.server).await;
        let failure = located(&all, cause);
        let is_located = !matches!(failure.stage, Stage::Unknown);
        let is_its = |work: &PreparedStep<'_>| work.step.label == failure.work.step.label;
        let found = self.lock.history.found.clone();
        let past = match self.read().await {
            Ok(past) => past,
            // The server has done all before it, and looked at nothing that comes after it.
            Err(error) => match works.iter().position(is_its) {
                Some(done) if is_located && done > 0 => {
                    self.lock.history.found = found;
                    return Ok(Outcome::Partly(done));
                }
                _ => return Err(error),
            },
        };
        // The way back does not depend on the rest of the list.
        if works[0].step.action != Action::RollBack {
            self.context.validate_past(&past)?;
        }
        let is_done = |work: &&PreparedStep<'_>| self.context.is_done(&past, work.step);
        let done = works.iter().take_while(is_done).count();
        // Unless it is done all the same: its script has committed, and what came after that failed.
        if is_located && works[..done].iter().any(is_its) {
            return Err(self.failed(failure, None).await);
        }
        Ok(Outcome::Partly(done))
    }

    /// Sleeps before the next try, or gives up where the deadline has passed.
    pub(crate) async fn retry(
        &mut self,
        failure: Failure<'_>,
        kept: Kept,
        backoff: &mut Backoff,
    ) -> Result<()> {
        let PreparedStep { step, script, .. } = failure.work;
        let patience = script
            .lock_timeout
            .unwrap_or(self.context.wire.lock_timeout);
        let mut blockers = self.seen(&failure);
        if blockers.is_empty() && failure.code() == Some(sqlstate::LOCK_NOT_AVAILABLE) {
            blockers = self.candidates(patience.min(backoff.waited())).await;
        }
        let cause = failure.explained(kept, &blockers);
        let Some(pause) = backoff.pause().filter(|_| !self.context.wire.is_over()) else {
            return Err(cause);
        };
        let failed = backoff.pauses;
        self.context.wire.tell(&Event::Retried {
            step,
            failed,
            pause,
            cause: &cause,
        });
        self.server.pause(pause).await;
        Ok(())
    }

    /// The history as it is now.
    pub(crate) async fn read(&mut self) -> Result<Past> {
        let (history, wire) = (&mut self.lock.history, &mut self.context.wire);
        history.read(self.server, wire, Use::Write).await
    }

    /// Unless the connection is gone, so that nobody knows.
    pub(crate) async fn failed(&mut self, mut failure: Failure<'_>, kept: Kept) -> Error {
        let cancelled = self.cancelled(&failure);
        if is_lost(self.server).await {
            return Error::outcome_unknown(failure.work.step, failure.cause);
        }
        let mut blockers = self.seen(&failure);
        // Outside a transaction it is most likely one that builds concurrently, and was ended while it
        // waited for older transactions.
        let is_canceled = failure.code() == Some(sqlstate::QUERY_CANCELED);
        if blockers.is_empty() && is_canceled && failure.work.step.mode == Mode::NoTransaction {
            blockers = self.candidates(Duration::from_secs(1)).await;
        }
        let is_ours = matches!(failure.stage, Stage::Claim);
        if let Some(said) = &mut failure.cause.said {
            said.0.cancelled = cancelled;
        }
        let error = failure.explained(kept, &blockers);
        if !is_ours {
            return error;
        }
        let history = &self.lock.history;
        history.with_repairs(self.server, Use::Write, error).await
    }

    /// What ended a statement that was cancelled.
    fn cancelled(&self, failure: &Failure<'_>) -> Option<Cancelled> {
        let limit = failure.work.script.statement_timeout;
        let limit = limit.unwrap_or(self.context.statement_timeout);
        let is_passed = !limit.is_zero() && self.began.elapsed() >= limit;
        let is_ours = matches!(failure.stage, Stage::Claim | Stage::Record);
        match failure.code() {
            Some(sqlstate::QUERY_CANCELED) if self.context.wire.is_over() => {
                Some(Cancelled::Deadline)
            }
            Some(sqlstate::QUERY_CANCELED) if is_ours => None,
            Some(sqlstate::QUERY_CANCELED) if is_passed => Some(Cancelled::Limit),
            Some(sqlstate::QUERY_CANCELED) => Some(Cancelled::Others),
            _ => None,
        }
    }

    /// The server does not say which lock timed out, so these may have been in the way for so long.
    async fn candidates(&mut self, waited: Duration) -> Vec<Blocker> {
        let seconds = format!("{:.3}", waited.as_secs_f64());
        let values = [("waited_seconds", &*seconds)];
        let query = blocker::query(include_str!("sql/watch/blockers.sql"));
        let query = sql::fill(&query, &values);
        blocker::find(self.server, &query).await
    }

    /// Who was in the way when the watching connection last looked.
    fn seen(&mut self, failure: &Failure<'_>) -> Vec<Blocker> {
        let waited = [sqlstate::LOCK_NOT_AVAILABLE, sqlstate::QUERY_CANCELED];
        let waited = failure.code().is_some_and(|code| waited.contains(&code));
        let seen = self.context.wire.watch.as_mut().filter(|_| waited);
        seen.map(|watch| std::mem::take(&mut watch.blockers))
            .unwrap_or_default()
    }
}
