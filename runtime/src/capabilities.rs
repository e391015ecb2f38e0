//! What a run can rely on, directly and behind a transaction pooler, as one value that is chosen once. A
//! server that keeps less, or more, is one value more. Queries lie in the folder of what they need.

/// Which lock keeps runs apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum LockKind {
    /// Of the session, held over the whole run.
    Session,
    /// Of the transaction; each takes it again.
    Transaction,
}

/// What a run can rely on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Capabilities {
    pub(crate) lock: LockKind,
    /// Whether the next transaction finds what this one has set and prepared, so that there can be
    /// statements outside of one.
    pub(crate) keeps_session: bool,
    /// Whether the connection has one backend, which another one can watch, cancel and end by its pid.
    pub(crate) keeps_backend: bool,
}

impl Capabilities {
    /// A connection to PostgreSQL.
    pub(crate) const DIRECT: Self = Self {
        lock: LockKind::Session,
        keeps_session: true,
        keeps_backend: true,
    };

    /// A transaction pooler in between, which gives each transaction another session.
    pub(crate) const POOLED: Self = Self {
        lock: LockKind::Transaction,
        keeps_session: false,
        keeps_backend: false,
    };
}
