//! The steps of a run, between taking its lock and releasing it: which of them are one message, and
//! what became of one whose connection was lost.

use std::collections::HashMap;
use std::ops::Range;
use std::time::{Duration, Instant};

use crate::context::Context;
use crate::embedded::{Mode, Script};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::execute::Outcome;
use crate::executor::Executor;
use crate::history::{self, Past, Use};
use crate::plan::undone;
use crate::prepared_step::PreparedStep;
use crate::sqlstate;
use crate::step::{Action, Goal, Step};
use crate::stored::WayBack;
use crate::wire::LOSSES;

/// For so long after the deadline a run looks what became of a connection that it gave up.
const SETTLE: Duration = Duration::from_secs(10);

/// What rolls back the rows with these attempts.
pub(crate) type WaysBack<'s> = HashMap<i64, Script<'s>>;

/// So many statements at most are one message, where several migrations are.
const ROOM: usize = 40;

impl Executor<'_, '_> {
    /// Everything between taking and releasing the lock; `before` is what the caller saw.
    pub(crate) async fn run_locked(&mut self, goal: Goal, before: &Past) -> Result<()> {
        self.lock
            .session
            .refuse_unfit(self.server, self.context.wire.can)
            .await?;
        let past = self.read().await?;
        let Self {
            server,
            lock,
            context,
            ..
        } = self;
        let compared = context.wire.compare(*server, &lock.history, &past, &[]);
        compared.await?;
        let (plan, findings) = context.draft(&past, goal);
        let policy = context.stored_down.clone();
        let reason = self.reason;
        let decided = context.decide(*server, plan, findings, &policy, reason);
        let (plan, stored) = decided.await?;
        // Two runs at once do not roll back twice as far.
        let seen = undone(goal, &before.rows);
        if seen
            .iter()
            .map(|row| row.attempt)
            .ne(undone(goal, &past.rows).iter().map(|r| r.attempt))
        {
            return Err(Error::moved(seen.first().map_or("", |row| &row.label)));
        }
        lock.history.prepare(*server, &mut context.wire).await?;
        // A batch looks whether the tables are still these.
        context.history.clone_from(&lock.history);
        context.wire.tell_plan(&plan);
        self.report.held_back.clone_from(&plan.held_back);
        // The way up would fail after the way back is committed.
        let is_both = |action| plan.steps.iter().any(|step| step.action == action);
        if is_both(Action::RollBack) && is_both(Action::Apply) {
            let wire = &mut context.wire;
            lock.history.check_sequence(*server, wire).await?;
        }
        let limits = context.wire.limits();
        lock.prepare(*server, limits, &plan.steps).await;
        let special: Vec<_> = stored.iter().map(WayBack::special).collect();
        let scripts = stored.iter().zip(&special);
        let scripts = scripts.map(|(script, special)| script.script(special));
        // What is rolled back comes first.
        let attempts = plan.steps.iter().map(|step| step.attempt);
        let ways_back: WaysBack<'_> = attempts.zip(scripts).collect();
        let goes_up = [Action::Apply, Action::Repeat];
        let goes_up = plan.steps.iter().any(|step| goes_up.contains(&step.action));
        self.context.repeated = self.context.known_repeatables(&past);
        let stood = if goes_up && !self.context.repeated.is_empty() {
            Some(self.stood().await?)
        } else {
            None
        };
        let followed = stood.as_ref().map(|_| &past);
        let ran = self.run_steps(plan.steps, &ways_back, followed).await;
        match (stood, ran) {
            (Some(stood), Ok(())) => self.compare_stood(&stood).await,
            (Some(stood), Err(error)) => {
                if !self.report.steps.is_empty() {
                    self.tell_gone(&stood).await;
                }
                Err(error)
            }
            (None, ran) => ran,
        }
    }

    /// Step by step, and what the report says of them. Repeatables follow what was `followed`.
    async fn run_steps(
        &mut self,
        // Most of the room that a long run takes is its steps': the report's are the plan's.
        mut steps: Vec<Step>,
        ways_back: &WaysBack<'_>,
        followed: Option<&Past>,
    ) -> Result<()> {
        let is_one = self.is_one_transaction(steps.first());
        let (mut done, mut asked) = (0, None);
        loop {
            match followed {
                Some(past) if is_one => steps = self.with_lacking(steps, past),
                Some(past) => self.follow(&mut steps, done, &mut asked, past).await?,
                None => {}
            }
            if done == steps.len() {
                self.report.steps = steps;
                return Ok(());
            }
            if self.context.wire.is_over() {
                self.context.wire.confirm(&mut steps[done]);
                let error = Error::deadline_passed(&steps[done].label);
                self.report.not_run = steps.split_off(done);
                self.report.steps = steps;
                return Err(error);
            }
            let sent = done..done + self.together(&steps[done..]);
            done += self.run_together(&mut steps, sent, ways_back).await?;
        }
    }

