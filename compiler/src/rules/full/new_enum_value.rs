//! An enum value is added in one migration and used in the next.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Action, ObjectKind};
use crate::catalog::Key;
use crate::settings::Level;
use crate::statement::Statement;

pub(super) const RULE: Rule = Rule {
    id: "new-enum-value",
    level: Level::Warn,
    condition: "a value is added to an enum and used in one transaction",
    why: "a value that ALTER TYPE adds cannot be used before the transaction commits (SQLSTATE 55P04; PostgreSQL manual: ALTER TYPE, Notes)",
    elsewhere: &["pgsafe enum-value-use"],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("new_enum_value/bad.sql"),
        good: include_str!("new_enum_value/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let Action::AddValue { name, value, .. } = context.action else {
        return Vec::new();
    };
    // With IF NOT EXISTS it may be there, and then nothing is added.
    let is_there = context.is_old(&Key::part(ObjectKind::Value, name, value));
    if !context.script.transaction || is_there {
        return Vec::new();
    }
    let later = context.script.statements().skip(context.statement + 1);
    let used = later
        .flat_map(Statement::strings)
        .find(|(string, _)| string == value);
    let Some((_, place)) = used else {
        return Vec::new();
    };
    let message = format!(
        "'{value}' is added to `{}` in this same transaction",
        name.shown()
    );
    let help = "add the value in a migration of its own, before this one".to_owned();
    vec![context.finding_at(place, message, help)]
}
