//! A statement that refuses transactions: what is written down before it, running it, and what an
//! earlier run has left of it.

use std::slice;
use std::time::{Duration, Instant};

use super::progress::{Progress, Refused};
use super::verdict::{Decision, Verdict};
use crate::backoff::Backoff;
use crate::blocker::Blocker;
use crate::cause::Cause;
use crate::embedded::{StatementOptionKind, Target, TargetKind};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::executor::Executor;
use crate::history::History;
use crate::own::is_lost;
use crate::place::{Stage, StatementPosition};
use crate::prepared_step::{Part, PreparedStep, position};

/// What nothing is known of: a statement found out only now to refuse transactions, or one
/// stored by a program that wrote no targets down.
pub(super) const OPAQUE: Target<'static> = Target {
    kind: TargetKind::Opaque,
    name: "",
    table: "",
};

/// The next statement, by how far its script has come.
pub(super) struct Next<'n> {
    pub(super) work: &'n PreparedStep<'n>,
    pub(super) progress: Progress,
}

impl Next<'_> {
    /// What a person has to decide before it can go on.
    fn stopped_by(&self, history: &History, decision: Decision, by: Option<Box<Blocker>>) -> Error {
        let by = by.map(|blocker| format!(": {blocker}"));
        let why = decision.why + &by.unwrap_or_default();
        let recipe = self.progress.recipe(history, decision.repair.as_ref());
        self.work.interrupted(self.progress.done, &why, &recipe)
    }
}

/// A batch commits on its own and goes on where it stopped.
pub(super) const AGAIN: Target<'static> = Target {
    kind: TargetKind::Repeatable,
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
pub(super) fn moved(work: &PreparedStep<'_>, done: usize) -> Error {
    let error = Error::moved(&work.step.label);
    let Some(statement) = done.checked_sub(1) else {
        return error;
    };
    error.at(Stage::Statement(StatementPosition {
        statement,
        behind: 0,
    }))
}

impl Executor<'_, '_> {
    /// How far a claimed script has come.
    pub(super) async fn progress(&mut self, work: &PreparedStep<'_>) -> Result<Option<Progress>> {
        let wire = &mut self.context.wire;
        let read = Progress::read(self.server, &self.lock, wire, work.step).await;
        self.or_unknown(work, read).await
    }

    /// Where the connection is lost, nobody knows what became of the step.
    async fn or_unknown<T>(&mut self, work: &PreparedStep<'_>, result: Result<T>) -> Result<T> {
        match result {
            Err(error) if is_lost(self.server).await => {
                Err(Error::outcome_unknown(work.step, error))
            }
            result => result,
        }
    }

    /// The intent, the statement and the record, each on its own.
    pub(super) async fn run_alone(
        &mut self,
        next: &mut Next<'_>,
        target: &Target<'_>,
    ) -> Result<()> {
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
        self.send_alone(next, &settings).await?;
        let has_begun_before = next.progress.intent.is_some();
        let mut took = Duration::ZERO;
        while !self.recover(next, target).await? {
            let began = Instant::now();
            self.began = began;
            let sent = self.send(work, &work.texts[done]).await;
            took += began.elapsed();
            // What commits by itself may have committed another role, and not every one may write to
            // the history.
            let may_set = matches!(target.kind, TargetKind::Opaque | TargetKind::Repeatable);
            let left = if may_set {
                let leave = self.lock.session.leave.clone();
                self.send(work, &leave).await
            } else {
                Ok(())
            };
            let Err(cause) = sent else {
                let Err(cause) = left else { break };
                return Err(self.failed_at(next, cause).await);
            };
            let failure = Part::one(work, done).failed(0, position(&cause), cause);
            let kept = Some(done);
            let is_again = target.kind == TargetKind::Repeatable;
            let refused = Refused {
                target,
                is_harmless: is_again
                    || target.kind == TargetKind::Opaque && is_unread(&failure.cause),
                has_begun_before,
            };
            let said = failure.cause.said.as_ref();
            if said.is_some_and(History::is_without_lock) {
                return Err(self.lock.without_lock());
            }
            if said.is_some_and(History::is_uncounted) {
                // Another look at the tables explains it.
                self.read().await?;
                return Err(moved(work, done));
            }
            // Of the others something may have stayed.
            if !failure.is_transient() || !is_again {
                let is_taken_back = done == 0 && self.take_back(next, Some(refused)).await;
                let kept = kept.filter(|_| !is_taken_back);
                return Err(self.failed(failure, kept).await);
            }
            if let Err(error) = self.retry(failure, kept, &mut backoff).await {
                if done == 0 {
                    self.take_back(next, Some(refused)).await;
                }
                return Err(error);
            }
        }
        let (step, statement) = (work.step, done + 1);
        let is_batch = matches!(
            work.script.special(statement - 1),
            Some(StatementOptionKind::Batch(_))
        );
        if is_batch
            && self.context.wire.watch.is_none()
            && let Some(Progress {
                batches: [batches, rows],
                ..
            }) = self.progress(work).await?
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
        self.ask(next, &record).await
    }

