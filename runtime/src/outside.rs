//! Runs a step outside a transaction, statement by statement, from wherever it has come.
//!
//! A statement that may run inside a transaction commits together with its record, as a whole
//! migration does. One that refuses has its intent written down before and its record
//! behind; where a crash falls between the two, `recover.rs` judges.

use std::slice;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::backoff::Backoff;
use crate::cause::Cause;
use crate::embedded::{Target, What};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::execute::Outcome;
use crate::executor::Executor;
use crate::history::History;
use crate::lock::Lock;
use crate::own;
use crate::own::is_lost;
use crate::place::Place;
use crate::place::Stage;
use crate::recover::{Progress, Refused};
use crate::sqlstate;
use crate::work::{Part, Work, position};

/// What nothing is known of: a statement found out only now to refuse transactions, or one
/// stored by a program that wrote no targets down.
const OPAQUE: Target<'static> = Target {
    kind: "opaque",
    name: "",
    table: "",
};

/// The next statement, by how far its script has come.
struct Next<'n> {
    work: &'n Work<'n>,
    progress: Progress,
}

/// A batch commits on its own and goes on where it stopped.
const AGAIN: Target<'static> = Target {
    kind: "repeatable",
    ..OPAQUE
};

/// Whether the server refused a statement as it read it, before it executed anything: what a
/// block executes has a context.
fn is_unread(cause: &Cause) -> bool {
    cause.said.as_ref().is_some_and(|error| {
        let is_class_42 = error.code().starts_with("42");
        is_class_42 && error.context().is_none()
    })
}

/// Another program changed the history, when so many statements of this run had been executed.
fn moved(work: &Work<'_>, done: usize) -> Error {
    let error = Error::moved(&work.step.label);
    let Some(statement) = done.checked_sub(1) else {
        return error;
    };
    error.at(Stage::Statement(Place {
        statement,
        behind: 0,
    }))
}

impl Executor<'_, '_> {
    pub(crate) fn run_outside_transaction(&mut self, work: &Work<'_>) -> Result<Outcome> {
        // Its statements may drop what is prepared, each before the next message of ours.
        self.lock.forget();
        let is_claimed = self.is_resumed && {
            // It may still be the claim that was to be taken over.
            let progress = self.progress(work)?;
            let attempt = progress.map(|it| it.attempt);
            !work.step.is_untouched || attempt != Some(work.step.attempt)
        };
        if !is_claimed {
            let mut claim = vec![self.claim(work, true)];
            if let Some(hook) = self.before(work) {
                // What the hook has set must not reach our own statements, nor the file's.
                let leave = Part::new(work, Stage::Claim, Some(self.leave(work, true)));
                claim.extend([hook, leave]);
            }
            if self.transact(claim, None)? == Outcome::ClaimedElsewhere {
                return Ok(Outcome::ClaimedElsewhere);
            }
        }
        let mut progress = self
            .progress(work)?
            .ok_or_else(|| Error::moved(&work.step.label))?;
        let first = progress.done;
        self.saw(work, first);
        for (index, statement) in work.script.statements().enumerate().skip(first) {
            if self.context.wire.is_over() {
                return Err(Error::deadline_passed(&work.step.label));
            }
            let began = Instant::now();
            let target = match work.script.special(index) {
                Some(What::Alone(target)) => Some(target),
                Some(What::Batch(_)) => Some(AGAIN),
                _ if statement.concurrent || progress.intent.is_some() => Some(OPAQUE),
                _ => None,
            };
            let attempt = progress.attempt;
            let mut next = Next { work, progress };
            match target {
                Some(target) => self.run_alone(&mut next, &target)?,
                None => self.run_with_record(&mut next)?,
            }
            progress = Progress {
                attempt,
                done: index + 1,
                intent: None,
                replaced: None,
                batches: [0; 2],
            };
            self.saw(work, index + 1);
            let (step, statement, duration) = (work.step, index + 1, began.elapsed());
            self.context.wire.tell(&Event::StatementFinished {
                step,
                statement,
                duration,
            });
        }
        let begin = Part::new(work, Stage::Record, Some(self.begin(&work.script)));
        let parts = [begin].into_iter().chain(self.ending(work, true)).collect();
        self.transact(parts, Some(progress.done))
    }

    /// After a reconnect so many statements must still be finished.
    fn saw(&mut self, work: &Work<'_>, finished: usize) {
        if let Some(watch) = &mut self.context.wire.watch {
            watch.seen.finished(work.step, finished);
        }
    }

