//! The whole command line.
//!
//! The file is long because each command and flag stands here with the sentence that `--help` prints.

mod backup;
#[cfg(feature = "xtask")]
mod bench;
mod inventory;
mod options;
mod policies;
mod run;
mod schema;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

use pgstrata::Migrations;

use crate::choice::Choice;
use crate::context::{Context, Database, Project, RunOptions};
use crate::import::Tool;
use crate::names::HistoryNames;
use crate::new::template::Template;
use crate::own_backup::OwnBackup;
use crate::{check, rehearse, trace};
pub(crate) use backup::{Backup, Place, Restore};
#[cfg(feature = "xtask")]
pub(crate) use bench::Bench;
pub(crate) use inventory::{Graph, Info, List, Status};
pub(crate) use policies::Policies;
pub(crate) use run::{Adopt, Down, Plan, Preflight, Records, Redo, Target, Up, Verify};
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
    /// Measure on a throw-away server what each statement locks, reads, writes anew and logs.
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

/// `import`.
#[derive(Args, Debug)]
pub(crate) struct Import {
    /// Whose migrations they are.
    #[arg(value_parser = one_of::<Tool>(), value_name = "TOOL")]
    pub(crate) tool: Tool,
    /// Where they are; that directory stays as it is.
    #[arg(value_name = "FROM")]
    pub(crate) from: PathBuf,
}

/// `new`.
#[derive(Args, Debug)]
pub(crate) struct New {
    /// What the migration does, in a few words.
    pub(crate) name: String,
    /// Number it with the time, YYYYMMDDhhmmss in UTC; else with the next number.
    #[arg(long)]
    pub(crate) timestamp: bool,
    /// Write a script that runs again whenever it changes: views, functions.
    #[arg(long, conflicts_with_all = ["timestamp", "template"])]
    pub(crate) repeatable: bool,
    /// Begin with the SQL for it; replace what stands in braces.
    #[arg(long, value_parser = one_of::<Template>(), value_name = "T")]
    pub(crate) template: Option<Template>,
}

/// `check`.
#[derive(Args, Debug)]
pub(crate) struct Check {
    /// Also refuse migrations that are not sealed: for releases.
    #[arg(long)]
    pub(crate) sealed: bool,
    /// Also ask the parser of a throw-away PostgreSQL about each statement; runs none.
    #[arg(long)]
    pub(crate) exact: bool,
    /// The major versions to ask, such as 13,18; else the newest that is installed.
    #[arg(long, value_name = "MAJOR", value_delimiter = ',', requires = "exact")]
    pub(crate) postgres: Vec<u32>,
    /// How to say what was found: for people on standard error, for programs on standard
    /// output and nothing else there.
    #[arg(long, value_parser = one_of::<check::Format>(), default_value = "human", value_name = "FORMAT")]
    pub(crate) format: check::Format,
}

/// `rehearse`.
#[derive(Args, Debug)]
pub(crate) struct Rehearse {
    /// The first version to try; those before it are only applied.
    #[arg(long, value_name = "VERSION")]
    pub(crate) from: Option<u64>,
    /// Restore what `pg_dump` has written, as an archive or as SQL that `gzip` may have
    /// compressed, and try only what is pending there.
    #[arg(long, value_name = "FILE", conflicts_with = "from")]
    pub(crate) from_backup: Option<PathBuf>,
    /// Also run each up file twice, to see whether it can be run again without harm.
    #[arg(long)]
    pub(crate) twice: bool,
    /// Fill each new table with so many rows before the next migration: what that one or its way
    /// back loses of them is found, too.
    #[arg(long, value_name = "ROWS", default_value_t = 0)]
    pub(crate) rows: u32,
    /// Say which migrations take longer than this.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub(crate) slow: u64,
    /// Compare with how long each migration took the last time, as this file has it, and write
    /// there how long it took now.
    #[arg(long, value_name = "FILE")]
    pub(crate) timings: Option<PathBuf>,
    /// The major versions to rehearse on, such as 13,18; else the newest that is installed.
    #[arg(long, value_name = "MAJOR", value_delimiter = ',')]
    pub(crate) postgres: Vec<u32>,
    /// How to say what was found.
    #[arg(long, value_parser = one_of::<rehearse::Format>(), default_value = "human", value_name = "FORMAT")]
    pub(crate) format: rehearse::Format,
}

/// `trace`.
#[derive(Args, Debug)]
pub(crate) struct Trace {
    /// The first version to trace; those before it are only applied.
    #[arg(long, value_name = "VERSION")]
    pub(crate) from: Option<u64>,
    /// How many rows each new table is filled with before the next migration.
    #[arg(long, value_name = "ROWS", default_value_t = 1000)]
    pub(crate) rows: u32,
    /// The major versions to trace on, such as 13,18; else the newest that is installed.
    #[arg(long, value_name = "MAJOR", value_delimiter = ',')]
    pub(crate) postgres: Vec<u32>,
    /// How to say what was measured.
    #[arg(long, value_parser = one_of::<trace::Format>(), default_value = "human", value_name = "FORMAT")]
    pub(crate) format: trace::Format,
    /// Also write a page with pictures to this file: statements along their time, and a lane a
    /// table.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

/// `ci`.
#[derive(Args, Debug)]
pub(crate) struct Ci {
    /// The git revision that is built on, such as origin/main: what its lock holds is applied
    /// but not tried.
    #[arg(long, value_name = "REVISION")]
    pub(crate) base: Option<String>,
    /// Accept migrations that are not sealed yet.
    #[arg(long)]
    pub(crate) open: bool,
    /// Fill each new table with so many rows, see `rehearse`.
    #[arg(long, value_name = "ROWS", default_value_t = 3)]
    pub(crate) rows: u32,
    /// Say which migrations take longer than this.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub(crate) slow: u64,
    /// Compare with how long each migration took the last time, as this file has it, and write
    /// there how long it took now.
    #[arg(long, value_name = "FILE")]
    pub(crate) timings: Option<PathBuf>,
    /// The major versions to rehearse on, such as 13,18; else the newest that is installed.
    #[arg(long, value_name = "MAJOR", value_delimiter = ',')]
    pub(crate) postgres: Vec<u32>,
    /// Trace with so many rows in each new table, see `trace`; 0 leaves that out.
    #[arg(long, value_name = "ROWS", default_value_t = 1000)]
    pub(crate) trace_rows: u32,
    /// Write the pictures of the trace to this file, see `trace`.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Append the summary, as Markdown, to this file; else to `$GITHUB_STEP_SUMMARY`, if
    /// that is set.
    #[arg(long, value_name = "FILE", env = "GITHUB_STEP_SUMMARY")]
    pub(crate) summary: Option<PathBuf>,
    /// Write check and rehearsal to this file, as `junit` has it.
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
}

/// `lock`.
#[derive(Args, Debug)]
pub(crate) struct Lock {
    /// Seal this migration anew although its files changed; only for what was never released.
    #[arg(long, value_name = "VERSION", value_delimiter = ',', conflicts_with_all = ["rebase", "base_file"])]
    pub(crate) amend: Vec<u64>,
    /// Keep the lock of the git revision BASE, such as `main`, and number the open
    /// migrations that it does not have behind it.
    #[arg(long, value_name = "BASE", conflicts_with = "base_file")]
    pub(crate) rebase: Option<String>,
    /// The same, with the lock to keep in a file.
    #[arg(long = "base-lock", value_name = "FILE")]
    pub(crate) base_file: Option<PathBuf>,
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
