//! The runner's own statements: with limits, and on a search path that nobody else can write to.
//!
//! A role that may create an operator, a cast or a function in a schema of the session's search
//! path would otherwise run code with the rights of whoever migrates. `row_security = off` turns a
//! query whose rows would be filtered into an error.
//! <https://www.postgresql.org/docs/current/ddl-rowsecurity.html>
//!
//! A simple query of several statements is one message and, outside a transaction, an implicit
//! transaction: what is set in it holds until its end. Inside a transaction of the caller the last
//! statement gives back what the first one found.

use std::time::Duration;

use crate::backend::Backend;
use crate::cause::Cause;
use crate::row::Rows;
use crate::server::{Server, Sets, Wanted, Watching};
use crate::sql;

/// Before each of our statements inside a migration's transaction.
pub(crate) const SAFE_PATH: &str = "SET LOCAL search_path = pg_catalog, pg_temp;\n";

/// What constraints have deferred until the COMMIT.
pub(crate) const DEFERRED: &str = "SET CONSTRAINTS ALL IMMEDIATE;\n";

/// First in a message that looks at the history's tables under a lock and writes to them: at another
/// level, which may be the role's default, it would see them as they were before it waited for the lock.
pub(crate) const READ_COMMITTED: &str = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED;\n";

/// How long a statement of ours may wait for a lock, and how long it may take.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) lock: Duration,
    pub(crate) statement: Duration,
}

/// For what only explains another error: not knowing must not delay it.
pub(crate) const BRIEF: Limits = Limits {
    lock: Duration::from_millis(200),
    statement: Duration::from_secs(1),
};

/// A statement of ours that waits this long for a lock is sent again: nobody should queue behind it
/// for long.
pub(crate) const OWN_LOCK_TIMEOUT: Duration = Duration::from_secs(1);

/// A statement of ours that takes so long is not going to end.
pub(crate) const OWN_STATEMENT_TIMEOUT: Duration = Duration::from_secs(60);

impl Limits {
    /// `template` with both filled in, in milliseconds.
    pub(crate) fn fill(self, template: &str) -> String {
        let [lock, statement] =
            [self.lock, self.statement].map(|limit| sql::milliseconds(limit).to_string());
        let values = [("lock_timeout", &*lock), ("statement_timeout", &*statement)];
        sql::fill(template, &values)
    }
}

const ALONE: &str = include_str!("sql/session/own_alone.sql");

/// How a message of ours keeps its settings from what comes after it.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Frame {
    /// It gives back what it found: a transaction may be open.
    GivesBack,
    /// No transaction is open, so the end of the message does. This costs the server less.
    Ends,
}

impl Frame {
    fn around(self, statements: &str, limits: Limits) -> String {
        match self {
            Self::GivesBack => {
                let enter = limits.fill(include_str!("sql/session/own_enter.sql"));
                let leave = include_str!("sql/session/own_leave.sql");
                format!("{enter};\n{statements};\n{leave}")
            }
            Self::Ends => limits.fill(ALONE) + statements,
        }
    }
}

/// Statements of ours as one message that leaves the session's settings as they are.
pub(crate) fn framed(statements: &str, limits: Limits) -> String {
    Frame::GivesBack.around(statements, limits)
}

/// The same where no transaction is open.
pub(crate) fn alone(statements: &str, limits: Limits) -> String {
    Frame::Ends.around(statements, limits)
}

/// A message of ours, and where in its answer that of our statements is.
pub(crate) struct Question {
    pub(crate) message: String,
    /// So many statements come before ours, and so many after them.
    around: [usize; 2],
}

impl Question {
    pub(crate) fn new(statements: &str, limits: Limits) -> Self {
        Self::after(&[], statements, limits, Frame::GivesBack)
    }

    /// The same, after statements that resolve names on the session's own search path; they must be
    /// such that nobody can capture anything in them. Where no transaction is open, nothing is seen at
    /// a snapshot that is older than a lock, whatever the session's usual isolation level.
    pub(crate) fn after(first: &[String], statements: &str, limits: Limits, frame: Frame) -> Self {
        let before: String = first.iter().flat_map(|it| [it, ";\n"]).collect();
        let (isolation, [enter, leave]) = match frame {
            Frame::GivesBack => ("", [1, 1]),
            Frame::Ends => (READ_COMMITTED, [1 + ALONE.matches(';').count(), 0]),
        };
        Self {
            message: [isolation, &before, &frame.around(statements, limits)].concat(),
            around: [first.len() + enter, leave],
        }
    }

    /// The rows of each of our statements.
    pub(crate) fn answer(&self, mut sets: Sets) -> Sets {
        let [before, behind] = self.around;
        sets.truncate(sets.len().saturating_sub(behind));
        sets.drain(..sets.len().min(before));
        sets
    }
}

/// Sends statements of ours in one round trip; the rows of each.
pub(crate) async fn ask(
    server: &mut dyn Server,
    statements: &str,
    limits: Limits,
) -> Result<Sets, Cause> {
    let question = Question::new(statements, limits);
    Ok(question.answer(rows(server, &question.message).await?))
}

/// The same of the connection that watches, which must not be waited for long.
pub(crate) async fn ask_watching(
    watching: &mut dyn Watching,
    statements: &str,
    limit: Duration,
) -> Option<Sets> {
    let question = Question::new(statements, BRIEF);
    let sets = watching.ask(&question.message, limit).await?;
    Some(question.answer(sets))
}

/// Sends a message of which nobody needs the rows.
pub(crate) async fn send(server: &mut dyn Server, message: &str) -> Result<(), Cause> {
    server.send(message, Wanted::Nothing).await.map(drop)
}

/// The rows of each statement of a message.
pub(crate) async fn rows(server: &mut dyn Server, message: &str) -> Result<Sets, Cause> {
    server.send(message, Wanted::Rows).await
}

/// Whether the connection is gone. An empty query has an answer also in a transaction that has
/// failed.
pub(crate) async fn is_lost(server: &mut dyn Server) -> bool {
    send(server, "").await.is_err()
}

/// The session, and the server it is on as far as this role may know.
pub(crate) async fn backend(server: &mut dyn Server) -> Result<Backend, Cause> {
    let limits = Limits {
        lock: OWN_LOCK_TIMEOUT,
        statement: OWN_STATEMENT_TIMEOUT,
    };
    let [full, short] = [
        include_str!("sql/session/backend.sql"),
        include_str!("sql/session/backend_only.sql"),
    ]
    .map(str::trim_end);
    let sets = match ask(server, full, limits).await {
        Err(cause) if cause.is_answer() => ask(server, short, limits).await?,
        full => full?,
    };
    let row = sets.first().and_then(Rows::first);
    Ok(row
        .and_then(|row| Backend::from_row(row).ok())
        .unwrap_or_default())
}
