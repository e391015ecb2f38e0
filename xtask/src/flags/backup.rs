//! The flags of backups.

use std::path::PathBuf;

use clap::Args;

use super::one_of;
use crate::operating::{backup, restore};

/// Where backups are, and how large they may be.
#[derive(Args, Debug)]
pub(crate) struct BackupFolder {
    /// The folder with the backups.
    #[arg(
        long,
        value_name = "DIR",
        default_value = "backups",
        env = "PGSTRATA_BACKUP_DIR"
    )]
    pub(crate) backup_dir: PathBuf,
    /// Ask, or refuse where there is no terminal, when the tables to keep have more bytes.
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 30)]
    pub(crate) backup_limit: u64,
}

impl From<BackupFolder> for backup::BackupFolder {
    fn from(flags: BackupFolder) -> Self {
        Self {
            backup_dir: flags.backup_dir,
            backup_limit: flags.backup_limit,
        }
    }
}

/// `backup`.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct Backup {
    /// Where.
    #[command(flatten)]
    pub(crate) place: BackupFolder,
    /// What to keep.
    #[arg(long, value_parser = one_of::<backup::Scope>(), default_value = "full", value_name = "SCOPE")]
    pub(crate) scope: backup::Scope,
    /// Write SQL, compressed by gzip, instead of the custom format of `pg_dump`.
    #[arg(long)]
    pub(crate) sql: bool,
    /// Make none, but remove old ones of this database.
    #[arg(long)]
    pub(crate) prune: bool,
    /// Keep so many of the newest.
    #[arg(long, value_name = "N", requires = "prune")]
    pub(crate) keep: Option<usize>,
    /// Keep those that are not older.
    #[arg(long, value_name = "DAYS", requires = "prune")]
    pub(crate) keep_days: Option<u32>,
    /// Do not ask.
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Print what is known of it as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl From<Backup> for backup::Options {
    fn from(flags: Backup) -> Self {
        Self {
            place: flags.place.into(),
            scope: flags.scope,
            sql: flags.sql,
            prune: flags.prune,
            keep: flags.keep,
            keep_days: flags.keep_days,
            yes: flags.yes,
            json: flags.json,
        }
    }
}

/// `restore`.
#[derive(Args, Debug)]
pub(crate) struct Restore {
    /// The backup; else the latest one of this database.
    pub(crate) file: Option<PathBuf>,
    /// Where.
    #[command(flatten)]
    pub(crate) place: BackupFolder,
    /// The name of the new database.
    #[arg(long, value_name = "NAME")]
    pub(crate) into: Option<String>,
    /// Only the rows of this table.
    #[arg(long, value_name = "TABLE")]
    pub(crate) table: Option<String>,
    /// Then put it in the place of the database; ends all sessions there.
    #[arg(long)]
    pub(crate) swap: bool,
    /// Do not ask.
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Print what was restored as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl From<Restore> for restore::Options {
    fn from(flags: Restore) -> Self {
        Self {
            file: flags.file,
            place: flags.place.into(),
            into: flags.into,
            table: flags.table,
            swap: flags.swap,
            yes: flags.yes,
            json: flags.json,
        }
    }
}
