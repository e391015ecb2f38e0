//! Why a command ends with something else than 0.

use std::error::Error;
use std::fmt;
use std::process::ExitCode;

use pgstrata::{Action, Direction};
use postgres::error::{DbError, SqlState};

use crate::catalog_session;
use crate::exit::Exit;
use crate::output::colour::coloured;
use crate::words::said;

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// What to print, and what the command ends with.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
}

impl Failure {
    /// A check found something; nothing was changed.
    pub(crate) fn check(message: impl fmt::Display) -> Self {
        Self {
            exit: Exit::Check,
            message: said(message),
        }
    }

    /// A migration failed.
    pub(crate) fn migration(message: impl fmt::Display) -> Self {
        Self {
            exit: Exit::Migration,
            message: said(message),
        }
    }

    /// The database is not what it should be.
    pub(crate) fn unverified(message: impl fmt::Display) -> Self {
        Self {
            exit: Exit::Unverified,
            message: said(message),
        }
    }

    /// A rollback failed.
    pub(crate) fn rollback(message: impl fmt::Display) -> Self {
        Self {
            exit: Exit::Rollback,
            message: said(message),
        }
    }

    /// The command line, the environment, a file or the connection is at fault.
    pub(crate) fn configuration(message: impl fmt::Display) -> Self {
        Self {
            exit: Exit::Configuration,
            message: said(message),
        }
    }

    /// The same, with what caused it.
    pub(crate) fn caused(error: &(dyn Error + 'static)) -> Self {
        Self::configuration(with_causes(error))
    }

    /// `status` has printed what there is to say.
    pub(crate) fn status(exit: Exit) -> Self {
        Self {
            exit,
            message: String::new(),
        }
    }

    /// What was being done to `path` when `error` came.
    pub(crate) fn file(doing: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::configuration(format!("cannot {doing} {}: {error}", path.display()))
    }

    /// The same, with one more line.
    pub(crate) fn and(self, line: impl fmt::Display) -> Self {
        Self {
            message: format!("{}\n  {line}", self.message),
            ..self
        }
    }

    /// Both, with the worse end.
    pub(crate) fn and_other(self, other: Result<(), Self>) -> Result<(), Self> {
        Err(match other {
            Ok(()) => self,
            Err(other) => Self {
                exit: self.exit.max(other.exit),
                message: format!("{}\n{}", self.message, other.message),
            },
        })
    }

    /// Prints the message and ends the program.
    pub(crate) fn report(&self) -> ExitCode {
        if !self.message.is_empty() {
            eprintln_coloured!("{}", coloured(&format!("error: {}", self.message)));
        }
        self.exit.into()
    }
}

/// Refused before anything ran, or failed on the way, or could not even begin.
pub(crate) fn of_run(error: &pgstrata::Error, direction: Direction) -> Failure {
    // A redo goes both ways.
    let failed = error.report().failed.as_ref().map(|step| step.action);
    let direction = match failed {
        Some(Action::Apply | Action::Repeat) => Direction::Up,
        _ => direction,
    };
    if error.is_refused() || error.is_lock_deadline() || error.is_overtaken() {
        Failure::check(error)
    } else if error.label().is_none() {
        Failure::configuration(error)
    } else {
        match direction {
            Direction::Up => Failure::migration(error),
            Direction::Down => Failure::rollback(error),
        }
    }
}

/// An error with all that caused it; what the server said in its own words.
pub(crate) fn with_causes(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |cause: &&(dyn Error + 'static)| {
        (*cause).source()
    });
    let text = |cause: &(dyn Error + 'static)| match cause.downcast_ref::<DbError>() {
        Some(said) => Some(of_server(said)),
        // The client only says that there is one.
        None if cause.source().is_some_and(<dyn Error>::is::<DbError>) => None,
        None => Some(cause.to_string()),
    };
    let mut all = causes.filter_map(text).collect::<Vec<_>>().join(": ");
    let is_of_encoding = error
        .downcast_ref()
        .is_some_and(catalog_session::is_of_encoding);
    if is_of_encoding && !all.contains("\n  hint: ") {
        all += ENCODING;
    }
    let said = error.downcast_ref().and_then(postgres::Error::code);
    if said == Some(&SqlState::QUERY_CANCELED) {
        all += CANCELLED;
    }
    all
}

/// A shorter limit of the session stays for what the commands ask.
const CANCELLED: &str = "\n  hint: the statement_timeout of this role or database ended it, or somebody cancelled it: \
     give the connection more time, as with options=-c%20statement_timeout%3D60s in its address";

/// Where no object is found that has it.
const ENCODING: &str = "\n  hint: a name or a text that was asked for, or asked with, is of another encoding \
     than this database or than UTF-8: write it again, or move the database to one made with ENCODING 'UTF8'";

/// With all that it said.
fn of_server(said: &DbError) -> String {
    let more = [("detail", said.detail()), ("hint", said.hint())];
    let more = more.map(|(name, text)| {
        let text = text.map(|text| text.replace('\n', "\n    "));
        text.map_or(String::new(), |text| format!("\n  {name}: {text}"))
    });
    let (severity, code) = (said.severity(), said.code().code());
    format!("{severity} {code}: {}{}", said.message(), more.concat())
}
