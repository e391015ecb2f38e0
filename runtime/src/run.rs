//! The course of a run: read, validate, plan, lock, and the same again under the lock,
//! since another program may have been at work meanwhile; then step by step.

use std::path::Path;
use std::time::Instant;

use postgres::Client;

use crate::code::Hooks;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::execute::Executor;
use crate::history::{self, NOTHING, Past, Recorded, Settled, Use, list_digest};
use crate::lock::Lock;
use crate::migration::{Code, Migration, Mode, Script};
use crate::migrator::Migrator;
use crate::own::Frame;
use crate::plan::{self, Action, Goal, Plan, Report, Step};
use crate::session::refuse_async;
use crate::stored::{StoredDown, StoredScript, WayBack};
use crate::validate::{self, Fault, Finding};
use crate::work::Work;

/// Which connection a run is made on.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Try {
    First,
    Again,
}

impl<'a> Migrator<'a> {
    /// Goes for any goal. The reason is kept with the history's events; a baseline and a repair
    /// must have one.
    ///
    /// ```no_run
    /// # fn example(
    /// #     migrator: &mut pgstrata::Migrator<'_>,
    /// #     client: &mut postgres::Client,
    /// # ) -> Result<(), pgstrata::Error> {
    /// use pgstrata::Goal;
    ///
    /// migrator.run(client, Goal::Baseline(7), Some("made by the old tool"))?;
    /// migrator.run(client, Goal::Steps(2), None)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn run(&mut self, client: &mut Client, goal: Goal, reason: Option<&str>) -> Result<Report> {
        if reason.is_none() && matches!(goal, Goal::Baseline(_) | Goal::Repair(_)) {
            return Err(Error::sentence("no-reason", &[]));
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
        self.wire.ends = self.deadline.map(|deadline| Instant::now() + deadline);
        let (released, report) = {
            let mut executor = Executor::new(lock, self, reason);
            let result = executor.run_locked(goal, &past);
            let Executor {
                lock, run, report, ..
            } = executor;
            (result.and_then(|()| lock.release(&mut run.wire)), report)
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

    /// What runs, where it is not stored.
    pub(crate) fn script(&self, step: &Step) -> Option<Script<'a>> {
        match step.action {
            Action::RollBack => None,
            Action::Apply => self.migration(step).map(|migration| migration.up),
            Action::Repeat => {
                let mut all = self.migrations.repeatables.iter();
                all.find(|repeatable| repeatable.name == step.label)
                    .map(|r| r.script)
            }
            Action::Baseline | Action::Repair | Action::Verify => Some(NOTHING),
        }
    }

    /// The Rust code of a step, where it has any and the program has it.
    pub(crate) fn code(&self, step: &Step) -> Option<Code<'a>> {
        let migration = self.migration(step)?;
        let script = if step.action == Action::RollBack {
            migration.down
        } else {
            migration.up
        };
        script
            .code
            .filter(|it| it.function.is_some() && Some(it.path) == step.code.as_deref())
    }

    /// `back` puts the session's search path back after a statement of ours.
    pub(crate) fn work<'w>(&self, step: &'w Step, script: Script<'w>, back: &str) -> Work<'w>
    where
        'a: 'w,
    {
        let migration = self.migration(step);
        let Hooks { before, after } = &self.hooks;
        let has_code = script.code.is_some() || before.is_some() || after.is_some();
        // What code may commit behind our back must not look as if it were done.
        let mode = if has_code {
            Mode::NoTransaction
        } else {
            script.mode
        };
        let verify = migration.and_then(|m| m.verify);
        let verify = verify.filter(|_| matches!(step.action, Action::Apply | Action::Verify));
        let verify = verify.map(|verify| (verify, self.history.texts(step, verify, back)));
        let texts = self.history.texts(step, &script, back);
        Work {
            step,
            script,
            texts,
            verify,
            path: self.path(step),
            mode,
            migration,
        }
    }

    pub(crate) fn is_done(&self, past: &Past, step: &Step) -> bool {
        if let (Action::RollBack, Some(version)) = (step.action, step.version) {
            let row = history::row(&past.rows, version);
            return row.is_none_or(|row| row.attempt != step.attempt);
        }
        if let (Action::Repair, Some(version)) = (step.action, step.version) {
            // It gives the row another number.
            let row = history::row(&past.rows, version);
            return row.is_some_and(|row| row.attempt != step.attempt);
        }
        if step.action == Action::Verify {
            // It leaves nothing by which it could be told.
            return false;
        }
        let left = plan::plan(self.migrations, past, Goal::All);
        !left.steps.iter().any(|left| left.label == step.label)
    }

    /// Before the history is read.
    pub(crate) fn know_list(&mut self) {
        self.history.list_digest = list_digest(self.migrations);
        self.history.asks_for_lists = !self.allows_contract && self.migrations.has_contract();
    }

