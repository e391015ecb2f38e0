//! What `up` keeps before it changes anything.

use pgstrata_compiler::settings::KeptBefore;
use postgres::Client;

use super::{BackupFolder, Scope, Wanted, make, tables};
use crate::connect::Settings;
use crate::context::Context;
use crate::failure::Failure;
use crate::own_backup::BackupRequest;
use crate::pending::Pending;

/// What to do where none can be made here.
const OTHERWISE: &str = "or keep one by other means and pass `--skip-backup`; a service's own program \
     may bring its own backup (docs/backup.md)";

/// Whether there is a backup to make.
pub(crate) fn is_wanted(kept: KeptBefore, context: &Context) -> bool {
    kept != KeptBefore::None || context.own_backup.is_some()
}

/// Backs up what the settings say, unless there is nothing to lose.
pub(crate) fn before_up(
    client: &mut Client,
    settings: &Settings,
    context: &Context,
    (kept, pending): (KeptBefore, &Pending<'_>),
    place: &BackupFolder,
) -> Result<(), Failure> {
    let say = |line: &str| {
        if !context.quiet {
            println!("{line}");
        }
    };
    let affected = tables::affected(client, pending)?;
    if let Some(own) = context.own_backup {
        let names: Vec<String> = affected
            .tables
            .iter()
            .map(|table| table.name.clone())
            .collect();
        let request = BackupRequest {
            config: &settings.config,
            tables: &names,
            is_incomplete: affected.is_incomplete,
        };
        return own(&request)
            .map_err(|why| Failure::check(format!("no backup, so nothing was changed: {why}")));
    }
    let (scope, tables) = match kept {
        KeptBefore::Schema => (Scope::Schema, Vec::new()),
        KeptBefore::Full => (Scope::Full, tables::all(client)?),
        KeptBefore::Affected | KeptBefore::None => (Scope::Affected, affected.tables),
    };
    if scope != Scope::Schema && tables.is_empty() {
        say("no backup: no table that has rows is changed");
        return Ok(());
    }
    if scope == Scope::Affected && affected.is_incomplete {
        say("note: some code cannot be foreseen, and may change tables that are not backed up");
    }
    let wanted = Wanted {
        scope,
        tables: &tables,
        is_sql: false,
        limit: place.backup_limit,
        yes: false,
    };
    let record = make(client, settings, context, &place.backup_dir, &wanted)
        .map_err(|failure| failure.and(OTHERWISE))?;
    say(&record.to_string());
    Ok(())
}
