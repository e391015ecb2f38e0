//! A password in a migration is a password in the repository.

use super::{Check, Examples, Finding, Moment, Rule};
use crate::lexer::TokenKind;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "literal-credential",
    level: Level::Deny,
    condition: "`CREATE` or `ALTER ROLE` gives a password as a string",
    why: "migrations are committed, embedded in the program and stored in the database: a secret in one is public (PostgreSQL manual: CREATE ROLE)",
    elsewhere: &[],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("literal_credential/bad.sql"),
        good: include_str!("literal_credential/good.sql"),
    },
};

fn check(moment: &Moment<'_>) -> Vec<Finding> {
    let text = moment.text;
    let makes_role = ["create", "alter"].iter().any(|verb| text.is(0, verb))
        && ["role", "user", "group"].iter().any(|kind| text.is(1, kind));
    if !makes_role {
        return Vec::new();
    }
    let secret = (2..text.tokens.len().saturating_sub(1)).find(|&index| {
        text.is(index, "password") && text.tokens[index + 1].kind == TokenKind::String
    });
    let Some(index) = secret else { return Vec::new() };
    let help = "create the role without a password, and set it from a secret store".to_owned();
    let message = "a password is written here".to_owned();
    vec![moment.finding_at(text.tokens[index].span, message, help)]
}