    /// The first statement was refused: unless something may have stayed, the script has not begun.
    pub(super) async fn take_back(
        &mut self,
        next: &Next<'_>,
        refused: Option<Refused<'_>>,
    ) -> bool {
        let keeps_claim = self.context.hooks.before;
        if is_lost(self.server).await || keeps_claim && refused.is_none() {
            return false;
        }
        let Next { work, progress } = next;
        let taken = progress.take_back(self.server, &self.lock, work, refused, keeps_claim);
        taken.await
    }

    /// A write of ours about a statement. It has no lock that it could keep meanwhile.
    async fn ask(&mut self, next: &Next<'_>, statements: &str) -> Result<()> {
        let history = &self.lock.history;
        let statements = [
            &*history.guard(),
            statements.trim_end().trim_end_matches(';'),
        ]
        .concat();
        let wire = &mut self.context.wire;
        let asked = wire.ask(self.server, history, &statements).await.map(drop);
        let is_conflict = |error: &Error| {
            let said = error.database_error();
            said.is_some_and(|it| self.lock.history.is_claim_conflict(it))
        };
        if asked.as_ref().is_err_and(is_conflict) {
            // The statement has context.
            return Err(moved(next.work, next.progress.done + 1));
        }
        self.or_unknown(next.work, asked).await
    }

    /// Makes ready what the statement finds: whether it has been executed already.
    async fn recover(&mut self, next: &mut Next<'_>, target: &Target<'_>) -> Result<bool> {
        let mut backoff = Backoff::until(self.context.wire.lock_deadline);
        let (step, statement) = (next.work.step, next.progress.done + 1);
        loop {
            let wire = &mut self.context.wire;
            let judged = next
                .progress
                .judge(self.server, &self.lock, wire, target, step);
            let judged = judged.await;
            let judged = self.or_unknown(next.work, judged).await?;
            match judged.ok_or_else(|| moved(next.work, next.progress.done))? {
                Verdict::Run if next.progress.intent.is_none() => return Ok(false),
                // The intent is written again, by this session.
                Verdict::Run => next.progress.replaced = next.progress.intent.take(),
                Verdict::Record => {
                    self.context.wire.tell(&Event::Recovered {
                        step,
                        statement,
                        executed: &[],
                    });
                    return Ok(true);
                }
                Verdict::Repair(repairs) => {
                    for repair in &repairs {
                        self.send_alone(next, repair).await?;
                    }
                    self.context.wire.tell(&Event::Recovered {
                        step,
                        statement,
                        executed: &repairs,
                    });
                }
                Verdict::Wait(blocker, decision) => {
                    let waited = backoff.waited();
                    let (Some(blocker), Some(pause)) = (&blocker, backoff.pause()) else {
                        return Err(next.stopped_by(&self.lock.history, decision, blocker));
                    };
                    if backoff.is_news() {
                        let blockers = slice::from_ref(&**blocker);
                        self.context.wire.tell(&Event::Blocked {
                            step,
                            blockers,
                            waited,
                        });
                    }
                    self.server.pause(pause).await;
                }
                Verdict::Stop(decision) => {
                    return Err(next.stopped_by(&self.lock.history, decision, None));
                }
            }
        }
    }

    /// One of our own messages about a statement.
    async fn send_alone(&mut self, next: &Next<'_>, message: &str) -> Result<()> {
        match self.send(next.work, message).await {
            Ok(()) => Ok(()),
            Err(cause) => Err(self.failed_at(next, cause).await),
        }
    }

    async fn failed_at(&mut self, next: &Next<'_>, cause: Cause) -> Error {
        let Next {
            work,
            progress: Progress { done, .. },
        } = *next;
        let failure = Part::one(work, done).failed(0, None, cause);
        self.failed(failure, Some(done)).await
    }
}
