//! Random histories: directories, programs and faults that a seed decides, run until they come to
//! the newest list, and compared with a small reference model and with what psql makes of the
//! same files.
//!
//! `PGSTRATA_MODEL_SEED=n` runs one history and prints it, `PGSTRATA_MODEL_HISTORIES=n` says how
//! many, `PGSTRATA_MODEL_FIRST=n` where they begin, and `PGSTRATA_MODEL_WRITE=1` writes what came of it to `docs/proofs.md`.

#![allow(
    clippy::unwrap_used,
    reason = "clippy knows only functions marked as tests, not their helpers"
)]

#[path = "../database/support.rs"]
#[allow(dead_code, reason = "the tests of behaviour use all of it")]
mod support;

mod random;

mod change;
mod directory;
mod verb;

mod state;
mod walk;
mod predict;

mod proxy;
mod fault;
mod known;
mod history;

mod database;
mod server;
mod program;

mod perform;
mod reach;
mod ends;
mod person;
mod psql;
mod compare;
mod play;

mod mix;
mod proofs;
mod drive;
mod planted;

#[test]
fn child() {
    program::child();
}

#[test]
fn random_histories_keep_every_promise() {
    drive::all();
}

#[test]
fn planted_faults_are_found() {
    planted::all();
}
