//! Why a command ends with something else than 0.

use std::fmt;
use std::process::ExitCode;

use crate::colour::coloured;
use crate::words::said;

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// What to print, and the exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    /// A check found something; nothing was changed.
    pub(crate) fn check(message: impl fmt::Display) -> Self {
        Self {
            code: 1,
            message: said(message),
        }
    }

    /// A migration failed.
    pub(crate) fn migration(message: impl fmt::Display) -> Self {
        Self {
            code: 2,
            message: said(message),
        }
    }

    /// The database is not what it should be.
    pub(crate) fn unverified(message: impl fmt::Display) -> Self {
        Self {
            code: 3,
            message: said(message),
        }
    }

    /// A rollback failed.
    pub(crate) fn rollback(message: impl fmt::Display) -> Self {
        Self {
            code: 4,
            message: said(message),
        }
    }

    /// The command line, the environment, a file or the connection is at fault.
    pub(crate) fn configuration(message: impl fmt::Display) -> Self {
        Self {
            code: 5,
            message: said(message),
        }
    }

    /// The same, with what caused it.
    pub(crate) fn caused(error: &dyn std::error::Error) -> Self {
        Self::configuration(with_causes(error))
    }

    /// `status` has printed what there is to say.
    pub(crate) fn status(code: u8) -> Self {
        Self {
            code,
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

    /// Both, with the code that is higher.
    pub(crate) fn and_other(self, other: Result<(), Self>) -> Result<(), Self> {
        Err(match other {
            Ok(()) => self,
            Err(other) => Self {
                code: self.code.max(other.code),
                message: format!("{}\n{}", self.message, other.message),
            },
        })
    }

    /// Prints the message and ends the program.
    pub(crate) fn report(&self) -> ExitCode {
        if !self.message.is_empty() {
            eprintln_coloured!("{}", coloured(&format!("error: {}", self.message)));
        }
        ExitCode::from(self.code)
    }
}

/// An error with all that caused it, on one line.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    let texts = std::iter::once(error.to_string()).chain(causes.map(ToString::to_string));
    texts.collect::<Vec<_>>().join(": ")
}
