//! `backup`: what `pg_dump` writes of a database, read back before it counts.

mod tables;
mod before;
pub(crate) mod record;
mod dump;
mod prune;

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use postgres::Client;

use crate::connect::lock_monitor::report_blockers;
use crate::connect::{Settings, connect_and_keep};
use crate::context::Context;
use crate::evidence::bytes;
use crate::failure::Failure;
use crate::schema::Schema;
use crate::schema::read;
pub(crate) use before::{before_up, is_wanted};
pub(crate) use dump::{is_sql, unzipped};
use record::Record;

choices! {
    /// What a backup holds.
    pub(crate) enum Scope {
        /// The schema, and the rows of the tables that pending statements change.
        Affected = "affected",
        /// The schema.
        Schema = "schema",
        /// Everything.
        Full = "full",
    }
}

/// Where backups are, and how large they may be.
#[derive(Debug)]
pub(crate) struct BackupFolder {
    /// The folder with the backups.
    pub(crate) backup_dir: PathBuf,
    /// Ask, or refuse where there is no terminal, when the tables to keep have more bytes.
    pub(crate) backup_limit: u64,
}

/// What may be asked of it.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each may be wanted or not")]
pub(crate) struct Options {
    /// Where.
    pub(crate) place: BackupFolder,
    /// What to keep.
    pub(crate) scope: Scope,
    /// Write SQL, compressed by gzip, instead of the custom format of `pg_dump`.
    pub(crate) sql: bool,
    /// Make none, but remove old ones of this database.
    pub(crate) prune: bool,
    /// Keep so many of the newest.
    pub(crate) keep: Option<usize>,
    /// Keep those that are not older.
    pub(crate) keep_days: Option<u32>,
    /// Do not ask.
    pub(crate) yes: bool,
    /// Print what is known of it as JSON.
    pub(crate) json: bool,
}

/// Makes one, or removes old ones.
pub(crate) fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    let place = &options.place;
    let (mut client, settings) = connect_and_keep(context)?;
    if options.prune {
        return prune::run(context, options, database(&settings));
    }
    let record = report_blockers(&mut client, &settings, |client| {
        let scope = options.scope;
        let tables = match scope {
            Scope::Affected => tables::pending(client, context)?.tables,
            Scope::Schema => Vec::new(),
            Scope::Full => tables::all(client)?,
        };
        let (is_sql, limit, yes) = (options.sql, place.backup_limit, options.yes);
        let wanted = Wanted {
            scope,
            tables: &tables,
            is_sql,
            limit,
            yes,
        };
        make(client, &settings, context, &place.backup_dir, &wanted)
    })?;
    if options.json {
        println!("{}", record.json());
    } else if !context.quiet {
        println!("{record}");
    }
    Ok(())
}

/// What is to be kept.
pub(crate) struct Wanted<'a> {
    pub(crate) scope: Scope,
    /// Those whose rows are.
    pub(crate) tables: &'a [tables::Table],
    pub(crate) is_sql: bool,
    pub(crate) limit: u64,
    pub(crate) yes: bool,
}

/// Writes it, reads it back, and only then gives it its name.
pub(crate) fn make(
    client: &mut Client,
    settings: &Settings,
    context: &Context,
    dir: &Path,
    wanted: &Wanted<'_>,
) -> Result<Record, Failure> {
    let size = wanted.tables.iter().map(|table| table.bytes).sum::<u64>();
    if size > wanted.limit {
        let size = bytes(i64::try_from(size).unwrap_or(i64::MAX));
        let limit = bytes(i64::try_from(wanted.limit).unwrap_or(i64::MAX));
        confirm(
            &format!("the tables to keep have {size}, more than {limit} (--backup-limit)"),
            "pass a higher --backup-limit, or --yes; or make a backup by other means and pass --skip-backup to `up`",
            wanted.yes,
        )?;
    }
    std::fs::create_dir_all(dir).map_err(|error| Failure::file("make", dir, &error))?;
    let free =
        rustix::fs::statvfs(dir).map_err(|error| Failure::file("look at", dir, &error.into()))?;
    let free = free.f_bavail.saturating_mul(free.f_frsize);
    if free < size {
        let [free, size] = [free, size].map(|it| bytes(i64::try_from(it).unwrap_or(i64::MAX)));
        return Err(Failure::check(format!(
            "{} has {free} free, and the tables to keep have {size}; nothing was changed\n  \
             make room, or name another folder with --backup-dir",
            dir.display()
        )));
    }
    let schema = Schema::read_whole(client, &read::history(context))
        .map_err(|error| Failure::caused(&error))?;
    dump::write(client, settings, dir, &schema, wanted)
}

/// The database's name.
pub(crate) fn database(settings: &Settings) -> &str {
    settings.config.get_dbname().unwrap_or_default()
}

/// Asks on a terminal; elsewhere it takes `--yes`.
pub(crate) fn confirm(what: &str, otherwise: &str, yes: bool) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::check(format!(
            "{what}; nothing was changed\n  {otherwise}"
        )));
    }
    print!("{what}. Go on? [y/N] ");
    let mut answer = String::new();
    let read = std::io::stdout()
        .flush()
        .and_then(|()| std::io::stdin().read_line(&mut answer));
    match read {
        Ok(_) if answer.trim().eq_ignore_ascii_case("y") => Ok(()),
        _ => Err(Failure::check("nothing was changed")),
    }
}
