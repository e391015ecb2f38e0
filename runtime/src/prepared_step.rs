//! A step made ready to be sent, and how it may fail.

use std::borrow::Cow;

use crate::cause::Cause;
use crate::embedded::{Migration, Mode, Script};
use crate::place::{Stage, StatementPosition};
use crate::sqlstate;
use crate::step::{Action, Step};

/// A step with everything that will be sent for it.
pub(crate) struct PreparedStep<'w> {
    pub(crate) step: &'w Step,
    pub(crate) script: Script<'w>,
    /// What is sent for each of its statements.
    pub(crate) texts: Vec<Cow<'w, str>>,
    /// What must hold after the script, and its statements; it leaves nothing.
    pub(crate) verify: Option<(&'w Script<'w>, Vec<Cow<'w, str>>)>,
    pub(crate) path: String,
    /// Whether all of it is committed at once.
    pub(crate) mode: Mode,
    pub(crate) migration: Option<Migration<'w>>,
}

/// A part of what is sent for a transaction: what the runner itself says, some statements of a
/// script, or the call of Rust code.
pub(crate) struct Part<'w> {
    pub(crate) work: &'w PreparedStep<'w>,
    /// Where a failure in it is; of a script, [`Stage::Unknown`] is the migration's own.
    pub(crate) stage: Stage,
    /// Of code there are none.
    pub(crate) texts: Vec<Cow<'w, str>>,
    /// Which statement of its script the first text is.
    first: usize,
}

/// A message that failed.
pub(crate) struct Failure<'w> {
    pub(crate) work: &'w PreparedStep<'w>,
    pub(crate) stage: Stage,
    pub(crate) cause: Cause,
}

/// Raised by `same_transaction.sql`: Rust code has committed or rolled back what it should not.
pub(crate) const ENDED: &str = "PGSTX";

impl PreparedStep<'_> {
    /// Line and first line of a statement, for whoever reads the history later.
    pub(crate) fn excerpt(&self, statement: usize) -> Option<String> {
        let statement = self.script.statements().nth(statement)?;
        let text = self.script.text(statement).lines().next()?;
        Some(format!("line {}: {text}", statement.line))
    }
}

impl Failure<'_> {
    /// Failures that go away when the same is tried again and that keep nothing.
    pub(crate) fn is_transient(&self) -> bool {
        let transient = [
            sqlstate::LOCK_NOT_AVAILABLE,
            sqlstate::DEADLOCK_DETECTED,
            sqlstate::SERIALIZATION_FAILURE,
        ];
        self.code().is_some_and(|code| transient.contains(&code))
    }

    pub(crate) fn code(&self) -> Option<&str> {
        self.cause.code()
    }
}

impl<'w> Part<'w> {
    /// What the runner itself sends, or nothing of code.
    pub(crate) fn new(work: &'w PreparedStep<'w>, stage: Stage, text: Option<String>) -> Self {
        Self {
            work,
            stage,
            texts: text.into_iter().map(Cow::Owned).collect(),
            first: 0,
        }
    }

    /// Statements of a script, one after the other.
    pub(crate) fn script(
        work: &'w PreparedStep<'w>,
        stage: Stage,
        texts: &'w [Cow<'w, str>],
    ) -> Self {
        Self {
            work,
            stage,
            texts: texts.iter().map(|text| (&**text).into()).collect(),
            first: 0,
        }
    }

    /// One statement of the migration's own.
    pub(crate) fn one(work: &'w PreparedStep<'w>, statement: usize) -> Self {
        let texts = work.texts.get(statement..=statement).unwrap_or_default();
        Self {
            first: statement,
            ..Self::script(work, Stage::Unknown, texts)
        }
    }

    pub(crate) fn is_code(&self) -> bool {
        matches!(self.stage, Stage::Before | Stage::Code | Stage::After)
    }

    /// One of its texts failed, so many characters after its start.
    pub(crate) fn failed(
        &self,
        text: usize,
        behind: Option<usize>,
        cause: impl Into<Cause>,
    ) -> Failure<'w> {
        let place = StatementPosition {
            statement: self.first + text,
            behind: behind.unwrap_or_default(),
        };
        let stage = match self.stage {
            Stage::Unknown => Stage::Statement(place),
            Stage::Verify(_) => Stage::Verify(Some(place)),
            stage => stage,
        };
        Failure {
            work: self.work,
            stage,
            cause: cause.into(),
        }
    }
}

/// The isolation level is said, so that the role's own default does not leak in.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
const BETWEEN: &str = ";\n";

/// Puts a transaction around the parts, of which the first and the last are the runner's.
pub(crate) fn enclose(parts: &mut [Part<'_>]) {
    let end = if parts[0].work.step.action == Action::Verify {
        "ROLLBACK"
    } else {
        "COMMIT"
    };
    if let Some(first) = parts.first_mut().and_then(|part| part.texts.first_mut()) {
        *first = [BEGIN, first].join(BETWEEN).into();
    }
    if let Some(last) = parts.last_mut().and_then(|part| part.texts.last_mut()) {
        *last = [last, end].join(BETWEEN).into();
    }
}

/// The parts as one message.
pub(crate) fn joined(parts: &[Part<'_>]) -> String {
    let texts = parts
        .iter()
        .flat_map(|part| &part.texts)
        .map(|text| &**text);
    texts.collect::<Vec<_>>().join(BETWEEN)
}

/// Whose fault it is that they failed as one message: of the text in which the error lies. The server calls
/// the end of a statement what comes after it.
pub(crate) fn located<'w>(parts: &[Part<'w>], cause: Cause) -> Failure<'w> {
    let position = position(&cause);
    let mut start = 0;
    let mut found = None;
    for part in parts {
        for (index, text) in part.texts.iter().enumerate() {
            if let Some(behind) = position.and_then(|position| position.checked_sub(start)) {
                found = Some((part, index, behind));
            }
            start += text.chars().count() + BETWEEN.len();
        }
    }
    match (found, parts) {
        (Some((part, index, behind)), _) => part.failed(index, Some(behind), cause),
        (None, [part]) => part.failed(0, None, cause),
        _ => Failure {
            work: parts[0].work,
            stage: Stage::Unknown,
            cause,
        },
    }
}

/// How many characters lie before the error in what was sent.
pub(crate) fn position(cause: &Cause) -> Option<usize> {
    let position = cause.said.as_ref()?.position()?;
    Some((position as usize).saturating_sub(1))
}
