//! A step made ready to be sent, and how it may fail.

use postgres::error::{ErrorPosition, SqlState};

use crate::error::Stage;
use crate::migration::{Script, Statement};
use crate::place::Place;
use crate::plan::Step;

/// A step with everything that will be sent for it.
pub(crate) struct Work<'w> {
    pub(crate) step: &'w Step,
    /// As its file has it.
    pub(crate) source: &'w Script<'w>,
    /// As it is sent.
    pub(crate) script: &'w Script<'w>,
    /// What must hold behind the script; it leaves nothing.
    pub(crate) verify: Option<&'w Script<'w>>,
    pub(crate) path: String,
    /// Raises where somebody else has the step.
    pub(crate) claim: String,
    /// Turns the claim into the record.
    pub(crate) record: String,
}

/// A piece of what is sent for a transaction.
pub(crate) struct Part<'w> {
    pub(crate) work: &'w Work<'w>,
    /// Where a failure in it is; of a script, [`Stage::Unknown`] is the migration's own.
    pub(crate) stage: Stage,
    pub(crate) piece: Piece<'w>,
}

pub(crate) enum Piece<'w> {
    Runner(String),
    /// Some of a script's statements, one behind the other.
    Script(&'w Script<'w>, &'w [Statement]),
}

/// A message that failed.
pub(crate) struct Failure {
    pub(crate) stage: Stage,
    pub(crate) cause: postgres::Error,
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

impl<'w> Part<'w> {
    /// What the runner itself sends.
    pub(crate) fn new(work: &'w Work<'w>, stage: Stage, text: String) -> Self {
        Self { work, stage, piece: Piece::Runner(text) }
    }

    /// All of a script.
    pub(crate) fn script(work: &'w Work<'w>, stage: Stage, script: &'w Script<'w>) -> Self {
        Self { work, stage, piece: Piece::Script(script, script.statements) }
    }

    pub(crate) fn text(&self) -> String {
        match &self.piece {
            Piece::Runner(text) => text.clone(),
            Piece::Script(script, statements) => {
                let range =
                    start(statements)..statements.last().map_or(0, |last| last.end as usize);
                format!("{};\n", script.sql.get(range).unwrap_or_default())
            }
        }
    }
}

impl Stage {
    /// The same place in the script that this stage is about.
    pub(crate) fn at(self, stage: Self) -> Self {
        match (self, stage) {
            (Self::Verify(_), Self::Statement(place)) => Self::Verify(Some(place)),
            _ => stage,
        }
    }
}

/// Whose fault it is, so many characters behind the start of the message. The server calls
/// the end of a script what comes behind it.
pub(crate) fn locate<'w>(parts: &[Part<'w>], position: Option<usize>) -> (&'w Work<'w>, Stage) {
    let mut left = position;
    let stage = if let [part] = parts { part.stage } else { Stage::Unknown };
    let mut found = (parts[0].work, stage);
    for part in parts {
        let Some(characters) = left else { return found };
        let length = part.text().chars().count();
        match part.piece {
            Piece::Script(script, statements) => {
                let place = Place::behind(script, start(statements), characters);
                found = (part.work, part.stage.at(Stage::Statement(place)));
            }
            Piece::Runner(_) if matches!(part.stage, Stage::Claim) => {
                found = (part.work, Stage::Claim);
            }
            Piece::Runner(_) => {}
        }
        left = characters.checked_sub(length);
    }
    found
}

fn start(statements: &[Statement]) -> usize {
    statements.first().map_or(0, |first| first.start as usize)
}

/// How many characters lie before the error in what was sent.
pub(crate) fn position(cause: &postgres::Error) -> Option<usize> {
    match cause.as_db_error()?.position()? {
        ErrorPosition::Original(position) => Some((*position as usize).saturating_sub(1)),
        // In text that a function made up; no place in the script.
        ErrorPosition::Internal { .. } => None,
    }
}
