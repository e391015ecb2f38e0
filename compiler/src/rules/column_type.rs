//! A new column type usually rewrites the table.

use super::{Check, Examples, Finding, Moment, Rule};
use crate::action::{ChangeKind, Kind};
use crate::catalog::Key;
use crate::locks::keeps_rows;
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
            let ChangeKind::SetType { column, definition, .. } = &change.what else {
                return None;
            };
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
