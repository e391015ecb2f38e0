//! The commands of `cargo pgstrata`, also as a library: a service's own xtask can offer
//! them over its own directory.
//!
//! [`main`] runs a whole command line, [`main_for`] one over the list that a program embeds.
//! [`cluster`] starts throw-away servers for tests.

mod words;
// Its macros hide those of the standard library in all that follows.
#[macro_use]
mod output;
#[macro_use]
mod choice;
mod exit;
mod catalog_session;
mod failure;
mod names;
mod own_backup;
mod context;
mod evidence;

mod workspace;
mod connect;
mod history_tables;
mod schema;
mod shadow;
mod pending;
mod journal;
mod runner;
mod inventory;

mod authoring;
mod checking;
mod operating;
mod moving;
#[cfg(feature = "xtask")]
mod demo;
#[cfg(feature = "xtask")]
mod bench;

mod flags;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use crate::exit::Exit;
use crate::failure::Failure;
use clap::{CommandFactory as _, FromArgMatches as _, Parser as _};
use flags::Flags;
use pgstrata::Migrations;

pub use connect::{ConnectionError, connection};
pub use inventory::Inventory;
pub use operating::status::status_json;
pub use own_backup::{BackupRequest, OwnBackup};
pub use pgstrata_testing::{TestDatabase, TestDatabaseError, cluster};
pub use schema::{Drift, DriftKind, History, Schema, UnreadableSnapshot, View};
pub use workspace::embed::{target, with_migrations};

/// Runs one command line, the program's name first; prints, and returns the exit code:
/// 0 success, 1 a check failed and nothing was changed, 2 a migration failed, 3 a verify script
/// or a rehearsal failed, or `postflight`, `drift` or `restore` found something, 4 a rollback
/// failed, 5 configuration or connection; of `status` 6 pending, 7 changed, 8 interrupted. A second
/// Ctrl-C ends the program with 130, a second SIGTERM with 143.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    match Flags::try_parse_from(arguments) {
        Ok(flags) => dispatch(flags, None, None),
        Err(error) => refused(&error),
    }
}

/// The same over the list that a program embeds: no file is needed where it runs, and migrations
/// with Rust code run. Of the commands there are those that ask a database or change it, and
/// `list`, `graph` and `info`; what works on files is refused by name.
///
/// ```no_run
/// mod schema {
///     # pub static MIGRATIONS: pgstrata::Migrations = pgstrata::Migrations::new("", &[], &[]);
///     // pgstrata::embed_migrations!("migrations");
/// }
///
/// fn main() -> std::process::ExitCode {
///     // shop-admin preflight; shop-admin up
///     pgstrata_tools::main_for(&schema::MIGRATIONS, std::env::args_os())
/// }
/// ```
///
/// If your program has the commands behind a subcommand, pass both as the first argument
/// (`shop-admin migrations`), then the rest. Messages then name commands that way.
pub fn main_for(
    migrations: &'static Migrations<'static>,
    arguments: impl IntoIterator<Item = OsString>,
) -> ExitCode {
    run(migrations, None, arguments)
}

/// The same, but `up` calls `backup` before it changes anything, instead of `pg_dump`: for those
/// who have backups of their own.
pub fn main_for_with_backup(
    migrations: &'static Migrations<'static>,
    backup: OwnBackup,
    arguments: impl IntoIterator<Item = OsString>,
) -> ExitCode {
    run(migrations, Some(backup), arguments)
}

fn run(
    migrations: &'static Migrations<'static>,
    backup: Option<OwnBackup>,
    arguments: impl IntoIterator<Item = OsString>,
) -> ExitCode {
    let mut arguments = arguments.into_iter().peekable();
    let name = arguments
        .peek()
        .map(|path| Path::new(path).file_name().unwrap_or(path));
    let name = name.map_or_else(
        || "migrations".into(),
        |name| name.to_string_lossy().into_owned(),
    );
    words::name_program(name.clone(), &WITHOUT_FILES);
    let mut known = Flags::command()
        .bin_name(name)
        .mut_arg("dir", |dir| dir.hide(true));
    let names: Vec<String> = known
        .get_subcommands()
        .map(|it| it.get_name().to_owned())
        .collect();
    for other in names
        .iter()
        .filter(|name| !WITHOUT_FILES.contains(&name.as_str()))
    {
        known = known.mut_subcommand(other, |it| it.hide(true));
    }
    let parsed = known.try_get_matches_from(arguments).and_then(|matches| {
        let command = matches.subcommand_name().unwrap_or_default();
        if !WITHOUT_FILES.contains(&command) {
            let message = format!(
                "`{command}` needs the migrations directory: run `cargo pgstrata {command}` where the files are\n"
            );
            return Err(clap::Error::raw(clap::error::ErrorKind::InvalidSubcommand, message));
        }
        Flags::from_arg_matches(&matches)
    });
    match parsed {
        Ok(flags) => dispatch(flags, Some(migrations), backup),
        Err(error) => refused(&error),
    }
}

/// The commands that need a list and a database only.
const WITHOUT_FILES: [&str; 17] = [
    "drift",
    "list",
    "graph",
    "info",
    "plan",
    "preflight",
    "backup",
    "restore",
    "up",
    "postflight",
    "down",
    "redo",
    "baseline",
    "repair",
    "status",
    "verify",
    "fingerprint",
];

fn refused(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    let exit = if error.use_stderr() {
        Exit::Configuration
    } else {
        Exit::Success
    };
    exit.into()
}

fn dispatch(
    Flags { command, common }: Flags,
    embedded: Option<&'static Migrations<'static>>,
    own_backup: Option<OwnBackup>,
) -> ExitCode {
    if common.no_color {
        anstream::ColorChoice::Never.write_global();
    }
    let context = common.context(embedded, own_backup);
    let result = command.run(&context);
    let written = output::finish().map_err(|error| {
        Failure::configuration(format!("not all of the output could be written: {error}"))
    });
    let result = match (result, written) {
        (Err(failure), written) => failure.and_other(written),
        (Ok(()), written) => written,
    };
    match result {
        Ok(()) => Exit::Success.into(),
        Err(failure) => failure.report(),
    }
}
