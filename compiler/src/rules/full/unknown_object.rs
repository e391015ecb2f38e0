//! What no earlier migration made cannot be altered or dropped.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Action, ChangeKind, ObjectKind};
use crate::catalog::Key;
use crate::cursor::Name;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "unknown-object",
    level: Level::Warn,
    condition: "a table, view or type is altered or dropped, or a table indexed, that no earlier migration makes",
    why: "on a new database it fails; a name that was mistyped is found here, before the server is asked",
    elsewhere: &[],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("unknown_object/bad.sql"),
        good: include_str!("unknown_object/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let missing = |kind, name: &Name| {
        let known = context.catalog.object(&Key::whole(kind, name)).is_some()
            || context.catalog.is_foreign(name)
            // ALTER TABLE and DROP TABLE also name views, sequences and foreign tables.
            || kind == ObjectKind::Table
                && [ObjectKind::View, ObjectKind::MaterializedView, ObjectKind::Sequence, ObjectKind::Index]
                    .iter()
                    .any(|kind| context.catalog.object(&Key::whole(*kind, name)).is_some());
        !known
            && context.catalog.knows_schema(&name.schema)
            && !context.catalog.is_unknown(&name.name)
    };
    let found = match context.action {
        Action::AlterTable {
            table,
            if_exists: false,
            ..
        } => missing(ObjectKind::Table, table).then_some((ObjectKind::Table, table)),
        Action::CreateIndex(index) => {
            missing(ObjectKind::Table, &index.table).then_some((ObjectKind::Table, &index.table))
        }
        Action::Drop(drop) if !drop.if_exists && drop.on.is_none() => {
            let kinds = [
                ObjectKind::Table,
                ObjectKind::View,
                ObjectKind::MaterializedView,
                ObjectKind::Type,
            ];
            let names = kinds.contains(&drop.kind).then_some(&drop.names);
            let gone = names
                .into_iter()
                .flatten()
                .find(|name| missing(drop.kind, name));
            gone.map(|name| (drop.kind, name))
        }
        _ => None,
    };
    let Some(key) = found
        .map(|(kind, name)| Key::whole(kind, name))
        .or_else(|| column(context))
    else {
        return Vec::new();
    };
    let message = format!("no earlier migration makes {}", key.shown());
    let help = match key.kind {
        ObjectKind::Table => format!(
            "correct the name; if somebody else makes it, write `-- pgstrata: requires-table {}` \
             in the header",
            key.name.shown()
        ),
        _ => "correct the name; if somebody else makes it, say so with `-- pgstrata: allow \
              unknown-object: <who>`"
            .to_owned(),
    };
    vec![context.finding(message, help)]
}

/// A column that is changed or dropped, of a table whose columns are all known.
fn column(context: &StatementContext<'_>) -> Option<Key> {
    let Action::AlterTable { table, changes, .. } = context.action else {
        return None;
    };
    let catalog = context.catalog;
    if catalog
        .table(table)
        .is_none_or(|table| table.has_more_columns)
        || catalog.is_unknown(&table.name)
    {
        return None;
    }
    let added = |name: &str| {
        changes.iter().any(|change| match &change.what {
            ChangeKind::AddColumn { column, .. } => column.name == name,
            _ => false,
        })
    };
    let named = changes.iter().filter_map(|change| match &change.what {
        ChangeKind::DropColumn {
            name,
            if_exists: false,
            ..
        } => Some(name),
        ChangeKind::SetType { column, .. }
        | ChangeKind::NotNull { column, .. }
        | ChangeKind::Default { column, .. } => Some(column),
        ChangeKind::RenameColumn { from, .. } => Some(from),
        _ => None,
    });
    let mut missing = named
        .filter(|name| !added(name) && !catalog.is_unknown(name))
        .map(|name| Key::part(ObjectKind::Column, table, name))
        .filter(|key| catalog.object(key).is_none());
    missing.next()
}
