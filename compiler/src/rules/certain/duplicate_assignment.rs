//! A column is given one value.

use super::{Check, Examples, Rule, RuleFinding};
use crate::row_change::assigned_twice;
use crate::script::Script;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "duplicate-assignment",
    level: Level::Deny,
    condition: "`UPDATE` sets a column twice, or `INSERT` names one twice",
    why: "PostgreSQL refuses it with SQLSTATE 42601 or 42701 (PostgreSQL manual: UPDATE, INSERT)",
    elsewhere: &["squawk ban-duplicate-column-assignments"],
    check: Check::Script(check),
    examples: Examples {
        bad: include_str!("duplicate_assignment/bad.sql"),
        good: include_str!("duplicate_assignment/good.sql"),
    },
};

fn check(script: &Script) -> Vec<RuleFinding> {
    let found = script
        .statements()
        .enumerate()
        .filter_map(|(statement, text)| {
            let (name, span) = assigned_twice(text)?;
            let message = format!("`{name}` is given a value twice");
            Some(RuleFinding::new(
                statement,
                span,
                message,
                "keep the value that is meant",
            ))
        });
    found.collect()
}
