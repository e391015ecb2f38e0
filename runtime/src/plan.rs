//! What a run would do, as a pure function of the program's list and the history, and what it did.
//!
//! The file is long because the plan, its data and their words stand together.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use crate::advice;
use crate::history::{self, NOTHING, Past, Recorded};
use crate::migration::{Contract, Migration, Migrations, Mode, Phase, Repeatable, Script};
use crate::sql;

/// How far a run goes, and which way.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Goal {
    /// Applies everything that is pending.
    All,
    /// Applies what is pending up to and including this version.
    To(u64),
    /// Applies so many of the pending migrations, lowest first.
    Steps(usize),
    /// Applies this version alone, also where newer ones are applied: how a migration that was
    /// left out is put right.
    Only(u64),
    /// Rolls back so many migrations, newest first.
    Down(usize),
    /// Rolls back everything above this version, newest first.
    DownTo(u64),
    /// Rolls back so many migrations, newest first, and applies them again, as the program has
    /// them now.
    Redo(usize),
    /// Rolls back this version and everything above it, newest first, since what came later may
    /// build on it, and applies all of it again; nothing where the version is not applied.
    RedoFrom(u64),
    /// Runs the verify scripts of what is applied.
    Verify,
    /// Records everything up to and including this version as applied, without running it, in
    /// one transaction: for a database that was made by other means.
    Baseline(u64),
    /// Accepts the files of this applied version as they are now: their checksums, and their
    /// way back. A version that the program does not have is not accepted: its row holds the only
    /// way back.
    Repair(u64),
}

/// The steps a run would take, in order.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Plan {
    /// In the order they run; empty when there is nothing to do.
    pub steps: Vec<Step>,
    /// What has to wait for a later release.
    pub held_back: Option<HeldBack>,
}

/// A contract step that waits for the release after its expand step, and all after it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct HeldBack {
    /// The contract step first.
    pub steps: Vec<Step>,
    /// The label of its expand step.
    pub expand: String,
    pub(crate) waiting: Waiting,
}

/// Why a contract step waits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Waiting {
    /// The same run applies the expand step.
    Expanded,
    /// The same list has applied it.
    SameList,
    /// It has to be older, by so much.
    Young(Duration),
}

/// One migration or repeatable, and what is done with it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Step {
    /// What is done.
    pub action: Action,
    /// The migration's version; a repeatable has none.
    pub version: Option<u64>,
    /// The file name without direction and extension.
    pub label: String,
    /// Whether its statements share one transaction.
    pub mode: Mode,
    /// How many statements it has.
    pub statements: usize,
    /// The path of the Rust function that runs behind them.
    pub code: Option<String>,
    /// The text that a rollback takes from the history, if the program has no script of its own
    /// with the same checksum; see [`StoredDown`](crate::StoredDown).
    pub sql: Option<String>,
    /// The SHA-256 of that text, in hexadecimal digits.
    pub stored_sha256: Option<String>,
    /// Statements that are left out, counted from 1, each with its extension, which the server
    /// does not have.
    pub skipped: Vec<(usize, String)>,
    /// The application that is rolled back or replaced: one migration may be applied,
    /// rolled back and applied again, and only the application seen here is meant.
    pub(crate) attempt: i64,
    /// How long it took, retries included, where it is done. Of steps that share a
    /// transaction or a message, the last one carries the time of all, and the others zero.
    pub duration: Option<Duration>,
    /// Whether it was committed on this server only: no synchronous standby had confirmed it when the
    /// deadline passed.
    pub unconfirmed: bool,
    /// Whether an earlier run was interrupted, outside a transaction.
    pub(crate) is_resumed: bool,
    /// Whether an earlier run has claimed it for another script and run nothing of that.
    pub(crate) is_untouched: bool,
}

