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
    let Action::AddValue { value, .. } = context.action else {
        return Vec::new();
    };
    let ordered = context.text.finds_word("before") || context.text.finds_word("after");
    if !context.is_up() || ordered {
        return Vec::new();
    }
    let message = format!("`{value}` sorts behind all other values");
    vec![context.finding(message, "ADD VALUE … AFTER …")]
}
