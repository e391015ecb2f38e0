//! Programs meet a column or a value that they do not know.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Action, ChangeKind};
use crate::alteration::{Alter, Alteration, AttributeChange};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "shape-change",
    level: Level::Off,
    condition: "an up file adds a column to an older table, an attribute to a type or a value to an enum",
    why: "programs of the version before that read SELECT *, or that list the values of the enum, fail on what is new",
    elsewhere: &[
        "squawk ban-add-column",
        "squawk ban-add-enum-value",
        "squawk ban-add-composite-attribute",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("shape_change/bad.sql"),
        good: include_str!("shape_change/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let help = "let every reader know it first, or read by name";
    let message = "readers of the version before do not know this";
    let grows = matches!(context.action, Action::AddValue { .. }) || adds_attribute(context.action);
    if grows && context.is_up() {
        return vec![context.finding(message, help)];
    }
    let added = context
        .changes_of_old_table()
        .filter(|(_, change)| matches!(change.what, ChangeKind::AddColumn { .. }));
    added
        .map(|(table, change)| context.finding_on(table, change.span, message, help))
        .collect()
}

fn adds_attribute(action: &Action) -> bool {
    match action {
        Action::Alter(Alter {
            what: Alteration::Attributes(changes),
            ..
        }) => changes
            .iter()
            .any(|change| matches!(change, AttributeChange::Is { is_new: true, .. })),
        _ => false,
    }
}
