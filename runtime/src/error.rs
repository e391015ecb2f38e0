//! The one error type: opaque, with public questions.

use std::fmt;
use std::time::Duration;

use postgres::error::{DbError, SqlState};

use crate::event::Blocker;
use crate::place::Place;
use crate::plan::Action;
use crate::report::Report;
use crate::validate::Finding;

/// Why a run stopped.
///
/// [`Display`](fmt::Display) is meant for people: several lines that say what was being
/// done, where in which file, what the server said, what is kept, and what to do next.
/// [`Debug`](fmt::Debug) is the same text, so that `fn main() -> Result<(), pgstrata::Error>`
/// reads well. Since the text holds the server's message, `source()` is empty.
pub struct Error(Box<Inner>);

struct Inner {
    kind: Kind,
    /// What the run had finished before.
    report: Report,
}

pub(crate) enum Kind {
    /// Found before the first write.
    Refused(Vec<Finding>),
    /// A script failed and is described.
    Script(ScriptFailure),
    /// One of the runner's own queries failed.
    Database { doing: String, cause: postgres::Error },
    /// The connection broke after something was sent.
    OutcomeUnknown { label: String, action: Action, cause: postgres::Error },
    /// Somebody else kept the advisory lock.
    LockDeadline { history: String, waited: Duration, holder: Option<Blocker> },
    /// The advisory lock was not ours any more when it was to be released.
    LockLost { history: String },
    /// The history is not what the plan was made for.
    HistoryMoved { label: String },
    /// The migrator was asked for something impossible.
    Configuration(String),
}

pub(crate) struct ScriptFailure {
    pub(crate) label: String,
    pub(crate) action: Action,
    /// The file's path as far as the program knows it.
    pub(crate) path: String,
    pub(crate) stage: Stage,
    pub(crate) statements: usize,
    /// The first line of the statement that failed.
    pub(crate) excerpt: String,
    pub(crate) kept: Kept,
    pub(crate) blockers: Vec<Blocker>,
    pub(crate) why: Why,
}

pub(crate) enum Why {
    Server(postgres::Error),
    /// A crash left a statement outside a transaction of which only a person can tell how
    /// far it came; the recipe has the exact SQL.
    CutShort {
        why: String,
        recipe: String,
    },
}

/// How far a script had come.
#[derive(Clone, Copy)]
pub(crate) enum Stage {
    /// Before its first statement.
    Claim,
    Statement(Place),
    /// In the verify script.
    Verify(Option<Place>),
    /// Behind its last statement, or at a constraint deferred until then.
    Record,
    /// It travelled as one message and the server gave no position.
    Unknown,
}

/// What a failed script leaves behind.
#[derive(Clone, Copy)]
pub(crate) enum Kept {
    Nothing,
    /// So many statements of a script that runs outside a transaction.
    Statements(usize),
}

impl Error {
    pub(crate) fn new(kind: Kind) -> Self {
        Self(Box::new(Inner { kind, report: Report::default() }))
    }

    pub(crate) fn database(doing: impl Into<String>, cause: postgres::Error) -> Self {
        Self::new(Kind::Database { doing: doing.into(), cause })
    }

    pub(crate) fn configuration(message: String) -> Self {
        Self::new(Kind::Configuration(message))
    }

    pub(crate) fn moved(label: &str) -> Self {
        Self::new(Kind::HistoryMoved { label: label.to_owned() })
    }

    pub(crate) fn after(mut self, report: Report) -> Self {
        self.0.report = report;
        self
    }

    /// What the run had finished before it failed; that stays.
    pub fn report(&self) -> &Report {
        &self.0.report
    }

    /// The migration's file name without direction and extension, where the error is about one.
    pub fn label(&self) -> Option<&str> {
        match &self.0.kind {
            Kind::Script(ScriptFailure { label, .. })
            | Kind::OutcomeUnknown { label, .. }
            | Kind::HistoryMoved { label } => Some(label),
            Kind::Refused(findings) => findings.first().map(Finding::label),
            _ => None,
        }
    }

    /// Everything that validation found; empty for other errors.
    pub fn findings(&self) -> &[Finding] {
        match &self.0.kind {
            Kind::Refused(findings) => findings,
            _ => &[],
        }
    }

    /// The server's error with its detail, hint and position in what was sent.
    pub fn database_error(&self) -> Option<&DbError> {
        self.cause().and_then(postgres::Error::as_db_error)
    }

    /// The server's error code.
    pub fn code(&self) -> Option<&SqlState> {
        self.database_error().map(DbError::code)
    }

    /// Whether validation refused, before anything was written.
    pub fn is_refused(&self) -> bool {
        matches!(self.0.kind, Kind::Refused(_))
    }

    /// Whether the connection broke so that nobody knows if the last step was committed.
    /// Connect anew and run again: the next run reads the history.
    pub fn is_outcome_unknown(&self) -> bool {
        matches!(self.0.kind, Kind::OutcomeUnknown { .. })
    }

    /// Whether a person has to decide about a statement that a crash cut short: its text has
    /// the SQL for either decision.
    pub fn is_undecided(&self) -> bool {
        matches!(&self.0.kind, Kind::Script(failure) if matches!(failure.why, Why::CutShort { .. }))
    }

    /// Whether the advisory lock could not be had before the deadline.
    pub fn is_lock_deadline(&self) -> bool {
        matches!(self.0.kind, Kind::LockDeadline { .. })
    }

    pub(crate) fn kind(&self) -> &Kind {
        &self.0.kind
    }

    fn cause(&self) -> Option<&postgres::Error> {
        match &self.0.kind {
            Kind::Script(ScriptFailure { why: Why::Server(cause), .. })
            | Kind::Database { cause, .. }
            | Kind::OutcomeUnknown { cause, .. } => Some(cause),
            _ => None,
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}
