//! For tests: throw-away PostgreSQL servers ([`cluster`]), and a database with the migrations applied for
//! each test ([`TestDatabase`]).
//!
//! A dev-dependency of a service: it has what `pgstrata` has, and `tempfile`.

mod causes;
pub mod cluster;
mod test_database;

pub use test_database::{TestDatabase, TestDatabaseError};
