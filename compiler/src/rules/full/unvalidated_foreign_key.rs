//! A foreign key is added NOT VALID and validated later.

use super::{Check, Examples, Finding, Moment, Rule};
use crate::action::{ChangeKind, ConstraintKind::ForeignKey};
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

fn check(moment: &Moment<'_>) -> Vec<Finding> {
    moment
        .changes_of_old_table()
        .filter_map(|(table, change)| {
            let adds = match &change.what {
                ChangeKind::AddConstraint(new) => new.kind == ForeignKey && !new.not_valid,
                // A new column of NULLs refers to nothing, and is not looked at.
                ChangeKind::AddColumn { column, .. } => {
                    column.constraints.contains(&ForeignKey) && column.default.is_some()
                }
                _ => false,
            };
            let message = "all rows are checked while both tables are locked".to_owned();
            let help = "ADD CONSTRAINT … FOREIGN KEY … NOT VALID, and VALIDATE CONSTRAINT in the \
                        next migration";
            adds.then(|| moment.finding_on(table, change.span, message, help))
        })
        .collect()
}
