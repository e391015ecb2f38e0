//! A new column type usually rewrites the table.

use super::{Check, Examples, Finding, Moment, Rule};
use crate::action::{ChangeKind, Kind};
use crate::catalog::Key;
use crate::locks::keeps_rows;
use crate::settings::Level;
use crate::statement::Statement;

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
            let ChangeKind::SetType {
                column, definition, ..
            } = &change.what
            else {
                return None;
            };
            let before = moment
                .catalog
                .object(&Key::part(Kind::Column, table, column));
            let before = before.map_or("", |column| column.definition.as_str());
            let is_in_utc = definition.starts_with("timestamp")
                && before.starts_with("timestamp")
                && runs_in_utc(moment);
            if moment.is_new_column(table, column) || keeps_rows(before, definition) || is_in_utc {
                return None;
            }
            let message = format!("the new type of `{column}` rewrites the table");
            let help = "add a column of the new type, copy in batches, and switch over".to_owned();
            Some(moment.finding_on(table, change.span, message, help))
        })
        .collect()
}

/// In UTC a time is the same with and without its zone, and no row is written anew
/// (PostgreSQL 12 release notes, E.2.3.1).
fn runs_in_utc(moment: &Moment<'_>) -> bool {
    let earlier = moment.script.statements().take(moment.statement);
    let sets_utc = |statement: Statement<'_>| {
        let is_setting = statement.is(0, "set")
            && (statement.finds_word("timezone") || statement.finds_word("zone"));
        let mut words = (0..statement.tokens.len()).map(|index| statement.word(index));
        is_setting && words.any(|word| word.trim_matches('\'').eq_ignore_ascii_case("utc"))
    };
    earlier
        .filter(|statement| statement.is(0, "set"))
        .any(sets_utc)
}
