//! jsonb can be compared and indexed.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "prefer-jsonb",
    level: Level::Off,
    condition: "an up file makes a `json` column",
    why: "json keeps the text and has no equality, so that SELECT DISTINCT and GROUP BY fail on it (PostgreSQL manual: JSON Types)",
    elsewhere: &[
        "eugene E3",
        "strong_migrations json column",
        "pgfence add-column-json",
        "pgsafe prefer-jsonb",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("prefer_jsonb/bad.sql"),
        good: include_str!("prefer_jsonb/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let found = context.new_columns().filter(|column| {
        column
            .type_name
            .as_ref()
            .is_some_and(|it| it.name == "json")
    });
    found
        .map(|column| {
            let message = format!("`{}` has no equality", column.name);
            context.finding_at(column.span, message, "jsonb")
        })
        .collect()
}
