//! What is there already cannot be made again.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Action, ChangeKind, ObjectKind};
use crate::catalog::Key;
use crate::cursor::Name;
use crate::settings::Level;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    id: "already-exists",
    level: Level::Warn,
    condition: "a table, a column, an index or a type is made that is there already",
    why: "PostgreSQL refuses it with SQLSTATE 42P07, 42701 or 42710 on every database where all migrations ran (PostgreSQL manual: Appendix A, PostgreSQL Error Codes)",
    elsewhere: &[],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("already_exists/bad.sql"),
        good: include_str!("already_exists/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let whole = context.text.span();
    let made: Vec<(Key, Span)> = match context.action {
        Action::CreateTable(create) if !create.if_not_exists && !create.temporary => {
            vec![(Key::whole(ObjectKind::Table, &create.table), whole)]
        }
        // A materialized view may have gone with what it depends on, and its indexes with it.
        Action::CreateIndex(index)
            if !index.if_not_exists && context.catalog.table(&index.table).is_some() =>
        {
            let named = |name: &String| {
                let index = Name {
                    schema: index.table.schema.clone(),
                    name: name.clone(),
                };
                (Key::whole(ObjectKind::Index, &index), whole)
            };
            index.name.iter().map(named).collect()
        }
        Action::Create(create) if create.kind == ObjectKind::Type => {
            vec![(Key::whole(ObjectKind::Type, &create.name), whole)]
        }
        Action::AlterTable { table, changes, .. } => {
            let is_dropped = |column: &str| {
                changes.iter().any(|change| {
                    matches!(&change.what, ChangeKind::DropColumn { name, .. } if name == column)
                })
            };
            let added = changes.iter().filter_map(|change| match &change.what {
                ChangeKind::AddColumn {
                    column,
                    if_not_exists: false,
                } if !is_dropped(&column.name) => Some((
                    Key::part(ObjectKind::Column, table, &column.name),
                    change.span,
                )),
                _ => None,
            });
            added.collect()
        }
        _ => Vec::new(),
    };
    let finding = |(key, span): (Key, Span)| {
        let catalog = context.catalog;
        let there = catalog.object(&key)?;
        if catalog.is_unknown(&key.name.name) || catalog.is_unknown(&key.part) {
            return None;
        }
        let message = format!("{} is there already", key.shown());
        let help = "leave it out, or drop the older one first";
        let finding = context.finding_at(span, message, help);
        Some(finding.noting_birth(there, context.version))
    };
    made.into_iter().filter_map(finding).collect()
}
