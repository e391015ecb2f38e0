//! The one error type: opaque, with public questions.

use std::fmt;

use crate::cause::Cause;
use crate::database_error::DatabaseError;
use crate::finding::Finding;
use crate::own;
use crate::place::Stage;
use crate::server::Server;
use crate::step::{Action, Report};

/// Why a run stopped.
///
/// [`Display`](fmt::Display) is meant for people: several lines that say what was being
/// done, where in which file, what the server said, what is kept, and what to do next.
/// [`Debug`](fmt::Debug) is the same text, so that `fn main() -> Result<(), pgstrata::Error>`
/// reads well.
///
/// [`source()`](std::error::Error::source) is what it came from, which the text quotes: a
/// [`DatabaseError`], an error of the client's, or what Rust code returned.
pub struct Error(pub(crate) Box<Inner>);

pub(crate) struct Inner {
    pub(crate) kind: ErrorKind,
    /// The migration that it is about, where there is one.
    label: Option<String>,
    /// The statement of its script that failed, from 1.
    statement: Option<usize>,
    /// What was being done, what happened, and what to do now.
    pub(crate) text: String,
    pub(crate) cause: Option<Cause>,
    pub(crate) findings: Vec<Finding>,
    /// What the run had finished before.
    report: Report,
}

/// What most functions here return.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// What a caller may want to tell apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ErrorKind {
    /// Found before the first write.
    Refused,
    Failed,
    /// The connection broke after something was sent.
    OutcomeUnknown,
    /// A crash left a statement outside a transaction of which only a person can tell how
    /// far it came; the text has the exact SQL.
    Interrupted,
    /// Another session kept the advisory lock.
    LockDeadline,
    /// Another program changed the history that the plan was made for.
    Moved,
    /// The history lacks some of what this run has done or seen.
    Lacking,
}

/// How many statements stay of a script that failed outside a transaction; inside one, nothing.
pub(crate) type Kept = Option<usize>;

impl Error {
    pub(crate) fn new(
        kind: ErrorKind,
        label: Option<&str>,
        text: String,
        cause: Option<Cause>,
    ) -> Self {
        let (label, findings, report) = (label.map(str::to_owned), Vec::new(), Report::default());
        let statement = None;
        Self(Box::new(Inner {
            kind,
            label,
            statement,
            text,
            cause,
            findings,
            report,
        }))
    }

    /// Whether one of the runner's own queries failed since the connection is gone.
    pub(crate) async fn is_lost(&self, server: &mut dyn Server) -> bool {
        matches!(self.0.kind, ErrorKind::Failed | ErrorKind::Moved) && own::is_lost(server).await
    }

    /// One text after the other.
    pub(crate) fn and(mut self, other: &Self) -> Self {
        self.0.text += &["\n", &*other.0.text].concat();
        self
    }

    pub(crate) fn after(mut self, report: Report) -> Self {
        let is_upward = report
            .failed
            .as_ref()
            .is_some_and(|step| step.action == Action::Apply);
        let was_back = report
            .steps
            .iter()
            .any(|step| step.action == Action::RollBack);
        if is_upward && was_back && self.0.report.failed.is_none() {
            self = self.on_the_way_up_again();
        }
        self.0.report = report;
        self
    }

    /// The same of a statement, where the script came so far.
    pub(crate) fn at(mut self, stage: Stage) -> Self {
        if let Stage::Statement(place) = stage {
            self.0.statement = Some(place.statement + 1);
        }
        self
    }

    pub(crate) fn statement(&self) -> Option<usize> {
        self.0.statement
    }

    /// What the run had finished before it failed; that stays.
    pub fn report(&self) -> &Report {
        &self.0.report
    }

    /// The migration's file name without direction and extension, where the error is about one.
    pub fn label(&self) -> Option<&str> {
        let first = || self.findings().first().map(|finding| &*finding.label);
        self.0.label.as_deref().or_else(first)
    }

    /// Everything that validation found; empty for other errors.
    pub fn findings(&self) -> &[Finding] {
        &self.0.findings
    }

    /// The server's error with its detail, hint and position in what was sent.
    pub fn database_error(&self) -> Option<&DatabaseError> {
        self.0.cause.as_ref()?.said.as_ref()
    }

    /// The server's error code, the SQLSTATE: five characters such as `55P03`.
    pub fn code(&self) -> Option<&str> {
        self.database_error().map(DatabaseError::code)
    }

    /// Whether the run was refused before anything was written.
    pub fn is_refused(&self) -> bool {
        self.0.kind == ErrorKind::Refused
    }

    /// Whether the connection broke so that nobody knows if the last step was committed.
    /// Connect again and run again: the next run reads the history.
    pub fn is_outcome_unknown(&self) -> bool {
        self.0.kind == ErrorKind::OutcomeUnknown
    }

    /// Whether a person has to decide about an interrupted statement: its text has
    /// the SQL for either decision.
    pub fn is_interrupted(&self) -> bool {
        self.0.kind == ErrorKind::Interrupted
    }

    /// Whether the advisory lock could not be had before the deadline.
    pub fn is_lock_deadline(&self) -> bool {
        self.0.kind == ErrorKind::LockDeadline
    }
}

impl Error {
    /// Whether another program changed the history, before this run had changed anything.
    #[doc(hidden)]
    pub fn is_overtaken(&self) -> bool {
        self.0.kind == ErrorKind::Moved
            && self.0.statement.is_none()
            && self.0.report.steps.is_empty()
    }
}

/// An error shows the last steps before it; the report has them all.
const SHOWN_STEPS: usize = 5;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)?;
        let steps = &self.report().steps;
        if steps
            .first()
            .is_none_or(|first| first.action == Action::Verify)
        {
            return Ok(());
        }
        f.write_str(match self.0.kind {
            ErrorKind::Lacking => "\n  done before:",
            _ => "\n  done before, and kept:",
        })?;
        if let Some(more) = steps
            .len()
            .checked_sub(SHOWN_STEPS)
            .filter(|more| *more > 0)
        {
            write!(f, " {more} steps, and then")?;
        }
        let mut shown = steps[steps.len().saturating_sub(SHOWN_STEPS)..].iter();
        shown.try_for_each(|step| write!(f, "\n    {step}"))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let cause = self.0.cause.as_ref()?;
        match &cause.said {
            Some(said) if cause.around.is_empty() => Some(said),
            _ => Some(&*cause.error),
        }
    }
}

/// What the connection said, not what one of our queries says of it.
impl From<Error> for Cause {
    fn from(error: Error) -> Self {
        let closed = || Self::new("the connection is closed");
        error.0.cause.unwrap_or_else(closed)
    }
}
