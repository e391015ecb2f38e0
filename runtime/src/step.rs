//! What a run is asked for, the steps it takes, and what it did.
//!
//! The file is long because the types of the public interface stand together with their words.

use std::fmt;
use std::time::Duration;

use crate::embedded::Mode;
use crate::messages;
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
    /// The path of the Rust function that runs after them.
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
    /// Statements that set again what others had set (rights, comments, owners) on objects of
    /// repeatables that were made again.
    pub lost: Vec<String>,
    /// Kinds and names of materialized views that a migration has dropped: a run does not build them
    /// again, since that may take hours.
    pub not_rebuilt: Vec<String>,
}

impl Goal {
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

impl Plan {
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
        let (labels, expand) = (labels.join(", "), &self.expand);
        f.write_str(&match self.waiting {
            Waiting::Expanded => messages::held_now(&labels, expand),
            Waiting::SameList => messages::held(&labels, expand),
            Waiting::Young(left) => {
                // No time at all would be no reason to wait.
                let minutes = left.as_millis().div_ceil(60_000).max(1);
                let time = format!("{}h {}m", minutes / 60, minutes % 60);
                messages::held_young(&labels, expand, &time)
            }
        })
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
            write!(f, "\n    {}", messages::skipped(*statement, extension))
        })?;
        if self.unconfirmed {
            write!(f, "\n    {}", messages::not_confirmed())?;
        }
        Ok(())
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::Up { "up" } else { "down" })
    }
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
        if !self.lost.is_empty() {
            let list = format!("\n    {};", self.lost.join(";\n    "));
            write!(f, "\n{}", messages::lost(&list))?;
        }
        self.not_rebuilt
            .iter()
            .try_for_each(|object| write!(f, "\n{}", messages::not_rebuilt(object)))?;
        self.held_back
            .iter()
            .try_for_each(|held_back| write!(f, "\n{held_back}"))
    }
}
