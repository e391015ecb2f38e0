//! What is asked without a run: plan, status, verify, and whether the history is trusted.

use crate::capabilities::Capabilities;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::executor::Executor;
use crate::finding::Fault;
use crate::history::{Past, Use};
use crate::lock::AdvisoryLock;
use crate::plan;
use crate::product;
use crate::server::Server;
use crate::status::{self, Status};
use crate::step::{Goal, Plan, Report};
use crate::steps::WaysBack;
use crate::stored::StoredDown;
use crate::validate;

impl Context<'_> {
    /// What a run would do.
    pub(crate) async fn plan(&mut self, server: &mut dyn Server, goal: Goal) -> Result<Plan> {
        let past = if self.history.is_missing(server).await {
            Past::default()
        } else {
            self.read(server, Use::Read).await?
        };
        let (plan, mut findings) = self.draft(&past, goal);
        // Who does not have the code may look all the same.
        findings.retain(|finding| !matches!(finding.fault, Fault::CodeMissing(_)));
        // What is shown here may be accepted afterwards.
        let decided = self.decide(server, plan, findings, &StoredDown::Trust, None);
        Ok(decided.await?.0)
    }

    /// Every migration of the program and of the database.
    pub(crate) async fn status(&mut self, server: &mut dyn Server) -> Result<Vec<Status>> {
        let past = self.read(server, Use::Read).await?;
        let findings = validate::faults(self.migrations, &past, Goal::All, &self.history);
        let (plan, _) = self.draft(&past, Goal::All);
        let held = plan.held_back.map(|it| it.steps).unwrap_or_default();
        Ok(status::status(self.migrations, &past, &findings, &held))
    }

    /// Runs the verify script of everything that is applied.
    pub(crate) async fn verify(&mut self, server: &mut dyn Server) -> Result<Report> {
        let past = self.read(server, Use::Read).await?;
        let mut steps = plan::plan(self.migrations, &past, Goal::Verify).steps;
        let all = 0..steps.len();
        // It takes no lock, so it needs none of what differs behind a pooler.
        let mut lock = AdvisoryLock::new(self.history.clone(), Capabilities::DIRECT);
        if !steps.is_empty() {
            // What rolls back a transaction of its own would roll back what the caller has begun.
            lock.borrow(server, &mut self.wire).await?;
        }
        let mut executor = Executor::new(server, lock, self, None);
        let (mut failed, no_way_back): (Option<Error>, _) = (None, WaysBack::new());
        for index in all {
            let sent = index..index + 1;
            let ran = executor.run_together(&mut steps, sent, &no_way_back);
            if let Err(error) = ran.await {
                failed = Some(match failed {
                    Some(all) => all.and(&error),
                    None => error,
                });
            }
        }
        let Executor {
            server,
            lock,
            context,
            ..
        } = executor;
        lock.give_back_borrowed(server, context.wire.can).await;
        failed.map_or(
            Ok(Report {
                steps,
                ..Report::default()
            }),
            Err,
        )
    }

    /// Compares the program with the history.
    pub(crate) async fn compare(&mut self, server: &mut dyn Server) -> Result<()> {
        let past = self.read(server, Use::Read).await?;
        self.validate_past(&past)
    }

    /// Whether a run would trust the history's tables.
    pub(crate) async fn check_history(&mut self, server: &mut dyn Server) -> Result<()> {
        self.read(server, Use::Write).await?;
        let Self { history, wire, .. } = self;
        history.check_layout(server, wire).await?;
        history.check_sequence(server, wire).await
    }

    /// The same for what only reads the tables: whether they are there.
    pub(crate) async fn inspect_history(&mut self, server: &mut dyn Server) -> Result<bool> {
        self.read(server, Use::Read).await?;
        Ok(self.history.is_there())
    }

    async fn read(&mut self, server: &mut dyn Server, use_: Use) -> Result<Past> {
        self.know_list();
        let Self { wire, history, .. } = self;
        let read = history.read(server, wire, use_).await;
        product::explained(server, read).await
    }
}