/// What a step does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// Runs a migration's up script.
    Apply,
    /// Runs the down script that was stored.
    RollBack,
    /// Runs a repeatable, which is new or has changed.
    Repeat,
    /// Records a migration as applied.
    Baseline,
    /// Accepts a migration's changed files.
    Repair,
    /// Runs a migration's verify script.
    Verify,
}

/// Up or down.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// Apply.
    Up,
    /// Roll back.
    Down,
}

impl Goal {
    /// The rows that it rolls back, newest first.
    pub(crate) fn undone(self, rows: &[Recorded]) -> Vec<&Recorded> {
        let newest = rows.iter().rev();
        match self {
            Self::Down(steps) | Self::Redo(steps) => newest.take(steps).collect(),
            Self::DownTo(version) => newest.take_while(|row| row.version > version).collect(),
            Self::RedoFrom(version) => newest.take_while(|row| row.version >= version).collect(),
            _ => Vec::new(),
        }
    }

    /// The version that the program has to know.
    pub(crate) fn named(self) -> Option<u64> {
        use Goal::{Baseline, DownTo, Only, RedoFrom, Repair, To};
        match self {
            DownTo(0) => None,
            To(it) | Only(it) | DownTo(it) | RedoFrom(it) | Baseline(it) | Repair(it) => Some(it),
            _ => None,
        }
    }
}

/// Down first, then up, then what is repeated.
pub(crate) fn plan(migrations: &Migrations<'_>, past: &Past, goal: Goal) -> Plan {
    let undone = goal.undone(&past.rows);
    let row = |version| history::row(&past.rows, version);
    let is_pending = |m: &Migration<'_>| row(m.version).is_none_or(|row| !row.is_applied());
    let is_wanted = |m: &Migration<'_>| match goal {
        Goal::All | Goal::Steps(_) => is_pending(m),
        Goal::To(version) | Goal::Baseline(version) => is_pending(m) && m.version <= version,
        Goal::Only(version) => is_pending(m) && m.version == version,
        Goal::Redo(_) | Goal::RedoFrom(_) => undone.iter().any(|row| row.version == m.version),
        Goal::Repair(version) => {
            m.version == version && row(version).is_some_and(|row| !row.differences(m).is_empty())
        }
        Goal::Verify => m.verify.is_some() && !is_pending(m),
        Goal::Down(_) | Goal::DownTo(_) => false,
    };
    let most = if let Goal::Steps(steps) = goal {
        steps
    } else {
        usize::MAX
    };
    let wanted = migrations.iter().filter(is_wanted).take(most);
    let action = match goal {
        Goal::Baseline(_) => Action::Baseline,
        Goal::Repair(_) => Action::Repair,
        Goal::Verify => Action::Verify,
        _ => Action::Apply,
    };
    let down = undone.iter().map(|row| {
        let own = row.way_back(migrations).ok().flatten();
        let own = own.map(|it| {
            (
                it.mode,
                it.packed.len(),
                it.code.map(|it| it.path.to_owned()),
            )
        });
        let stored = || (row.down_mode, row.down_statements, row.down_code.clone());
        let (mode, statements, code) = own.unwrap_or_else(stored);
        Step {
            mode,
            statements,
            code,
            ..Step::new(
                Action::RollBack,
                Some(row.version),
                // What the program calls it: whoever may write to the history may rename a row.
                migrations
                    .find(row.version)
                    .map_or(&row.label, |it| it.label),
                &NOTHING,
                Some(row),
            )
        }
    });
    let is_redo = matches!(goal, Goal::Redo(_) | Goal::RedoFrom(_));
    let up = wanted.map(|m| {
        // What is rolled back before is applied afresh.
        let row = row(m.version).filter(|_| !is_redo);
        let is_untouched = row.is_some_and(|row| match action {
            Action::Repair => row.is_untouched(),
            _ => row.is_replaced_by(&m),
        });
        let step = Step::new(action, Some(m.version), m.label, &m.up, row);
        Step {
            is_resumed: step.is_resumed && !is_untouched,
            is_untouched,
            ..step
        }
    });
    let mut steps: Vec<Step> = down.chain(up).collect();
    let is_upward = matches!(
        goal,
        Goal::All | Goal::To(_) | Goal::Steps(_) | Goal::Only(_)
    );
    let is_whole = migrations.iter().filter(is_pending).count() == steps.len();
    let is_newest = past
        .rows
        .last()
        .is_none_or(|row| Some(row.version) <= migrations.newest());
    if is_upward && is_whole && is_newest {
        steps.extend(repeats(migrations, past));
    }
    Plan {
        steps,
        held_back: None,
    }
}

