//! A name is not longer than PostgreSQL keeps.

use super::{Check, Examples, Finding, Moment, Rule};
use crate::lexer::TokenKind;
use crate::literal::{self, LONGEST};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "identifier-too-long",
    level: Level::Warn,
    condition: "a name in a file that is applied has more than 63 bytes",
    why: "PostgreSQL cuts it off with a notice only: it is not found under its full name in the catalogs, and two names may become one (PostgreSQL manual: Lexical Structure, Identifiers and Key Words)",
    elsewhere: &["squawk identifier-too-long"],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("identifier_too_long/bad.sql"),
        good: include_str!("identifier_too_long/good.sql"),
    },
};

fn check(moment: &Moment<'_>) -> Vec<Finding> {
    let is_name = |kind| matches!(kind, TokenKind::Word | TokenKind::QuotedIdentifier);
    let too_long =
        moment.text.tokens.iter().find(|token| {
            is_name(token.kind) && literal::length(moment.text.text, **token) > LONGEST
        });
    let (true, Some(token)) = (moment.is_up(), too_long) else {
        return Vec::new();
    };
    let message = format!("PostgreSQL keeps only the first {LONGEST} bytes of this name");
    vec![moment.finding_at(token.span, message, "choose a shorter one")]
}
