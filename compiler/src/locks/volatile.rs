//! Whether an expression has another value in each row, so that a column with it as its default
//! is written into every row (PostgreSQL source: `contain_volatile_functions`).

use crate::action::ObjectKind;
use crate::catalog::{Catalog, Object};
use crate::lexer::{TokenKind, dollar_body, string_body};
use crate::literal::identifier;
use crate::statement::Statement;
use crate::tokens::Tokens;

/// The functions of PostgreSQL and its usual extensions that are marked so, one a line. A test
/// compares them with `pg_proc` of servers.
const VOLATILE: &str = include_str!("volatile.txt");

/// Functions that call each other are looked at so deep, and not any deeper.
const DEEPEST: usize = 8;

/// Whether it calls a function that is marked volatile, or is one of the migrations' own that is
/// not marked otherwise.
pub(crate) fn is_volatile(catalog: &Catalog, expression: &Tokens) -> bool {
    calls_volatile(catalog, expression, DEEPEST)
}

/// Whether it calls a function that the migrations make.
pub(super) fn calls_own(catalog: &Catalog, expression: &Tokens) -> bool {
    let words = expression.statement();
    (1..expression.len()).any(|index| {
        let name = identifier(words.text, words.tokens[index - 1]);
        let name = name.filter(|_| words.word(index) == "(");
        name.is_some_and(|name| {
            let mut functions = catalog.of_kind(ObjectKind::Function);
            functions.any(|(key, _)| key.name == name)
        })
    })
}

fn calls_volatile(catalog: &Catalog, expression: &Tokens, depth: usize) -> bool {
    let words = expression.statement();
    (0..expression.len()).any(|index| {
        let name = identifier(words.text, words.tokens[index]);
        let Some(name) = name.filter(|_| words.word(index + 1) == "(") else {
            return false;
        };
        let schema = (index > 1 && words.word(index - 1) == ".")
            .then(|| identifier(words.text, words.tokens[index - 2]))
            .flatten();
        let is_it = |own: &str| schema.as_deref().is_none_or(|schema| schema == own);
        let mut functions = catalog.of_kind(ObjectKind::Function);
        match functions.find(|(key, _)| key.name == name && is_it(&key.schema)) {
            Some((_, function)) => depth == 0 || is_own_volatile(catalog, function, depth - 1),
            None => VOLATILE.lines().any(|known| known == name),
        }
    })
}

/// A function is volatile unless it says otherwise. One in SQL that is a single expression stands
/// for the expression (PostgreSQL source: `inline_function`).
fn is_own_volatile(catalog: &Catalog, function: &Object, depth: usize) -> bool {
    let words = function.definition.statement();
    if words.finds_word("immutable") || words.finds_word("stable") {
        return false;
    }
    let is_plain = !words.finds_word("definer") && !words.finds_word("set");
    match body(words).filter(|_| is_plain && is_in_sql(words)) {
        Some(body) => calls_volatile(catalog, &body, depth),
        None => true,
    }
}

fn is_in_sql(words: Statement<'_>) -> bool {
    let is_sql = |index: usize| words.is(index, "sql") || words.word(index) == "'sql'";
    // `BEGIN ATOMIC` and `RETURN` are SQL without saying so.
    (0..words.tokens.len()).any(|index| words.is(index, "language") && is_sql(index + 1))
        || !words.finds_word("language")
}

/// The expression that a body in SQL is, if it is one.
fn body(words: Statement<'_>) -> Option<Tokens> {
    const MORE: [&str; 16] = [
        "from",
        "where",
        "group",
        "having",
        "window",
        "order",
        "limit",
        "offset",
        "union",
        "intersect",
        "except",
        "with",
        "distinct",
        "for",
        "into",
        "fetch",
    ];
    let mut bodies = words.tokens.iter().filter(|token| {
        matches!(token.kind, TokenKind::DollarString | TokenKind::String)
            && token.span.of(words.text) != "'sql'"
    });
    let last = bodies.next_back();
    let code = match (words.finds_word("atomic"), last) {
        (false, Some(token)) if token.kind == TokenKind::DollarString => {
            Tokens::read(dollar_body(words.text, *token).of(words.text))
        }
        (false, Some(token)) => Tokens::read(string_body(words.text, *token).of(words.text)),
        _ => {
            let begins = (0..words.tokens.len())
                .find(|index| words.is(*index, "atomic") || words.is(*index, "return"))?;
            let tokens = &words.tokens[begins + usize::from(words.is(begins, "atomic"))..];
            Tokens::of(Statement { tokens, ..words })
        }
    };
    let code = code.statement();
    let mut tokens = code.tokens;
    while let [rest @ .., end] = tokens
        && (end.span.of(code.text) == ";" || end.span.of(code.text) == "end")
    {
        tokens = rest;
    }
    let code = Statement { tokens, ..code };
    let is_one = (code.is(0, "select") || code.is(0, "return"))
        && (0..tokens.len()).all(|index| code.word(index) != ";")
        && !MORE.iter().any(|word| code.finds_word(word));
    is_one.then(|| Tokens::of(code))
}
