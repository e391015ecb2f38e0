//! Who may do what is decided outside the migrations.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::command::{Class, Command, Verb};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "grant-revoke",
    level: Level::Off,
    condition: "an up file grants, revokes, or changes a role",
    why: "roles belong to the whole server and differ between environments; programs that lose a privilege fail at once (PostgreSQL manual: Privileges)",
    elsewhere: &["squawk ban-revoke", "squawk ban-alter-role-options"],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("grant_revoke/bad.sql"),
        good: include_str!("grant_revoke/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let command = Command::of(context.text);
    // A user mapping belongs to a foreign server.
    let changes = matches!(
        (command.verb, command.class),
        (Verb::Grant | Verb::Revoke, _)
            | (Verb::Create | Verb::Alter | Verb::Drop, Class::Role)
            | (Verb::Drop | Verb::Reassign, Class::Owned)
            | (Verb::Alter, Class::DefaultPrivileges)
    );
    if !changes || !context.is_up() {
        return Vec::new();
    }
    vec![context.finding(
        "this changes who may do what",
        "keep roles and privileges with the setup of the environment",
    )]
}
