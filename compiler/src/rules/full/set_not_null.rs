//! `SET NOT NULL` needs a validated check to be quick.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::ChangeKind;
use crate::proof::proves_not_null;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "set-not-null",
    level: Level::Warn,
    condition: "an up file sets `NOT NULL` on an older column that no validated `CHECK` proves to be filled",
    why: "the whole table is read while nobody can use it, unless a validated CHECK proves it (PostgreSQL manual: ALTER TABLE, SET NOT NULL)",
    elsewhere: &[
        "squawk adding-not-nullable-field",
        "eugene E2",
        "strong_migrations SET NOT NULL",
        "Atlas MF104",
        "pgfence alter-column-set-not-null",
        "pgsafe set-not-null",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("set_not_null/bad.sql"),
        good: include_str!("set_not_null/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    context
        .changes_of_old_rows()
        .filter_map(|(table, change)| {
            let (column, is_constraint) = match &change.what {
                ChangeKind::NotNull { column, set: true } => (column.clone(), false),
                // Since PostgreSQL 18.
                ChangeKind::AddConstraint(new) if !new.not_valid => (new.filled_column()?, true),
                _ => return None,
            };
            let known = context.catalog.column(table, &column);
            let is_proved = known.is_some_and(|known| known.not_null)
                || proves_not_null(context.catalog, table, &column);
            if is_proved || context.is_new_column(table, &column) {
                return None;
            }
            let message = format!(
                "every row of `{}` is read under ACCESS EXCLUSIVE for `{column}`, and nobody can use \
                 it meanwhile",
                table.shown()
            );
            let help = if is_constraint {
                "ADD CONSTRAINT … NOT NULL … NOT VALID, and VALIDATE CONSTRAINT in the next migration"
                    .to_owned()
            } else {
                format!(
                    "ADD CONSTRAINT … CHECK ({column} IS NOT NULL) NOT VALID; validate it in the \
                     next migration; then SET NOT NULL, and DROP CONSTRAINT, of the CHECK"
                )
            };
            Some(context.finding_on(table, change.span, message, help))
        })
        .collect()
}
