//! Runs a step outside a transaction, statement by statement, from wherever it has come.
//!
//! A statement that may run inside a transaction commits together with its record, as a whole
//! migration does. One that refuses has its intent written down before and its record
//! behind; where a crash falls between the two, `recover.rs` judges.

use std::slice;
use std::thread::sleep;
use std::time::Instant;

use postgres::error::SqlState;

use crate::backoff::Backoff;
use crate::error::{Error, Kept, Stage};
use crate::event::Event;
use crate::execute::{Executor, Outcome, ending};
use crate::lock::Lock;
use crate::migration::{Statement, Target, What};
use crate::place::Place;
use crate::recover::Progress;
use crate::work::{Failure, Part, Piece, Work};

/// What nothing is known of: a statement found out only now to refuse transactions, or one
/// stored by a program that wrote no targets down.
const OPAQUE: Target<'static> = Target { kind: "opaque", name: "", table: "" };

/// A statement and how far its script has come.
struct Next<'n> {
    work: &'n Work<'n>,
    statement: &'n Statement,
    progress: Progress,
}

/// A batch commits on its own and goes on where it stopped.
const AGAIN: Target<'static> = Target { kind: "repeatable", ..OPAQUE };

impl Executor<'_, '_, '_> {
    pub(crate) fn run_outside_transaction(&mut self, work: &Work<'_>) -> Result<Outcome, Error> {
        if !self.is_resumed {
            let claim = format!("{}{}COMMIT", self.begin(work.script), work.claim);
            let claim = Part::new(work, Stage::Claim, claim);
            if self.transact(&[claim], Kept::Nothing)? == Outcome::ClaimedElsewhere {
                return Ok(Outcome::ClaimedElsewhere);
            }
        }
        let mut progress = self.progress(work)?.ok_or_else(|| Error::moved(&work.step.label))?;
        let first = progress.done;
        for (index, statement) in work.script.statements.iter().enumerate().skip(first) {
            let began = Instant::now();
            let target = match work.script.special(index) {
                Some(What::Alone(target)) => Some(target),
                Some(What::Batch(_)) => Some(AGAIN),
                _ if statement.concurrent || progress.intent.is_some() => Some(OPAQUE),
                _ => None,
            };
            let attempt = progress.attempt;
            let mut next = Next { work, statement, progress };
            match target {
                Some(target) => self.run_alone(&mut next, &target)?,
                None => self.run_with_record(&mut next)?,
            }
            progress = Progress { attempt, done: index + 1, intent: None, batches: [0; 2] };
            self.statement_finished(work, index, began);
        }
        let begin = Part::new(work, Stage::Record, self.begin(work.script));
        let parts: Vec<_> = [begin].into_iter().chain(ending(work, "COMMIT")).collect();
        self.transact(&parts, Kept::Statements(progress.done))
    }

    fn progress(&mut self, work: &Work<'_>) -> Result<Option<Progress>, Error> {
        let version = work.step.version.unwrap_or_default();
        let doing = format!("reading the history {}", self.lock.history.table);
        let read = Progress::read(self.lock, version);
        read.map_err(|cause| self.doing(work, doing, cause))
    }

    /// The statement and its record in one transaction, the record first: it is the fence.
    fn run_with_record(&mut self, next: &mut Next<'_>) -> Result<(), Error> {
        let Next { work, statement, .. } = *next;
        let record = next.progress.record(&self.lock.history);
        let record = format!("{}{record}\n", self.begin(work.script));
        let piece = Piece::Script(work.script, slice::from_ref(statement));
        let parts = [
            Part::new(work, Stage::Statement(Place::start_of(work.script, statement)), record),
            Part { work, stage: Stage::Unknown, piece },
            Part::new(work, Stage::Record, format!("{}\nCOMMIT", Lock::RESTORE_NAMES)),
        ];
        let refuses = [SqlState::ACTIVE_SQL_TRANSACTION, SqlState::INVALID_TRANSACTION_TERMINATION];
        match self.transact(&parts, Kept::Statements(next.progress.done)) {
            Ok(Outcome::Done) => Ok(()),
            Ok(Outcome::ClaimedElsewhere) => Err(Error::moved(&work.step.label)),
            Err(error) if error.code().is_some_and(|code| refuses.contains(code)) => {
                self.run_alone(next, &OPAQUE)
            }
            Err(error) => Err(error),
        }
    }

    /// The intent, the statement and the record, each on its own.
    fn run_alone(&mut self, next: &mut Next<'_>, target: &Target<'_>) -> Result<(), Error> {
        let mut backoff = Backoff::until(self.limits.retry_deadline);
        let Next { work, statement, .. } = *next;
        // They travel apart: with them in its message, the statement would be inside a
        // transaction.
        let settings = self.session_settings(work.script, statement);
        self.send_alone(next, &settings)?;
        while !self.recover(next, target)? {
            match self.send_statement(work, work.script, statement) {
                Ok(()) => break,
                // Of the others something may have stayed.
                Err(failure) if failure.is_transient() && target.kind == "repeatable" => {
                    let kept = Kept::Statements(next.progress.done);
                    self.retry(work, failure, kept, &mut backoff)?;
                }
                Err(failure) => {
                    return Err(self.failed(work, failure, Kept::Statements(next.progress.done)));
                }
            }
        }
        let (step, statement) = (work.step, next.progress.done + 1);
        let is_batch = matches!(work.script.special(statement - 1), Some(What::Batch(_)));
        if is_batch
            && self.watch.is_none()
            && let Some(Progress { batches: [batches, rows], .. }) = self.progress(work)?
        {
            let total = None;
            self.listener.tell(&Event::BatchFinished { step, statement, batches, rows, total });
        }
        self.send_alone(next, &next.progress.record(&self.lock.history))
    }

    /// Makes ready what the statement finds: whether it has been executed already.
    fn recover(&mut self, next: &mut Next<'_>, target: &Target<'_>) -> Result<bool, Error> {
        let mut backoff = Backoff::until(self.limits.lock_deadline);
        let (step, statement) = (next.work.step, next.progress.done + 1);
        loop {
            let judged = next.progress.judge(self.lock, target);
            let judged = judged.map_err(|cause| self.failed_at(next, cause))?;
            let verdict = judged.ok_or_else(|| Error::moved(&next.work.step.label))?;
            let mut executed = verdict.texts;
            match (&*verdict.what, verdict.blocker) {
                ("run", _) if next.progress.intent.is_none() => return Ok(false),
                // The intent is written anew, by this session.
                ("run", _) => next.progress.intent = None,
                ("record", _) => {
                    self.listener.tell(&Event::Recovered { step, statement, executed: &[] });
                    return Ok(true);
                }
                ("mend", _) => {
                    executed.iter().try_for_each(|repair| self.send_alone(next, repair))?;
                    self.listener.tell(&Event::Recovered { step, statement, executed: &executed });
                }
                (_, blocker) => {
                    let waited = backoff.waited();
                    let pause = blocker.as_ref().and_then(|_| backoff.pause());
                    if let (Some(pause), Some(blocker)) = (pause, &blocker) {
                        if backoff.is_news() {
                            let blockers = slice::from_ref(blocker);
                            self.listener.tell(&Event::Blocked { step, blockers, waited });
                        }
                        sleep(pause);
                        continue;
                    }
                    let by = blocker.map(|blocker| format!(": {blocker}")).unwrap_or_default();
                    let recipe = next.progress.recipe(&self.lock.history, executed.get(1));
                    let why = executed.drain(..1).collect::<String>() + &by;
                    return Err(next.work.undecided(next.statement, &why, &recipe));
                }
            }
        }
    }

    /// One of our own messages about a statement.
    fn send_alone(&mut self, next: &Next<'_>, message: &str) -> Result<(), Error> {
        self.send(next.work, message).map_err(|cause| self.failed_at(next, cause))
    }

    fn failed_at(&mut self, next: &Next<'_>, cause: postgres::Error) -> Error {
        let stage = Stage::Statement(Place::start_of(next.work.script, next.statement));
        let kept = Kept::Statements(next.progress.done);
        self.failed(next.work, Failure { stage, cause }, kept)
    }
}
