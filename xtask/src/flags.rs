//! The whole command line: each command and flag with the sentence that `--help` prints, and which command
//! takes it. Below, `flags/` has a file a group of commands.

mod author;
mod backup;
#[cfg(feature = "xtask")]
mod bench;
mod checks;
mod inventory;
mod policies;
mod run;
mod schema;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

use pgstrata::Migrations;

use crate::authoring::{graph, info, list, lock, new};
use crate::checking::{check, ci, rehearse, trace};
use crate::choice::Choice;
use crate::context::{Context, Database, Project, RunOptions};
use crate::failure::Failure;
use crate::moving::{baseline, import};
use crate::names::HistoryNames;
use crate::operating::{
    down, drift, fingerprint, plan, postflight, preflight, redo, repair, restore, status, up,
    verify,
};
use crate::own_backup::OwnBackup;
pub(crate) use author::{Import, Lock, New};
pub(crate) use backup::{Backup, BackupFolder, Restore};
#[cfg(feature = "xtask")]
pub(crate) use bench::Bench;
pub(crate) use checks::{Check, Ci, Rehearse, Trace};
pub(crate) use inventory::{Graph, Info, List, Status};
pub(crate) use policies::Policies;
pub(crate) use run::{Adopt, Down, Plan, Preflight, Redo, Up, Verify};
pub(crate) use schema::{Drift, Fingerprint, Postflight};

/// PostgreSQL schema migrations that are checked by the compiler.
#[derive(Debug, Parser)]
#[command(name = "cargo pgstrata", bin_name = "cargo pgstrata", version)]
pub(crate) struct Flags {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Where, and how to say it.
    #[command(flatten)]
    pub(crate) common: Common,
}

/// What every command understands.
#[derive(Args, Debug)]
pub(crate) struct Common {
    /// The migrations directory.
    #[arg(long, global = true, default_value = "migrations", value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// The database, as postgresql://user:password@host:port/name; else libpq's PGHOST,
    /// PGPORT, PGUSER, PGPASSWORD and PGDATABASE.
    #[arg(
        long,
        global = true,
        env = "DATABASE_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub(crate) database_url: Option<String>,
    /// Stop unless the database has this name: so that nobody mistakes production for another.
    #[arg(
        long,
        global = true,
        env = "PGSTRATA_EXPECT_DATABASE",
        value_name = "NAME"
    )]
    pub(crate) expect_database: Option<String>,
    /// The schema of the history table.
    #[arg(long, global = true, default_value = "public", value_name = "SCHEMA")]
    pub(crate) history_schema: String,
    /// The name of the history table.
    #[arg(
        long,
        global = true,
        default_value = "pgstrata_history",
        value_name = "TABLE"
    )]
    pub(crate) history_table: String,
    /// A role that may own the history's tables, beside your own roles, superusers and the owner of
    /// the database. May be given again.
    #[arg(long, global = true, value_name = "ROLE")]
    pub(crate) history_owner: Vec<String>,
    /// Seconds to wait for another migration run to end.
    #[arg(long, global = true, default_value_t = 60, value_name = "SECONDS")]
    pub(crate) lock_deadline: u64,
    /// Seconds for which a migration is retried after lock, deadlock and serialization failures.
    #[arg(long, global = true, default_value_t = 60, value_name = "SECONDS")]
    pub(crate) retry_deadline: u64,
    /// Where a run does not stop.
    #[command(flatten)]
    pub(crate) policies: Policies,
    /// Print errors and results only.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// No colours, also on a terminal; so does a variable `NO_COLOR` that is not empty.
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
}

