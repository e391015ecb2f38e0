//! Numbers that count rows outgrow four bytes.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "prefer-bigint",
    level: Level::Off,
    condition: "an up file makes an `integer` or `smallint` column",
    why: "a key of four bytes ends at 2,147,483,647, and a wider type rewrites the table (PostgreSQL manual: Numeric Types)",
    elsewhere: &[
        "squawk prefer-bigint-over-int",
        "squawk prefer-bigint-over-smallint",
        "pgfence prefer-bigint-over-int",
        "pgsafe prefer-bigint-primary-key",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("prefer_bigint/bad.sql"),
        good: include_str!("prefer_bigint/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let found = context.new_columns().filter(|column| {
        let of_type = column.type_name.as_ref();
        of_type.is_some_and(|it| {
            ["integer", "smallint"]
                .iter()
                .any(|small| it.name == *small)
        })
    });
    found
        .map(|column| {
            let message = format!("`{}` ends at the largest number of its type", column.name);
            context.finding_at(
                column.span,
                message,
                "bigint, or `bigint GENERATED … AS IDENTITY`",
            )
        })
        .collect()
}
