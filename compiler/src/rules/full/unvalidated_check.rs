//! A check is added NOT VALID and validated later.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{ChangeKind, Column, ConstraintKind};
use crate::locks::{RowAccess, work_of_column};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "unvalidated-check",
    level: Level::Warn,
    condition: "an up file adds a check, or a column with one, to an older table without `NOT VALID`",
    why: "all rows are read while nobody can use the table (PostgreSQL manual: ALTER TABLE, NOT VALID)",
    elsewhere: &[
        "squawk constraint-missing-not-valid",
        "eugene E1",
        "strong_migrations check constraint",
        "pgfence add-constraint-check-no-not-valid",
        "pgsafe add-check-without-not-valid",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("unvalidated_check/bad.sql"),
        good: include_str!("unvalidated_check/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    context
        .changes_of_old_rows()
        .filter_map(|(table, change)| {
            let help = match &change.what {
                ChangeKind::AddConstraint(new)
                    if new.kind == ConstraintKind::Check && !new.not_valid =>
                {
                    "ADD CONSTRAINT … CHECK … NOT VALID, and VALIDATE CONSTRAINT in the next migration"
                }
                ChangeKind::AddColumn { column, .. } if is_read(context, column) => {
                    "add the column without it; then ADD CONSTRAINT … CHECK … NOT VALID, and VALIDATE \
                     CONSTRAINT in the next migration"
                }
                _ => return None,
            };
            let message = format!(
                "all rows of `{}` are checked under ACCESS EXCLUSIVE: nobody can read or write it \
                 meanwhile",
                table.shown()
            );
            Some(context.finding_on(table, change.span, message, help))
        })
        .collect()
}

/// Whether rows are read for its check, and neither rewritten nor read for a key, of which
/// other rules speak.
fn is_read(context: &StatementContext<'_>, column: &Column) -> bool {
    use ConstraintKind::{Check, PrimaryKey, Unique};
    let has = |kind| column.constraints.contains(&kind);
    has(Check)
        && !has(Unique)
        && !has(PrimaryKey)
        && work_of_column(context.catalog, column) == RowAccess::Scan
}
