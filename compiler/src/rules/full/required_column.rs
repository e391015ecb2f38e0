//! A new column cannot be NOT NULL without a default when there are rows.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Action, ChangeKind, DataKind};
use crate::cursor::Name;
use crate::facts::is_generated;
use crate::grammar;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "required-column",
    level: Level::Warn,
    condition: "an up file adds a `NOT NULL` column without a default to an older table",
    why: "the rows that are there would have NULL in it, and PostgreSQL refuses (SQLSTATE 23502)",
    elsewhere: &[
        "squawk adding-required-field",
        "Atlas MF103",
        "pgfence add-column-not-null-no-default",
        "pgsafe add-column-not-null-no-default",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("required_column/bad.sql"),
        good: include_str!("required_column/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    context
        .changes_of_old_rows()
        .filter_map(|(table, change)| {
            let ChangeKind::AddColumn { column, .. } = &change.what else {
                return None;
            };
            // A generated column has its value from the others, stored or not.
            let is_generated = is_generated(&column.definition);
            if !column.not_null || column.default.is_some() || column.rewrites || is_generated {
                return None;
            }
            if is_emptied(context, table) {
                return None;
            }
            let message = format!("`{}` fails on a table that has rows", column.name);
            let help =
                "give it a constant DEFAULT, or add it nullable and fill it first".to_owned();
            Some(context.finding_on(table, change.span, message, help))
        })
        .collect()
}

/// Whether the file has deleted all rows of the table before.
fn is_emptied(context: &StatementContext<'_>, table: &Name) -> bool {
    let earlier = context.script.statements().take(context.statement);
    earlier.into_iter().any(|statement| {
        let action = grammar::read(statement.named_by(context.catalog));
        matches!(action, Action::Data(data) if data.tables.contains(table)
            && matches!(data.kind, DataKind::Delete { filtered: false } | DataKind::Truncate { .. }))
    })
}
