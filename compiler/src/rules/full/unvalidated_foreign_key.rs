//! A foreign key is added NOT VALID and validated later.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{ChangeKind, ConstraintKind::ForeignKey};
use crate::locks::is_taken_over;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "unvalidated-foreign-key",
    level: Level::Warn,
    condition: "an up file adds a foreign key to an older table without `NOT VALID`",
    why: "all rows are checked while both tables are locked against writers (PostgreSQL manual: ALTER TABLE, NOT VALID)",
    elsewhere: &[
        "squawk adding-foreign-key-constraint",
        "eugene E1",
        "strong_migrations FK",
        "strong_migrations reference",
        "pgfence add-constraint-fk-no-not-valid",
        "pgsafe add-fk-without-not-valid",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("unvalidated_foreign_key/bad.sql"),
        good: include_str!("unvalidated_foreign_key/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    // Since PostgreSQL 18 a partitioned table takes one that is not validated.
    let takes_unvalidated = *context.settings.postgres().start() >= 18;
    context
        .changes_of_old_table()
        .filter_map(|(table, change)| {
            let is_partitioned = context.catalog.is_partitioned(table) && !takes_unvalidated;
            let (adds, is_refused) = match &change.what {
                ChangeKind::AddConstraint(new) if new.kind == ForeignKey => {
                    (!new.not_valid, new.not_valid && is_partitioned)
                }
                // A new column of NULLs refers to nothing, and is not looked at.
                ChangeKind::AddColumn { column, .. } => {
                    let has_key = column.constraints.contains(&ForeignKey);
                    (has_key && column.default.is_some(), false)
                }
                _ => (false, false),
            };
            let message = if is_refused {
                format!(
                    "`{}` is partitioned, and PostgreSQL before 18 refuses NOT VALID there",
                    table.shown()
                )
            } else {
                format!(
                    "all rows of `{}` are checked under SHARE ROW EXCLUSIVE: writers of both tables \
                     wait",
                    table.shown()
                )
            };
            let help = if is_partitioned {
                "add the same foreign key to each partition, NOT VALID; validate them in the next \
                 migration; then add it to the partitioned table, which takes them over unread"
            } else {
                "ADD CONSTRAINT … FOREIGN KEY … NOT VALID, and VALIDATE CONSTRAINT in the \
                 next migration"
            };
            let is_taken_over = match &change.what {
                ChangeKind::AddConstraint(new) => is_taken_over(context.catalog, table, new),
                _ => false,
            };
            (adds && !is_taken_over || is_refused)
                .then(|| context.finding_on(table, change.span, message, help))
        })
        .collect()
}
