//! A trigger locks its table when it comes and goes.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Action, ObjectKind};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "trigger-on-table",
    level: Level::Off,
    condition: "an up file makes or drops a trigger of an older table",
    why: "writers wait for CREATE TRIGGER, everybody waits for DROP TRIGGER, and from then on every change runs its code (PostgreSQL manual: CREATE TRIGGER)",
    elsewhere: &[
        "pgfence create-trigger",
        "pgfence drop-trigger",
        "pgsafe add-trigger",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("trigger_on_table/bad.sql"),
        good: include_str!("trigger_on_table/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let (kind, table) = match context.action {
        Action::Create(create) => (create.kind, &create.on),
        Action::Drop(drop) => (drop.kind, &drop.on),
        _ => return Vec::new(),
    };
    let Some(table) = table
        .as_ref()
        .filter(|_| kind == ObjectKind::Trigger && context.is_up())
    else {
        return Vec::new();
    };
    if context.is_new(table) {
        return Vec::new();
    }
    let message = format!("`{}` is locked for its trigger", table.shown());
    let help = "let nothing that takes long stand in the same file";
    vec![context.finding_on(table, context.text.span(), message, help)]
}
