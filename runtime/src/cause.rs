//! Why a message to the server, or Rust code, failed.

use crate::database_error::DatabaseError;
use crate::sqlstate;

/// What the caller's code and clients fail with.
pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What the server said, or else Rust code or the client.
#[derive(Debug)]
pub(crate) struct Cause {
    /// What Rust code said around the server's error, outermost first.
    pub(crate) around: Vec<String>,
    pub(crate) said: Option<DatabaseError>,
    /// As it came.
    pub(crate) error: BoxError,
}

impl Cause {
    /// Of something that the server had no part in.
    pub(crate) fn new(error: impl Into<BoxError>) -> Self {
        Self {
            around: Vec::new(),
            said: None,
            error: error.into(),
        }
    }

    pub(crate) fn is_canceled(&self) -> bool {
        self.code() == Some(sqlstate::QUERY_CANCELED)
    }

    pub(crate) fn code(&self) -> Option<&str> {
        self.said.as_ref().map(DatabaseError::code)
    }

    /// Whether the server sent it, or else the connection is to blame.
    pub(crate) fn is_answer(&self) -> bool {
        self.said.is_some()
    }
}
