//! The flags of commands that run migrations, or ask what would come of it.

use std::path::PathBuf;

use clap::Args;

use super::BackupFolder;
use super::one_of;
use crate::journal;
use crate::operating::consent::Acceptance;
use crate::operating::{down, plan, preflight, redo, up};
use crate::pending::goal;

/// `plan`.
#[derive(Args, Debug)]
pub(crate) struct Plan {
    /// How far.
    #[command(flatten)]
    pub(crate) target: Target,
    /// How to write the plan.
    #[arg(long, value_parser = one_of::<plan::Format>(), default_value = "human", value_name = "FORMAT")]
    pub(crate) format: plan::Format,
}

/// How far up.
#[derive(Args, Debug)]
pub(crate) struct Target {
    /// Stop after this version.
    #[arg(long, value_name = "VERSION", conflicts_with_all = ["steps", "only"])]
    pub(crate) to: Option<u64>,
    /// Stop after so many migrations.
    #[arg(long, value_name = "N", conflicts_with = "only")]
    pub(crate) steps: Option<usize>,
    /// Apply this version alone, also where newer ones are applied.
    #[arg(long, value_name = "VERSION")]
    pub(crate) only: Option<u64>,
    /// Stop before the first migration of a later phase; `contract`, the last one, applies contract
    /// steps that would be held.
    #[arg(long, value_parser = one_of::<goal::Phase>(), value_name = "PHASE", conflicts_with_all = ["to", "steps", "only"])]
    pub(crate) phase: Option<goal::Phase>,
    /// Apply contract steps of the same list as their expand steps, which would be held.
    #[arg(long)]
    pub(crate) allow_contract: bool,
}

impl From<Target> for goal::Target {
    fn from(flags: Target) -> Self {
        Self {
            to: flags.to,
            steps: flags.steps,
            only: flags.only,
            phase: flags.phase,
            allow_contract: flags.allow_contract,
        }
    }
}

/// What is kept of a run.
#[derive(Args, Debug)]
pub(crate) struct Records {
    /// Append each event to this file: as JSON where its name ends with .json or .jsonl, else
    /// for people. May be given again.
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Vec<PathBuf>,
    /// Write a report of the run, with the time of each statement, to this file: .json, .md or
    /// .html. May be given again.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Vec<PathBuf>,
}

impl From<Records> for journal::Records {
    fn from(flags: Records) -> Self {
        Self {
            log: flags.log,
            report: flags.report,
        }
    }
}

/// `preflight`.
#[derive(Args, Debug)]
pub(crate) struct Preflight {
    /// How far the run will go.
    #[command(flatten)]
    pub(crate) target: Target,
    /// Where nothing is in the way, say so in this file, for `up --require-preflight`.
    #[arg(long, value_name = "FILE")]
    pub(crate) marker: Option<PathBuf>,
    /// Tell of transactions that are open for so many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0)]
    pub(crate) long_transaction: f64,
    /// How many bytes are free on the server's disk, where that cannot be seen from here.
    #[arg(long, value_name = "BYTES")]
    pub(crate) free_disk: Option<i64>,
    /// One object, for programs.
    #[arg(long)]
    pub(crate) json: bool,
    /// How many seconds to take everything for older: for tests, which do not wait.
    #[arg(long, hide = true, value_name = "SECONDS", default_value_t = 0.0)]
    pub(crate) clock_ahead: f64,
}

impl From<Preflight> for preflight::Options {
    fn from(flags: Preflight) -> Self {
        Self {
            target: flags.target.into(),
            marker: flags.marker,
            long_transaction: flags.long_transaction,
            free_disk: flags.free_disk,
            json: flags.json,
            clock_ahead: flags.clock_ahead,
        }
    }
}

