//! A password in a migration is a password in the repository.

use super::{Check, Examples, Rule, RuleFinding};
use crate::command::{Class, Command, Verb};
use crate::script::Script;
use crate::settings::Level;
use crate::span::Span;
use crate::statement::Statement;

pub(super) const RULE: Rule = Rule {
    id: "literal-credential",
    level: Level::Deny,
    condition: "`CREATE` or `ALTER ROLE` gives a password as a string",
    why: "migrations are committed, embedded in the program and stored in the database: a secret in one is public (PostgreSQL manual: CREATE ROLE)",
    elsewhere: &[],
    check: Check::Script(check),
    examples: Examples {
        bad: include_str!("literal_credential/bad.sql"),
        good: include_str!("literal_credential/good.sql"),
    },
};

fn check(script: &Script) -> Vec<RuleFinding> {
    let found = script
        .statements()
        .enumerate()
        .filter_map(|(statement, text)| {
            let help = "create the role without a password, and set it from a secret store";
            Some(RuleFinding::new(
                statement,
                secret(text)?,
                "a password is written here",
                help,
            ))
        });
    found.collect()
}

fn secret(text: Statement<'_>) -> Option<Span> {
    let command = Command::of(text);
    let makes_role = matches!(
        (command.verb, command.class),
        (Verb::Create | Verb::Alter, Class::Role | Class::UserMapping)
    );
    makes_role.then(|| text.before_string("password"))?
}
