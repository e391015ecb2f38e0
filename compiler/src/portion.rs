//! Changes of some rows at a time: an `UPDATE` or `DELETE` of the rows that a subquery with a `LIMIT`
//! picks, and loops over such changes in PL/pgSQL.

use crate::cursor::{Cursor, Name};
use crate::lexer::{Token, TokenKind, dollar_body, string_body, tokens};
use crate::span::Span;
use crate::statement::Statement;
use crate::statement_kind::{StatementKind, transaction_control_in_body};

/// A change of so many rows at most.
#[derive(Clone, Debug)]
pub(crate) struct Portion {
    /// The table.
    pub(crate) table: Name,
    /// How many rows at most.
    pub(crate) rows: u64,
    /// Where the statement says so.
    pub(crate) limit: Span,
}

/// Fewer are picked on purpose, such as the first or the last ten.
const FEWEST: u64 = 100;

/// The rows that an `UPDATE` or `DELETE` changes of what is left to do, also one within `WITH`; `None` where
/// it may mean these rows and no others.
pub(crate) fn portion(statement: Statement<'_>) -> Option<Portion> {
    // What is kept is the rest.
    let excludes = [&["not", "in"][..], &["not", "exists"], &["except"]];
    if excludes.iter().any(|words| statement.finds_words(words)) {
        return None;
    }
    candidates(statement).into_iter().find_map(|candidate| {
        let (rows, limit) = picked_rows(&candidate)?;
        let table = candidate.table;
        Some(Portion { table, rows, limit })
    })
}

/// A change, and a query that says which rows it is about.
struct Candidate<'a> {
    table: Name,
    is_update: bool,
    query: Cursor<'a>,
}

/// Each change in a statement, also within `WITH`, with each query of rows of the table that it changes.
fn candidates(statement: Statement<'_>) -> Vec<Candidate<'_>> {
    let whole = Cursor::new(statement);
    let within = if whole.sees(&["with"]) {
        queries(whole, &["as", "materialized"])
    } else {
        Vec::new()
    };
    let mut found = Vec::new();
    for change in std::iter::once(&whole).chain(&within) {
        let Some((table, is_update)) = changed(change.rest()) else {
            continue;
        };
        for query in picking(*change).into_iter().chain(within.iter().copied()) {
            if of_table(query, &table) {
                let table = table.clone();
                found.push(Candidate {
                    table,
                    is_update,
                    query,
                });
            }
        }
    }
    found
}

/// Whether a query is of rows of this table.
fn of_table(query: Cursor<'_>, table: &Name) -> bool {
    query.finds(&["from"]).is_some_and(|mut from| {
        from.advance();
        from.eat(&["only"]);
        from.name().is_some_and(|name| name == *table)
    })
}

/// The table that it changes, also behind `WITH`, and whether it is an `UPDATE`.
fn changed(statement: Statement<'_>) -> Option<(Name, bool)> {
    let mut cursor = Cursor::new(statement);
    if cursor.sees(&["with"]) {
        let verbs = [&["update"][..], &["delete", "from"]];
        cursor = verbs.iter().find_map(|words| cursor.finds(words))?;
    }
    let is_update = cursor.eat(&["update"]);
    if !is_update && !cursor.eat(&["delete", "from"]) {
        return None;
    }
    cursor.eat(&["only"]);
    Some((cursor.name()?, is_update))
}

/// The queries that say which rows a change is about: behind `FROM` and `USING`, and behind `IN` and `ARRAY`
/// in its condition. In an expression a query is one value.
fn picking(change: Cursor<'_>) -> Vec<Cursor<'_>> {
    let mut found = queries(change, &["from", "using"]);
    if let Some(condition) = change.finds(&["where"]) {
        found.extend(queries(condition, &["in"]));
        for inside in parenthesised(condition, &["any"]) {
            found.extend(queries(inside, &["array"]));
        }
    }
    found
}

/// What stands in parentheses behind one of these words, outside all others, and is a query or a change.
fn queries<'a>(cursor: Cursor<'a>, words: &[&str]) -> Vec<Cursor<'a>> {
    let mut found = parenthesised(cursor, words);
    let verbs = ["select", "update", "delete"];
    found.retain(|query| verbs.iter().any(|verb| query.sees(&[verb])));
    found
}

/// What stands in parentheses behind one of these words, outside all others.
fn parenthesised<'a>(mut cursor: Cursor<'a>, words: &[&str]) -> Vec<Cursor<'a>> {
    let mut found = Vec::new();
    while !cursor.is_at_end() {
        let is_start = words.iter().any(|word| cursor.eat(&[word]));
        let mut inside = cursor;
        if cursor.parenthesised().is_some() {
            if is_start {
                inside.advance();
                found.push(inside.within_parentheses());
            }
        } else if !is_start {
            cursor.advance();
        }
    }
    found
}

