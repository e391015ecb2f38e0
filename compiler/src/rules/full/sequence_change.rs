//! New rows get other numbers.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Action, ChangeKind, ObjectKind};
use crate::alteration::Alteration;
use crate::form::{ColumnForm, Form};
use crate::query::sets_sequence;
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
    let alters = match context.action {
        Action::Alter(alter) => {
            alter.kind == ObjectKind::Sequence
                && !matches!(
                    alter.what,
                    Alteration::Owner | Alteration::Owned | Alteration::Schema
                )
        }
        _ => false,
    };
    if context.is_up() && (alters || sets_sequence(context.text)) {
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
