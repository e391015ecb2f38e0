//! `SET NOT NULL` needs a validated check to be quick.

use super::{Check, Examples, Finding, Moment, Rule};
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

fn check(moment: &Moment<'_>) -> Vec<Finding> {
    moment
        .changes_of_old_rows()
        .filter_map(|(table, change)| {
            let column = match &change.what {
                ChangeKind::NotNull { column, set: true } => column.clone(),
                ChangeKind::AddConstraint(new) if !new.not_valid => new.filled_column()?,
                _ => return None,
            };
            let is_proved = proves_not_null(moment.catalog, table, &column);
            if is_proved || moment.is_new_column(table, &column) {
                return None;
            }
            let message = format!("`{column}` is checked row by row under the strongest lock");
            let help = format!(
                "ADD CONSTRAINT … CHECK ({column} IS NOT NULL) NOT VALID; validate it in the next \
                 migration; then SET NOT NULL"
            );
            Some(moment.finding_on(table, change.span, message, help))
        })
        .collect()
}
