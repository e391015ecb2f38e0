//! What the server says, whatever client brings it.

use std::fmt;

/// An error or a notice of the server.
///
/// Its fields are those of PostgreSQL's protocol:
/// <https://www.postgresql.org/docs/current/protocol-error-fields.html>
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DatabaseError(pub(crate) Box<Fields>);

/// As the protocol has them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Fields {
    pub(crate) severity: String,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) detail: Option<String>,
    pub(crate) hint: Option<String>,
    /// In characters, from 1, in what was sent.
    pub(crate) position: Option<u32>,
    pub(crate) context: Option<String>,
    pub(crate) schema: Option<String>,
    pub(crate) table: Option<String>,
    pub(crate) column: Option<String>,
    pub(crate) constraint: Option<String>,
    pub(crate) routine: Option<String>,
    /// Why a run knows that the statement was cancelled, whatever language the server speaks.
    pub(crate) cancelled: Option<Cancelled>,
}

/// What ended a statement, as far as a run knows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Cancelled {
    /// The run's deadline has passed.
    Deadline,
    /// It has taken as long as its limit.
    Limit,
    /// No limit of the run's.
    Others,
}

impl DatabaseError {
    /// `ERROR`, `FATAL`, `WARNING` or `NOTICE` and the like, in the server's language.
    pub fn severity(&self) -> &str {
        &self.0.severity
    }

    /// The SQLSTATE, five characters such as `55P03`:
    /// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// What happened, in one line.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// More about it; may hold data of the tables.
    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// What the server suggests.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// Where in the text that was sent, in characters, from 1.
    pub fn position(&self) -> Option<u32> {
        self.0.position
    }

    /// The functions and queries that led there.
    pub fn context(&self) -> Option<&str> {
        self.0.context.as_deref()
    }

    /// The schema of the object that it is about.
    pub fn schema(&self) -> Option<&str> {
        self.0.schema.as_deref()
    }

    /// The table that it is about.
    pub fn table(&self) -> Option<&str> {
        self.0.table.as_deref()
    }

    /// The column that it is about.
    pub fn column(&self) -> Option<&str> {
        self.0.column.as_deref()
    }

    /// The constraint that it is about.
    pub fn constraint(&self) -> Option<&str> {
        self.0.constraint.as_deref()
    }

    pub(crate) fn cancelled(&self) -> Option<Cancelled> {
        self.0.cancelled
    }

    /// The function of the server's source that said it.
    pub(crate) fn routine(&self) -> Option<&str> {
        self.0.routine.as_deref()
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fields {
            severity,
            code,
            message,
            ..
        } = &*self.0;
        write!(f, "{severity} {code}: {message}")
    }
}

impl std::error::Error for DatabaseError {}
