//! Runs steps in either mode. What to run was decided before.

use std::slice;
use std::thread::sleep;
use std::time::{Duration, Instant};

use postgres::{Client, IsolationLevel, Transaction};

use crate::backoff::Backoff;
use crate::blocker::{self, Blocker};
use crate::cause::Cause;
use crate::context::Context;
use crate::embedded::Mode;
use crate::error::{Error, Kept, Result};
use crate::event::Event;
use crate::executor::Executor;
use crate::history::{History, Past, Use};
use crate::lock::Lock;
use crate::own;
use crate::own::is_lost;
use crate::place::Stage;
use crate::sql;
use crate::sqlstate;
use crate::work::{Failure, Part, Work, enclose, joined, located, position};

/// How a step ended without an error.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    Done,
    /// Of several transactions the next one failed, and is to be run by itself.
    Partly(usize),
    /// The claim was refused: another program has the step.
    ClaimedElsewhere,
}

/// What statements are sent through.
enum Way<'c> {
    Plain(&'c mut Client),
    Within(Transaction<'c>),
}

impl Executor<'_, '_> {
    /// Sends a message and waits for its answer.
    pub(crate) fn send(&mut self, work: &Work<'_>, message: &str) -> Result<(), Cause> {
        self.context.wire.send(self.lock.client, work.step, message)
    }

    /// One transaction. A failure that names no statement is repeated once, statement by
    /// statement.
    pub(crate) fn transact(&mut self, mut parts: Vec<Part<'_>>, kept: Kept) -> Result<Outcome> {
        let mut backoff = Backoff::until(self.context.retry_deadline);
        let mut waiting = Backoff::until(self.context.wire.lock_deadline);
        let has_code = parts.iter().any(Part::is_code);
        if !has_code {
            enclose(&mut parts);
        }
        let mut is_whole = !has_code && !self.context.wire.is_per_statement;
        loop {
            let sent = if is_whole {
                self.send_whole(&parts)
            } else {
                self.send_each(&parts)
            };
            let Err(failure) = sent else {
                return Ok(Outcome::Done);
            };
            let step = failure.work.step;
            if !has_code
                && self
                    .context
                    .wire
                    .send(self.lock.client, step, "ROLLBACK")
                    .is_err()
            {
                return Err(Error::outcome_unknown(failure.work.step, failure.cause));
            }
            let said = failure.cause.said.as_ref();
            if said.is_some_and(Lock::is_taken) {
                self.lock.wait(&mut waiting, &mut self.context.wire)?;
                continue;
            }
            if said.is_some_and(|error| self.lock.history.is_claim_conflict(error)) {
                return Ok(Outcome::ClaimedElsewhere);
            }
            if said.is_some_and(History::is_uncounted) {
                // Another look at the tables explains it, unless a row is gone.
                self.read()?;
                return Ok(Outcome::ClaimedElsewhere);
            }
            if failure.is_transient() {
                self.retry(failure, kept, &mut backoff)?;
            } else if self.context.wire.is_over() || !matches!(failure.stage, Stage::Unknown) {
                return Err(self.failed(failure, kept));
            }
            is_whole = false;
        }
    }

    /// In one message and round trip.
    fn send_whole<'w>(&mut self, parts: &[Part<'w>]) -> Result<(), Failure<'w>> {
        self.send(parts[0].work, &joined(parts))
            .map_err(|cause| located(parts, cause))
    }

    /// One message a statement, so that a failing one is known. Rust code is given a transaction
    /// of the client's, which it cannot end by itself.
    fn send_each<'w>(&mut self, parts: &[Part<'w>]) -> Result<(), Failure<'w>> {
        let Context { wire, hooks, .. } = &mut *self.context;
        let client = &mut *self.lock.client;
        let mut way = if parts.iter().any(Part::is_code) {
            let start = client
                .build_transaction()
                .isolation_level(IsolationLevel::ReadCommitted);
            Way::Within(
                start
                    .start()
                    .map_err(|cause| parts[0].failed(0, None, cause))?,
            )
        } else {
            Way::Plain(client)
        };
        for part in parts {
            let step = part.work.step;
            for (index, text) in part.texts.iter().enumerate() {
                let began = Instant::now();
                let sent = match &mut way {
                    Way::Plain(client) => wire.send(client, step, text),
                    Way::Within(transaction) => {
                        wire.wait(step, || Ok(transaction.batch_execute(text)?))
                    }
                };
                sent.map_err(|cause| part.failed(index, position(&cause), cause))?;
                // Outside a transaction they come one by one.
                let is_told = wire.is_per_statement && step.mode == Mode::Transaction;
                if is_told && matches!(part.stage, Stage::Unknown) {
                    let (statement, duration) = (index + 1, began.elapsed());
                    wire.tell(&Event::StatementFinished {
                        step,
                        statement,
                        duration,
                    });
                }
            }
            if let (true, Way::Within(transaction)) = (part.is_code(), &mut way) {
                let call = || hooks.call(part, transaction);
                wire.wait(step, call)
                    .map_err(|cause| part.failed(0, None, cause))?;
            }
        }
        let Way::Within(transaction) = way else {
            return Ok(());
        };
        transaction
            .commit()
            .map_err(|cause| parts[parts.len() - 1].failed(0, None, cause))
    }

    /// Sends several works in one message, each a transaction of its own. What comes behind one that
    /// fails, the server does not look at.
    pub(crate) fn send_ahead(&mut self, works: &[Work<'_>]) -> Result<Outcome> {
        let mut message = String::new();
        for work in works {
            let mut parts = self.parts(slice::from_ref(work));
            enclose(&mut parts);
            message += &[&*joined(&parts), ";\n"].concat();
        }
        let Err(cause) = own::send(self.lock.client, &message) else {
            return Ok(Outcome::Done);
        };
        if own::send(self.lock.client, "ROLLBACK").is_err() {
            return Err(Error::outcome_unknown(works[0].step, cause));
        }
        // The one that failed fails again, or not, by itself.
        self.lock.forget();
        let past = self.read()?;
        self.context.validate_past(&past)?;
        let is_done = |work: &&Work<'_>| self.context.is_done(&past, work.step);
        Ok(Outcome::Partly(works.iter().take_while(is_done).count()))
    }

    /// Sleeps before the next try, or gives up where the deadline has passed.
    pub(crate) fn retry(
        &mut self,
        failure: Failure<'_>,
        kept: Kept,
        backoff: &mut Backoff,
    ) -> Result<()> {
        let Work { step, script, .. } = failure.work;
        let patience = script
            .lock_timeout
            .unwrap_or(self.context.wire.lock_timeout);
        let mut blockers = self.seen(&failure);
        if blockers.is_empty() && failure.code() == Some(sqlstate::LOCK_NOT_AVAILABLE) {
            blockers = self.candidates(patience.min(backoff.waited()));
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
        sleep(pause);
        Ok(())
    }

    /// The history as it is now.
    pub(crate) fn read(&mut self) -> Result<Past> {
        let Lock {
            client, history, ..
        } = &mut self.lock;
        history.read(client, &mut self.context.wire, Use::Write)
    }

    /// Unless the connection is gone, so that nobody knows.
    pub(crate) fn failed(&mut self, failure: Failure<'_>, kept: Kept) -> Error {
        if is_lost(self.lock.client) {
            return Error::outcome_unknown(failure.work.step, failure.cause);
        }
        let mut blockers = self.seen(&failure);
        // Outside a transaction it is most likely one that builds concurrently, and was ended while it
        // waited for older transactions.
        let is_canceled = failure.code() == Some(sqlstate::QUERY_CANCELED);
        if blockers.is_empty() && is_canceled && failure.work.step.mode == Mode::NoTransaction {
            blockers = self.candidates(Duration::from_secs(1));
        }
        let is_ours = matches!(failure.stage, Stage::Claim);
        let error = failure.explained(kept, &blockers);
        if !is_ours {
            return error;
        }
        let Lock {
            client, history, ..
        } = &mut self.lock;
        history.with_repairs(client, Use::Write, error)
    }

    /// The server does not say which lock timed out, so these may have been in the way for so long.
    fn candidates(&mut self, waited: Duration) -> Vec<Blocker> {
        let seconds = format!("{:.3}", waited.as_secs_f64());
        let values = [("waited_seconds", &*seconds)];
        let query = blocker::query(include_str!("sql/blockers.sql"));
        let query = sql::fill(&query, &values);
        blocker::find(self.lock.client, &query)
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
