//! New rows get other numbers.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Action, ChangeKind};
use crate::form::{ColumnForm, Form};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "sequence-change",
    level: Level::Off,
    condition: "an up file alters a sequence or an identity column",
    why: "numbers may come twice or be left out, and programs of the version before draw them, too (PostgreSQL manual: ALTER SEQUENCE)",
    elsewhere: &[
        "squawk ban-alter-sequence-values",
        "squawk ban-alter-identity",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("sequence_change/bad.sql"),
        good: include_str!("sequence_change/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let message = "new rows get other numbers from here on";
    let help = "look at the largest number in use first";
    let text = context.text;
    let is_old_name = matches!(context.action, Action::Rename { .. })
        || text.finds_words(&["owner", "to"])
        || text.finds_words(&["owned", "by"])
        || text.finds_words(&["set", "schema"]);
    let sets = text.is(0, "select") && text.finds_word("setval");
    if context.is_up() && (text.are(0, &["alter", "sequence"]) && !is_old_name || sets) {
        return vec![context.finding(message, help)];
    }
    let identity = context.changes_of_old_table().filter(|(_, change)| {
        matches!(
            change.what,
            ChangeKind::Form(Form::Column {
                what: ColumnForm::AddIdentity | ColumnForm::Identity,
                ..
            })
        )
    });
    identity
        .map(|(table, change)| context.finding_on(table, change.span, message, help))
        .collect()
}
