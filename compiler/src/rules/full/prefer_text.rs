//! The length of a text is better said by a check.

use super::{Check, Examples, Finding, Moment, Rule};
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

fn check(moment: &Moment<'_>) -> Vec<Finding> {
    let found = moment.new_columns().filter(|column| {
        let words: Vec<&str> = column.definition.split(' ').collect();
        let is_fixed = ["char", "character", "bpchar"].contains(&words[0]);
        let varies = usize::from(is_fixed && words.get(1) == Some(&"varying"));
        let has_length = words.get(1 + varies) == Some(&"(");
        is_fixed && varies == 0 || (words[0] == "varchar" || varies == 1) && has_length
    });
    found
        .map(|column| {
            let message = format!("the length of `{}` is part of its type", column.name);
            moment.finding_at(
                column.span,
                message,
                "text, with `CHECK (length(…) <= n)` where a length matters",
            )
        })
        .collect()
}
