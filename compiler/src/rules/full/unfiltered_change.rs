//! `UPDATE` or `DELETE` without `WHERE`.

use super::{Check, Examples, Finding, Moment, Rule};
use crate::action::{Action, Data, DataKind};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "unfiltered-change",
    level: Level::Warn,
    condition: "an up file runs `UPDATE` or `DELETE` without `WHERE` on a table that this migration has not made",
    why: "it locks and rewrites the whole table in one transaction, and nothing says that every row was meant",
    elsewhere: &["pgfence delete-without-where"],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("unfiltered_change/bad.sql"),
        good: include_str!("unfiltered_change/good.sql"),
    },
};

fn check(moment: &Moment<'_>) -> Vec<Finding> {
    let Action::Data(Data { kind, tables }) = moment.action else {
        return Vec::new();
    };
    let verb = match kind {
        DataKind::Update { filtered: false } => "changes",
        DataKind::Delete { filtered: false } => "deletes",
        _ => return Vec::new(),
    };
    let old = tables.iter().find(|table| !moment.is_new(table));
    // A batch goes on until no row is left, and says that this is meant.
    let is_meant = moment.script.is_batch(moment.statement);
    let (true, false, Some(table)) = (moment.is_up(), is_meant, old) else {
        return Vec::new();
    };
    let help = "say which rows with WHERE; for all rows of a large table, go in batches".to_owned();
    let message = format!("this {verb} every row of `{}`", table.shown());
    vec![moment.finding_on(table, moment.text.span(), message, help)]
}
