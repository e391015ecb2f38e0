//! What a statement sets for the session: `SET`, `RESET` and the function `set_config`.

use crate::cursor::Cursor;
use crate::lexer::TokenKind;
use crate::statement::Statement;

/// A change of the session.
#[derive(Clone, Debug)]
pub struct Set {
    /// The setting, such as `search_path` or `role`.
    pub name: String,
    /// Ends with the transaction.
    pub local: bool,
}

/// What the statement sets, if it does.
pub fn set(statement: Statement<'_>) -> Option<Set> {
    let mut cursor = Cursor::new(statement);
    match () {
        () if cursor.eat(&["set"]) => command(cursor, false),
        () if cursor.eat(&["reset"]) => command(cursor, true),
        () if cursor.eat(&["select"]) || cursor.eat(&["with"]) => call(cursor),
        () => None,
    }
}

fn command(mut cursor: Cursor<'_>, reset: bool) -> Option<Set> {
    let local = cursor.eat(&["local"]);
    if !reset && (cursor.sees(&["constraints"]) || cursor.sees(&["transaction"])) {
        return None;
    }
    cursor.eat(&["session"]);
    let name = match () {
        () if cursor.sees(&["time", "zone"]) => "timezone".to_owned(),
        () if cursor.sees(&["characteristics"]) => "transaction characteristics".to_owned(),
        () => cursor.name()?.shown(),
    };
    Some(Set { name, local })
}

/// The first `set_config(name, value, is_local)` of a query.
fn call(mut cursor: Cursor<'_>) -> Option<Set> {
    while !cursor.is_at_end() {
        let is_name = cursor.peek().is_some_and(|token| token.kind == TokenKind::Word)
            && cursor.text().eq_ignore_ascii_case("set_config");
        cursor.advance();
        if is_name && cursor.text() == "(" {
            let arguments = cursor.parenthesised()?;
            let [name, _, local] = &arguments[..] else { return None };
            return Some(Set { name: name.string()?, local: local.sees(&["true"]) });
        }
    }
    None
}
