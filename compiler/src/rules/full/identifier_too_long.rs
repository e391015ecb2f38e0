//! A name is not longer than PostgreSQL keeps.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::lexer::TokenKind;
use crate::literal::{LONGEST, identifier, length};
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

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    if !context.is_up() {
        return Vec::new();
    }
    let is_name = |kind| matches!(kind, TokenKind::Word | TokenKind::QuotedIdentifier);
    let text = context.text.text;
    let tokens = context.text.tokens.iter();
    let too_long = tokens.filter(|token| is_name(token.kind) && length(text, **token) > LONGEST);
    let mut seen: Vec<(String, &str)> = Vec::new();
    let mut findings = Vec::new();
    for token in too_long {
        let Some(kept) = identifier(text, *token) else {
            continue;
        };
        let written = token.span.of(text);
        if seen
            .iter()
            .any(|(_, other)| other.eq_ignore_ascii_case(written))
        {
            continue;
        }
        let is_taken = seen.iter().any(|(other, _)| *other == kept);
        let message = if is_taken {
            format!(
                "PostgreSQL keeps only the first {LONGEST} bytes of this name, and has one like it then"
            )
        } else {
            format!("PostgreSQL keeps only the first {LONGEST} bytes of this name")
        };
        seen.push((kept, written));
        findings.push(context.finding_at(token.span, message, "choose a shorter one"));
    }
    findings
}
