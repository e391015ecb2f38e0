//! The length of a text is better said by a check.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::data_type::DataType;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "prefer-text",
    level: Level::Off,
    condition: "an up file makes a `varchar(n)` or `char(n)` column",
    why: "text is as fast; a CHECK can be changed without a rewrite, and char(n) pads with blanks (PostgreSQL manual: Character Types)",
    elsewhere: &[
        "squawk prefer-text-field",
        "squawk ban-char-field",
        "pgfence prefer-text-field",
        "pgfence ban-char-field",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("prefer_text/bad.sql"),
        good: include_str!("prefer_text/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let found = context.new_columns().filter(|column| {
        let has_length = |it: &DataType| it.name == "character varying" && !it.modifiers.is_empty();
        let of_type = column.type_name.as_ref();
        of_type.is_some_and(|it| ["character", "bpchar"].contains(&&*it.name) || has_length(it))
    });
    found
        .map(|column| {
            let is_padded = column
                .type_name
                .as_ref()
                .is_some_and(|it| it.name == "bpchar");
            let message = if is_padded {
                format!("blanks at the end of `{}` do not count", column.name)
            } else {
                format!("the length of `{}` is part of its type", column.name)
            };
            context.finding_at(
                column.span,
                message,
                "text, with `CHECK (length(…) <= n)` where a length matters",
            )
        })
        .collect()
}
