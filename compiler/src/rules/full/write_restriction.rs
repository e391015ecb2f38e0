//! What was written yesterday may be refused today.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Action, ChangeKind};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "write-restriction",
    level: Level::Off,
    condition: "an up file adds a constraint, `NOT NULL` or a unique index to an older table",
    why: "programs of the version before do not know it and fail, also while it is NOT VALID; rows that break it make the migration itself fail (PostgreSQL manual: Constraints)",
    elsewhere: &[
        "squawk ban-new-write-restriction",
        "Atlas MF101",
        "Atlas MF102",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("write_restriction/bad.sql"),
        good: include_str!("write_restriction/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let help = "let every writer keep to it first, and look for rows that do not";
    let message = "this refuses rows that were allowed before";
    if let Action::CreateIndex(index) = context.action {
        if !context.is_up() || !index.is_unique || context.is_new(&index.table) {
            return Vec::new();
        }
        return vec![context.finding_on(&index.table, context.text.span(), message, help)];
    }
    context
        .changes_of_old_table()
        .filter_map(|(table, change)| {
            let restricts = match &change.what {
                ChangeKind::AddConstraint(_) => true,
                ChangeKind::NotNull { column, set: true } => !context.is_new_column(table, column),
                _ => false,
            };
            restricts.then(|| context.finding_on(table, change.span, message, help))
        })
        .collect()
}