    fn progress(&mut self, work: &Work<'_>) -> Result<Option<Progress>> {
        match Progress::read(&mut self.lock, &mut self.context.wire, work.step) {
            Err(error) if is_lost(self.lock.client) => {
                Err(Error::outcome_unknown(work.step, error))
            }
            read => read,
        }
    }

    /// The statement and its record in one transaction, the record first: it is the fence.
    fn run_with_record(&mut self, next: &mut Next<'_>) -> Result<()> {
        let Next {
            work,
            progress: Progress { done, .. },
        } = *next;
        let history = &self.lock.history;
        let record = next.progress.record(history, work, None);
        let record = [
            self.begin(&work.script),
            self.limited(&work.script, &self.own(&[history.guard(), record].concat())),
        ];
        let record = record.concat();
        let took = [
            own::SAFE_PATH.to_owned(),
            next.progress.record_work(history),
        ];
        let leave = self.leave(work, true) + &took.concat();
        let parts = vec![
            Part::new(
                work,
                Stage::Statement(Place {
                    statement: done,
                    behind: 0,
                }),
                Some(record),
            ),
            Part::one(work, done),
            Part::new(work, Stage::Record, Some(leave)),
        ];
        let refuses = [
            sqlstate::ACTIVE_SQL_TRANSACTION,
            sqlstate::INVALID_TRANSACTION_TERMINATION,
        ];
        // Of the first one nothing stays.
        match self.transact(parts, Some(done).filter(|done| *done > 0)) {
            Ok(Outcome::ClaimedElsewhere) => Err(moved(work, done)),
            Ok(_) => Ok(()),
            Err(error) if error.code().is_some_and(|code| refuses.contains(&code)) => {
                self.run_alone(next, &OPAQUE)
            }
            Err(error) => {
                if done == 0 && error.code().is_some() && !is_lost(self.lock.client) {
                    self.take_back(next, None);
                }
                Err(error)
            }
        }
    }

    /// The intent, the statement and the record, each on its own.
    fn run_alone(&mut self, next: &mut Next<'_>, target: &Target<'_>) -> Result<()> {
        let mut backoff = Backoff::until(self.context.retry_deadline);
        let Next {
            work,
            progress: Progress { done, .. },
        } = *next;
        // They travel apart: with them in its message, the statement would be inside a
        // transaction.
        let waits = work
            .script
            .statements()
            .nth(done)
            .is_some_and(|it| it.concurrent);
        let settings = self.settings("SET SESSION", &work.script, waits);
        self.send_alone(next, &settings)?;
        let has_begun_before = next.progress.intent.is_some();
        let mut took = Duration::ZERO;
        while !self.recover(next, target)? {
            let began = Instant::now();
            let sent = self.send(work, &work.texts[done]);
            took += began.elapsed();
            // What commits by itself may have committed another role, and not every one may write to
            // the history.
            let may_set = matches!(target.kind, "opaque" | "repeatable");
            let left = if may_set {
                let leave = self.lock.session.leave.clone();
                self.send(work, &leave)
            } else {
                Ok(())
            };
            let Err(cause) = sent else {
                left.map_err(|cause| self.failed_at(next, cause))?;
                break;
            };
            let failure = Part::one(work, done).failed(0, position(&cause), cause);
            let kept = Some(done);
            let is_again = target.kind == "repeatable";
            let refused = Refused {
                target,
                is_harmless: is_again || target.kind == "opaque" && is_unread(&failure.cause),
                has_begun_before,
            };
            if failure
                .cause
                .said
                .as_ref()
                .is_some_and(History::is_uncounted)
            {
                // Another look at the tables explains it.
                self.read()?;
                return Err(moved(work, done));
            }
            // Of the others something may have stayed.
            if !failure.is_transient() || !is_again {
                let is_taken_back = done == 0 && self.take_back(next, Some(refused));
                let kept = kept.filter(|_| !is_taken_back);
                return Err(self.failed(failure, kept));
            }
            if let Err(error) = self.retry(failure, kept, &mut backoff) {
                if done == 0 {
                    self.take_back(next, Some(refused));
                }
                return Err(error);
            }
        }
        let (step, statement) = (work.step, done + 1);
        let is_batch = matches!(work.script.special(statement - 1), Some(What::Batch(_)));
        if is_batch
            && self.context.wire.watch.is_none()
            && let Some(Progress {
                batches: [batches, rows],
                ..
            }) = self.progress(work)?
        {
            let total = None;
            self.context.wire.tell(&Event::BatchFinished {
                step,
                statement,
                batches,
                rows,
                total,
            });
        }
        let record = next.progress.record(&self.lock.history, work, Some(took));
        self.ask(next, &record)
    }