    /// Whether this step and all after it are one transaction. A part of a baseline would have the next
    /// run apply the rest, which is there.
    pub(crate) fn is_one_transaction(&self, first: Option<&Step>) -> bool {
        let is_baseline = first.is_some_and(|step| step.action == Action::Baseline);
        self.context.is_single_transaction || is_baseline
    }

    /// How many of the next steps are one message: one where somebody looks on or has a say
    /// between them, all where they are one transaction.
    fn together(&self, left: &[Step]) -> usize {
        let Context { wire, hooks, .. } = &*self.context;
        let is_seen = wire.observer.is_some() || wire.watch.is_some() || wire.is_per_statement;
        let has_hooks = hooks.before || hooks.after;
        let mut room = match &self.lock.history {
            _ if self.is_one_transaction(left.first()) => return left.len(),
            history if !history.is_prepared() || is_seen || has_hooks || wire.ends.is_some() => 0,
            _ => ROOM,
        };
        let action = left.first().map(|step| step.action);
        let fits = |step: &&Step| {
            let is_run = matches!(step.action, Action::Apply | Action::RollBack);
            let is_plain = is_run && Some(step.action) == action && step.code.is_none();
            room = room.saturating_sub(step.statements.max(1));
            is_plain && step.mode == Mode::Transaction && room > 0
        };
        left.iter().take_while(fits).count().max(1)
    }

    /// Runs what is sent together, and returns how much of it is done: all of one transaction, or
    /// of one step outside of one, else an error.
    pub(crate) async fn run_together(
        &mut self,
        steps: &mut Vec<Step>,
        sent: Range<usize>,
        ways_back: &WaysBack<'_>,
    ) -> Result<usize> {
        let works = steps[sent.clone()].iter().map(|step| {
            let script = self
                .context
                .script(step)
                .or_else(|| ways_back.get(&step.attempt).copied())
                .unwrap_or(Script::EMPTY);
            self.context.work(
                step,
                Script {
                    code: self.context.code(step),
                    ..script
                },
                &self.lock.session.back,
            )
        });
        let works: Vec<PreparedStep<'_>> = works.collect();
        for work in &works {
            self.context.wire.tell(&Event::Started { step: work.step });
        }
        let began = Instant::now();
        self.began = began;
        let done = match self.run_through(&works).await {
            Ok(Outcome::Done) => sent.len(),
            Ok(Outcome::Partly(done)) => done,
            Ok(Outcome::Lacking) => return Ok(0),
            Ok(Outcome::ClaimedElsewhere) => {
                self.context.wire.tell(&Event::FinishedElsewhere {
                    step: &steps.remove(sent.start),
                });
                return Ok(0);
            }
            Err(error) => {
                if let Some(step) = steps.get_mut(sent.start) {
                    self.context.wire.confirm(step);
                }
                let mut left = steps[sent.start..].to_vec();
                let is_named = |step: &Step| error.label() == Some(&step.label);
                let step = left.remove(left.iter().position(is_named).unwrap_or(0));
                let is_done = |step: &&Step| step.duration.is_some();
                self.report.steps = steps[..sent.start]
                    .iter()
                    .filter(is_done)
                    .cloned()
                    .collect();
                (self.report.not_run, self.report.failed) = (left, Some(step.clone()));
                let error = error.after(self.report.clone());
                self.context.wire.tell(&Event::Failed {
                    step: &step,
                    error: &error,
                });
                self.write_failure(&step, &error).await;
                return Err(error);
            }
        };
        for (step, left) in steps[sent].iter_mut().zip((0..done).rev()) {
            // The last one carries the time of what they share.
            step.duration = Some(if left == 0 {
                began.elapsed()
            } else {
                Duration::ZERO
            });
            for &(statement, ref extension) in &step.skipped {
                self.context.wire.tell(&Event::Skipped {
                    step,
                    statement,
                    extension,
                });
            }
            if let Some(watch) = &mut self.context.wire.watch {
                watch.seen.did(step);
            }
            self.context.wire.confirm(step);
            self.context.wire.tell(&Event::Finished { step });
        }
        Ok(done)
    }

