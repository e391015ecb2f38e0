//! The server's error codes that the runner acts on.
//! <https://www.postgresql.org/docs/current/errcodes-appendix.html>

pub(crate) const CHARACTER_NOT_IN_REPERTOIRE: &str = "22021";
pub(crate) const INVALID_TEXT_REPRESENTATION: &str = "22P02";
pub(crate) const UNIQUE_VIOLATION: &str = "23505";
pub(crate) const ACTIVE_SQL_TRANSACTION: &str = "25001";
pub(crate) const IN_FAILED_SQL_TRANSACTION: &str = "25P02";
pub(crate) const INVALID_SQL_STATEMENT_NAME: &str = "26000";
pub(crate) const INVALID_TRANSACTION_TERMINATION: &str = "2D000";
pub(crate) const INVALID_SCHEMA_NAME: &str = "3F000";
pub(crate) const SERIALIZATION_FAILURE: &str = "40001";
pub(crate) const DEADLOCK_DETECTED: &str = "40P01";
pub(crate) const INSUFFICIENT_PRIVILEGE: &str = "42501";
pub(crate) const UNDEFINED_OBJECT: &str = "42704";
pub(crate) const DUPLICATE_OBJECT: &str = "42710";
pub(crate) const UNDEFINED_TABLE: &str = "42P01";
pub(crate) const DUPLICATE_PREPARED_STATEMENT: &str = "42P05";
pub(crate) const DUPLICATE_TABLE: &str = "42P07";
pub(crate) const LOCK_NOT_AVAILABLE: &str = "55P03";
pub(crate) const QUERY_CANCELED: &str = "57014";
