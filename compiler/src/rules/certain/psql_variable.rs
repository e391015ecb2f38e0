//! `:name` is replaced by psql; the server would see a syntax error.

use super::{Check, Examples, Rule, RuleFinding};
use crate::lexer::TokenKind;
use crate::script::Script;
use crate::settings::Level;
use crate::statement::Statement;

pub(super) const RULE: Rule = Rule {
    id: "psql-variable",
    level: Level::Deny,
    condition: "`:name`, `:'name'` or `:\"name\"` stands where SQL has no colon",
    why: "only psql replaces variables; the server receives the text as it stands \
          (PostgreSQL manual: psql, SQL Interpolation)",
    elsewhere: &[],
    check: Check::Script(check),
    examples: Examples {
        bad: include_str!("psql_variable/bad.sql"),
        good: include_str!("psql_variable/good.sql"),
    },
};

pub(crate) fn check(script: &Script) -> Vec<RuleFinding> {
    let mut findings = Vec::new();
    for (statement, text) in script.statements().enumerate() {
        for index in variables(&text) {
            let span = text.tokens[index].span.to(text.tokens[index + 1].span);
            findings.push(RuleFinding::new(
                statement,
                span,
                format!("`{}` is a psql variable", span.of(&script.text)),
                "write the value itself; for what differs between environments, read \
                       a setting with `current_setting('app.name')`"
                    .to_owned(),
            ));
        }
    }
    findings
}

/// A colon before a name and not behind a value. `array[low:high]` and, since
/// PostgreSQL 16, `JSON_OBJECT('key': value)` are SQL.
fn variables(statement: &Statement<'_>) -> Vec<usize> {
    let mut brackets = 0_usize;
    let mut found = Vec::new();
    let tokens = statement.tokens.iter().enumerate();
    for (index, token) in tokens.filter(|(_, token)| token.kind == TokenKind::Punctuation) {
        match statement.word(index) {
            "[" => brackets += 1,
            "]" => brackets = brackets.saturating_sub(1),
            ":" if brackets == 0 && is_name_at(statement, index + 1, token.span.end) => {
                let behind_a_value = index.checked_sub(1).is_some_and(|before| {
                    let value = statement.tokens[before];
                    value.span.end == token.span.start && statement.word(before) != "("
                        || matches!(value.kind, TokenKind::String | TokenKind::Number)
                        || statement.word(before) == ")"
                });
                if !behind_a_value {
                    found.push(index);
                }
            }
            _ => {}
        }
    }
    found
}

fn is_name_at(statement: &Statement<'_>, index: usize, offset: usize) -> bool {
    statement.tokens.get(index).is_some_and(|token| {
        let name = matches!(
            token.kind,
            TokenKind::Word | TokenKind::String | TokenKind::QuotedIdentifier
        );
        name && token.span.start == offset
    })
}
