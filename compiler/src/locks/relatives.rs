//! Tables that a statement comes to by way of another: partitions, and the two ends of a
//! foreign key.

use crate::action::{Constraint, ObjectKind, Shape};
use crate::catalog::{Catalog, Key, Object};
use crate::cursor::{Cursor, Name};
use crate::tokens::Tokens;

/// What stands for rows under a name.
pub(super) const RELATIONS: [ObjectKind; 3] = [
    ObjectKind::Table,
    ObjectKind::View,
    ObjectKind::MaterializedView,
];

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
            .filter(|(key, _)| key.kind == ObjectKind::Table)
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

/// The table that a constraint leads to, if it is a foreign key.
pub(super) fn referenced(shape: Option<&Shape>) -> Option<&Name> {
    shape.and_then(|shape| shape.references.as_ref())
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
    let own = catalog.object(&Key::part(ObjectKind::Column, table, column));
    own.is_some_and(|own| {
        Cursor::of(&own.definition)
            .finds(&["primary", "key"])
            .is_some()
    }) || catalog
        .parts(ObjectKind::Constraint, table)
        .any(|(_, it)| is_key(&it.definition) && it.definition.names(column))
}

/// Whether every partition of a partitioned table has this foreign key already, validated.
pub(crate) fn is_taken_over(catalog: &Catalog, table: &Name, new: &Constraint) -> bool {
    let has_it = |partition: &Name| {
        let mut keys = catalog.parts(ObjectKind::Constraint, partition);
        keys.any(|(_, key)| !key.not_valid && key.shape.is_some() && key.shape == new.shape)
    };
    let mut partitions = catalog
        .belongings(table)
        .filter(|(key, _)| key.kind == ObjectKind::Table)
        .peekable();
    catalog.is_partitioned(table)
        && partitions.peek().is_some()
        && partitions.all(|(key, _)| has_it(&key.name))
}

/// Whether a foreign key lets the referenced row take this one with it.
pub(super) fn cascades(key: &Object) -> bool {
    let action = key
        .shape
        .as_ref()
        .map_or("", |shape| shape.options.on_delete);
    matches!(action, "CASCADE" | "SET NULL" | "SET DEFAULT")
}

/// The tables that a table's foreign keys lead to.
pub(super) fn referenced_by(catalog: &Catalog, table: &Name) -> Vec<Name> {
    let keys = catalog.parts(ObjectKind::Constraint, table);
    keys.filter_map(|(_, key)| referenced(key.shape.as_ref()).cloned())
        .collect()
}

/// The foreign keys of other tables that refer to this one, with their tables.
pub(super) fn referencing<'a>(
    catalog: &'a Catalog,
    table: &'a Name,
) -> Vec<(&'a Name, &'a Object)> {
    let keys = catalog
        .foreign_keys_to(table)
        .filter(|key| key.name != *table);
    keys.filter_map(|key| Some((&key.name, catalog.object(key)?)))
        .collect()
}

/// Whether a constraint is a `CHECK`.
pub(super) fn is_check(constraint: &Object) -> bool {
    Cursor::of(&constraint.definition).sees(&["check"])
}
