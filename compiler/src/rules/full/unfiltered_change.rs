//! `UPDATE` or `DELETE` without `WHERE`.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Action, Data, DataKind};
use crate::query::changes;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "unfiltered-change",
    level: Level::Warn,
    condition: "an up file runs `UPDATE` or `DELETE` without a `WHERE` that says which rows, also within a `WITH`, or a `MERGE` that takes all, on a table that this migration has not made",
    why: "it locks and rewrites the whole table in one transaction, and nothing says that every row was meant",
    elsewhere: &["pgfence delete-without-where"],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("unfiltered_change/bad.sql"),
        good: include_str!("unfiltered_change/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    // A batch goes on until no row is left, and says that this is meant.
    let is_meant = context.script.is_batch(context.statement);
    if is_meant || !matches!(context.action, Action::Data(_)) {
        return Vec::new();
    }
    let changes = changes(context.text).into_iter();
    let found = changes.filter_map(|Data { kind, tables }| {
        let verb = match kind {
            // A way back fills what it brings back.
            DataKind::Update { filtered: false } if context.is_up() => "changes",
            DataKind::Delete { filtered: false } => "deletes",
            _ => return None,
        };
        let table = tables.iter().find(|table| context.takes(table))?;
        let help = "say which rows with WHERE; for all rows of a large table, go in batches";
        let message = format!("this {verb} every row of `{}`", table.shown());
        Some(context.finding_on(table, context.text.span(), message, help))
    });
    found.take(1).collect()
}
