//! What a command ends with: every exit code there is.

use std::process::ExitCode;

/// The higher of two is the worse.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub(crate) enum Exit {
    /// All is well, or there was nothing to do.
    Success = 0,
    /// A check found something; nothing was changed.
    Check = 1,
    /// A migration failed.
    Migration = 2,
    /// The database is not what it should be.
    Unverified = 3,
    /// A rollback failed.
    Rollback = 4,
    /// The command line, the environment, a file or the connection is at fault.
    Configuration = 5,
    /// Of `status`: something is pending.
    Pending = 6,
    /// Of `status`: something is not what it was when it was applied.
    Changed = 7,
    /// Of `status`: something is interrupted.
    Interrupted = 8,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// After a second signal, as a shell says that a signal ended a program.
pub(crate) fn by_signal(signal: i32) -> ! {
    std::process::exit(128 + signal)
}
