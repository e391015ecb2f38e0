//! The course of a run: read, validate, plan, lock, and the same again under the lock,
//! since another program may have been at work meanwhile; then step by step.
//!
//! The file is long because it tells one run from beginning to end.

use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

use postgres::Client;

use crate::code::Hooks;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::execute::{Executor, Outcome};
use crate::history::{self, NOTHING, Past, Recorded, Settled, Use, list_digest};
use crate::lock::Lock;
use crate::migration::{Code, Migration, Mode, Script};
use crate::migrator::Migrator;
use crate::own::Frame;
use crate::plan::{self, Action, Goal, Plan, Report, Step};
use crate::session::{LOSSES, refuse_async};
use crate::stored::{StoredDown, StoredScript, WayBack};
use crate::validate::{self, Fault, Finding};
use crate::work::Work;

/// For so long after the deadline a run looks what became of a connection that it gave up.
const SETTLE: Duration = Duration::from_secs(10);

/// So many statements at most are one message, where several migrations are.
const ROOM: usize = 40;

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
        match (
            self.attempt(client, goal, reason, Try::First),
            &mut self.wire.watch,
        ) {
            // Before the first step, all of it can be done again.
            (Err(error), Some(watch)) if error.is_lost(client) && error.report().is_empty() => {
                *client = watch.replace(self.wire.lock_deadline).ok_or(error)??;
                self.attempt(client, goal, reason, Try::Again)
            }
            (result, _) => result,
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
        let patience = self.wire.lock_deadline;
        let Some(watch) = self.wire.watching() else {
            return Ok(());
        };
        *client = watch.reconnect(patience)?;
        self.wire.pid = watch.backend.pid;
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
    fn code(&self, step: &Step) -> Option<Code<'a>> {
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

impl<'e, 'o> Executor<'e, 'o> {
    pub(crate) fn new(lock: Lock<'e>, run: &'e mut Migrator<'o>, reason: Option<&'e str>) -> Self {
        Self {
            lock,
            run,
            reason,
            report: Report::default(),
            is_resumed: false,
        }
    }

    /// Everything between taking and releasing the lock; `before` is what the caller saw.
    fn run_locked(&mut self, goal: Goal, before: &Past) -> Result<()> {
        let past = self.read()?;
        let Self { run, lock, .. } = self;
        run.wire.compare(lock.client, &lock.history, &past, &[])?;
        let (plan, findings) = run.draft(&past, goal);
        let policy = run.stored_down.clone();
        let (plan, stored) = run.decide(lock.client, plan, findings, &policy)?;
        // Two runs at once do not roll back twice as far.
        let seen = goal.undone(&before.rows);
        if seen
            .iter()
            .map(|row| row.attempt)
            .ne(goal.undone(&past.rows).iter().map(|r| r.attempt))
        {
            return Err(Error::moved(seen.first().map_or("", |row| &row.label)));
        }
        lock.history.prepare(lock.client, &mut run.wire)?;
        // A batch looks whether the tables are still these.
        run.history.clone_from(&lock.history);
        run.wire.tell_plan(&plan);
        self.report.held_back.clone_from(&plan.held_back);
        lock.prepare(&run.wire, &plan.steps);
        let special: Vec<_> = stored.iter().map(WayBack::special).collect();
        let mut stored = stored
            .iter()
            .zip(&special)
            .map(|(script, special)| script.script(special));
        // Most of the room that a long run takes is its steps': the report's are the plan's.
        let (mut steps, mut done) = (plan.steps, 0);
        while done < steps.len() {
            if self.run.wire.is_over() {
                self.run.wire.confirm(&mut steps[done]);
                let error = Error::deadline_passed(&steps[done].label);
                self.report.not_run = steps.split_off(done);
                self.report.steps = steps;
                return Err(error);
            }
            let sent = done..done + self.together(&steps[done..]);
            done += self.run_together(&mut steps, sent, &mut stored)?;
        }
        self.report.steps = steps;
        Ok(())
    }

    /// How many of the next steps are one message: one where somebody looks on or has a say
    /// between them, all where they are one transaction.
    fn together(&self, left: &[Step]) -> usize {
        let Migrator { wire, hooks, .. } = &*self.run;
        let is_seen = wire.observer.is_some() || wire.watch.is_some() || wire.is_per_statement;
        let has_hooks = hooks.before.is_some() || hooks.after.is_some();
        let mut room = match &self.lock.history {
            _ if self.run.is_single_transaction => return left.len(),
            history if !history.is_prepared() || is_seen || has_hooks || wire.ends.is_some() => 0,
            _ => ROOM,
        };
        let fits = |step: &&Step| {
            let is_plain = step.action == Action::Apply && step.code.is_none();
            room = room.saturating_sub(step.statements.max(1));
            is_plain && step.mode == Mode::Transaction && room > 0
        };
        left.iter().take_while(fits).count().max(1)
    }

    /// Runs what is sent together, and returns how much of it is done: all of one transaction, or
    /// of one step outside of one, else an error.
    pub(crate) fn run_together<'s>(
        &mut self,
        steps: &mut Vec<Step>,
        sent: Range<usize>,
        stored: &mut impl Iterator<Item = Script<'s>>,
    ) -> Result<usize> {
        let works = steps[sent.clone()].iter().map(|step| {
            let script = self
                .run
                .script(step)
                .or_else(|| stored.next())
                .unwrap_or(NOTHING);
            self.run.work(
                step,
                Script {
                    code: self.run.code(step),
                    ..script
                },
                &self.lock.session.back,
            )
        });
        let works: Vec<Work<'_>> = works.collect();
        for work in &works {
            self.run.wire.tell(&Event::Started { step: work.step });
        }
        let began = Instant::now();
        let done = match self.run_through(&works) {
            Ok(Outcome::Done) => sent.len(),
            Ok(Outcome::Partly(done)) => done,
            Ok(Outcome::ClaimedElsewhere) => {
                self.run.wire.tell(&Event::FinishedElsewhere {
                    step: &steps.remove(sent.start),
                });
                return Ok(0);
            }
            Err(error) => {
                if let Some(step) = steps.get_mut(sent.start) {
                    self.run.wire.confirm(step);
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
                self.run.wire.tell(&Event::Failed {
                    step: &step,
                    error: &error,
                });
                self.write_failure(&step, &error);
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
                self.run.wire.tell(&Event::Skipped {
                    step,
                    statement,
                    extension,
                });
            }
            if let Some(watch) = &mut self.run.wire.watch {
                watch.seen.did(step);
            }
            self.run.wire.confirm(step);
            self.run.wire.tell(&Event::Finished { step });
        }
        Ok(done)
    }

    /// Until they are done, on another connection where one is lost.
    fn run_through(&mut self, works: &[Work<'_>]) -> Result<Outcome> {
        self.is_resumed = works.iter().any(|work| work.step.is_resumed);
        let mut losses = 0;
        loop {
            match self.execute(works) {
                Ok(Outcome::ClaimedElsewhere) => return self.check_claimed(works),
                Err(error) if error.is_outcome_unknown() && losses < LOSSES => {
                    losses += 1;
                    if self.settle(works, error)? {
                        return Ok(Outcome::Done);
                    }
                }
                outcome => return outcome,
            }
        }
    }

    /// Reads on a new connection whether a transaction was done; `error` where we may not make
    /// a connection.
    fn settle(&mut self, works: &[Work<'_>], error: Error) -> Result<bool> {
        let wire = &mut self.run.wire;
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
        let settled = self.settle_within(works);
        (self.run.wire.ends, self.run.wire.lock_deadline) = (ends, patience);
        let was_done = settled?;
        if is_over && !was_done {
            return Err(error.given_up(self.is_resumed));
        }
        Ok(was_done)
    }

    fn settle_within(&mut self, works: &[Work<'_>]) -> Result<bool> {
        let Self { run, lock, .. } = self;
        let steps: Vec<&Step> = works.iter().map(|work| work.step).collect();
        let patience = run.wire.lock_deadline;
        let (Some(watch), Some(step)) = (run.wire.watching(), steps.first()) else {
            return Ok(false);
        };
        let client = watch.reconnect(patience)?;
        run.wire.pid = watch.backend.pid;
        lock.move_to(client);
        lock.take(&mut run.wire)?;
        let past = lock.history.read(lock.client, &mut run.wire, Use::Write)?;
        run.wire
            .compare(lock.client, &lock.history, &past, &steps)?;
        let was_done = run.is_done(&past, step);
        run.wire.tell(&Event::Reconnected { step, was_done });
        let row = step
            .version
            .and_then(|version| history::row(&past.rows, version));
        self.is_resumed = row.is_some_and(|row| !row.is_applied());
        Ok(was_done)
    }

    /// Another program did the step: good where the outcome is the one that was wanted.
    fn check_claimed(&mut self, works: &[Work<'_>]) -> Result<Outcome> {
        let past = self.read()?;
        match works {
            [work] if self.run.is_done(&past, work.step) => {
                if work.step.action != Action::RollBack {
                    self.run.validate_past(&past)?;
                }
                Ok(Outcome::ClaimedElsewhere)
            }
            works => Err(Error::moved(
                works.first().map_or("", |work| &work.step.label),
            )),
        }
    }
}
