//! Tables that a statement comes to by way of another: partitions, and the two ends of a
//! foreign key.

use crate::action::Kind;
use crate::catalog::{Catalog, Key};
use crate::cursor::{Cursor, Name};
use crate::tokens::Tokens;

/// What stands for rows under a name.
pub(super) const RELATIONS: [Kind; 3] = [Kind::Table, Kind::View, Kind::MaterializedView];

/// Whether this migration makes it.
pub(crate) fn is_born(catalog: &Catalog, name: &Name, version: u64) -> bool {
    let objects = RELATIONS
        .into_iter()
        .filter_map(|kind| catalog.object(&Key::whole(kind, name)));
    objects.into_iter().any(|object| object.born == version)
}

/// Whether the migrations make a table or view of this name.
pub(super) fn is_relation(catalog: &Catalog, name: &Name) -> bool {
    RELATIONS
        .into_iter()
        .any(|kind| catalog.object(&Key::whole(kind, name)).is_some())
}

/// All partitions, those of partitions too.
pub(super) fn partitions(catalog: &Catalog, table: &Name) -> Vec<Name> {
    let mut found: Vec<Name> = Vec::new();
    let mut open = vec![table.clone()];
    while let Some(table) = open.pop() {
        for (key, _) in catalog
            .belongings(&table)
            .filter(|(key, _)| key.kind == Kind::Table)
        {
            if !found.contains(&key.name) {
                open.push(key.name.clone());
                found.push(key.name.clone());
            }
        }
    }
    found
}

/// All tables that inherit from it, by way of others too.
pub(super) fn heirs(catalog: &Catalog, table: &Name) -> Vec<Name> {
    let mut found: Vec<Name> = Vec::new();
    let mut open = vec![table.clone()];
    while let Some(table) = open.pop() {
        for key in catalog.heirs(&table) {
            if !found.contains(&key.name) {
                open.push(key.name.clone());
                found.push(key.name.clone());
            }
        }
    }
    found
}

/// The table that a definition refers to by a foreign key.
pub(super) fn referenced(definition: &Tokens) -> Option<Name> {
    let mut cursor = Cursor::of(definition).finds(&["references"])?;
    cursor.advance();
    cursor.name()
}

/// Whether a foreign key to `table` is about this column of it; without a list of columns it
/// is about the primary key.
pub(super) fn refers_to(
    catalog: &Catalog,
    definition: &Tokens,
    table: &Name,
    column: &str,
) -> bool {
    if let Some(mut cursor) = Cursor::of(definition).finds(&["references"]) {
        cursor.advance();
        cursor.name();
        if let Some(listed) = cursor.parenthesised() {
            let mut listed = listed.into_iter();
            return listed.any(|mut it| it.identifier().is_some_and(|name| name == column));
        }
    }
    let is_key = |definition: &Tokens| Cursor::of(definition).sees(&["primary", "key"]);
    let own = catalog.object(&Key::part(Kind::Column, table, column));
    own.is_some_and(|own| {
        Cursor::of(&own.definition)
            .finds(&["primary", "key"])
            .is_some()
    }) || catalog
        .parts(Kind::Constraint, table)
        .any(|(_, it)| is_key(&it.definition) && it.definition.names(column))
}

/// Whether a foreign key lets the referenced row take this one with it.
pub(super) fn cascades(definition: &Tokens) -> bool {
    let actions: [&[&str]; 3] = [
        &["on", "delete", "cascade"],
        &["on", "delete", "set", "null"],
        &["on", "delete", "set", "default"],
    ];
    actions
        .iter()
        .any(|words| Cursor::of(definition).finds(words).is_some())
}

/// The definitions of a table's foreign keys.
pub(super) fn foreign_keys<'a>(catalog: &'a Catalog, table: &'a Name) -> Vec<&'a Tokens> {
    let parts = [Kind::Column, Kind::Constraint].into_iter();
    let parts = parts.flat_map(|kind| catalog.parts(kind, table));
    let definitions = parts.map(|(_, object)| &object.definition);
    definitions
        .filter(|definition| referenced(definition).is_some())
        .collect()
}

/// The foreign keys of other tables that refer to this one: table and definition.
pub(super) fn referencing<'a>(
    catalog: &'a Catalog,
    table: &'a Name,
) -> Vec<(&'a Name, &'a Tokens)> {
    let keys = catalog
        .foreign_keys_to(table)
        .filter(|key| key.name != *table);
    let found = keys.filter_map(|key| Some((&key.name, catalog.object(key)?)));
    found
        .map(|(name, object)| (name, &object.definition))
        .collect()
}
