//! `restore`: a backup in a database of its own, compared with what was kept of it; only then may
//! it take the place of the other one.

mod load;
mod swap;

use std::collections::BTreeMap;
use std::path::PathBuf;

use postgres::Client;
use serde_json::{Value, json};

use crate::catalog_session::CatalogSession;
use crate::choice::Choice as _;
use crate::connect::{Settings, connect_and_keep};
use crate::context::Context;
use crate::failure::{Failure, with_causes};
use crate::names::identifier;
use crate::operating::backup::BackupFolder;
use crate::operating::backup::Scope;
use crate::operating::backup::confirm;
use crate::operating::backup::database;
use crate::operating::backup::record::{Record, latest};
use crate::schema::read;
use crate::schema::{Schema, View};

/// What programs read; documented in `docs/json.md`.
const FORMAT: &str = "pgstrata restore 1";

/// What may be asked of it.
#[derive(Debug)]
pub(crate) struct Options {
    /// The backup; else the latest one of this database.
    pub(crate) file: Option<PathBuf>,
    /// Where.
    pub(crate) place: BackupFolder,
    /// The name of the new database.
    pub(crate) into: Option<String>,
    /// Only the rows of this table.
    pub(crate) table: Option<String>,
    /// Then put it in the place of the database; ends all sessions there.
    pub(crate) swap: bool,
    /// Do not ask.
    pub(crate) yes: bool,
    /// Print what was restored as JSON.
    pub(crate) json: bool,
}

/// Restores, compares, and says how to go on.
pub(crate) fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    let (mut client, settings) = connect_and_keep(context)?;
    let file = file(options, &settings)?;
    let record = Record::read(&file)?;
    record.check(&file)?;
    if options.swap && (record.scope != Scope::Full || options.table.is_some()) {
        return Err(Failure::configuration(
            "--swap takes a whole backup: in this one most tables have no rows",
        ));
    }
    let table = options
        .table
        .as_deref()
        .map(|name| table(&record, name))
        .transpose()?;
    let name = options.into.clone().unwrap_or_else(|| {
        let stamp: String = record.at.chars().filter(char::is_ascii_digit).collect();
        format!("{}_restored_{stamp}", database(&settings))
    });
    create(&mut client, &name)?;
    let mut target = settings.clone();
    target.config.dbname(&name);
    load::load(&file, &target, &record, table)?;
    let quiet = context.quiet || options.json;
    compare(context, &target, &record, table, &name, quiet)?;
    let old = database(&settings);
    let say = |text: &str| {
        if !quiet {
            println!("{text}");
        }
    };
    let mut document = json!({
        "format": FORMAT,
        "file": record.file,
        "database": old,
        "restored": name,
        "scope": record.scope.name(),
        "table": table,
        "rows": kept(&record, table),
        "swapped": options.swap,
        "next": Value::Null,
    });
    if let Some(table) = table {
        let next = format!("pg_dump --data-only --table='{table}' {name} | psql {old}");
        say(&format!(
            "to take its rows over, look at them first:\n  {next}"
        ));
        document["next"] = next.into();
    } else if options.swap {
        confirm(
            &format!("ends all sessions of {old}, and puts {name} in its place"),
            "pass --yes to do this without being asked",
            options.yes,
        )?;
        drop(client);
        say(&swap::swap(&settings, old, &name)?);
    } else if record.scope == Scope::Full {
        let next = swap::sql(old, &name);
        say(&format!(
            "to put it in the place of {old}, with all programs stopped:\n{next}\n\
             or let `restore --swap --into {name}_again` do it; what ALTER DATABASE has set is not in a backup"
        ));
        document["next"] = next.into();
    }
    if options.json {
        println!("{document}");
    }
    Ok(())
}

/// The one that was named, or the latest one of this database.
fn file(options: &Options, settings: &Settings) -> Result<PathBuf, Failure> {
    let dir = &options.place.backup_dir;
    if let Some(file) = &options.file {
        return Ok(file.clone());
    }
    let pointer = latest(dir, database(settings));
    match std::fs::read_to_string(&pointer) {
        Ok(name) => Ok(dir.join(name.trim())),
        Err(error) => Err(Failure::file("read", &pointer, &error)
            .and("name a backup: `cargo pgstrata restore FILE`")),
    }
}

