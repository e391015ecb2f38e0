//! A foreign key is added NOT VALID and validated later.

use super::{Check, Examples, Finding, Moment, Rule};
use crate::action::{ChangeKind, ConstraintKind::ForeignKey};
use crate::diagnostic::Severity;

pub(super) const RULE: Rule = Rule {
    id: "unvalidated-foreign-key",
    level: Severity::Warning,
    why: "all rows are checked while both tables are locked against writers (PostgreSQL manual: ALTER TABLE, NOT VALID)",
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("unvalidated_foreign_key/bad.sql"),
        good: include_str!("unvalidated_foreign_key/good.sql"),
    },
};

fn check(moment: &Moment<'_>) -> Vec<Finding> {
    moment
        .changes_of_old_table()
        .filter_map(|(_, change)| {
            let adds = match &change.what {
                ChangeKind::AddConstraint(new) => new.kind == ForeignKey && !new.not_valid,
                ChangeKind::AddColumn { column, .. } => column.constraints.contains(&ForeignKey),
                _ => false,
            };
            let message = "all rows are checked while both tables are locked".to_owned();
            let help = "ADD CONSTRAINT … FOREIGN KEY … NOT VALID, and VALIDATE CONSTRAINT in the \
                        next migration";
            adds.then(|| moment.finding_at(change.span, message, help.to_owned()))
        })
        .collect()
}
