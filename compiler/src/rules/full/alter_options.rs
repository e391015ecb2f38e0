//! A view or function behaves differently under its old name.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::Action;
use crate::cursor::Cursor;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "alter-options",
    level: Level::Off,
    condition: "an up file changes the options of a view or function",
    why: "security, volatility, cost or an own setting of it change for everybody who calls it (PostgreSQL manual: ALTER FUNCTION, ALTER VIEW)",
    elsewhere: &[
        "squawk ban-alter-function-options",
        "squawk ban-alter-view-options",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("alter_options/bad.sql"),
        good: include_str!("alter_options/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let mut cursor = Cursor::new(context.text);
    let is_kind = cursor.eat(&["alter"])
        && ["view", "function", "procedure", "routine"]
            .iter()
            .any(|kind| cursor.eat(&[kind]));
    if !is_kind || !context.is_up() || matches!(context.action, Action::Rename { .. }) {
        return Vec::new();
    }
    cursor.if_exists();
    let name = cursor.name().map(|name| name.shown()).unwrap_or_default();
    cursor.parenthesised();
    // Neither what it does nor how.
    let other = [
        &["owner", "to"][..],
        &["set", "schema"],
        &["depends"],
        &["rename"],
    ];
    if other.iter().any(|words| cursor.sees(words)) {
        return Vec::new();
    }
    let message = format!("`{name}` behaves differently from here on");
    vec![context.finding(
        message,
        "make another one under a new name, and switch over",
    )]
}
