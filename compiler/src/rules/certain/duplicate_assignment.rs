//! A column is given one value.

use super::{Check, Examples, Rule, RuleFinding};
use crate::cursor::Cursor;
use crate::script::Script;
use crate::settings::Level;
use crate::span::Span;
use crate::statement::Statement;

pub(super) const RULE: Rule = Rule {
    id: "duplicate-assignment",
    level: Level::Deny,
    condition: "`UPDATE` sets a column twice, or `INSERT` names one twice",
    why: "PostgreSQL refuses it with SQLSTATE 42601 or 42701 (PostgreSQL manual: UPDATE, INSERT)",
    elsewhere: &["squawk ban-duplicate-column-assignments"],
    check: Check::Script(check),
    examples: Examples {
        bad: include_str!("duplicate_assignment/bad.sql"),
        good: include_str!("duplicate_assignment/good.sql"),
    },
};

fn check(script: &Script) -> Vec<RuleFinding> {
    let found = script
        .statements()
        .enumerate()
        .filter_map(|(statement, text)| {
            let (name, span) = assigned_twice(text)?;
            let message = format!("`{name}` is given a value twice");
            Some(RuleFinding::new(
                statement,
                span,
                message,
                "keep the value that is meant",
            ))
        });
    found.collect()
}

fn assigned_twice(statement: Statement<'_>) -> Option<(String, Span)> {
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
