//! Runs a step outside a transaction, statement by statement, from wherever it has come.
//!
//! A statement that may run inside a transaction commits together with its record, as a whole
//! migration does. One that refuses has its intent written down before and its record
//! behind; where a crash falls between the two, `recover.rs` judges.

use std::thread::sleep;
use std::time::Instant;

use postgres::error::SqlState;

use crate::backoff::Backoff;
use crate::error::{Error, Kept, Stage};
use crate::event::Event;
use crate::execute::{Executor, Outcome};
use crate::lock::TELL_EVERY;
use crate::migration::{Statement, Target, TargetKind, What};
use crate::place::Place;
use crate::recipe;
use crate::recover::{Progress, Verdict, judge};
use crate::sql;
use crate::work::{Failure, Work, position};

/// What nothing is known of: a statement found out only now to refuse transactions, or one
/// stored by a program that wrote no targets down.
const OPAQUE: Target<'static> = Target { kind: TargetKind::Opaque, name: "", table: "" };

/// A batch commits on its own and goes on where it stopped.
const AGAIN: Target<'static> = Target { kind: TargetKind::Repeatable, ..OPAQUE };

impl Executor<'_, '_, '_> {
    pub(crate) fn run_outside_transaction(&mut self, work: &Work<'_>) -> Result<Outcome, Error> {
        if !work.step.is_resumed
            && let Some(outcome) = self.claim(work)?
        {
            return Ok(outcome);
        }
        let read =
            Progress::read(self.history, self.lock.client, work.step.version.unwrap_or_default())?;
        let mut progress = read.ok_or_else(|| work.moved())?;
        let first = progress.done;
        for (index, statement) in work.script.statements.iter().enumerate().skip(first) {
            let began = Instant::now();
            let target = match work.script.special(index) {
                Some(What::Alone(target)) => Some(target),
                Some(What::Batch(_)) => Some(AGAIN),
                _ if statement.concurrent || progress.intent.is_some() => Some(OPAQUE),
                _ => None,
            };
            match target {
                Some(target) => self.run_alone(work, &mut progress, statement, &target)?,
                None => self.run_with_record(work, &mut progress, statement)?,
            }
            progress.done = index + 1;
            progress.intent = None;
            self.statement_finished(work, index, began);
        }
        let record = format!("{}{}", self.begin(work.script), self.tail(work));
        self.lock.client.batch_execute(&record).map_err(|cause| {
            self.stopped(work, Failure { stage: Stage::Record, cause }, progress.done)
        })?;
        Ok(Outcome::Done)
    }

    fn claim(&mut self, work: &Work<'_>) -> Result<Option<Outcome>, Error> {
        let claim = format!("{}COMMIT", self.head(work));
        let Err(cause) = self.lock.client.batch_execute(&claim) else {
            return Ok(None);
        };
        if self.is_lost(&cause) {
            return Err(work.outcome_unknown(cause));
        }
        self.lock.rollback()?;
        if self.history.is_claim_conflict(&cause) {
            return Ok(Some(Outcome::ClaimedElsewhere));
        }
        Err(work.error(Failure { stage: Stage::Claim, cause }, Kept::Nothing))
    }

    /// The statement and its record in one transaction, the record first: it is the fence.
    fn run_with_record(
        &mut self,
        work: &Work<'_>,
        progress: &mut Progress,
        statement: &Statement,
    ) -> Result<(), Error> {
        let mut backoff = Backoff::until(self.limits.retry_deadline);
        let mut failed = 0;
        let done = progress.done;
        let head = format!("{}{}\n", self.begin(work.script), self.record(progress));
        let text = work.script.text(statement);
        let message = format!("{head}{text}\n;\n{}\nCOMMIT", self.lock.restore_names());
        loop {
            let began = Instant::now();
            let Err(cause) = self.lock.client.batch_execute(&message) else {
                return Ok(());
            };
            if self.is_lost(&cause) {
                return Err(work.outcome_unknown(cause));
            }
            self.lock.rollback()?;
            let refuses_transaction =
                [SqlState::ACTIVE_SQL_TRANSACTION, SqlState::INVALID_TRANSACTION_TERMINATION];
            if cause.code().is_some_and(|code| refuses_transaction.contains(code)) {
                return self.run_alone(work, progress, statement, &OPAQUE);
            }
            let now = Progress::read(self.history, self.lock.client, progress.version)?;
            if now.is_none_or(|now| (now.attempt, now.done) != (progress.attempt, done)) {
                return Err(work.moved());
            }
            let behind = position(&cause).and_then(|at| at.checked_sub(head.chars().count()));
            let place = match behind {
                Some(behind) => Place::behind(work.script, statement.start as usize, behind),
                None => Place::start_of(work.script, statement),
            };
            let failure = Failure { stage: Stage::Statement(place), cause };
            let kept = Kept::Statements(done);
            if !failure.is_transient() {
                return Err(work.error(failure, kept));
            }
            failed += 1;
            self.retry(work, failure, kept, began, failed, &mut backoff)?;
        }
    }

    /// The intent, the statement and the record, each on its own.
    fn run_alone(
        &mut self,
        work: &Work<'_>,
        progress: &mut Progress,
        statement: &Statement,
        target: &Target<'_>,
    ) -> Result<(), Error> {
        let mut backoff = Backoff::until(self.limits.retry_deadline);
        let mut failed = 0;
        // They travel apart: with them in its message, the statement would be inside a
        // transaction.
        let settings = self.session_settings(work.script, statement);
        self.send_alone(work, progress, statement, &settings)?;
        loop {
            if self.recover(work, progress, statement, target)? {
                break;
            }
            let began = Instant::now();
            match self.send_statement(work.script, statement) {
                Ok(()) => break,
                // Of the others something may have stayed.
                Err(failure) if failure.is_transient() && target.kind == TargetKind::Repeatable => {
                    failed += 1;
                    let kept = Kept::Statements(progress.done);
                    self.retry(work, failure, kept, began, failed, &mut backoff)?;
                }
                Err(failure) => return Err(self.stopped(work, failure, progress.done)),
            }
        }
        let record = self.record(progress);
        self.send_alone(work, progress, statement, &record)
    }

    /// Makes ready what the statement finds: whether it has been executed already.
    fn recover(
        &mut self,
        work: &Work<'_>,
        progress: &mut Progress,
        statement: &Statement,
        target: &Target<'_>,
    ) -> Result<bool, Error> {
        let mut backoff = Backoff::until(self.limits.lock_deadline);
        let mut told: Option<Instant> = None;
        loop {
            let now = progress.look(self.history, self.lock.client, target).map_err(|cause| {
                let stage = Stage::Statement(Place::start_of(work.script, statement));
                self.stopped(work, Failure { stage, cause }, progress.done)
            })?;
            let now = now.ok_or_else(|| work.moved())?;
            match judge(target, progress.intent.as_ref(), now) {
                Verdict::Run if progress.intent.is_none() => return Ok(false),
                // The intent is written anew, by this session.
                Verdict::Run => progress.intent = None,
                Verdict::Record => {
                    self.recovered(work, progress, &[]);
                    return Ok(true);
                }
                Verdict::Mend(repairs) => {
                    for repair in &repairs {
                        self.send_alone(work, progress, statement, repair)?;
                    }
                    self.recovered(work, progress, &repairs);
                }
                Verdict::Stop { why, by_hand } => {
                    let recipe = recipe::decide(progress, by_hand.as_deref(), self.history);
                    return Err(work.undecided(statement, why, recipe));
                }
                Verdict::Wait(blocker) => {
                    let waited = backoff.waited();
                    let Some(pause) = backoff.pause() else {
                        let why = format!("after {waited:.1?} it is still worked on by {blocker}");
                        let pid = blocker.pid.to_string();
                        let end = sql::fill(
                            include_str!("sql/terminate.sql").trim_end(),
                            &[("pid", &pid)],
                        );
                        let recipe = recipe::decide(progress, Some(&end), self.history);
                        return Err(work.undecided(statement, why, recipe));
                    };
                    if told.is_none_or(|told| told.elapsed() > TELL_EVERY) {
                        let (step, blockers) = (work.step, &[*blocker]);
                        self.listener.tell(&Event::Blocked { step, blockers, waited });
                        told = Some(Instant::now());
                    }
                    sleep(pause);
                }
            }
        }
    }

    fn recovered(&mut self, work: &Work<'_>, progress: &Progress, executed: &[String]) {
        let (step, statement) = (work.step, progress.done + 1);
        self.listener.tell(&Event::Recovered { step, statement, executed });
    }

    fn record(&self, progress: &Progress) -> String {
        self.history.record_progress(progress.attempt, progress.done)
    }

    /// One of our own messages about a statement.
    fn send_alone(
        &mut self,
        work: &Work<'_>,
        progress: &Progress,
        statement: &Statement,
        message: &str,
    ) -> Result<(), Error> {
        self.lock.client.batch_execute(message).map_err(|cause| {
            let stage = Stage::Statement(Place::start_of(work.script, statement));
            self.stopped(work, Failure { stage, cause }, progress.done)
        })
    }

    fn stopped(&self, work: &Work<'_>, failure: Failure, done: usize) -> Error {
        if self.is_lost(&failure.cause) {
            return work.outcome_unknown(failure.cause);
        }
        work.error(failure, Kept::Statements(done))
    }
}
