//! What a query makes: the table of `SELECT … INTO`.

use crate::action::CreateTable;
use crate::cursor::Cursor;
use crate::statement::Statement;

/// The table that a query makes, given the cursor on its first word.
pub(crate) fn select_into(statement: Statement<'_>) -> Option<CreateTable> {
    let cursor = Cursor::new(statement);
    let mut verb = cursor.finds(&["select"])?;
    let others: [&[&str]; 4] = [&["insert"], &["update"], &["delete"], &["merge"]];
    // Of `WITH … INSERT INTO … SELECT` the INTO is another one.
    if others.iter().any(|words| cursor.finds(words).is_some()) {
        return None;
    }
    verb.advance();
    let mut into = verb.finds(&["into"])?;
    into.advance();
    let temporary = into.eat(&["temporary"])
        || into.eat(&["temp"])
        || into.eat(&["local", "temporary"])
        || into.eat(&["local", "temp"]);
    into.eat(&["unlogged"]);
    into.eat(&["table"]);
    let table = into.new_name()?.made(temporary);
    Some(CreateTable {
        temporary: table.is_temporary(),
        table,
        if_not_exists: false,
        columns: Vec::new(),
        constraints: Vec::new(),
        parent: None,
        inherits: Vec::new(),
        has_more_columns: true,
    })
}

/// Whether the table that this statement makes holds no rows that are kept: `UNLOGGED`, in either
/// way to say so.
pub(crate) fn is_unlogged(statement: Statement<'_>) -> bool {
    statement.are(0, &["create", "unlogged"]) || statement.finds_words(&["into", "unlogged"])
}