/// How many rows a query picks of what is left to do, and where it says so.
fn picked_rows(candidate: &Candidate<'_>) -> Option<(u64, Span)> {
    let query = candidate.query;
    // Without a condition an `UPDATE` would find the same rows again and again.
    let filters = query.finds(&["where"]).is_some();
    (filters || !candidate.is_update).then_some(())?;
    is_ordered_by_key(query).then_some(())?;
    let (start, number) = limit(query)?;
    let rows: u64 = number.text().parse().ok()?;
    (rows >= FEWEST).then(|| (rows, start.to(number.span())))
}

/// Where a query says how many rows it picks, and the number.
fn limit(query: Cursor<'_>) -> Option<(Span, Cursor<'_>)> {
    let mut number = query
        .finds(&["limit"])
        .or_else(|| query.finds(&["fetch"]))?;
    let start = number.span();
    number.advance();
    let _ = number.eat(&["first"]) || number.eat(&["next"]);
    Some((start, number))
}

/// Not, or by what is selected: by anything else the first or last rows may be meant.
fn is_ordered_by_key(query: Cursor<'_>) -> bool {
    let Some(mut order) = query.finds(&["order", "by"]) else {
        return true;
    };
    order.eat(&["order", "by"]);
    let mut selected = query;
    selected.eat(&["select"]);
    match (selected.name(), order.name()) {
        (Some(selected), Some(order)) => selected.name == order.name && !order_descends(query),
        _ => false,
    }
}

fn order_descends(query: Cursor<'_>) -> bool {
    query.finds(&["desc"]).is_some()
}

/// A change in a loop of PL/pgSQL code that never commits.
#[derive(Clone, Debug)]
pub(crate) struct LoopedChange {
    /// The table.
    pub(crate) table: Name,
    /// The change, in the file.
    pub(crate) span: Span,
}

/// The first change in a loop of a `DO` block that takes some rows at a time, by a `LIMIT` or in steps, and
/// all of them in one transaction.
pub(crate) fn looped_change(statement: Statement<'_>) -> Option<LoopedChange> {
    let StatementKind::Do(token) = statement.kind() else {
        return None;
    };
    let body = match token.kind {
        TokenKind::DollarString => dollar_body(statement.text, token),
        _ => string_body(statement.text, token),
    };
    if !transaction_control_in_body(statement.text, body).is_empty() {
        return None;
    }
    let text = body.of(statement.text);
    let all: Vec<Token> = tokens(text).filter(|token| !token.is_trivia()).collect();
    let code = Statement {
        text,
        tokens: &all,
        names: statement.names,
    };
    // Each open loop, with whether it goes in steps.
    let mut loops: Vec<bool> = Vec::new();
    let mut pieces = pieces(code).into_iter();
    pieces.find_map(|piece| {
        if piece.are(0, &["end", "loop"]) {
            loops.pop();
            return None;
        }
        if piece.is(piece.tokens.len() - 1, "loop") {
            // `FOR i IN 1 .. 9000 BY 1000 LOOP`, and not one over the rows of a query.
            let is_range = piece.finds_word("for") && !piece.finds_word("select");
            loops.push(is_range && piece.finds_word("by"));
            return None;
        }
        // One row is looked for by itself.
        let some = |it: &Candidate<'_>| limit(it.query).is_some_and(|(_, rows)| rows.text() != "1");
        let in_portions = loops.contains(&true) || candidates(piece).iter().any(some);
        let (table, _) = changed(piece).filter(|_| !loops.is_empty() && in_portions)?;
        let span = piece.span().shifted(body.start);
        Some(LoopedChange { table, span })
    })
}

/// The statements of PL/pgSQL code, and the heads of its blocks, each up to what ends it.
fn pieces(code: Statement<'_>) -> Vec<Statement<'_>> {
    let mut found = Vec::new();
    let mut start = 0;
    for index in 0..code.tokens.len() {
        let is_semicolon = code.word(index) == ";";
        let is_loop = code.is(index, "loop") && !(index > 0 && code.is(index - 1, "end"));
        let heads = ["begin", "then", "else"];
        if !is_semicolon && !is_loop && !heads.iter().any(|word| code.is(index, word)) {
            continue;
        }
        let end = if is_loop { index + 1 } else { index };
        if start < end {
            found.push(Statement {
                tokens: &code.tokens[start..end],
                ..code
            });
        }
        start = index + 1;
    }
    found
}
