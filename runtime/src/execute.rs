//! Runs steps in either mode. What to run was decided before.

use std::slice;
use std::thread::sleep;
use std::time::{Duration, Instant};

use postgres::error::SqlState;
use postgres::{Client, IsolationLevel, Transaction};

use crate::backoff::Backoff;
use crate::error::{Error, Kept, Result, Stage, db_error};
use crate::event::{Blocker, Event};
use crate::history::{History, Past, Use};
use crate::lock::{self, Lock};
use crate::migration::{Mode, Script};
use crate::migrator::Migrator;
use crate::own;
use crate::plan::{Action, Report};
use crate::session::is_lost;
use crate::sql;
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

/// What steps are executed with, and how far it has come.
pub(crate) struct Executor<'e, 'o> {
    pub(crate) lock: Lock<'e>,
    pub(crate) run: &'e mut Migrator<'o>,
    /// Kept with the events.
    pub(crate) reason: Option<&'e str>,
    pub(crate) report: Report,
    /// Whether an earlier run has claimed the step, outside a transaction.
    pub(crate) is_resumed: bool,
}

impl Executor<'_, '_> {
    pub(crate) fn execute(&mut self, works: &[Work<'_>]) -> Result<Outcome> {
        match works {
            [work] if work.script.mode == Mode::NoTransaction => self.run_outside_transaction(work),
            [_, _, ..] if !self.run.is_single_transaction => self.send_ahead(works),
            _ => match self.transact(self.parts(works), None) {
                // A script may drop what was prepared.
                Err(error)
                    if self.lock.history.is_prepared()
                        && error.code() == Some(&SqlState::INVALID_SQL_STATEMENT_NAME) =>
                {
                    self.lock.forget();
                    self.transact(self.parts(works), None)
                }
                result => result,
            },
        }
    }

    /// Sends a message and waits for its answer.
    pub(crate) fn send(&mut self, work: &Work<'_>, message: &str) -> Result<(), postgres::Error> {
        self.run.wire.send(self.lock.client, work.step, message)
    }

    /// One transaction. A failure that names no statement is repeated once, statement by
    /// statement.
    pub(crate) fn transact(&mut self, mut parts: Vec<Part<'_>>, kept: Kept) -> Result<Outcome> {
        let mut backoff = Backoff::until(self.run.retry_deadline);
        let mut waiting = Backoff::until(self.run.wire.lock_deadline);
        let has_code = parts.iter().any(Part::is_code);
        if !has_code {
            enclose(&mut parts);
        }
        let mut is_whole = !has_code && !self.run.wire.is_per_statement;
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
                    .run
                    .wire
                    .send(self.lock.client, step, "ROLLBACK")
                    .is_err()
            {
                return Err(Error::outcome_unknown(failure.work.step, failure.cause));
            }
            let said = db_error(&failure.cause);
            if said.is_some_and(Lock::is_taken) {
                self.lock.wait(&mut waiting, &mut self.run.wire)?;
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
            } else if self.run.wire.is_over() || !matches!(failure.stage, Stage::Unknown) {
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
        let Migrator { wire, hooks, .. } = &mut *self.run;
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
                    Way::Within(transaction) => wire.wait(step, || transaction.batch_execute(text)),
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
    fn send_ahead(&mut self, works: &[Work<'_>]) -> Result<Outcome> {
        let mut message = String::new();
        for work in works {
            let mut parts = self.parts(slice::from_ref(work));
            enclose(&mut parts);
            message += &[&*joined(&parts), ";\n"].concat();
        }
        let Err(cause) = self.lock.client.batch_execute(&message) else {
            return Ok(Outcome::Done);
        };
        if self.lock.client.batch_execute("ROLLBACK").is_err() {
            return Err(Error::outcome_unknown(works[0].step, cause));
        }
        // The one that failed fails again, or not, by itself.
        self.lock.forget();
        let past = self.read()?;
        self.run.validate_past(&past)?;
        let is_done = |work: &&Work<'_>| self.run.is_done(&past, work.step);
        Ok(Outcome::Partly(works.iter().take_while(is_done).count()))
    }

    /// All that is sent for a transaction, in order.
    fn parts<'w>(&self, works: &'w [Work<'w>]) -> Vec<Part<'w>> {
        let mut parts = Vec::new();
        for (index, work) in works.iter().enumerate() {
            // What the first one has locked, stays so until the transaction's end.
            parts.push(self.claim(work, index == 0));
            parts.extend(self.before(work));
            parts.push(Part::script(work, Stage::Unknown, &work.texts));
            parts.extend(work.script.code.map(|_| Part::new(work, Stage::Code, None)));
            parts.extend(self.ending(work));
        }
        parts
    }

    /// The hook before it, which has run already with a claim that is taken over.
    pub(crate) fn before<'w>(&self, work: &'w Work<'w>) -> Option<Part<'w>> {
        let hook = self.run.hooks.part(work, Stage::Before);
        hook.filter(|_| !work.step.is_untouched)
    }

    /// What comes before a script, and first of all in its transaction, if `is_first`.
    pub(crate) fn claim<'w>(&self, work: &'w Work<'w>, is_first: bool) -> Part<'w> {
        let history = &self.lock.history;
        let claim = history.claim(work, self.reason);
        let claim = match work.step.action {
            // It only reads.
            Action::Verify => claim,
            _ => {
                let guard = if is_first {
                    history.guard()
                } else {
                    String::new()
                };
                let claim = self.own(&[guard, claim].concat());
                self.limited(&work.script, &claim)
            }
        };
        Part::new(work, Stage::Claim, Some(self.begin(&work.script) + &claim))
    }

    /// Statements of ours inside a transaction, on a path that nobody can write to.
    pub(crate) fn own(&self, statements: &str) -> String {
        [own::SAFE_PATH, statements, &self.lock.session.back].concat()
    }

    /// Statements of ours within a script that waits for locks without a limit: we do not.
    pub(crate) fn limited(&self, script: &Script<'_>, statements: &str) -> String {
        let timeout = script.lock_timeout.unwrap_or(self.run.wire.lock_timeout);
        if !timeout.is_zero() {
            return statements.to_owned();
        }
        let set = |limit: Duration| {
            let limit = sql::milliseconds(limit);
            format!("SET LOCAL lock_timeout = {limit};\n")
        };
        let limit = set(self.run.wire.limits().lock);
        [&*limit, statements, "\n", &set(timeout)].concat()
    }

    /// What comes behind a script: what verifies it, a hook, and the record.
    pub(crate) fn ending<'w>(&self, work: &'w Work<'w>) -> impl Iterator<Item = Part<'w>> {
        const SAVE: &str = "SAVEPOINT pgstrata_verify";
        const FORGET: &str = "ROLLBACK TO SAVEPOINT pgstrata_verify";
        let own = |text: &str| Part::new(work, Stage::Record, Some(text.to_owned()));
        let verify = work.verify.as_ref();
        let verify = verify.map(|(_, texts)| Part::script(work, Stage::Verify(None), texts));
        let verify = verify.map(|verify| [own(SAVE), verify, own(FORGET)]);
        let hook = self.run.hooks.part(work, Stage::After);
        let leave = &self.lock.session.leave;
        let hook = hook.map(|hook| [own(leave), hook]);
        let record = self.lock.history.record(work, self.reason);
        let record = self.limited(&work.script, &[own::SAFE_PATH, &*record].concat());
        let record = own(&[&**leave, &record].concat());
        verify
            .into_iter()
            .flatten()
            .chain(hook.into_iter().flatten())
            .chain([record])
    }

    /// Sleeps before the next try, or gives up where the deadline has passed.
    pub(crate) fn retry(
        &mut self,
        failure: Failure<'_>,
        kept: Kept,
        backoff: &mut Backoff,
    ) -> Result<()> {
        let Work { step, script, .. } = failure.work;
        let patience = script.lock_timeout.unwrap_or(self.run.wire.lock_timeout);
        let mut blockers = self.seen(&failure);
        if blockers.is_empty() && failure.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) {
            blockers = self.candidates(patience.min(backoff.waited()));
        }
        let cause = failure.explained(kept, &blockers);
        let Some(pause) = backoff.pause().filter(|_| !self.run.wire.is_over()) else {
            return Err(cause);
        };
        let failed = backoff.pauses;
        self.run.wire.tell(&Event::Retried {
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
        history.read(client, &mut self.run.wire, Use::Write)
    }

    /// Unless the connection is gone, so that nobody knows.
    pub(crate) fn failed(&mut self, failure: Failure<'_>, kept: Kept) -> Error {
        if is_lost(self.lock.client) {
            return Error::outcome_unknown(failure.work.step, failure.cause);
        }
        let mut blockers = self.seen(&failure);
        // Outside a transaction it is most likely one that builds concurrently, and was ended while it
        // waited for older transactions.
        let is_canceled = failure.code() == Some(&SqlState::QUERY_CANCELED);
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
        let query = lock::with_blockers(include_str!("sql/blockers.sql"));
        let query = sql::fill(&query, &values);
        lock::blockers(self.lock.client, &query)
    }

    /// Who was in the way when the watching connection last looked.
    fn seen(&mut self, failure: &Failure<'_>) -> Vec<Blocker> {
        let waited = [SqlState::LOCK_NOT_AVAILABLE, SqlState::QUERY_CANCELED];
        let waited = failure.code().is_some_and(|code| waited.contains(code));
        let seen = self.run.wire.watch.as_mut().filter(|_| waited);
        seen.map(|watch| std::mem::take(&mut watch.blockers))
            .unwrap_or_default()
    }

    /// What a transaction begins with.
    pub(crate) fn begin(&self, script: &Script<'_>) -> String {
        format!(
            "{}\n{}",
            self.settings("SET LOCAL", script, false),
            self.lock.enter()
        )
    }

    pub(crate) fn settings(&self, set: &str, script: &Script<'_>, waits: bool) -> String {
        // `lock_timeout` kills CREATE INDEX CONCURRENTLY when it merely waits for an old
        // snapshot elsewhere, and leaves an invalid index.
        let lock_timeout = script.lock_timeout.unwrap_or(self.run.wire.lock_timeout);
        let lock_timeout = if waits { Duration::ZERO } else { lock_timeout };
        let statement_timeout = script
            .statement_timeout
            .unwrap_or(self.run.statement_timeout);
        // Zero is no limit.
        let (now, little) = (Instant::now(), Duration::from_millis(1));
        let left = |ends: Instant| ends.saturating_duration_since(now).max(little);
        let limit = Some(statement_timeout).filter(|timeout| !timeout.is_zero());
        let limit = limit
            .into_iter()
            .chain(self.run.wire.ends.map(left))
            .min()
            .unwrap_or_default();
        let [lock, limit] = [lock_timeout, limit].map(sql::milliseconds);
        let mut settings =
            format!("{set} lock_timeout = {lock};{set} statement_timeout = {limit};");
        if self.lock.session.can_notice_lost_client && !self.lock.history.is_prepared() {
            settings += &[set, Lock::CHECK_CLIENT].concat();
        }
        settings
    }
}
