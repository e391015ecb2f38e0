//! A password in a migration is a password in the repository.

use super::{Check, Examples, Rule, RuleFinding};
use crate::lexer::TokenKind;
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
    let makes_role = ["create", "alter"].iter().any(|verb| text.is(0, verb))
        && ["role", "user", "group"]
            .iter()
            .any(|kind| text.is(1, kind));
    let mut pairs = text
        .tokens
        .windows(2)
        .enumerate()
        .skip(2)
        .filter(|_| makes_role);
    pairs
        .find(|(index, pair)| pair[1].kind == TokenKind::String && text.is(*index, "password"))
        .map(|(_, pair)| pair[0].span)
}
