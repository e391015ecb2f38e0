//! A new column type usually rewrites the table.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{ChangeKind, ObjectKind};
use crate::catalog::Key;
use crate::data_type::DataType;
use crate::locks::keeps_rows;
use crate::session::sets_utc;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "column-type",
    level: Level::Warn,
    condition: "an up file gives a column of an older table a type for which the rows must be rewritten",
    why: "the table and its indexes are rewritten while nobody can read it (PostgreSQL manual: ALTER TABLE, Notes)",
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

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    context
        .changes_of_old_rows()
        .filter_map(|(table, change)| {
            let ChangeKind::SetType {
                column,
                definition,
                type_name,
            } = &change.what
            else {
                return None;
            };
            let before = context
                .catalog
                .object(&Key::part(ObjectKind::Column, table, column));
            let before = before.and_then(|column| column.type_name.as_ref());
            let after = type_name.as_ref();
            let is_time = |it: Option<&DataType>| it.is_some_and(|it| it.name == "timestamp");
            let is_in_utc = is_time(before) && is_time(after) && runs_in_utc(context);
            let is_kept =
                keeps_rows(context.catalog, column, before, definition, after) || is_in_utc;
            if context.is_new_column(table, column) || is_kept {
                return None;
            }
            let message = format!(
                "the new type of `{column}` rewrites `{}` under ACCESS EXCLUSIVE: nobody can read or \
                 write it meanwhile",
                table.shown()
            );
            let help = "add a column of the new type, copy in batches, and switch over".to_owned();
            Some(context.finding_on(table, change.span, message, help))
        })
        .collect()
}

/// In UTC a time is the same with and without its zone, and no row is rewritten
/// (PostgreSQL 12 release notes, E.2.3.1).
fn runs_in_utc(context: &StatementContext<'_>) -> bool {
    let earlier = context.script.statements().take(context.statement);
    earlier.into_iter().any(sets_utc)
}
