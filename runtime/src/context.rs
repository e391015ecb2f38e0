//! What a run works with: the list, the history, the options, the wire and the hooks.

use std::path::Path;
use std::time::Duration;

use crate::embedded::{Code, Migration, Migrations, Mode, Script};
use crate::error::{Error, Result};
use crate::finding::Finding;
use crate::history::{self, History, Past};
use crate::messages;
use crate::place::Stage;
use crate::plan;
use crate::prepared_step::{Part, PreparedStep};
use crate::step::{Action, Goal, Step};
use crate::stored::StoredDown;
use crate::up_to_date::list_digest;
use crate::wire::Wire;

/// Whether the caller has code before and after each step, which the client calls.
#[derive(Clone, Copy, Default)]
pub(crate) struct Hooks {
    pub(crate) before: bool,
    pub(crate) after: bool,
}

/// All that [`Migrator`](crate::Migrator) was told, and what a run learns.
pub(crate) struct Context<'a> {
    pub(crate) migrations: &'a Migrations<'a>,
    pub(crate) history: History,
    pub(crate) statement_timeout: Duration,
    pub(crate) retry_deadline: Duration,
    /// For how long a run may go on.
    pub(crate) deadline: Option<Duration>,
    pub(crate) is_single_transaction: bool,
    pub(crate) allows_contract: bool,
    pub(crate) denies_newer: bool,
    pub(crate) stored_down: StoredDown,
    /// The list's repeatables that the history has; a migration may drop something of them.
    pub(crate) repeated: Vec<&'a str>,
    /// Findings that the caller lives with.
    pub(crate) tolerated: Vec<fn(&Finding) -> bool>,
    pub(crate) wire: Wire<'a>,
    pub(crate) hooks: Hooks,
}

impl Hooks {
    /// The call of a hook, where there is one.
    pub(crate) fn part<'w>(self, work: &'w PreparedStep<'w>, stage: Stage) -> Option<Part<'w>> {
        let is_there = if matches!(stage, Stage::Before) {
            self.before
        } else {
            self.after
        };
        // For the others nothing runs but their record.
        let executed = [Action::Apply, Action::RollBack, Action::Repeat];
        let is_called = is_there && executed.contains(&work.step.action);
        is_called.then(|| Part::new(work, stage, None))
    }
}

impl<'a> Context<'a> {
    /// With the defaults.
    pub(crate) fn new(migrations: &'a Migrations<'a>) -> Self {
        let mut history = History::new("public", "pgstrata_history");
        let owners = migrations.history_owners.iter();
        history.trusted_owners = owners.map(|&role| role.to_owned()).collect();
        let stored_down = if migrations.trusts_stored_down {
            StoredDown::Trust
        } else {
            StoredDown::Refuse
        };
        Self {
            migrations,
            history,
            statement_timeout: Duration::ZERO,
            retry_deadline: Duration::from_secs(60),
            deadline: None,
            is_single_transaction: false,
            allows_contract: false,
            denies_newer: false,
            stored_down,
            repeated: Vec::new(),
            tolerated: Vec::new(),
            wire: Wire::new(),
            hooks: Hooks::default(),
        }
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
            Action::Baseline | Action::Repair | Action::Verify => Some(Script::EMPTY),
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
    pub(crate) fn work<'w>(
        &self,
        step: &'w Step,
        script: Script<'w>,
        back: &str,
    ) -> PreparedStep<'w>
    where
        'a: 'w,
    {
        let migration = self.migration(step);
        let Hooks { before, after } = self.hooks;
        let has_code = script.code.is_some() || before || after;
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
        PreparedStep {
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
            let message = messages::unknown_version(version, self.migrations.directory);
            Err(Error::said(message))
        })
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
