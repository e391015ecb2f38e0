//! The commands of `cargo pgstrata`, also as a library: a service's own xtask can offer
//! them over its own directory.
//!
//! [`main`] runs a whole command line. [`cluster`] starts throw-away servers for tests.

mod flags;

mod colour;
mod picture;
mod failure;
mod workspace;
mod numbering;
mod renames;
mod embed;
mod connect;
mod progress;
mod snapshot;
mod schema;
mod inventory;

mod new;
mod check;
mod rehearse;
mod ci;
mod trace;
mod lock;
mod plan;
mod preflight;
mod up;
mod down;
mod redo;
mod baseline;
mod repair;
mod status;
mod list;
mod graph;
mod info;
mod verify;
mod fingerprint;
mod drift;
mod postflight;
mod demo;
mod bench;

pub mod cluster;
mod test_database;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;
use flags::{Command, Flags};

pub use embed::{target, with_migrations};
pub use inventory::Inventory;
pub use schema::{Drift, DriftKind, History, Schema, UnreadableSnapshot, View};
pub use status::status_json;
pub use test_database::{TestDatabase, TestDatabaseError};

/// Runs one command line, the program's name first; prints, and returns the exit code:
/// 0 success, 1 a check failed and nothing was changed, 2 a migration failed, 3 a verify script
/// or a rehearsal failed, 4 a rollback failed, 5 configuration or connection; of `status` 6
/// pending, 7 changed, 8 dirty.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let Flags { command, common } = match Flags::try_parse_from(arguments) {
        Ok(flags) => flags,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 5 } else { 0 });
        }
    };
    if common.no_color {
        anstream::ColorChoice::Never.write_global();
    }
    let dir = &common.dir;
    let result = match &command {
        Command::Demo => demo::run(&common),
        Command::New(flags) => new::run(dir, flags),
        Command::Check(flags) => check::run(dir, flags, common.quiet),
        Command::Rehearse(flags) => rehearse::run(&common, flags),
        Command::Trace(flags) => trace::run(&common, flags),
        Command::Ci(flags) => ci::run(&common, flags),
        Command::Lock(flags) => lock::run(dir, flags, common.quiet),
        Command::Plan(flags) => plan::run(&common, &flags.target, flags.format),
        Command::Preflight(flags) => preflight::run(&common, flags),
        Command::Up(flags) => up::run(&common, flags),
        Command::Down(flags) => down::run(&common, flags),
        Command::Redo(flags) => redo::run(&common, flags),
        Command::Baseline(flags) => baseline::run(&common, flags),
        Command::Repair(flags) => repair::run(&common, flags),
        Command::Status(flags) => status::run(&common, flags),
        Command::List(flags) => list::run(&common, flags),
        Command::Graph(flags) => graph::run(&common, flags),
        Command::Info(flags) => info::run(&common, flags),
        Command::Verify(flags) => verify::run(&common, flags.format),
        Command::Fingerprint(flags) => fingerprint::run(&common, flags),
        Command::Postflight(flags) => postflight::run(&common, flags),
        Command::Drift(flags) => drift::run(&common, flags),
        Command::Bench(flags) => bench::run(flags),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