/// `customer` or `public.customer`, as the backup calls it.
fn table<'r>(record: &'r Record, name: &str) -> Result<&'r str, Failure> {
    let (schema, own) = name.split_once('.').unwrap_or(("public", name));
    let plain = |text: &str| text.trim_matches('"').to_owned();
    let found = record.rows.keys().find(|kept| {
        kept.split_once('.').is_some_and(|(in_schema, it)| {
            plain(in_schema) == plain(schema) && plain(it) == plain(own)
        })
    });
    found.map(String::as_str).ok_or_else(|| {
        Failure::configuration(format!("{} has no rows of a table {name}", record.file))
    })
}

/// An empty database like the one that we are connected to.
fn create(client: &mut Client, name: &str) -> Result<(), Failure> {
    let failed = |error: &postgres::Error| {
        let failure = Failure::configuration(format!(
            "making the database {name}: {}",
            with_causes(error)
        ));
        match error.code().map(postgres::error::SqlState::code) {
            Some("42P04") => failure.and("take another name with --into, or drop that one"),
            Some("42501") => {
                failure.and("it takes the right to make databases: ALTER ROLE … CREATEDB")
            }
            _ => failure,
        }
    };
    let row = CatalogSession::open(client)
        .and_then(|mut own| own.row(include_str!("restore/locale.sql"), &[]))
        .map_err(|error| failed(&error))?;
    let locale: String = row.try_get(0).map_err(|error| failed(&error))?;
    let sql = format!(
        "CREATE DATABASE {} TEMPLATE template0 {locale}",
        identifier(name)
    );
    client.batch_execute(&sql).map_err(|error| failed(&error))
}

/// How many rows each table has that was restored.
fn kept<'r>(record: &'r Record, table: Option<&str>) -> BTreeMap<&'r String, i64> {
    let is_wanted = |name: &String| table.is_none_or(|table| name == table);
    let rows = record.rows.iter().filter(|(name, _)| is_wanted(name));
    rows.map(|(name, rows)| (name, *rows)).collect()
}

/// The schema by its fingerprint, and the rows by their number.
fn compare(
    context: &Context,
    target: &Settings,
    record: &Record,
    table: Option<&str>,
    name: &str,
    quiet: bool,
) -> Result<(), Failure> {
    let failed = |error: postgres::Error| Failure::caused(&error);
    let mut client = target.config.connect(target.tls.clone()).map_err(failed)?;
    let mut wrong = Vec::new();
    // Of a part of the rows no foreign keys are made.
    let is_whole = table.is_none() && record.scope != Scope::Affected;
    if is_whole {
        let schema = Schema::read_whole(&mut client, &read::history(context)).map_err(failed)?;
        let is_same = if schema.major() == record.major {
            schema.fingerprint(View::Exact) == record.exact
        } else {
            schema.fingerprint(View::Portable) == record.portable
        };
        if !is_same {
            wrong.push("the schema has another fingerprint".to_owned());
        }
    }
    let kept = kept(record, table);
    for (table, rows) in &kept {
        let query = include_str!("backup/count.sql").replace("{table}", table);
        let found: i64 = CatalogSession::unlimited(&mut client)
            .and_then(|mut own| own.row(&*query, &[])?.try_get(0))
            .map_err(failed)?;
        if found != *rows {
            wrong.push(format!("{table} has {found} rows, and had {rows}"));
        }
    }
    if !wrong.is_empty() {
        return Err(Failure::unverified(format!(
            "{} is not what was kept in {}:\n  {}",
            name,
            record.file,
            wrong.join("\n  ")
        )));
    }
    if !quiet {
        let schema = if is_whole {
            "the schema is the same, and "
        } else {
            ""
        };
        println!(
            "restored {} into {name}: {schema}{} rows of {} tables are there",
            record.file,
            kept.values().sum::<i64>(),
            kept.len()
        );
        if record.scope == Scope::Affected && table.is_none() {
            println!("note: the other tables are empty, and foreign keys are left out");
        }
    }
    Ok(())
}
