//! A step made ready to be sent, and how it may fail.

use postgres::error::{ErrorPosition, SqlState};

use crate::error::{Error, Kept, Kind, ScriptFailure, Stage, Undecided};
use crate::event::Blocker;
use crate::migration::{Script, Statement};
use crate::place::Place;
use crate::plan::Step;

/// A step with everything that will be sent for it.
pub(crate) struct Work<'w> {
    pub(crate) step: &'w Step,
    pub(crate) script: &'w Script<'w>,
    pub(crate) path: String,
    /// Raises where somebody else has the step.
    pub(crate) claim: String,
    /// Whether an earlier run has claimed it, outside a transaction, and stopped half-way.
    pub(crate) is_resumed: bool,
    /// Turns the claim into the record.
    pub(crate) record: String,
}

/// A message that failed.
pub(crate) struct Failure {
    pub(crate) stage: Stage,
    pub(crate) cause: postgres::Error,
}

impl Work<'_> {
    pub(crate) fn error(&self, failure: Failure, kept: Kept) -> Error {
        self.blocked(failure, kept, Vec::new())
    }

    pub(crate) fn blocked(&self, failure: Failure, kept: Kept, blockers: Vec<Blocker>) -> Error {
        let Failure { stage, cause } = failure;
        let statement = match stage {
            Stage::Statement(place) => self.script.statements.get(place.statement),
            _ => None,
        };
        let text = statement.map(|statement| self.script.text(statement)).unwrap_or_default();
        Error::new(Kind::Script(ScriptFailure {
            label: self.step.label.clone(),
            direction: self.step.direction,
            path: self.path.clone(),
            stage,
            statements: self.script.statements.len(),
            excerpt: text.lines().next().unwrap_or_default().to_owned(),
            kept,
            blockers,
            cause,
        }))
    }

    /// What a person has to decide before the statement can go on.
    pub(crate) fn undecided(&self, statement: &Statement, why: String, recipe: String) -> Error {
        let place = Place::start_of(self.script, statement);
        let text = self.script.text(statement);
        Error::new(Kind::Undecided(Undecided {
            label: self.step.label.clone(),
            direction: self.step.direction,
            path: self.path.clone(),
            place,
            statements: self.script.statements.len(),
            excerpt: text.lines().next().unwrap_or_default().to_owned(),
            why,
            recipe,
        }))
    }

    pub(crate) fn moved(&self) -> Error {
        Error::new(Kind::HistoryMoved { label: self.step.label.clone() })
    }

    pub(crate) fn outcome_unknown(&self, cause: postgres::Error) -> Error {
        let Step { label, direction, .. } = self.step;
        Error::new(Kind::OutcomeUnknown { label: label.clone(), direction: *direction, cause })
    }
}

impl Failure {
    /// Failures that go away when the same is tried again and that keep nothing.
    pub(crate) fn is_transient(&self) -> bool {
        let transient = [
            SqlState::LOCK_NOT_AVAILABLE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::T_R_SERIALIZATION_FAILURE,
        ];
        self.cause.code().is_some_and(|code| transient.contains(code))
    }
}

/// How many characters lie before the error in what was sent.
pub(crate) fn position(cause: &postgres::Error) -> Option<usize> {
    match cause.as_db_error()?.position()? {
        ErrorPosition::Original(position) => Some((*position as usize).saturating_sub(1)),
        // In text that a function made up; no place in the script.
        ErrorPosition::Internal { .. } => None,
    }
}