    /// The first statement was refused: unless something may have stayed, the script has not begun.
    fn take_back(&mut self, next: &Next<'_>, refused: Option<Refused<'_>>) -> bool {
        let keeps_claim = self.context.hooks.before.is_some();
        if is_lost(self.lock.client) || keeps_claim && refused.is_none() {
            return false;
        }
        let Next { work, progress } = next;
        progress.take_back(&mut self.lock, work, refused, keeps_claim)
    }

    /// A write of ours about a statement. It has no lock that it could keep meanwhile.
    fn ask(&mut self, next: &Next<'_>, statements: &str) -> Result<()> {
        let Lock {
            client, history, ..
        } = &mut self.lock;
        let statements = [
            &*history.guard(),
            statements.trim_end().trim_end_matches(';'),
        ]
        .concat();
        match self.context.wire.ask(client, history, &statements) {
            Ok(_) => Ok(()),
            Err(error) if is_lost(client) => Err(Error::outcome_unknown(next.work.step, error)),
            Err(error)
                if error
                    .database_error()
                    .is_some_and(|it| history.is_claim_conflict(it)) =>
            {
                // The statement has context.
                Err(moved(next.work, next.progress.done + 1))
            }
            Err(error) => Err(error),
        }
    }

    /// Makes ready what the statement finds: whether it has been executed already.
    fn recover(&mut self, next: &mut Next<'_>, target: &Target<'_>) -> Result<bool> {
        let mut backoff = Backoff::until(self.context.wire.lock_deadline);
        let (step, statement) = (next.work.step, next.progress.done + 1);
        loop {
            let judged = next
                .progress
                .judge(&mut self.lock, &mut self.context.wire, target, step);
            let judged = judged.map_err(|error| {
                if is_lost(self.lock.client) {
                    Error::outcome_unknown(next.work.step, error)
                } else {
                    error
                }
            });
            let verdict = judged?.ok_or_else(|| moved(next.work, next.progress.done))?;
            let mut executed = verdict.texts;
            match (&*verdict.what, verdict.blocker) {
                ("run", _) if next.progress.intent.is_none() => return Ok(false),
                // The intent is written anew, by this session.
                ("run", _) => next.progress.replaced = next.progress.intent.take(),
                ("record", _) => {
                    self.context.wire.tell(&Event::Recovered {
                        step,
                        statement,
                        executed: &[],
                    });
                    return Ok(true);
                }
                ("repair", _) => {
                    executed
                        .iter()
                        .try_for_each(|repair| self.send_alone(next, repair))?;
                    self.context.wire.tell(&Event::Recovered {
                        step,
                        statement,
                        executed: &executed,
                    });
                }
                (_, blocker) => {
                    let waited = backoff.waited();
                    let pause = blocker.as_ref().and_then(|_| backoff.pause());
                    if let (Some(pause), Some(blocker)) = (pause, &blocker) {
                        if backoff.is_news() {
                            let blockers = slice::from_ref(blocker);
                            self.context.wire.tell(&Event::Blocked {
                                step,
                                blockers,
                                waited,
                            });
                        }
                        sleep(pause);
                        continue;
                    }
                    let by = blocker
                        .map(|blocker| format!(": {blocker}"))
                        .unwrap_or_default();
                    let recipe = next.progress.recipe(&self.lock.history, executed.get(1));
                    let why = executed.drain(..1).collect::<String>() + &by;
                    return Err(next.work.interrupted(next.progress.done, &why, &recipe));
                }
            }
        }
    }

    /// One of our own messages about a statement.
    fn send_alone(&mut self, next: &Next<'_>, message: &str) -> Result<()> {
        self.send(next.work, message)
            .map_err(|cause| self.failed_at(next, cause))
    }

    fn failed_at(&mut self, next: &Next<'_>, cause: Cause) -> Error {
        let Next {
            work,
            progress: Progress { done, .. },
        } = *next;
        self.failed(Part::one(work, done).failed(0, None, cause), Some(done))
    }
}
