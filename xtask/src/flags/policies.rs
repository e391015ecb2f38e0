//! What a run does where others would stop, and where a pooler lies between.

use clap::Args;

use crate::context;

/// As the functions of the same names of `Migrator`.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct Policies {
    /// A transaction pooler lies between, such as `PgBouncer`: each transaction takes the lock, and files
    /// without a transaction are refused.
    #[arg(long, global = true)]
    pub(crate) behind_pooler: bool,
    /// Run although applied files have changed; what was applied stays as it is.
    #[arg(long, global = true)]
    pub(crate) allow_changed: bool,
    /// Run although files of applied migrations are missing.
    #[arg(long, global = true)]
    pub(crate) allow_missing: bool,
    /// Apply older migrations after newer ones.
    #[arg(long, global = true)]
    pub(crate) allow_out_of_order: bool,
    /// Roll back past what cannot be undone: its record goes, what it did stays.
    #[arg(long, global = true)]
    pub(crate) allow_irreversible: bool,
    /// Run a script though a view or the like seems to be in its way.
    #[arg(long, global = true)]
    pub(crate) allow_in_use: bool,
    /// Refuse a database that has migrations newer than all of these.
    #[arg(long, global = true)]
    pub(crate) deny_newer_database: bool,
}

impl From<Policies> for context::Policies {
    fn from(flags: Policies) -> Self {
        Self {
            behind_pooler: flags.behind_pooler,
            allow_changed: flags.allow_changed,
            allow_missing: flags.allow_missing,
            allow_out_of_order: flags.allow_out_of_order,
            allow_irreversible: flags.allow_irreversible,
            allow_in_use: flags.allow_in_use,
            deny_newer_database: flags.deny_newer_database,
        }
    }
}
