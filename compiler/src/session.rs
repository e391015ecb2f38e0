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
        let is_name = cursor
            .peek()
            .is_some_and(|token| token.kind == TokenKind::Word)
            && cursor.text().eq_ignore_ascii_case("set_config");
        cursor.advance();
        if is_name && cursor.text() == "(" {
            let arguments = cursor.parenthesised()?;
            let [name, _, local] = &arguments[..] else {
                return None;
            };
            return Some(Set {
                name: name.string()?,
                local: local.sees(&["true"]),
            });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::file_name::Purpose;
    use crate::script::Script;

    #[test]
    fn what_a_statement_sets() {
        let cases = [
            ("SET search_path = a", Some(("search_path", false))),
            ("SET LOCAL a.b TO 'x'", Some(("a.b", true))),
            ("SET SESSION role x", Some(("role", false))),
            ("SET TIME ZONE 'UTC'", Some(("timezone", false))),
            (
                "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
                Some(("transaction characteristics", false)),
            ),
            ("SET CONSTRAINTS ALL DEFERRED", None),
            ("SET TRANSACTION READ ONLY", None),
            ("RESET role", Some(("role", false))),
            ("RESET transaction", Some(("transaction", false))),
            (
                "SELECT set_config('role', 'it''s', false)",
                Some(("role", false)),
            ),
            (
                "SELECT 1, SET_CONFIG('role', 'x', true)",
                Some(("role", true)),
            ),
            (
                "WITH a AS (SELECT set_config('role', 'x', true)) SELECT 1",
                Some(("role", true)),
            ),
            ("SELECT set_config, (1)", None),
            ("SELECT 'set_config' (1, 2, 3)", None),
            ("SELECT set_config(name, 'x', false) FROM t", None),
            ("SELECT f('role', 'x', false)", None),
            ("UPDATE t SET role = 1", None),
            ("CALL set_config('role', 'x', false)", None),
        ];
        for (text, expected) in cases {
            let script = Script::read("x.sql", text, Purpose::Up).expect("a script");
            let set = script.statements().next().and_then(super::set);
            let set = set.as_ref().map(|set| (set.name.as_str(), set.local));
            assert_eq!(set, expected, "{text}");
        }
    }
}