impl Step {
    fn new(
        action: Action,
        version: Option<u64>,
        label: &str,
        script: &Script<'_>,
        row: Option<&Recorded>,
    ) -> Self {
        Self {
            action,
            version,
            label: label.to_owned(),
            mode: script.mode,
            statements: script.packed.len(),
            code: script
                .code
                .filter(|_| action == Action::Apply)
                .map(|code| code.path.to_owned()),
            sql: None,
            stored_sha256: None,
            skipped: Vec::new(),
            attempt: row.map_or(0, |row| row.attempt),
            duration: None,
            unconfirmed: false,
            is_resumed: row.is_some_and(|row| !row.is_applied()),
            is_untouched: false,
        }
    }
}

/// The repeatables that are new or have changed, in the order of the list.
fn repeats(migrations: &Migrations<'_>, past: &Past) -> impl Iterator<Item = Step> {
    migrations.repeatables.iter().filter_map(|repeatable| {
        let row = past
            .repeated
            .iter()
            .find(|row| row.label == repeatable.name);
        let Repeatable { name, script } = repeatable;
        let is_same = row.is_some_and(|row| row.is_applied() && row.was_applied_from(script));
        (!is_same).then(|| Step::new(Action::Repeat, None, name, script, row))
    })
}

impl Plan {
    /// Takes out the first contract step whose expand step this same list applies or has applied,
    /// or that is too young, and all after it: what it requires, or any expansion before it where
    /// it requires no version. What an earlier run began goes on.
    pub(crate) fn hold_back(&mut self, migrations: &Migrations<'_>, past: &Past) {
        let Contract::NextRelease { after } = migrations.contract else {
            return;
        };
        let is_applied = |step: &&Step| step.action == Action::Apply;
        let applied: BTreeSet<u64> = self
            .steps
            .iter()
            .filter(is_applied)
            .filter_map(|step| step.version)
            .collect();
        let why = |expand: Migration<'_>| {
            let expand_label = expand.label.to_owned();
            let row = history::row(&past.rows, expand.version);
            let cause = match row {
                _ if applied.contains(&expand.version) => Waiting::Expanded,
                Some(row) if row.is_by_this_list => Waiting::SameList,
                Some(row) if row.age < after => Waiting::Young(after.saturating_sub(row.age)),
                _ => return None,
            };
            Some((expand_label, cause))
        };
        let found = self.steps.iter().enumerate().find_map(|(index, step)| {
            let contract = migrations.find(step.version?)?;
            let may_wait = step.action == Action::Apply && !step.is_resumed;
            let is_contract = may_wait && contract.phase == Some(Phase::Contract);
            let mut expands = is_contract.then(|| migrations.expands(&contract))?;
            Some((index, expands.find_map(why)?))
        });
        if let Some((index, (expand, waiting))) = found {
            self.held_back = Some(HeldBack {
                steps: self.steps.split_off(index),
                expand,
                waiting,
            });
        }
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

impl Action {
    /// As an order, as a fact, and as what goes on.
    pub(crate) fn words(self) -> [&'static str; 3] {
        match self {
            Self::Apply => ["apply", "applied", "applying"],
            Self::RollBack => ["roll back", "rolled back", "rolling back"],
            Self::Repeat => ["repeat", "repeated", "repeating"],
            Self::Baseline => ["baseline", "baselined", "baselining"],
            Self::Repair => ["repair", "repaired", "repairing"],
            Self::Verify => ["verify", "verified", "verifying"],
        }
    }
}

/// One line a step; stored scripts that the program does not have are shown below theirs.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            f.write_str("nothing to do")?;
        }
        for (index, step) in self.steps.iter().enumerate() {
            let line_end = if index > 0 { "\n" } else { "" };
            write!(f, "{line_end}{step}")?;
            let shown = step.sql.as_deref().map(sql::visible);
            for line in shown.iter().flat_map(|sql| sql.split('\n')) {
                write!(f, "\n    {line}")?;
            }
            if let Some(sha256) = &step.stored_sha256 {
                write!(f, "\n    SHA-256 of this text from the history: {sha256}")?;
            }
        }
        self.held_back
            .iter()
            .try_for_each(|held_back| write!(f, "\n{held_back}"))
    }
}