impl Common {
    /// What commands work with, also what the program brings itself.
    pub(crate) fn context(
        self,
        embedded: Option<&'static Migrations<'static>>,
        own_backup: Option<OwnBackup>,
    ) -> Context {
        Context {
            project: Project {
                dir: self.dir,
                embedded,
            },
            database: Database {
                url: self.database_url,
                expected: self.expect_database,
            },
            history: HistoryNames {
                schema: self.history_schema,
                table: self.history_table,
                owners: self.history_owner,
            },
            run: RunOptions {
                lock_deadline: Duration::from_secs(self.lock_deadline),
                retry_deadline: Duration::from_secs(self.retry_deadline),
                policies: self.policies.into(),
            },
            own_backup,
            quiet: self.quiet,
        }
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The whole tour on a throw-away server: plan, up, status, down, up, history.
    #[cfg(feature = "xtask")]
    Demo,
    /// Write the next pair of migration files, and its open line in the lock file.
    New(New),
    /// Write the migrations of another tool as pairs, into a new directory.
    Import(Import),
    /// Check the directory without a database.
    Check(Check),
    /// Run every migration up, down and up again on a throw-away server, and compare all that
    /// the database holds.
    Rehearse(Rehearse),
    /// Measure on a throw-away server what each statement locks, reads, rewrites and logs.
    Trace(Trace),
    /// For a pull request: check that all is sealed, rehearse and trace what is new.
    Ci(Ci),
    /// Seal the migrations: from then on their files must not change.
    Lock(Lock),
    /// Show what `up` would run; changes nothing.
    Plan(Plan),
    /// Ask whether this is a good moment to run what is pending; changes nothing.
    Preflight(Preflight),
    /// Apply the pending migrations.
    Up(Up),
    /// Roll back, newest first.
    Down(Down),
    /// Roll back, newest first, and apply again as the files are now.
    Redo(Redo),
    /// Record everything up to a version as applied, without running it.
    Baseline(Adopt),
    /// Accept the changed files of one applied version.
    Repair(Adopt),
    /// Show what is applied and what is pending.
    Status(Status),
    /// List all migrations with what each does, needs and makes.
    List(List),
    /// Show which migration needs which.
    Graph(Graph),
    /// Show all about one migration.
    Info(Info),
    /// Run the verify scripts of all that is applied; changes nothing.
    Verify(Verify),
    /// Write what `pg_dump` says of the database into a file, and read it back; or remove old ones.
    Backup(Backup),
    /// Restore a backup into a new database, and compare it with what was kept.
    Restore(Restore),
    /// See whether the database is as a run should have left it; changes nothing.
    Postflight(Postflight),
    /// Print one number for the whole schema, the same for every copy of it.
    Fingerprint(Fingerprint),
    /// Show where the database is not what the migrations make; changes nothing.
    Drift(Drift),
    /// Measure pgstrata beside other tools.
    #[cfg(feature = "xtask")]
    Bench(Bench),
}

impl Command {
    /// Does it.
    pub(crate) fn run(self, context: &Context) -> Result<(), Failure> {
        let dir = &context.project.dir;
        match self {
            #[cfg(feature = "xtask")]
            Self::Demo => crate::demo::run(context),
            Self::New(flags) => new::run(dir, &flags.into()),
            Self::Import(flags) => import::run(dir, &flags.into()),
            Self::Check(flags) => check::run(dir, &flags.into(), context.quiet),
            Self::Rehearse(flags) => rehearse::run(context, &flags.into()),
            Self::Trace(flags) => trace::run(context, &flags.into()),
            Self::Ci(flags) => ci::run(context, &flags.into()),
            Self::Lock(flags) => lock::run(dir, &flags.into(), context.quiet),
            Self::Plan(flags) => plan::run(context, &flags.target.into(), flags.format),
            Self::Preflight(flags) => preflight::run(context, &flags.into()),
            Self::Up(flags) => up::run(context, &flags.into()),
            Self::Down(flags) => down::run(context, &flags.into()),
            Self::Redo(flags) => redo::run(context, &flags.into()),
            Self::Baseline(flags) => baseline::run(context, &flags.into()),
            Self::Repair(flags) => repair::run(context, &flags.into()),
            Self::Status(flags) => status::run(context, flags.json),
            Self::List(flags) => list::run(context, flags.format),
            Self::Graph(flags) => graph::run(context, flags.format),
            Self::Info(flags) => info::run(context, flags.version, flags.json),
            Self::Verify(flags) => verify::run(context, flags.format),
            Self::Fingerprint(flags) => fingerprint::run(context, &flags.into()),
            Self::Backup(flags) => crate::operating::backup::run(context, &flags.into()),
            Self::Restore(flags) => restore::run(context, &flags.into()),
            Self::Postflight(flags) => postflight::run(context, &flags.into()),
            Self::Drift(flags) => drift::run(context, &flags.into()),
            #[cfg(feature = "xtask")]
            Self::Bench(flags) => crate::bench::run(&flags.into()),
        }
    }
}

/// One of the values that there are.
fn one_of<T: Choice>() -> impl TypedValueParser<Value = T> {
    among(T::ALL)
}

/// One of these.
fn among<T: Choice>(values: &'static [T]) -> impl TypedValueParser<Value = T> {
    let shown = values
        .iter()
        .map(|value| PossibleValue::new(value.name()).help(value.help()));
    PossibleValuesParser::new(shown).try_map(|name| T::named(&name).ok_or("there is no such value"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever copies a workflow or follows the documents has commands that are accepted.
    #[test]
    fn the_commands_that_documents_show_are_accepted() {
        let files = [
            include_str!("../../docs/workflows/github.yml"),
            include_str!("../../docs/workflows/gitlab.yml"),
            include_str!("../../docs/ci.md"),
            include_str!("../../docs/import.md"),
            include_str!("../../docs/recipes.md"),
            include_str!("../../docs/preflight.md"),
            include_str!("../../docs/rehearse.md"),
            include_str!("../../docs/schema.md"),
        ];
        let mut count = 0;
        for line in files.iter().flat_map(|file| file.lines()) {
            let Some((_, command)) = line.split_once("cargo pgstrata ") else {
                continue;
            };
            // It ends with its code in a sentence, or before a comment; an expression of GitHub's is one word.
            let command = command.split(['`', '#']).next().unwrap_or_default();
            let command = command.replace("${{ ", "${{").replace(" }}", "}}");
            let words = ["cargo pgstrata"]
                .into_iter()
                .chain(command.split_whitespace());
            let parsed = Flags::try_parse_from(words);
            assert!(parsed.is_ok(), "{command}: {}", parsed.unwrap_err());
            count += 1;
        }
        assert!(count >= 3, "{count}");
    }
}
