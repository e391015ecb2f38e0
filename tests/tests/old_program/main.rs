//! Programs of the previous release and of this one over the same databases, as in a rolling
//! deploy, and after a return to the previous release. Whoever made the history, and whoever
//! upgraded it: everything works or is refused by name, nothing is lost, and nothing is done twice.

#![allow(
    clippy::unwrap_used,
    reason = "clippy knows only functions marked as tests, not their helpers"
)]

#[path = "../database/support.rs"]
#[allow(dead_code, reason = "the tests of behaviour use all of it")]
mod support;

mod act;
mod build;
mod release;

mod alternating;
mod contract;
mod interrupted;
mod refused;
mod together;

/// The directory that both releases embed.
mod all {
    pgstrata::embed_migrations!("tests/old_program/lists/all");
}

/// An older version of the service.
mod first {
    pgstrata::embed_migrations!("tests/old_program/lists/first");
}
