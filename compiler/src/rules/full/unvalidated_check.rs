//! A check is added NOT VALID and validated later.

use super::{Check, Examples, Finding, Moment, Rule};
use crate::action::{ChangeKind, ConstraintKind};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "unvalidated-check",
    level: Level::Warn,
    condition: "an up file adds a check to an older table without `NOT VALID`",
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

fn check(moment: &Moment<'_>) -> Vec<Finding> {
    moment
        .changes_of_old_rows()
        .filter_map(|(table, change)| {
            let ChangeKind::AddConstraint(new) = &change.what else {
                return None;
            };
            let adds = new.kind == ConstraintKind::Check && !new.not_valid;
            let message = "all rows are checked under the strongest lock".to_owned();
            let help = "ADD CONSTRAINT … CHECK … NOT VALID, and VALIDATE CONSTRAINT in the next \
                        migration";
            adds.then(|| moment.finding_on(table, change.span, message, help))
        })
        .collect()
}
