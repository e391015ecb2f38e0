//! What a constraint kept out comes in.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{ChangeKind, ObjectKind};
use crate::catalog::Key;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "drop-constraint",
    level: Level::Off,
    condition: "an up file drops a constraint of an older table",
    why: "from then on rows may break it, and adding it again means to check them all (PostgreSQL manual: Constraints)",
    elsewhere: &[
        "squawk ban-drop-constraint",
        "Atlas CD101",
        "pgfence drop-constraint",
        "pgsafe drop-constraint",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("drop_constraint/bad.sql"),
        good: include_str!("drop_constraint/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    context
        .changes_of_old_table()
        .filter_map(|(table, change)| {
            let ChangeKind::DropConstraint { name, .. } = &change.what else {
                return None;
            };
            let key = Key::part(ObjectKind::Constraint, table, name);
            if context
                .catalog
                .object(&key)
                .is_some_and(|made| made.born == context.version)
            {
                return None;
            }
            let message = format!("`{name}` does not hold any more");
            let help = "see that nothing counts on it, and drop it in a later release";
            Some(context.finding_on(table, change.span, message, help))
        })
        .collect()
}
