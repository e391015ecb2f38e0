//! A new column type usually rewrites the table.

use super::{Check, Examples, Finding, Moment, Rule};
use crate::action::{ChangeKind, Kind};
use crate::catalog::Key;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "column-type",
    level: Level::Warn,
    condition: "an up file gives a column of an older table a type for which the rows must be written anew",
    why: "the table and its indexes are written anew while nobody can read it (PostgreSQL manual: ALTER TABLE, Notes)",
    elsewhere: &[
        "squawk changing-column-type",
        "eugene E5",
        "eugene E10",
        "strong_migrations change type",
        "pgfence alter-column-type",
        "pgsafe alter-column-type",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("column_type/bad.sql"),
        good: include_str!("column_type/good.sql"),
    },
};

fn check(moment: &Moment<'_>) -> Vec<Finding> {
    moment
        .changes_of_old_table()
        .filter_map(|(table, change)| {
            let ChangeKind::SetType { column, definition } = &change.what else { return None };
            let before = moment.catalog.object(&Key::part(Kind::Column, table, column));
            let before = before.map_or("", |column| column.definition.as_str());
            if moment.is_new_column(table, column) || keeps_rows(before, definition) {
                return None;
            }
            let message = format!("the new type of `{column}` rewrites the table");
            let help = "add a column of the new type, copy in batches, and switch over".to_owned();
            Some(moment.finding_on(table, change.span, message, help))
        })
        .collect()
}

/// The same type, or a longer or unlimited text, needs no rewrite.
fn keeps_rows(before: &str, after: &str) -> bool {
    let rest = before.strip_prefix(after);
    if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' ') && !rest.starts_with(" ("))
    {
        return true;
    }
    let length = |definition: &str| -> Option<u64> {
        let rest = definition
            .strip_prefix("varchar")
            .or_else(|| definition.strip_prefix("character varying"))?;
        let digits = rest.trim_start().strip_prefix("( ").and_then(|rest| rest.split(' ').next());
        Some(digits.and_then(|digits| digits.parse().ok()).unwrap_or(u64::MAX))
    };
    let (before, was_text) = (length(before), before == "text" || before.starts_with("text "));
    let is_plain = !after.split(' ').any(|word| word == "using" || word == "collate");
    let after = if after == "text" { Some(u64::MAX) } else { length(after) };
    match (before, after) {
        _ if !is_plain => false,
        (Some(before), Some(after)) => after >= before,
        (None, Some(u64::MAX)) => was_text,
        _ => false,
    }
}
