//! `backup`: what `pg_dump` writes of a database, read back before it counts.

mod tables;
mod before;
pub(crate) mod record;
mod dump;
mod prune;

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use postgres::Client;

use crate::connect::{Settings, connect_and_keep};
use crate::context::Context;
use crate::evidence::bytes;
use crate::failure::Failure;
use crate::fingerprint;
use crate::flags::{self, Scope};
use crate::lookout::look_out;
use crate::schema::Schema;
pub(crate) use before::before_up;
pub(crate) use dump::{is_sql, unzipped};
use record::Record;

/// Makes one, or removes old ones.
pub(crate) fn run(context: &Context, flags: &flags::Backup) -> Result<(), Failure> {
    let place = &flags.place;
    let (mut client, settings) = connect_and_keep(context)?;
    if flags.prune {
        return prune::run(context, flags, database(&settings));
    }
    let record = look_out(&mut client, &settings, |client| {
        let scope = flags.scope;
        let tables = match scope {
            Scope::Affected => tables::pending(client, context)?.tables,
            Scope::Schema => Vec::new(),
            Scope::Full => tables::all(client)?,
        };
        let (is_sql, limit, yes) = (flags.sql, place.backup_limit, flags.yes);
        let wanted = Wanted {
            scope,
            tables: &tables,
            is_sql,
            limit,
            yes,
        };
        make(client, &settings, context, &place.backup_dir, &wanted)
    })?;
    if flags.json {
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
    let schema = Schema::read_whole(client, &fingerprint::history(context))
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
