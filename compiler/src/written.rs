//! The string constants that `INSERT` and `UPDATE` write into columns.

use crate::cursor::{Cursor, Name};
use crate::span::Span;
use crate::statement::Statement;

/// A string constant that a statement writes into a column as it stands.
#[derive(Clone, Debug)]
pub(crate) struct WrittenString {
    pub(crate) table: Name,
    pub(crate) column: String,
    pub(crate) value: String,
    pub(crate) span: Span,
}

/// Those of `INSERT INTO t (…) VALUES (…)` and `UPDATE t SET …`.
pub(crate) fn written_strings(statement: Statement<'_>) -> Vec<WrittenString> {
    let mut cursor = Cursor::new(statement);
    let found = match () {
        () if cursor.eat(&["insert", "into"]) => inserted_strings(cursor),
        () if cursor.eat(&["update"]) => updated_strings(cursor),
        () => None,
    };
    found.unwrap_or_default()
}

fn inserted_strings(mut cursor: Cursor<'_>) -> Option<Vec<WrittenString>> {
    let table = cursor.name()?;
    if cursor.eat(&["as"]) {
        cursor.identifier()?;
    }
    let columns: Vec<Option<String>> = cursor
        .parenthesised()?
        .into_iter()
        // `a[1]` and `a.b` are parts of a column.
        .map(|mut part| part.identifier().filter(|_| part.is_at_end()))
        .collect();
    if cursor.eat(&["overriding"]) {
        cursor.advance();
        cursor.eat(&["value"]);
    }
    cursor.eat(&["values"]).then_some(())?;
    let mut found = Vec::new();
    while let Some(values) = cursor.parenthesised() {
        for (column, mut value) in columns.iter().zip(values) {
            let span = value.span();
            let written = value.string();
            value.advance();
            let written = written.filter(|_| value.is_at_end());
            found.extend(column.clone().zip(written).map(|(column, value)| {
                let table = table.clone();
                WrittenString {
                    table,
                    column,
                    value,
                    span,
                }
            }));
        }
        if !cursor.eat_text(",") {
            break;
        }
    }
    Some(found)
}

fn updated_strings(mut cursor: Cursor<'_>) -> Option<Vec<WrittenString>> {
    cursor.eat(&["only"]);
    let table = cursor.name()?;
    let mut list = cursor.finds(&["set"])?;
    list.advance();
    let mut found = Vec::new();
    for mut part in list.rest_by_commas() {
        let Some(column) = part.identifier().filter(|_| part.text() == "=") else {
            // The list ends somewhere in here, unless several columns are set at once.
            if part.parenthesised().is_some() {
                continue;
            }
            break;
        };
        part.advance();
        let span = part.span();
        let value = part.string();
        part.advance();
        let ends = ["where", "from", "returning"]
            .iter()
            .any(|word| part.sees(&[word]));
        if let Some(value) = value.filter(|_| ends || part.is_at_end()) {
            let table = table.clone();
            found.push(WrittenString {
                table,
                column,
                value,
                span,
            });
        }
        let is_last = ["where", "from", "returning"];
        if is_last.iter().any(|word| part.finds(&[word]).is_some()) {
            break;
        }
    }
    Some(found)
}
