//! An exclusion constraint has no way around its lock.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{ChangeKind, ConstraintKind};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "exclusion-constraint",
    level: Level::Warn,
    condition: "an up file adds an exclusion constraint to an older table",
    why: "all rows are read and an index is built while nobody can use the table; it can be neither NOT VALID nor USING INDEX (PostgreSQL manual: ALTER TABLE, ADD table_constraint)",
    elsewhere: &[
        "eugene E8",
        "strong_migrations exclusion constraint",
        "pgfence add-constraint-exclude",
        "pgsafe add-exclusion-constraint",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("exclusion_constraint/bad.sql"),
        good: include_str!("exclusion_constraint/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    context
        .changes_of_old_table()
        .filter_map(|(table, change)| {
            let ChangeKind::AddConstraint(new) = &change.what else {
                return None;
            };
            let message = format!(
                "the index of this constraint is built under ACCESS EXCLUSIVE: nobody can read or \
                 write `{}` meanwhile",
                table.shown()
            );
            let help = "there is no other way for this table: choose a moment when it can be locked \
                        that long, or make a new table that has it, copy the rows, and switch over";
            (new.kind == ConstraintKind::Exclude)
                .then(|| context.finding_on(table, change.span, message, help))
        })
        .collect()
}
