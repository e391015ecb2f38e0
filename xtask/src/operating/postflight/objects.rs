//! Whether what the applied migrations make is there, and what is there besides.

use std::collections::BTreeSet;

use pgstrata::Status;
use pgstrata_compiler::action::ObjectKind;
use pgstrata_compiler::catalog::Key;
use pgstrata_compiler::cursor::{Cursor, Name};
use pgstrata_compiler::statement::Statement;
use pgstrata_compiler::{Compiled, expected};
use postgres::{Client, Error};

use super::history::is_applied;
use crate::catalog_session::CatalogSession;
use crate::context::Context;
use crate::evidence::{CheckFinding, Evidence, Severity};
use crate::schema::current_schema::Reach;

/// Kind, schema, name and part.
type Row = (String, String, String, String);

/// What is missing is an error.
pub(super) fn check(
    client: &mut Client,
    compiled: &Compiled,
    all: &[Status],
    reach: &Reach,
) -> Result<Vec<CheckFinding>, Error> {
    let Some(version) = newest(all) else {
        return Ok(Vec::new());
    };
    let mut existing: BTreeSet<Row> = BTreeSet::new();
    for row in CatalogSession::open(client)?.rows(include_str!("objects.sql"), &[])? {
        existing.insert((
            row.try_get(0)?,
            row.try_get(1)?,
            row.try_get(2)?,
            row.try_get(3)?,
        ));
    }
    let expected = expected::objects(
        &compiled.migrations,
        &compiled.settings.search_path,
        version,
    );
    let is_there = |key: &Key| {
        let places = match key.kind {
            // They lie in no schema.
            ObjectKind::Schema | ObjectKind::Extension => vec![key.name.clone()],
            // Where its table is, whose schema is not written before its own name.
            ObjectKind::Index => reach.places_of_an_index(&key.name),
            _ => vec![reach.place(&key.name)],
        };
        let kind = format!("{:?}", key.kind);
        places.into_iter().any(|Name { schema, name }| {
            existing.contains(&(kind.clone(), schema, name, key.part.clone()))
        })
    };
    let missing = expected.iter().filter(|key| !is_there(key));
    // Of a table that is gone nothing else is said.
    let tables: Vec<&Key> = missing
        .clone()
        .filter(|key| key.kind == ObjectKind::Table)
        .collect();
    let is_part =
        |key: &Key| !key.part.is_empty() && tables.iter().any(|table| table.name == key.name);
    let missing: Vec<Evidence> = missing
        .filter(|key| !is_part(key))
        .map(|key| Evidence::new().and("missing", key.shown()))
        .collect();
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    let message = format!(
        "made by migrations that are applied, and not there: {}",
        missing.len()
    );
    let advice =
        "`cargo pgstrata drift` shows the SQL that would make them, and what there is too much";
    Ok(vec![
        CheckFinding::new("objects", Severity::Error, message)
            .with(missing)
            .advise(advice),
    ])
}

/// Tables and views that no migration names, under whatever it may make them. They are no fault: a
/// database may have other users.
pub(super) fn besides(
    client: &mut Client,
    compiled: &Compiled,
    context: &Context,
    reach: &Reach,
) -> Result<Vec<CheckFinding>, Error> {
    let [history, events, failures] = context.history.tables();
    let rows = CatalogSession::open(client)?.rows(
        include_str!("extra.sql"),
        &[&history, &events, &failures, &reach.home.schema],
    )?;
    let scripts = compiled.migrations.iter().map(|migration| &migration.up);
    let scripts = scripts.chain(
        compiled
            .repeatables
            .iter()
            .map(|repeatable| &repeatable.script),
    );
    let (mut words, mut names) = (String::new(), BTreeSet::new());
    for script in scripts {
        names.extend(script.statements().flat_map(named));
        words += &script.text.to_lowercase();
    }
    let mut besides = Vec::new();
    for row in &rows {
        let (kind, shown, name): (String, String, String) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        // The second within texts, as of blocks.
        if !names.contains(&name) && !words.contains(&name.to_lowercase()) {
            besides.push(Evidence::new().and("besides", format!("{kind} {shown}")));
        }
    }
    if besides.is_empty() {
        return Ok(Vec::new());
    }
    let message = format!("there, and in no migration: {}", besides.len());
    let advice = "somebody made them by other means; `cargo pgstrata drift` shows all that is there too much";
    Ok(vec![
        CheckFinding::new("objects", Severity::Note, message)
            .with(besides)
            .advise(advice),
    ])
}

/// Every name of a statement, as the server folds it.
fn named(statement: Statement<'_>) -> Vec<String> {
    let (mut names, mut cursor) = (Vec::new(), Cursor::new(statement));
    while !cursor.is_at_end() {
        let mut name = cursor;
        names.extend(name.identifier());
        cursor.advance();
    }
    names
}

/// The last version before which all are applied.
fn newest(all: &[Status]) -> Option<u64> {
    let versioned = all.iter().filter(|status| status.version.is_some());
    let applied = versioned.take_while(|status| is_applied(status.state));
    applied.filter_map(|status| status.version).last()
}
