//! What a repeatable script makes may be there from its last time.

use super::{Check, Examples, FileContext, Rule, RuleFinding};
use crate::action::{Action, Create, Data, DataKind, ObjectKind};
use crate::cursor::Name;
use crate::query::minds_rows;
use crate::rule_context::Step;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "repeatable-not-idempotent",
    level: Level::Warn,
    condition: "a repeatable script makes something, or inserts rows, that would be there the second time",
    why: "it runs again whenever it changes, and would fail or insert its rows twice (PostgreSQL manual: CREATE VIEW, OR REPLACE)",
    elsewhere: &[],
    check: Check::Repeatable(check),
    examples: Examples {
        bad: include_str!("repeatable_not_idempotent/bad.sql"),
        good: include_str!("repeatable_not_idempotent/good.sql"),
    },
};

fn check(context: &FileContext<'_>) -> Vec<RuleFinding> {
    let mut found = Vec::new();
    for (index, step) in context.steps.iter().enumerate() {
        let said = match &step.action {
            Action::Create(create) => created(create, &context.steps[..index]),
            Action::CreateTable(table) if !(table.if_not_exists || table.temporary) => {
                once(ObjectKind::Table, &table.table, &context.steps[..index])
            }
            Action::CreateIndex(index_made) if !index_made.if_not_exists => {
                let schema = &index_made.table.schema;
                let name = index_made.name.clone();
                let name = name.map(|name| Name {
                    schema: schema.clone(),
                    name,
                });
                name.and_then(|name| once(ObjectKind::Index, &name, &context.steps[..index]))
            }
            Action::Data(data) => inserted(data, step, &context.steps[..index]),
            _ => None,
        };
        if let Some((message, help)) = said {
            found.push(RuleFinding::new(index, step.text.span(), message, help));
        }
    }
    found
}

type Said = Option<(String, String)>;

fn created(create: &Create, before: &[Step<'_>]) -> Said {
    if create.replace || create.if_not_exists {
        return None;
    }
    once(create.kind, &create.name, before)
}

/// Unless it was dropped before, here.
fn once(kind: ObjectKind, name: &Name, before: &[Step<'_>]) -> Said {
    let is_dropped = before.iter().any(|step| match &step.action {
        Action::Drop(drop) => drop.if_exists && drop.kind == kind && drop.names.contains(name),
        _ => false,
    });
    let help = match kind {
        ObjectKind::View | ObjectKind::Function | ObjectKind::Trigger | ObjectKind::Rule => {
            "write CREATE OR REPLACE"
        }
        ObjectKind::Table
        | ObjectKind::Index
        | ObjectKind::Sequence
        | ObjectKind::Schema
        | ObjectKind::Extension => "write IF NOT EXISTS; what holds data belongs in a migration",
        _ => "drop it first, with IF EXISTS",
    };
    let message = format!("`{}` will be there the second time", name.shown());
    (!is_dropped).then(|| (message, help.to_owned()))
}

/// Unless rows that are there are left alone, or the table was emptied before, here.
fn inserted(data: &Data, step: &Step<'_>, before: &[Step<'_>]) -> Said {
    let inserts = matches!(data.kind, DataKind::InsertConstants | DataKind::Insert);
    let is_careful = minds_rows(step.text);
    let is_emptied = before.iter().any(|step| match &step.action {
        Action::Data(Data {
            kind: DataKind::Delete { .. } | DataKind::Truncate { .. },
            tables,
        }) => tables.iter().any(|table| data.tables.contains(table)),
        _ => false,
    });
    let table = data
        .tables
        .first()
        .filter(|_| inserts && !is_careful && !is_emptied)?;
    let message = format!("`{}` will have these rows the second time", table.shown());
    Some((
        message,
        "end it with ON CONFLICT DO NOTHING, or DO UPDATE".to_owned(),
    ))
}
