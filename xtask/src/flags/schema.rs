//! The flags of commands that look at the schema of a database.

use std::path::PathBuf;

use crate::operating::{drift, fingerprint, postflight};
use clap::Args;

/// `fingerprint`.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "a flag is there or not")]
pub(crate) struct Fingerprint {
    /// Only the one that is equal on servers of one major version.
    #[arg(long, conflicts_with = "portable")]
    pub(crate) exact: bool,
    /// Only the one that is equal on PostgreSQL 13 to 18; it does not see expressions.
    #[arg(long)]
    pub(crate) portable: bool,
    /// Print both as JSON.
    #[arg(long, conflicts_with_all = ["exact", "portable"])]
    pub(crate) json: bool,
    /// Also write the schema to schema.snapshot.json beside the migrations, so that
    /// `drift --against` needs no second server.
    #[arg(long)]
    pub(crate) write: bool,
    /// Write it to this file instead.
    #[arg(long, value_name = "FILE", requires = "write")]
    pub(crate) file: Option<PathBuf>,
}

impl From<Fingerprint> for fingerprint::Options {
    fn from(flags: Fingerprint) -> Self {
        Self {
            exact: flags.exact,
            portable: flags.portable,
            json: flags.json,
            write: flags.write,
            file: flags.file,
        }
    }
}

/// `drift`.
#[derive(Args, Debug)]
pub(crate) struct Drift {
    /// Compare with this file, which `fingerprint --write` has written, instead of a throw-away
    /// server on which the applied migrations run.
    #[arg(long, value_name = "FILE")]
    pub(crate) against: Option<PathBuf>,
    /// Say nothing of objects of these names, such as `'other.*'`; `*` stands for any
    /// letters.
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// Print the differences as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl From<Drift> for drift::Options {
    fn from(flags: Drift) -> Self {
        Self {
            against: flags.against,
            ignore: flags.ignore,
            json: flags.json,
        }
    }
}

/// `postflight`.
#[derive(Args, Debug)]
pub(crate) struct Postflight {
    /// Tell of migrations that took longer than this.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub(crate) slow: u64,
    /// Write the sizes of tables and indexes to this file, for a later `--baseline`.
    #[arg(long, value_name = "FILE")]
    pub(crate) write: Option<PathBuf>,
    /// Tell what has grown since this file was written.
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// One object, for programs.
    #[arg(long)]
    pub(crate) json: bool,
}

impl From<Postflight> for postflight::Options {
    fn from(flags: Postflight) -> Self {
        Self {
            slow: flags.slow,
            write: flags.write,
            baseline: flags.baseline,
            json: flags.json,
        }
    }
}
