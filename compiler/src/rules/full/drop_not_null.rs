//! A column that may hold NULL surprises its readers.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::ChangeKind;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "drop-not-null",
    level: Level::Off,
    condition: "an up file drops `NOT NULL` of an older column",
    why: "programs of the version before do not expect NULL there, and going back means to check every row",
    elsewhere: &[
        "squawk ban-drop-not-null",
        "pgfence drop-not-null",
        "pgsafe drop-not-null",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("drop_not_null/bad.sql"),
        good: include_str!("drop_not_null/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    context
        .changes_of_old_table()
        .filter_map(|(table, change)| {
            let ChangeKind::NotNull { column, set: false } = &change.what else {
                return None;
            };
            let message = format!("readers of `{column}` do not expect NULL");
            let help = "let every reader know NULL first";
            Some(context.finding_on(table, change.span, message, help))
        })
        .collect()
}
