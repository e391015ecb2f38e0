//! A dropped table takes its rows along.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Action, ObjectKind};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "drop-table",
    level: Level::Warn,
    condition: "a table is dropped that an earlier migration may have filled, on the way up or, where it is known to, on the way down",
    why: "its rows are gone, and programs of the version before still use it",
    elsewhere: &[
        "squawk ban-drop-table",
        "strong_migrations create_table force",
        "Atlas DS102",
        "pgfence drop-table",
        "pgsafe drop-table",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("drop_table/bad.sql"),
        good: include_str!("drop_table/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let Action::Drop(drop) = context.action else {
        return Vec::new();
    };
    let lost = drop
        .names
        .iter()
        .find(|name| context.takes(name) && (context.is_up() || !context.is_copied(&name.name)));
    let (true, Some(table)) = (drop.kind == ObjectKind::Table, lost) else {
        return Vec::new();
    };
    let help = "stop using it first, keep a copy, and drop it in a later release".to_owned();
    let message = format!("all rows of `{}` will be lost", table.shown());
    vec![context.finding_on(table, context.text.span(), message, help)]
}
