//! What brings a project and a database from another tool.

pub(crate) mod import;
pub(crate) mod baseline;
