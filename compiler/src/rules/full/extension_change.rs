//! Extensions come with the server.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::command::{Class, Command, Verb};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "extension-change",
    level: Level::Off,
    condition: "an up file alters or drops an extension",
    why: "objects of the extension change or go, and another version is there only where the server has it (PostgreSQL manual: ALTER EXTENSION)",
    elsewhere: &["squawk ban-alter-extension", "squawk ban-drop-extension"],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("extension_change/bad.sql"),
        good: include_str!("extension_change/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let command = Command::of(context.text);
    let changes =
        command.is(Verb::Alter, Class::Extension) || command.is(Verb::Drop, Class::Extension);
    if !changes || !context.is_up() {
        return Vec::new();
    }
    vec![context.finding(
        "this changes an extension that others may use",
        "update extensions together with the server",
    )]
}
