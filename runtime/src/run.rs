//! The course of a run: read, validate, plan, lock, and the same again under the lock,
//! since another program may have been at work meanwhile; then step by step.

use std::time::Instant;

use postgres::Client;

use crate::connect::refuse_async;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::executor::Executor;
use crate::history::{Past, Recorded, Use};
use crate::lock::Lock;
use crate::messages;
use crate::own::Frame;
use crate::settled::Settled;
use crate::step::{Goal, Plan, Report};

/// Which connection a run is made on.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Try {
    First,
    Again,
}

impl Context<'_> {
    pub(crate) fn run(
        &mut self,
        client: &mut Client,
        goal: Goal,
        reason: Option<&str>,
    ) -> Result<Report> {
        if reason.is_none() && matches!(goal, Goal::Baseline(_) | Goal::Repair(_)) {
            return Err(Error::said(messages::no_reason()));
        }
        self.known(goal)?;
        refuse_async()?;
        self.history.check_names()?;
        match self.attempt(client, goal, reason, Try::First) {
            // Before the first step, all of it can be done again.
            Err(error) if error.is_lost(client) && error.report().is_empty() => {
                *client = self.wire.replace().ok_or(error)??;
                self.attempt(client, goal, reason, Try::Again)
            }
            result => result,
        }
    }

    fn attempt(
        &mut self,
        client: &mut Client,
        goal: Goal,
        reason: Option<&str>,
        attempt: Try,
    ) -> Result<Report> {
        // Which backend the client has is not known before it has the lock.
        (self.wire.pid, self.wire.frame) = (0, Frame::GivesBack);
        let is_upward = matches!(goal, Goal::All | Goal::To(_) | Goal::Steps(_));
        // On another connection it is compared with what was read on the first.
        let settled = if is_upward && attempt == Try::First {
            self.history
                .settled(self.migrations, client, &mut self.wire)?
        } else {
            Settled::Otherwise
        };
        if matches!(settled, Settled::Exactly) {
            self.wire.tell(&Event::Planned {
                plan: &Plan::default(),
            });
            return Ok(Report::default());
        }
        self.know_list();
        let past = match settled {
            Settled::Missing => Past::default(),
            _ => self.history.read(client, &mut self.wire, Use::Write)?,
        };
        self.wire.compare(client, &self.history, &past, &[])?;
        // A row that says `applying` may be the work of the lock's holder: only who has
        // the lock can tell that it was left behind.
        let (plan, findings) = self.draft(&past, goal);
        if past.rows.iter().all(Recorded::is_applied) && (plan.is_empty() || !findings.is_empty()) {
            let policy = self.stored_down.clone();
            let (plan, _) = self.decide(client, plan, findings, &policy)?;
            if plan.is_empty() {
                self.wire.tell_plan(&plan);
                return Ok(Report {
                    held_back: plan.held_back,
                    ..Report::default()
                });
            }
        } else {
            // A long one takes room, and is made again under the lock.
            drop(plan);
        }
        let mut lock = Lock::new(client, self.history.clone(), self.wire.is_pooled);
        lock.take(&mut self.wire)?;
        // A deadline that no clock reaches is no limit.
        let ends = |deadline| Instant::now().checked_add(deadline);
        self.wire.ends = self.deadline.and_then(ends);
        let (released, report) = {
            let mut executor = Executor::new(lock, self, reason);
            let result = executor.run_locked(goal, &past);
            let Executor {
                lock,
                context,
                report,
                ..
            } = executor;
            (
                result.and_then(|()| lock.release(&mut context.wire)),
                report,
            )
        };
        self.wire.frame = Frame::GivesBack;
        let looked = released.and_then(|is_there| {
            if is_there {
                Ok(())
            } else {
                self.look_again(client)
            }
        });
        match looked {
            Ok(()) => Ok(report),
            Err(error) => Err(error.after(report)),
        }
    }

    /// A connection that was lost after the last step may lead to another server now, which must
    /// hold all that this run has done.
    fn look_again(&mut self, client: &mut Client) -> Result<()> {
        if self.wire.watching().is_none() {
            return Ok(());
        }
        if let Some(made) = self.wire.reconnect(None) {
            *client = made?;
        }
        let past = self.history.read(client, &mut self.wire, Use::Read)?;
        self.wire.compare(client, &self.history, &past, &[])
    }
}
