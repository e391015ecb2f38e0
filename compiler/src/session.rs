//! What a statement sets for the session: `SET`, `RESET` and the function `set_config`.

use crate::cursor::Cursor;
use crate::lexer::TokenKind;
use crate::statement::Statement;
use crate::tokens::Tokens;

/// A change of the session.
#[derive(Clone, Debug)]
pub struct Set {
    /// The setting, such as `search_path` or `role`.
    pub name: String,
    /// Ends with the transaction.
    pub local: bool,
    /// Goes back to the session's default.
    pub reset: bool,
    /// The same, as `SET … TO DEFAULT` says it.
    pub to_default: bool,
}

impl Set {
    /// The same until the transaction's end, as SQL that exists.
    pub fn localized(&self) -> String {
        let name = match &*self.name {
            "session_authorization" => "SESSION AUTHORIZATION",
            "xml" => "XML OPTION",
            name => name,
        };
        match (&*self.name, self.reset) {
            (_, false) => format!("SET LOCAL {name}"),
            ("role", true) => "SET LOCAL ROLE NONE".to_owned(),
            ("session_authorization", true) => format!("SET LOCAL {name} DEFAULT"),
            (_, true) => format!("SET LOCAL {name} TO DEFAULT"),
        }
    }
}

/// Whether the statement is about the mode of the transaction: `SET TRANSACTION`, and its settings.
pub fn sets_transaction(statement: Statement<'_>) -> bool {
    let settings = [
        "transaction_isolation",
        "transaction_read_only",
        "transaction_deferrable",
    ];
    let mut cursor = Cursor::new(statement);
    let is_command = cursor.eat(&["set"]) || cursor.eat(&["reset"]);
    if is_command {
        let _ = cursor.eat(&["local"]) || cursor.eat(&["session"]);
    }
    let is_named = set(statement).is_some_and(|set| settings.contains(&&*set.name));
    is_named || is_command && cursor.sees(&["transaction"])
}

/// What gives every lock of the session back, if the statement does: also the one that keeps runs apart.
pub fn unlocks_all(statement: Statement<'_>) -> Option<&'static str> {
    const UNLOCK: &str = "pg_advisory_unlock_all";
    let mut cursor = Cursor::new(statement);
    if cursor.eat(&["discard", "all"]) {
        return Some("DISCARD ALL");
    }
    let is_code = cursor.sees(&["do"]);
    let calls = ["select", "with", "call"];
    if !is_code && !calls.iter().any(|word| cursor.sees(&[word])) {
        return None;
    }
    let words = Tokens::of(statement);
    let is_called = words.names(UNLOCK) || is_code && words.names_in_code(UNLOCK);
    is_called.then_some(UNLOCK)
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
    cursor.eat(&["session"]);
    if cursor.sees(&["constraints"]) || cursor.sees(&["transaction"]) {
        return None;
    }
    let name = match () {
        () if cursor.sees(&["authorization"]) => "session_authorization".to_owned(),
        () if cursor.sees(&["names"]) => "client_encoding".to_owned(),
        () if cursor.sees(&["schema"]) => "search_path".to_owned(),
        () if cursor.sees(&["time", "zone"]) => "timezone".to_owned(),
        () if cursor.sees(&["characteristics"]) => "transaction characteristics".to_owned(),
        () => {
            let mut name = cursor.identifier()?;
            while cursor.eat_text(".") {
                name = format!("{name}.{}", cursor.identifier()?);
            }
            name
        }
    };
    Some(Set {
        name,
        local,
        reset,
        to_default: !reset && ends_in_default(cursor),
    })
}

/// Whether the last word is `DEFAULT`.
fn ends_in_default(mut cursor: Cursor<'_>) -> bool {
    let mut last = cursor;
    while !cursor.is_at_end() {
        last = cursor;
        cursor.advance();
    }
    last.sees(&["default"])
}

/// `SET` with LOCAL and the value that is written here.
pub(crate) fn localized(statement: Statement<'_>) -> Option<String> {
    let mut cursor = Cursor::new(statement);
    cursor.eat(&["set"]).then_some(())?;
    if !cursor.sees(&["session", "authorization"]) {
        cursor.eat(&["session"]);
    }
    let rest = cursor.rest();
    (!rest.tokens.is_empty()).then(|| format!("SET LOCAL {}", rest.span().of(rest.text)))
}

#[cfg(feature = "full")]
/// Whether the session runs in UTC from here on.
pub(crate) fn sets_utc(statement: Statement<'_>) -> bool {
    let mut cursor = Cursor::new(statement);
    let is_setting =
        cursor.eat(&["set"]) && (statement.finds_word("timezone") || statement.finds_word("zone"));
    let strings = statement.strings().map(|(value, _)| value);
    let mut values = strings.chain(statement.identifiers().map(|(value, _)| value));
    is_setting && values.any(|value| value.eq_ignore_ascii_case("utc"))
}

#[cfg(feature = "full")]
/// The schemas that a statement sets the search path to; `None` where they cannot be told, and
/// empty for what the session begins with.
pub(crate) fn search_path(statement: Statement<'_>) -> Option<Vec<String>> {
    let mut cursor = Cursor::new(statement);
    if cursor.eat(&["reset"]) {
        return Some(Vec::new());
    }
    if !cursor.eat(&["set"]) {
        let value = Tokens::read(&value_of_call(cursor)?);
        return schemas(Cursor::of(&value));
    }
    let _ = cursor.eat(&["local"]) || cursor.eat(&["session"]);
    cursor.advance();
    let _ = cursor.eat_text("=") || cursor.eat(&["to"]);
    if cursor.eat(&["default"]) {
        return Some(Vec::new());
    }
    schemas(cursor)
}

#[cfg(feature = "full")]
/// A list of names, some of them in the quotes of strings. No schema is called as the user is,
/// as far as anyone knows.
fn schemas(mut cursor: Cursor<'_>) -> Option<Vec<String>> {
    let mut found = Vec::new();
    while !cursor.is_at_end() {
        let written = cursor.string();
        if written.is_some() {
            cursor.advance();
        }
        let schema = written.or_else(|| cursor.identifier())?;
        found.extend(Some(schema).filter(|schema| schema != "$user" && !schema.is_empty()));
        if !cursor.eat_text(",") {
            break;
        }
    }
    cursor.is_at_end().then_some(found)
}

#[cfg(feature = "full")]
fn value_of_call(mut cursor: Cursor<'_>) -> Option<String> {
    while !cursor.is_at_end() {
        if cursor.eat(&["set_config"]) {
            let arguments = cursor.parenthesised()?;
            let [_, value, _] = &arguments[..] else {
                return None;
            };
            return value.string();
        }
        cursor.advance();
    }
    None
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
                reset: false,
                to_default: false,
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
            ("SET SESSION TRANSACTION READ ONLY", None),
            ("RESET TRANSACTION ISOLATION LEVEL", None),
            ("RESET ALL", Some(("all", false))),
            (
                "RESET SESSION AUTHORIZATION",
                Some(("session_authorization", false)),
            ),
            (
                "SET SESSION AUTHORIZATION x",
                Some(("session_authorization", false)),
            ),
            ("SET NAMES 'UTF8'", Some(("client_encoding", false))),
            ("SET SCHEMA 'a'", Some(("search_path", false))),
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
