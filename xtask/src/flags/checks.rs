//! The flags of commands that try migrations without a database of their own.

use std::path::PathBuf;

use clap::Args;

use super::one_of;
use crate::checking::{check, ci, rehearse, trace};

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

impl From<Check> for check::Options {
    fn from(flags: Check) -> Self {
        Self {
            sealed: flags.sealed,
            exact: flags.exact,
            postgres: flags.postgres,
            format: flags.format,
        }
    }
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

impl From<Rehearse> for rehearse::Options {
    fn from(flags: Rehearse) -> Self {
        Self {
            from: flags.from,
            from_backup: flags.from_backup,
            twice: flags.twice,
            rows: flags.rows,
            slow: flags.slow,
            timings: flags.timings,
            postgres: flags.postgres,
            format: flags.format,
        }
    }
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

impl From<Trace> for trace::Options {
    fn from(flags: Trace) -> Self {
        Self {
            from: flags.from,
            rows: flags.rows,
            postgres: flags.postgres,
            format: flags.format,
            html: flags.html,
        }
    }
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

impl From<Ci> for ci::Options {
    fn from(flags: Ci) -> Self {
        Self {
            base: flags.base,
            open: flags.open,
            rows: flags.rows,
            slow: flags.slow,
            timings: flags.timings,
            postgres: flags.postgres,
            trace_rows: flags.trace_rows,
            html: flags.html,
            summary: flags.summary,
            junit: flags.junit,
        }
    }
}
