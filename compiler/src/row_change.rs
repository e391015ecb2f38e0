//! What `INSERT`, `UPDATE` and `DELETE` say, as far as one statement tells.

use crate::command::{Command, Verb};
use crate::cursor::Cursor;
use crate::lexer::{Token, TokenKind};
use crate::span::Span;
use crate::statement::Statement;

/// The first word, behind `WITH …` the one that says what is done with it.
pub(crate) fn verb(statement: Statement<'_>) -> Verb {
    let first = Command::of(statement).verb;
    let mut walker = Cursor::new(statement);
    if first != Verb::With {
        return first;
    }
    // A common table expression may have one of these names.
    let verbs = [
        (&["insert", "into"][..], Verb::Insert),
        (&["delete", "from"], Verb::Delete),
        (&["update"], Verb::Update),
        (&["select"], Verb::Select),
    ];
    while !walker.is_at_end() {
        walker.advance();
        if walker.parenthesised().is_some() {
            let found = verbs.iter().find(|(words, _)| walker.sees(words));
            if let Some((_, verb)) = found.filter(|_| !walker.sees(&["update", "as"])) {
                return *verb;
            }
        }
    }
    first
}

/// Whether its rows come from a query.
pub(crate) fn selects(statement: Statement<'_>) -> bool {
    statement.finds_word("select") || statement.finds_word("table")
}

/// Whether something says which rows are left to do.
pub(crate) fn narrows(statement: Statement<'_>) -> bool {
    let words = ["where", "conflict", "except"];
    words.iter().any(|word| statement.finds_word(word))
}

/// Where it takes a value from outside: `$1` and its like.
pub(crate) fn parameters(statement: Statement<'_>) -> impl Iterator<Item = &Token> {
    let tokens = statement.tokens.iter();
    tokens.filter(|token| token.kind == TokenKind::Parameter)
}

/// Whether it ends in `RETURNING key` or `RETURNING t.key`.
pub(crate) fn returns(statement: Statement<'_>, key: &str) -> bool {
    let Some(mut cursor) = Cursor::new(statement).finds(&["returning"]) else {
        return false;
    };
    cursor.advance();
    cursor.name().is_some_and(|name| name.name == key) && cursor.is_at_end()
}

/// A column that an `UPDATE` or `INSERT` gives a value twice, and where.
pub(crate) fn assigned_twice(statement: Statement<'_>) -> Option<(String, Span)> {
    let mut cursor = Cursor::new(statement);
    let columns = if cursor.eat(&["update"]) {
        assigned(cursor)
    } else if cursor.eat(&["insert", "into"]) {
        listed(cursor)
    } else {
        return None;
    };
    let is_again = |(index, (name, _)): &(usize, &(String, Span))| {
        columns[..*index].iter().any(|(other, _)| other == name)
    };
    columns
        .iter()
        .enumerate()
        .find(is_again)
        .map(|(_, column)| column.clone())
}

/// The columns of `SET a = …, (b, c) = …`.
fn assigned(cursor: Cursor<'_>) -> Vec<(String, Span)> {
    let Some(mut list) = cursor.finds(&["set"]) else {
        return Vec::new();
    };
    list.advance();
    let mut columns = Vec::new();
    for mut part in list.rest_by_commas() {
        // What follows is no list of assignments any more.
        let ends = part.finds(&["returning"]).is_some();
        if let Some(several) = part.parenthesised() {
            columns.extend(several.into_iter().filter_map(single));
        } else {
            let span = part.span();
            // `a[1] = …` and `a.b = …` set parts of a column.
            let name = part.identifier().filter(|_| part.text() == "=");
            columns.extend(name.map(|name| (name, span)));
        }
        if ends {
            break;
        }
    }
    columns
}

/// The columns of `INSERT INTO t (a, b)`.
fn listed(mut cursor: Cursor<'_>) -> Vec<(String, Span)> {
    cursor.name();
    if cursor.eat(&["as"]) {
        cursor.identifier();
    }
    cursor
        .parenthesised()
        .unwrap_or_default()
        .into_iter()
        .filter_map(single)
        .collect()
}

/// A part that is one name.
fn single(mut part: Cursor<'_>) -> Option<(String, Span)> {
    let span = part.span();
    part.identifier()
        .filter(|_| part.is_at_end())
        .map(|name| (name, span))
}
