//! The one error of the throw-away server.

use std::error::Error;
use std::fmt;

/// Why a throw-away server could not be started, used or removed.
///
/// It says what was being done, where, and what to do next; the cause is its
/// [`source`](Error::source).
#[derive(Debug)]
pub struct ClusterError {
    message: String,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl ClusterError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            cause: None,
        }
    }

    pub(super) fn caused_by(self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            cause: Some(cause.into()),
            ..self
        }
    }
}

impl fmt::Display for ClusterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for ClusterError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause
            .as_deref()
            .map(|cause| cause as &(dyn Error + 'static))
    }
}
