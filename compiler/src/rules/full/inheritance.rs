//! Rows come and go with the table that inherits.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::ChangeKind;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "inheritance",
    level: Level::Off,
    condition: "an up file attaches an older table to a parent with `INHERIT`, or detaches it with `NO INHERIT`",
    why: "queries of the parent find other rows from then on (PostgreSQL manual: Inheritance)",
    elsewhere: &["squawk ban-detach-inheritance"],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("inheritance/bad.sql"),
        good: include_str!("inheritance/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    context
        .changes_of_old_table()
        .filter_map(|(table, change)| {
            let changes = matches!(change.what, ChangeKind::Inherit { .. });
            let message = format!(
                "who reads the parent of `{}` finds other rows",
                table.shown()
            );
            let help = "look at every query of the parent first";
            changes.then(|| context.finding_on(table, change.span, message, help))
        })
        .collect()
}
