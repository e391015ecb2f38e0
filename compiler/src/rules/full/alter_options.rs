//! A view or function behaves differently under its old name.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::Action;
use crate::alteration::Alteration;
use crate::command::{Class, Command};
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
    let Action::Alter(alter) = context.action else {
        return Vec::new();
    };
    let class = Command::of(context.text).class;
    let is_kind = matches!(
        class,
        Class::View | Class::Function | Class::Procedure | Class::Routine
    );
    // Neither what it does nor how.
    let is_other = matches!(
        alter.what,
        Alteration::Owner | Alteration::Schema | Alteration::Part
    );
    if !is_kind || is_other || !context.is_up() {
        return Vec::new();
    }
    let name = alter.name.shown();
    let message = format!("`{name}` behaves differently from here on");
    vec![context.finding(
        message,
        "make another one under a new name, and switch over",
    )]
}
