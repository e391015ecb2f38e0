//! Runs a step outside a transaction, statement by statement, from wherever it has come.
//!
//! A statement that may run inside a transaction commits together with its record, as a whole
//! migration does. One that refuses has its intent written down before and its record
//! after it; where a crash falls between the two, `verdict.rs` judges.

use std::time::Instant;

use super::alone::{AGAIN, Next, OPAQUE, moved};
use super::progress::Progress;
use crate::embedded::StatementOptionKind;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::execute::Outcome;
use crate::executor::Executor;
use crate::own::{self, is_lost};
use crate::place::Stage;
use crate::prepared_step::{Part, PreparedStep};
use crate::sqlstate;

impl Executor<'_, '_> {
    pub(crate) async fn run_outside_transaction(
        &mut self,
        work: &PreparedStep<'_>,
    ) -> Result<Outcome> {
        // Its statements may drop what is prepared, each before the next message of ours.
        self.lock.forget(self.server).await;
        let is_claimed = self.is_resumed && {
            // It may still be the claim that was to be taken over.
            let progress = self.progress(work).await?;
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
            if self.transact(claim, None).await? == Outcome::ClaimedElsewhere {
                return Ok(Outcome::ClaimedElsewhere);
            }
        }
        let mut progress = self
            .progress(work)
            .await?
            .ok_or_else(|| Error::moved(&work.step.label))?;
        let first = progress.done;
        self.saw(work, first);
        for (index, statement) in work.script.statements().enumerate().skip(first) {
            if self.context.wire.is_over() {
                return Err(Error::deadline_passed(&work.step.label));
            }
            let began = Instant::now();
            let target = match work.script.special(index) {
                Some(StatementOptionKind::Alone(target)) => Some(target),
                Some(StatementOptionKind::Batch(_)) => Some(AGAIN),
                _ if statement.concurrent || progress.intent.is_some() => Some(OPAQUE),
                _ => None,
            };
            let attempt = progress.attempt;
            let mut next = Next { work, progress };
            match target {
                Some(target) => self.run_alone(&mut next, &target).await?,
                None => self.run_with_record(&mut next).await?,
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
        self.transact(parts, Some(progress.done)).await
    }

    /// After a reconnect so many statements must still be finished.
    fn saw(&mut self, work: &PreparedStep<'_>, finished: usize) {
        if let Some(watch) = &mut self.context.wire.watch {
            watch.seen.finished(work.step, finished);
        }
    }

    /// The statement and its record in one transaction, the record first: it is the fence.
    async fn run_with_record(&mut self, next: &mut Next<'_>) -> Result<()> {
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
            Part::new(work, Stage::Claim, Some(record)),
            Part::one(work, done),
            Part::new(work, Stage::Record, Some(leave)),
        ];
        let refuses = [
            sqlstate::ACTIVE_SQL_TRANSACTION,
            sqlstate::INVALID_TRANSACTION_TERMINATION,
        ];
        // Of the first one nothing stays.
        let kept = Some(done).filter(|done| *done > 0);
        match self.transact(parts, kept).await {
            Ok(Outcome::ClaimedElsewhere) => Err(moved(work, done)),
            Ok(_) => Ok(()),
            Err(error) if error.code().is_some_and(|code| refuses.contains(&code)) => {
                self.run_alone(next, &OPAQUE).await
            }
            Err(error) => {
                if done == 0 && error.code().is_some() && !is_lost(self.server).await {
                    self.take_back(next, None).await;
                }
                Err(error)
            }
        }
    }
}
