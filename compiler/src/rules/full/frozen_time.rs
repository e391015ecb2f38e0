//! `'now'` in what is stored is a constant.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::cursor::Cursor;
use crate::settings::Level;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    id: "frozen-time",
    level: Level::Warn,
    condition: "a view, a default, a condition or a partition bound has `'now'`, `'today'`, `'tomorrow'` or `'yesterday'`",
    why: "PostgreSQL evaluates such a constant once, when the object is created: it keeps the time of the migration, which differs between databases and which no down file brings back (PostgreSQL manual: Date/Time Types, Special Values)",
    elsewhere: &[],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("frozen_time/bad.sql"),
        good: include_str!("frozen_time/good.sql"),
    },
};

const TYPES: [&str; 6] = ["date", "time", "timetz", "timestamp", "timestamptz", "zone"];

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let kept = stored(context).into_iter();
    // The column gives the constant its type.
    let untyped = context.new_columns().filter_map(|column| {
        let default = column.default.as_ref().map(Cursor::of)?;
        let of_time = column
            .type_name
            .as_ref()
            .is_some_and(|it| TYPES.contains(&&*it.name));
        let call = special(&default)?;
        let is_whole = default.rest().tokens.len() == 1;
        (of_time && is_whole).then(|| (column.span, default.text().to_owned(), call))
    });
    kept.chain(untyped)
        .map(|(span, value, call)| {
            let message =
                format!("{value} is evaluated once, when this statement runs, and never again");
            context.finding_at(
                span,
                message,
                format!("use {call}, which is evaluated each time"),
            )
        })
        .collect()
}

/// The constants of a statement that are kept in what it makes and have a type of their own.
fn stored(context: &StatementContext<'_>) -> Vec<(Span, String, &'static str)> {
    let mut cursor = Cursor::new(context.text);
    let is_kept = cursor.sees(&["create"]) || cursor.sees(&["alter"]);
    let is_filled_once = cursor.sees(&["create"])
        && cursor.finds(&["as"]).is_some()
        && !context.text.finds_word("view");
    let (mut found, mut before) = (Vec::new(), cursor);
    while is_kept && !is_filled_once && !cursor.is_at_end() {
        if let Some(call) = special(&cursor) {
            let mut behind = cursor;
            behind.advance();
            let is_cast = behind.eat_text("::") || behind.eat(&["as"]);
            let is_typed = |it: &Cursor<'_>| TYPES.iter().any(|name| it.sees(&[name]));
            if is_cast && is_typed(&behind) || is_typed(&before) {
                found.push((cursor.span(), cursor.text().to_owned(), call));
            }
        }
        before = cursor;
        cursor.advance();
    }
    found
}

/// What is asked again each time, for a string that stands for such a time.
fn special(cursor: &Cursor<'_>) -> Option<&'static str> {
    match &*cursor.string()?.trim().to_ascii_lowercase() {
        "now" => Some("now()"),
        "today" => Some("CURRENT_DATE"),
        "tomorrow" => Some("CURRENT_DATE + 1"),
        "yesterday" => Some("CURRENT_DATE - 1"),
        _ => None,
    }
}