    /// Until they are done, on another connection where one is lost.
    async fn run_through(&mut self, works: &[PreparedStep<'_>]) -> Result<Outcome> {
        self.is_resumed = works.iter().any(|work| work.step.is_resumed);
        let mut losses = 0;
        loop {
            match self.execute(works).await {
                Ok(Outcome::ClaimedElsewhere) => return self.check_claimed(works).await,
                Err(error) if error.is_outcome_unknown() && losses < LOSSES => {
                    losses += 1;
                    if self.outcome_of(works, error).await? {
                        return Ok(Outcome::Done);
                    }
                }
                outcome => return outcome,
            }
        }
    }

    /// In either mode.
    async fn execute(&mut self, works: &[PreparedStep<'_>]) -> Result<Outcome> {
        match works {
            [work] if work.script.mode == Mode::NoTransaction => {
                self.run_outside_transaction(work).await
            }
            [first, _, ..] if !self.is_one_transaction(Some(first.step)) => {
                self.send_ahead(works).await
            }
            _ => match self.transact(self.parts(works), None).await {
                // A script may drop what was prepared.
                Err(error)
                    if self.lock.history.is_prepared()
                        && error.code() == Some(sqlstate::INVALID_SQL_STATEMENT_NAME) =>
                {
                    self.lock.forget(self.server).await;
                    self.transact(self.parts(works), None).await
                }
                result => result,
            },
        }
    }

    /// Reads on a new connection whether a transaction was done; `error` where we may not make
    /// a connection.
    async fn outcome_of(&mut self, works: &[PreparedStep<'_>], error: Error) -> Result<bool> {
        let wire = &mut self.context.wire;
        if wire.watching().is_none() {
            return Err(error);
        }
        // After the deadline there is still this much time to see what became of it.
        let (ends, patience) = (wire.ends, wire.lock_deadline);
        let is_over = wire.is_over();
        if is_over {
            wire.ends = Some(Instant::now() + SETTLE);
            wire.lock_deadline = patience.min(SETTLE);
        }
        let made = wire.reconnect(self.server, works.first().map(|work| work.step));
        let settled = match made.await {
            Some(Ok(())) => Some(Ok(self.outcome_after_reconnecting(works).await)),
            Some(Err(none)) => Some(Err(none)),
            None => None,
        };
        (self.context.wire.ends, self.context.wire.lock_deadline) = (ends, patience);
        let was_done = match settled {
            Some(Ok(settled)) => settled?,
            Some(Err(none)) => return Err(error.still_unknown(none)),
            None => return Err(error),
        };
        if is_over && !was_done {
            return Err(error.given_up(self.is_resumed));
        }
        Ok(was_done)
    }

    async fn outcome_after_reconnecting(&mut self, works: &[PreparedStep<'_>]) -> Result<bool> {
        let Self {
            server,
            lock,
            context,
            ..
        } = self;
        let steps: Vec<&Step> = works.iter().map(|work| work.step).collect();
        let Some(step) = steps.first() else {
            return Ok(false);
        };
        lock.moved();
        if step.action == Action::Verify {
            // It takes no lock.
            lock.borrow(*server, &mut context.wire).await?;
        } else {
            let can = context.wire.can;
            lock.take(*server, &mut context.wire, None).await?;
            lock.session.refuse_unfit(*server, can).await?;
        }
        let read = lock.history.read(*server, &mut context.wire, Use::Write);
        let past = read.await?;
        let compared = context.wire.compare(*server, &lock.history, &past, &steps);
        compared.await?;
        let was_done = context.is_done(&past, step);
        context.wire.tell(&Event::Reconnected { step, was_done });
        let row = step
            .version
            .and_then(|version| history::row(&past.rows, version));
        self.is_resumed = row.is_some_and(|row| !row.is_applied());
        Ok(was_done)
    }

    /// Another program did the step: good where the outcome is the one that was wanted.
    async fn check_claimed(&mut self, works: &[PreparedStep<'_>]) -> Result<Outcome> {
        let past = self.read().await?;
        match works {
            [work] if self.context.is_done(&past, work.step) => {
                if work.step.action != Action::RollBack {
                    self.context.validate_past(&past)?;
                }
                Ok(Outcome::ClaimedElsewhere)
            }
            works => {
                let (history, wire) = (&self.lock.history, &mut self.context.wire);
                history.check_sequence(self.server, wire).await?;
                Err(Error::moved(
                    works.first().map_or("", |work| &work.step.label),
                ))
            }
        }
    }
}
