//! An enum is hard to change later.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Action, ObjectKind};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "new-enum",
    level: Level::Off,
    condition: "an up file makes an enum type",
    why: "a value can be added to an enum but not taken away, and programs must know all of them; a table of values can be changed like other data (PostgreSQL manual: Enumerated Types, Implementation Details)",
    elsewhere: &["eugene W13"],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("new_enum/bad.sql"),
        good: include_str!("new_enum/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let Action::Create(create) = context.action else {
        return Vec::new();
    };
    if !context.is_up() || create.kind != ObjectKind::Type || create.values.is_empty() {
        return Vec::new();
    }
    let help = "a table of values with a foreign key, or text with a CHECK";
    let message = format!(
        "the values of `{}` cannot be taken away again",
        create.name.shown()
    );
    vec![context.finding(message, help)]
}
