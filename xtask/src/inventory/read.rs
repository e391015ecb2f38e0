//! The list, read anew from its texts and replayed against a catalog.

use std::collections::{BTreeMap, BTreeSet};

use pgstrata::Migrations;
use pgstrata::embedded::Requirement;
use pgstrata_compiler::action::ObjectKind;
use pgstrata_compiler::catalog::{Catalog, Key};
use pgstrata_compiler::cursor::Cursor;
use pgstrata_compiler::file_name::Purpose;
use pgstrata_compiler::forecast::of_versions;
use pgstrata_compiler::grammar;
use pgstrata_compiler::locks::{self, Locks};
use pgstrata_compiler::migration::Migration;
use pgstrata_compiler::script::Script;
use pgstrata_compiler::statement::Statement;

use super::{Entry, header};

/// Kinds that stand for themselves and have a definition of their own.
const RELATIONS: [ObjectKind; 3] = [
    ObjectKind::Table,
    ObjectKind::View,
    ObjectKind::MaterializedView,
];
const NAMED: [ObjectKind; 4] = [
    ObjectKind::Type,
    ObjectKind::Domain,
    ObjectKind::Function,
    ObjectKind::Sequence,
];

pub(super) fn entries(migrations: &Migrations<'_>, search_path: &[String]) -> Vec<Entry> {
    // What is embedded has been read before, by the macro.
    let read = migrations.iter().filter_map(|migration| {
        let script = |purpose, file: &str, sql| {
            Script::read(&format!("{}.{file}.sql", migration.label), sql, purpose).ok()
        };
        Some(Migration {
            version: migration.version,
            label: migration.label.to_owned(),
            up: script(Purpose::Up, "up", migration.up.sql)?,
            down: script(Purpose::Down, "down", migration.down.sql)?,
            verify: None,
        })
    });
    let read: Vec<Migration> = read.collect();
    let mut forecasts = of_versions(&read, search_path, |_| true);
    let mut catalog = Catalog::on_path(search_path);
    let mut entries = Vec::new();
    for model in &read {
        let version = model.version;
        let (objects, uses) = replay(&mut catalog, model);
        let (description, directives) = header::read(&model.up.text);
        let requires = migrations.find(version).map_or(&[][..], |it| it.requires);
        let requires = requires.iter().filter_map(|required| match required {
            Requirement::Version(version) => Some(*version),
            _ => None,
        });
        entries.push(Entry {
            version,
            label: model.label.clone(),
            description,
            directives,
            requires: requires.collect(),
            uses: uses.into_iter().collect(),
            objects,
            seed_rows: model.up.statements().map(seed_rows).sum(),
            irreversible: model.down.irreversible.clone(),
            statements: statements(&model.up, &mut forecasts, version),
        });
    }
    entries
}

fn statements(
    up: &Script,
    forecasts: &mut BTreeMap<u64, Vec<Locks>>,
    version: u64,
) -> Vec<super::Statement> {
    let locks = forecasts.remove(&version).unwrap_or_default();
    let statements = up
        .boundaries()
        .zip(locks)
        .map(|((span, line, _), locks)| super::Statement {
            line,
            sql: span.of(&up.text).to_owned(),
            locks,
        });
    statements.collect()
}

/// What a migration makes, and the versions that made what it uses.
fn replay(catalog: &mut Catalog, model: &Migration) -> (Vec<Key>, BTreeSet<u64>) {
    let before = catalog.mark();
    let mut uses = BTreeSet::new();
    catalog.begin_file(model.version);
    for bare in model.up.statements() {
        let statement = bare.named_by(catalog);
        let action = grammar::read(statement);
        let locked = locks::of(statement, &action, catalog).tables;
        let relations = locked
            .iter()
            .flat_map(|lock| RELATIONS.map(|kind| Key::whole(kind, &lock.table)));
        uses.extend(
            relations
                .filter_map(|key| catalog.object(&key))
                .map(|object| object.born),
        );
        uses.extend(named(catalog, statement));
        catalog.apply(&action, bare, model.version);
    }
    uses.retain(|version| *version < model.version);
    let is_whole = |key: &Key| key.part.is_empty();
    let is_of_older = |key: &Key| {
        let owners = RELATIONS
            .into_iter()
            .chain(NAMED)
            .map(|kind| Key::whole(kind, &key.name));
        let mut owners = owners.filter_map(|owner| catalog.object(&owner));
        owners.any(|owner| owner.born < model.version)
    };
    let changes = catalog.changes_since(before).into_iter();
    let made = changes.filter(|(key, was)| {
        was.is_none()
            && catalog.object(key).is_some_and(|object| !object.is_hearsay)
            && (is_whole(key) || is_of_older(key))
    });
    let made: Vec<Key> = made.map(|(key, _)| key.clone()).collect();
    if model.up.code.is_some() {
        catalog.run_code(model.version);
    }
    catalog.forget_journal();
    (made, uses)
}

/// Types, functions and sequences are known by their names alone.
fn named(catalog: &Catalog, statement: Statement<'_>) -> BTreeSet<u64> {
    let mut cursor = Cursor::new(statement);
    let mut names = BTreeSet::new();
    while !cursor.is_at_end() {
        match cursor.identifier() {
            Some(name) => _ = names.insert(name),
            None => cursor.advance(),
        }
    }
    let objects = catalog
        .objects()
        .filter(|(key, _)| NAMED.contains(&key.kind));
    objects
        .filter(|(key, _)| names.contains(&key.name.name))
        .map(|(_, object)| object.born)
        .collect()
}

/// How many rows an `INSERT … VALUES` has.
fn seed_rows(statement: Statement<'_>) -> usize {
    let cursor = Cursor::new(statement);
    let (true, Some(mut values)) = (cursor.sees(&["insert", "into"]), cursor.finds(&["values"]))
    else {
        return 0;
    };
    values.advance();
    let mut rows = 0;
    while values.parenthesised().is_some() {
        rows += 1;
        if !values.eat_text(",") {
            break;
        }
    }
    rows
}
