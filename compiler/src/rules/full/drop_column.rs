//! A dropped column takes its values along.

use super::{Check, Examples, Finding, Moment, Rule};
use crate::action::ChangeKind;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "drop-column",
    level: Level::Warn,
    condition: "an up file drops a column that this migration has not added",
    why: "its values are gone, and programs of the version before still read it",
    elsewhere: &[
        "squawk ban-drop-column",
        "strong_migrations remove column",
        "Atlas DS103",
        "pgfence drop-column",
        "pgsafe drop-column",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("drop_column/bad.sql"),
        good: include_str!("drop_column/good.sql"),
    },
};

fn check(moment: &Moment<'_>) -> Vec<Finding> {
    moment
        .changes_of_old_table()
        .filter_map(|(table, change)| match &change.what {
            ChangeKind::DropColumn { name, .. } if !moment.is_new_column(table, name) => {
                let message = format!("the values of `{name}` will be lost");
                let help = "stop using it first, and drop it in a later release".to_owned();
                Some(moment.finding_on(table, change.span, message, help))
            }
            _ => None,
        })
        .collect()
}
