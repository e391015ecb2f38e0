//! A table that foreign keys lead to is not dropped before them.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Action, ObjectKind};
use crate::catalog::Key;
use crate::cursor::Name;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "referenced-table",
    level: Level::Warn,
    condition: "a table is dropped without CASCADE, while a foreign key of another table leads to it",
    why: "the server refuses it with SQLSTATE 2BP01, dependent objects still exist (PostgreSQL manual: DROP TABLE)",
    elsewhere: &[],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("referenced_table/bad.sql"),
        good: include_str!("referenced_table/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let Action::Drop(drop) = context.action else {
        return Vec::new();
    };
    if drop.kind != ObjectKind::Table || drop.cascade {
        return Vec::new();
    }
    // What is dropped by the same statement is no hindrance.
    let stays = |key: &&Key| !drop.names.contains(&key.name);
    let leading = |table: &Name| context.catalog.foreign_keys_to(table).find(stays);
    let is_known = |key: &&Key| {
        !context.catalog.is_unknown(&key.part) && !context.catalog.is_unknown(&key.name.name)
    };
    let Some(key) = drop.names.iter().find_map(leading).filter(is_known) else {
        return Vec::new();
    };
    let message = format!("{} still leads here", key.shown());
    let help = format!("drop table {} or its constraint first", key.name.shown());
    vec![context.finding(message, help)]
}
