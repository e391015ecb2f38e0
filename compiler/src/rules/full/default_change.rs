//! Programs that leave a column out get another value.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Change, ChangeKind};
use crate::form::{ColumnForm, Form};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "default-change",
    level: Level::Off,
    condition: "an up file changes or drops the default or the generation expression of an older column",
    why: "programs of the version before write rows with the new value, or fail where there is none (PostgreSQL manual: ALTER TABLE, SET/DROP DEFAULT)",
    elsewhere: &[
        "squawk ban-drop-default",
        "squawk ban-set-default",
        "squawk ban-drop-generated-expression",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("default_change/bad.sql"),
        good: include_str!("default_change/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    context
        .changes_of_old_table()
        .filter_map(|(table, change)| {
            let column = changed(change)?;
            if context.is_new_column(table, column) {
                return None;
            }
            let message = format!("rows that leave `{column}` out get another value");
            let help = "let every writer name the column first";
            Some(context.finding_on(table, change.span, message, help))
        })
        .collect()
}

fn changed(change: &Change) -> Option<&str> {
    match &change.what {
        ChangeKind::Default { column, .. } => Some(column),
        ChangeKind::Form(Form::Column {
            name,
            what: ColumnForm::DropExpression,
        }) => Some(name),
        _ => None,
    }
}
