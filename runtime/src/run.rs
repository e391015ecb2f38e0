//! The course of a run: read, validate, plan, lock, and the same again under the lock,
//! since another program may have been at work meanwhile; then step by step.

use std::time::Instant;

use postgres::Client;

use crate::error::{Error, Kind};
use crate::event::Event;
use crate::execute::{Executor, Outcome};
use crate::history::{self, Recorded, RowState};
use crate::lock::Lock;
use crate::migrator::{Migrator, NewerDatabase};
use crate::plan::{self, Direction, Plan, Step};
use crate::report::{Applied, Report};
use crate::stored::StoredScript;
use crate::validate::{self, Finding};
use crate::work::Work;

impl Migrator<'_> {
    pub(crate) fn apply(
        &mut self,
        client: &mut Client,
        target: Option<u64>,
    ) -> Result<Report, Error> {
        self.history.check_names()?;
        let is_settled = self.history.is_exactly(self.migrations, client)?;
        if is_settled == Some(true) {
            self.listener.tell(&Event::Planned { plan: &Plan::default() });
            return Ok(Report::default());
        }
        let recorded = is_settled.map_or(Ok(None), |_| self.read(client))?.unwrap_or_default();
        // A row that says `applying` may be the work of the lock's holder: only who has
        // the lock can tell that it was left behind.
        if recorded.iter().all(|row| row.state == RowState::Applied) {
            let plan = self.plan_up(&recorded, target)?;
            if plan.is_empty() {
                self.listener.tell(&Event::Planned { plan: &plan });
                return Ok(Report::default());
            }
        }
        self.locked(client, |migrator, lock, report| {
            migrator.history.prepare(lock.client)?;
            let recorded = migrator.read(lock.client)?.unwrap_or_default();
            let plan = migrator.plan_up(&recorded, target)?;
            migrator.listener.tell(&Event::Planned { plan: &plan });
            plan.steps.iter().try_for_each(|step| migrator.apply_step(lock, step, report))
        })
    }

    pub(crate) fn roll_back(&mut self, client: &mut Client, steps: usize) -> Result<Report, Error> {
        let recorded = self.read(client)?.unwrap_or_default();
        let before = plan::down(&recorded, steps);
        if recorded.iter().all(|row| row.state == RowState::Applied) {
            self.refuse_way_back(&recorded, steps)?;
        }
        if before.is_empty() {
            self.listener.tell(&Event::Planned { plan: &before });
            return Ok(Report::default());
        }
        self.locked(client, |migrator, lock, report| {
            migrator.history.prepare(lock.client)?;
            let plan = migrator.plan_down(lock.client, steps)?;
            // What is rolled back is what the caller saw: two runs at once do not go
            // twice as far.
            if plan != before {
                let label = before.steps.first().map(|step| step.label.clone());
                return Err(Error::new(Kind::HistoryMoved { label: label.unwrap_or_default() }));
            }
            migrator.listener.tell(&Event::Planned { plan: &plan });
            plan.steps.iter().try_for_each(|step| migrator.roll_back_step(lock, step, report))
        })
    }

    /// Everything between taking and releasing the lock; an error carries what was done.
    fn locked(
        &mut self,
        client: &mut Client,
        work: impl FnOnce(&mut Self, &mut Lock<'_>, &mut Report) -> Result<(), Error>,
    ) -> Result<Report, Error> {
        let mut lock =
            Lock::acquire(client, &self.history, self.limits.lock_deadline, &mut self.listener)?;
        let mut report = Report::default();
        let result = work(self, &mut lock, &mut report).and_then(|()| lock.release());
        match result {
            Ok(()) => Ok(report),
            Err(error) => Err(error.after(report)),
        }
    }

    fn apply_step(
        &mut self,
        lock: &mut Lock<'_>,
        step: &Step,
        report: &mut Report,
    ) -> Result<(), Error> {
        let Some(migration) = self.migrations.find(step.version) else {
            return Ok(());
        };
        let work = Work {
            step,
            script: &migration.up,
            path: self.path(step),
            claim: self.history.claim_apply(migration),
            record: self.history.record_apply(step.version, migration.up.mode),
            is_resumed: step.is_resumed,
        };
        self.run(lock, &work, report)
    }

    fn roll_back_step(
        &mut self,
        lock: &mut Lock<'_>,
        step: &Step,
        report: &mut Report,
    ) -> Result<(), Error> {
        let Step { version, attempt, label, .. } = step;
        let stored = StoredScript::read(&self.history, lock.client, *version, *attempt)?;
        let special = stored.special();
        let script = stored.script(&special);
        let statements = script.statements.len();
        let work = Work {
            step,
            script: &script,
            path: self.path(step),
            claim: self.history.claim_roll_back(*version, *attempt, label, statements),
            record: self.history.record_roll_back(*version, *attempt),
            is_resumed: step.is_resumed,
        };
        self.run(lock, &work, report)
    }

    fn run(
        &mut self,
        lock: &mut Lock<'_>,
        work: &Work<'_>,
        report: &mut Report,
    ) -> Result<(), Error> {
        let step = work.step;
        self.listener.tell(&Event::Started { step });
        let began = Instant::now();
        let mut executor = Executor {
            lock: &mut *lock,
            history: &self.history,
            listener: &mut self.listener,
            limits: self.limits,
            sending: self.sending,
        };
        let outcome = executor.run(work).and_then(|outcome| match outcome {
            Outcome::Done => Ok(outcome),
            Outcome::ClaimedElsewhere => self.check_claimed(lock.client, step).map(|()| outcome),
        });
        match outcome {
            Ok(Outcome::Done) => {
                let applied = Applied {
                    direction: step.direction,
                    version: step.version,
                    label: step.label.clone(),
                    duration: began.elapsed(),
                };
                self.listener.tell(&Event::Finished { applied: &applied });
                report.steps.push(applied);
                Ok(())
            }
            Ok(Outcome::ClaimedElsewhere) => {
                self.listener.tell(&Event::FinishedElsewhere { step });
                Ok(())
            }
            Err(error) => {
                let error = error.after(report.clone());
                self.listener.tell(&Event::Failed { step, error: &error });
                Err(error)
            }
        }
    }

    /// Somebody else did the step: good where the outcome is the one that was wanted.
    fn check_claimed(&mut self, client: &mut Client, step: &Step) -> Result<(), Error> {
        let recorded = self.read(client)?.unwrap_or_default();
        let row = history::row(&recorded, step.version);
        let is_wanted = match step.direction {
            Direction::Up => {
                self.refuse_faults(&recorded)?;
                row.is_some()
            }
            Direction::Down => row.is_none_or(|row| row.attempt != step.attempt),
        };
        if is_wanted {
            return Ok(());
        }
        Err(Error::new(Kind::HistoryMoved { label: step.label.clone() }))
    }

    pub(crate) fn known(&self, version: u64) -> Result<u64, Error> {
        if self.migrations.find(version).is_some() {
            return Ok(version);
        }
        Err(Error::configuration(format!(
            "there is no version {version} in {}: name one of its migrations",
            self.migrations.directory
        )))
    }

    pub(crate) fn read(&mut self, client: &mut Client) -> Result<Option<Vec<Recorded>>, Error> {
        self.history.check_names()?;
        self.history.read(client)
    }

    pub(crate) fn plan_up(
        &mut self,
        recorded: &[Recorded],
        target: Option<u64>,
    ) -> Result<Plan, Error> {
        self.refuse_faults(recorded)?;
        Ok(plan::up(self.migrations, recorded, target))
    }

    pub(crate) fn refuse_faults(&mut self, recorded: &[Recorded]) -> Result<(), Error> {
        let findings = validate::up(self.migrations, recorded, &self.history);
        if findings.is_empty() {
            return Ok(());
        }
        let is_only_newer = findings.iter().all(|f| matches!(f, Finding::Newer { .. }));
        if !is_only_newer || self.newer_database == NewerDatabase::Deny {
            return Err(Error::new(Kind::Refused(findings)));
        }
        let newer: Vec<String> = findings.iter().map(|f| f.label().to_owned()).collect();
        self.listener.tell(&Event::NewerDatabase { newer: &newer });
        Ok(())
    }

    pub(crate) fn refuse_way_back(&self, recorded: &[Recorded], steps: usize) -> Result<(), Error> {
        let findings = validate::down(self.migrations, recorded, steps, &self.history);
        if findings.is_empty() {
            return Ok(());
        }
        Err(Error::new(Kind::Refused(findings)))
    }

    fn path(&self, step: &Step) -> String {
        let directory = self.migrations.directory.trim_end_matches('/');
        let separator = if directory.is_empty() { "" } else { "/" };
        let stored = match step.direction {
            Direction::Up => "",
            Direction::Down => " (as stored in the history)",
        };
        format!("{directory}{separator}{}.{}.sql{stored}", step.label, step.direction)
    }
}
