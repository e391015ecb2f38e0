//! Backups that a program makes itself, instead of `pg_dump`.

use postgres::Config;

/// What is about to be changed, for a program that makes its own backups.
#[derive(Debug)]
#[non_exhaustive]
pub struct BackupRequest<'a> {
    /// How to connect to the database.
    pub config: &'a Config,
    /// The tables with rows that pending statements change, with their schemas and quoted.
    pub tables: &'a [String],
    /// Whether there is code that nobody can foresee, so that there may be more.
    pub is_incomplete: bool,
}

/// Makes a backup, or says why it cannot: then nothing is migrated.
pub type OwnBackup = fn(&BackupRequest<'_>) -> Result<(), String>;