    pub(crate) fn known(&self, goal: Goal) -> Result<()> {
        let unknown = goal
            .named()
            .filter(|version| self.migrations.find(*version).is_none());
        unknown.map_or(Ok(()), |version| {
            let directory = self.migrations.directory;
            let values = [("version", &*version.to_string()), ("directory", directory)];
            Err(Error::sentence("unknown-version", &values))
        })
    }

    /// What would run, and what the program and the history have against it.
    pub(crate) fn draft(&self, past: &Past, goal: Goal) -> (Plan, Vec<Finding>) {
        let mut plan = plan::plan(self.migrations, past, goal);
        // Who names a migration means it, and what is done again was there before.
        let is_named = matches!(goal, Goal::Only(_) | Goal::Redo(_) | Goal::RedoFrom(_));
        if !self.allows_contract && !is_named && !past.rows.is_empty() {
            plan.hold_back(self.migrations, past);
        }
        let mut findings = validate::faults(self.migrations, past, goal, &self.history);
        let is_one = self.is_single_transaction || self.wire.is_pooled;
        for step in &plan.steps {
            // Of the others nothing runs but a write of the history.
            let runs = matches!(
                step.action,
                Action::Apply | Action::RollBack | Action::Repeat
            );
            let is_apart = is_one && runs && step.mode == Mode::NoTransaction;
            let missing = step.code.clone().filter(|_| self.code(step).is_none());
            let apart = is_apart.then_some(Fault::Apart);
            let faults = apart.into_iter().chain(missing.map(Fault::CodeMissing));
            findings.extend(faults.map(|it| Finding::new(step.version, &step.label, it)));
        }
        (plan, findings)
    }

    /// The plan with all that the server knows of it, and the scripts of what is rolled back, which
    /// comes first; refuses where anything is in the way.
    pub(crate) fn decide(
        &mut self,
        client: &mut Client,
        mut plan: Plan,
        mut findings: Vec<Finding>,
        stored_down: &StoredDown,
    ) -> Result<(Plan, Vec<WayBack<'a>>)> {
        findings.extend(self.needs(client, &mut plan)?);
        let is_back = |step: &&Step| step.action == Action::RollBack;
        let back: Vec<_> = plan.steps.iter().filter(is_back).collect();
        let stored = StoredScript::read(&self.history, client, &mut self.wire, &back)?;
        let mut ways_back = Vec::new();
        for (step, stored) in plan.steps.iter_mut().zip(stored) {
            let own = self.migration(step).map(|migration| migration.down);
            if let Some(own) = own.filter(|own| stored.is_from(own.checksum)) {
                ways_back.push(WayBack::Own(own));
                continue;
            }
            if !stored.is_whole() {
                let values = [("label", &*step.label), ("table", &self.history.table)];
                return Err(Error::sentence("damaged", &values));
            }
            let (sql, sha256) = (stored.sql.clone(), stored.sha256());
            if !stored_down.accepts(&sha256) && !stored.is_empty() {
                let (sql, sha256) = (sql.clone(), sha256.clone());
                let fault = Fault::StoredDown { sql, sha256 };
                findings.push(Finding::new(step.version, &step.label, fault));
            }
            (step.sql, step.stored_sha256) = (Some(sql), Some(sha256));
            ways_back.push(WayBack::Stored(stored));
        }
        self.refuse(findings)?;
        Ok((plan, ways_back))
    }

    pub(crate) fn validate_past(&mut self, past: &Past) -> Result<()> {
        self.refuse(validate::faults(
            self.migrations,
            past,
            Goal::All,
            &self.history,
        ))
    }

    fn refuse(&mut self, findings: Vec<Finding>) -> Result<()> {
        let is_tolerated = |finding: &Finding| self.tolerated.iter().any(|is| is(finding));
        let (tolerated, refused): (Vec<_>, Vec<_>) = findings.into_iter().partition(is_tolerated);
        if !tolerated.is_empty() {
            self.wire.tell(&Event::Tolerated {
                findings: &tolerated,
            });
        }
        if refused
            .iter()
            .any(|it| self.denies_newer || it.fault != Fault::Newer)
        {
            return Err(Error::refused(refused));
        }
        if !refused.is_empty() {
            let newer: Vec<String> = refused.into_iter().map(|finding| finding.label).collect();
            self.wire.tell(&Event::NewerDatabase { newer: &newer });
        }
        Ok(())
    }

    pub(crate) fn migration(&self, step: &Step) -> Option<Migration<'a>> {
        step.version
            .and_then(|version| self.migrations.find(version))
    }

    fn path(&self, step: &Step) -> String {
        let (folder, direction) = match step.action {
            Action::Repeat => ("repeatable", ""),
            Action::RollBack => ("", ".down"),
            _ => ("", ".up"),
        };
        let file = format!("{}{direction}.sql", step.label);
        Path::new(self.migrations.directory)
            .join(folder)
            .join(file)
            .display()
            .to_string()
    }
}
