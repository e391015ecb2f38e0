//! The course of a run: read, validate, plan, lock, and the same again under the lock,
//! since another program may have been at work meanwhile; then step by step.

use std::time::Instant;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::executor::Executor;
use crate::history::{Past, Recorded, Use};
use crate::lock::AdvisoryLock;
use crate::messages;
use crate::own::Frame;
use crate::product;
use crate::server::Server;
use crate::step::{Goal, Plan, Report};
use crate::up_to_date::UpToDate;

/// Which connection a run is made on.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Try {
    First,
    Again,
}

impl Context<'_> {
    /// Whether the list has what the goal names, and the goal its reason.
    pub(crate) fn check(&self, goal: Goal, reason: Option<&str>) -> Result<()> {
        if reason.is_none() && matches!(goal, Goal::Baseline(_) | Goal::Repair(_)) {
            return Err(Error::said(messages::no_reason()));
        }
        self.known(goal)
    }

    pub(crate) async fn run(
        &mut self,
        server: &mut dyn Server,
        goal: Goal,
        reason: Option<&str>,
    ) -> Result<Report> {
        let result = match self.attempt(server, goal, reason, Try::First).await {
            // Before the first step, all of it can be done again.
            Err(error) if error.report().is_empty() && error.is_lost(server).await => {
                match self.wire.replace(server).await {
                    Some(Ok(())) => {}
                    Some(Err(error)) => return Err(error),
                    // The answer to an earlier question may have been an error.
                    None => return Err(error.ended_at_once()),
                }
                self.attempt(server, goal, reason, Try::Again).await
            }
            result => product::explained(server, result).await,
        };
        // The next run has a deadline of its own.
        self.wire.ends = None;
        result
    }

    async fn attempt(
        &mut self,
        server: &mut dyn Server,
        goal: Goal,
        reason: Option<&str>,
        attempt: Try,
    ) -> Result<Report> {
        // Which backend the client has is not known before it has the lock.
        (self.wire.pid, self.wire.frame) = (0, Frame::GivesBack);
        let is_upward = matches!(goal, Goal::All | Goal::To(_) | Goal::Steps(_));
        // On another connection it is compared with what was read on the first.
        let asks_first = is_upward && attempt == Try::First;
        let settled = if asks_first {
            self.history
                .is_up_to_date(self.migrations, server, &mut self.wire)
                .await?
        } else {
            UpToDate::Otherwise
        };
        if matches!(settled, UpToDate::Exactly) {
            return Ok(self.nothing_to_do());
        }
        self.know_list();
        let past = match settled {
            UpToDate::Missing => Past::default(),
            _ => {
                let wire = &mut self.wire;
                self.history.read(server, wire, Use::Write).await?
            }
        };
        let compared = self.wire.compare(server, &self.history, &past, &[]);
        compared.await?;
        // A row that says `applying` may be the work of the lock's holder: only who has
        // the lock can tell that it was left behind.
        let (plan, findings) = self.draft(&past, goal);
        if past.rows.iter().all(Recorded::is_applied) && (plan.is_empty() || !findings.is_empty()) {
            let policy = self.stored_down.clone();
            let (plan, _) = self.decide(server, plan, findings, &policy, reason).await?;
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
        let mut lock = AdvisoryLock::new(self.history.clone(), self.wire.can);
        let wanted = Some(self.migrations).filter(|_| asks_first);
        if !lock.take(server, &mut self.wire, wanted).await? {
            return Ok(self.nothing_to_do());
        }
        // A deadline that no clock reaches is no limit.
        let ends = |deadline| Instant::now().checked_add(deadline);
        self.wire.ends = self.deadline.and_then(ends);
        let (released, report) = {
            let mut executor = Executor::new(&mut *server, lock, self, reason);
            let result = executor.run_locked(goal, &past).await;
            let Executor {
                server,
                mut lock,
                context,
                report,
                ..
            } = executor;
            let released = match result {
                Ok(()) => lock.release(server, &mut context.wire).await,
                Err(error) => {
                    lock.abandon(server).await;
                    Err(error)
                }
            };
            (released, report)
        };
        self.wire.frame = Frame::GivesBack;
        let looked = match released {
            Ok(true) => Ok(()),
            Ok(false) => self.look_again(server).await,
            Err(error) => Err(error),
        };
        match looked {
            Ok(()) => Ok(report),
            Err(error) => Err(error.after(report)),
        }
    }

    fn nothing_to_do(&mut self) -> Report {
        let plan = &Plan::default();
        self.wire.tell(&Event::Planned { plan });
        Report::default()
    }

    /// A connection that was lost after the last step may lead to another server now, which must
    /// hold all that this run has done.
    async fn look_again(&mut self, server: &mut dyn Server) -> Result<()> {
        if self.wire.watching().is_none() {
            return Ok(());
        }
        if let Some(made) = self.wire.reconnect(server, None).await {
            made?;
        }
        let read = self.history.read(server, &mut self.wire, Use::Read);
        let past = read.await?;
        self.wire.compare(server, &self.history, &past, &[]).await
    }
}
