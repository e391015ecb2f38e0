//! The place of a new value is said.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::Action;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "enum-ordering",
    level: Level::Off,
    condition: "an up file adds a value to an enum without `BEFORE` or `AFTER`",
    why: "it sorts behind all others, and cannot be moved later (PostgreSQL manual: ALTER TYPE, ADD VALUE)",
    elsewhere: &[
        "squawk require-enum-value-ordering",
        "pgfence alter-enum-no-ordering",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("enum_ordering/bad.sql"),
        good: include_str!("enum_ordering/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let Action::AddValue {
        value, is_placed, ..
    } = context.action
    else {
        return Vec::new();
    };
    if !context.is_up() || *is_placed {
        return Vec::new();
    }
    let message = format!("`{value}` sorts behind all other values");
    vec![context.finding(message, "ADD VALUE … AFTER …")]
}
