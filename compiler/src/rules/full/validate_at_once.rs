//! A constraint is validated in another transaction than it is added in.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{ChangeKind, ObjectKind};
use crate::catalog::Key;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "validate-at-once",
    level: Level::Warn,
    condition: "a constraint is added and validated in one transaction",
    why: "the lock of ADD CONSTRAINT is kept to the end of the transaction, so validating in it blocks as long as a plain ADD CONSTRAINT would (PostgreSQL manual: ALTER TABLE, VALIDATE CONSTRAINT)",
    elsewhere: &["eugene E1", "pgfence not-valid-validate-same-tx"],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("validate_at_once/bad.sql"),
        good: include_str!("validate_at_once/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    if !context.script.transaction {
        return Vec::new();
    }
    context
        .changes_of_old_table()
        .filter_map(|(table, change)| {
            let ChangeKind::ValidateConstraint(name) = &change.what else {
                return None;
            };
            let constraint =
                context
                    .catalog
                    .object(&Key::part(ObjectKind::Constraint, table, name))?;
            let message = format!("`{name}` was added in this very transaction");
            let help = "validate it in the next migration".to_owned();
            let is_new = constraint.born == context.version;
            is_new.then(|| context.finding_on(table, change.span, message, help))
        })
        .collect()
}
