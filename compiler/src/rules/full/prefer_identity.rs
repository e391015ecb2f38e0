//! Identity columns are what serial wanted to be.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::facts::is_serial;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "prefer-identity",
    level: Level::Off,
    condition: "an up file makes a `serial` column",
    why: "a serial is an integer, a sequence and a default that must be granted, copied and dropped one by one (PostgreSQL manual: CREATE TABLE, GENERATED AS IDENTITY)",
    elsewhere: &[
        "squawk prefer-identity",
        "pgfence prefer-identity",
        "pgsafe prefer-identity",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("prefer_identity/bad.sql"),
        good: include_str!("prefer_identity/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let found = context.new_columns();
    let found = found.filter(|column| is_serial(&column.definition));
    found
        .map(|column| {
            let message = format!("`{}` has a sequence of its own", column.name);
            context.finding_at(column.span, message, "bigint GENERATED ALWAYS AS IDENTITY")
        })
        .collect()
}