/// `up`.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct Up {
    /// How far.
    #[command(flatten)]
    pub(crate) target: Target,
    /// Show the plan and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Send one message a statement instead of one a migration.
    #[arg(long)]
    pub(crate) per_statement: bool,
    /// All or nothing: do everything in one transaction.
    #[arg(long)]
    pub(crate) single_transaction: bool,
    /// Only where `preflight --marker FILE` was passed, of this plan on this database.
    #[arg(long, value_name = "FILE", env = "PGSTRATA_REQUIRE_PREFLIGHT")]
    pub(crate) require_preflight: Option<PathBuf>,
    /// How old that may be, such as 30min.
    #[arg(long, value_name = "TIME", default_value = "1h")]
    pub(crate) max_age: jiff::SignedDuration,
    /// Run without a valid preflight; the history records it.
    #[arg(long)]
    pub(crate) force: bool,
    /// Make no backup first, whatever the settings say.
    #[arg(long, env = "PGSTRATA_SKIP_BACKUP")]
    pub(crate) skip_backup: bool,
    /// Where backups are.
    #[command(flatten)]
    pub(crate) place: BackupFolder,
    /// What to keep.
    #[command(flatten)]
    pub(crate) records: Records,
}

impl From<Up> for up::Options {
    fn from(flags: Up) -> Self {
        Self {
            target: flags.target.into(),
            dry_run: flags.dry_run,
            per_statement: flags.per_statement,
            single_transaction: flags.single_transaction,
            require_preflight: flags.require_preflight,
            max_age: flags.max_age,
            force: flags.force,
            skip_backup: flags.skip_backup,
            place: flags.place.into(),
            records: flags.records.into(),
        }
    }
}

/// `verify`.
#[derive(Args, Debug)]
pub(crate) struct Verify {
    /// How to say what came of each script.
    #[arg(long, value_parser = one_of::<plan::Format>(), default_value = "human", value_name = "FORMAT")]
    pub(crate) format: plan::Format,
}

/// `down`.
#[derive(Args, Debug)]
pub(crate) struct Down {
    /// How many migrations.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) steps: usize,
    /// Everything above this version instead; 0 is everything.
    #[arg(long, value_name = "VERSION", conflicts_with = "steps")]
    pub(crate) to: Option<u64>,
    /// Do not ask.
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Accept the text from the history that has this SHA-256, which the plan shows. May be given
    /// again.
    #[arg(long = "stored-down", value_name = "SHA256")]
    pub(crate) accepted: Vec<String>,
    /// What to keep.
    #[command(flatten)]
    pub(crate) records: Records,
}

impl From<Down> for down::Options {
    fn from(flags: Down) -> Self {
        Self {
            steps: flags.steps,
            to: flags.to,
            yes: flags.yes,
            accepted: flags.accepted,
            records: flags.records.into(),
        }
    }
}

/// `redo`.
#[derive(Args, Debug)]
pub(crate) struct Redo {
    /// How many migrations.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) steps: usize,
    /// This version and everything above it, which may build on it.
    #[arg(long, value_name = "VERSION", conflicts_with = "steps")]
    pub(crate) from: Option<u64>,
    /// Do not ask.
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Accept the text from the history that has this SHA-256, which the plan shows. May be given
    /// again.
    #[arg(long = "stored-down", value_name = "SHA256")]
    pub(crate) accepted: Vec<String>,
    /// What to keep.
    #[command(flatten)]
    pub(crate) records: Records,
}

impl From<Redo> for redo::Options {
    fn from(flags: Redo) -> Self {
        Self {
            steps: flags.steps,
            from: flags.from,
            yes: flags.yes,
            accepted: flags.accepted,
            records: flags.records.into(),
        }
    }
}

/// `baseline` and `repair`.
#[derive(Args, Debug)]
pub(crate) struct Adopt {
    /// The version.
    pub(crate) version: u64,
    /// Why; kept with the history's events.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// Do not ask.
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// What to keep.
    #[command(flatten)]
    pub(crate) records: Records,
}

impl From<Adopt> for Acceptance {
    fn from(flags: Adopt) -> Self {
        Self {
            version: flags.version,
            reason: flags.reason,
            yes: flags.yes,
            records: flags.records.into(),
        }
    }
}