impl fmt::Display for HeldBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels: Vec<&str> = self.steps.iter().map(|step| &*step.label).collect();
        let (name, minutes) = match self.waiting {
            Waiting::Expanded => ("held-now", 0),
            Waiting::SameList => ("held", 0),
            // No time at all would be no reason to wait.
            Waiting::Young(left) => ("held-young", left.as_millis().div_ceil(60_000).max(1)),
        };
        let time = format!("{}h {}m", minutes / 60, minutes % 60);
        let labels = labels.join(", ");
        let values = [
            ("labels", &*labels),
            ("expand", &*self.expand),
            ("time", &*time),
        ];
        f.write_str(&advice::sentence(name, &values))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            label, statements, ..
        } = self;
        let [to_do, done, _] = self.action.words();
        let plural = if *statements == 1 { "" } else { "s" };
        let apart = if self.mode == Mode::Transaction {
            ""
        } else {
            ", outside a transaction"
        };
        let code = self
            .code
            .as_ref()
            .map(|path| format!(", then {path}"))
            .unwrap_or_default();
        match self.duration {
            Some(Duration::ZERO) => write!(f, "{done} {label}")?,
            Some(duration) => write!(f, "{done} {label} in {duration:.1?}")?,
            None => write!(
                f,
                "{to_do} {label} ({statements} statement{plural}{code}{apart})"
            )?,
        }
        self.skipped.iter().try_for_each(|(statement, extension)| {
            let values = [
                ("statement", &*statement.to_string()),
                ("extension", extension),
            ];
            write!(f, "\n    {}", advice::sentence("skipped", &values))
        })?;
        if self.unconfirmed {
            write!(f, "\n    {}", advice::sentence("not-confirmed", &[]))?;
        }
        Ok(())
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::Up { "up" } else { "down" })
    }
}

/// The steps that a run finished, in order. An [`Error`](crate::Error) carries the
/// report of what was done before it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// In the order they ran.
    pub steps: Vec<Step>,
    /// The step that failed; nothing of it is in `steps`.
    pub failed: Option<Step>,
    /// Planned, but not run, since a step before failed.
    pub not_run: Vec<Step>,
    /// What has to wait for a later release.
    pub held_back: Option<HeldBack>,
}

impl Report {
    /// Whether there was nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

/// One line a step, another a statement that was left out, and a total.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() && self.held_back.is_none() {
            return f.write_str("nothing pending: the database is where it was asked to be");
        }
        if let (true, Some(held_back)) = (self.is_empty(), &self.held_back) {
            return write!(f, "nothing to do\n{held_back}");
        }
        self.steps
            .iter()
            .try_for_each(|step| writeln!(f, "{step}"))?;
        let total: Duration = self.steps.iter().filter_map(|step| step.duration).sum();
        let count = self.steps.len();
        let plural = if count == 1 { "" } else { "s" };
        write!(f, "{count} migration{plural} in {total:.1?}")?;
        self.held_back
            .iter()
            .try_for_each(|held_back| write!(f, "\n{held_back}"))
    }
}
