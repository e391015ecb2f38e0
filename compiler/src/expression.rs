//! Whether two expressions, or two queries, say the same. The server keeps an expression as it was
//! written, except for layout, parentheses, casts, qualified names and a few forms that it has another
//! word for; only what is different beside all these is called so.

use crate::cursor::Cursor;
use crate::lexer::TokenKind;
use crate::tokens::Tokens;

/// Forms that the server writes in other words (PostgreSQL source: `ruleutils.c`), or that hold others.
const REWRITTEN: [&str; 24] = [
    "in",
    "any",
    "some",
    "all",
    "array",
    "between",
    "like",
    "ilike",
    "similar",
    "not",
    "cast",
    "extract",
    "substring",
    "position",
    "overlay",
    "trim",
    "operator",
    "row",
    "fetch",
    "treat",
    "at",
    "collate",
    "escape",
    "interval",
];

/// Types whose constants can be written in several ways.
const TIMES: [&str; 9] = [
    "date",
    "time",
    "timetz",
    "timestamp",
    "timestamptz",
    "interval",
    "json",
    "jsonb",
    "numeric",
];

/// What a query keeps whatever its tables are called in it.
const STRUCTURE: [&str; 20] = [
    "where",
    "group",
    "having",
    "order",
    "limit",
    "offset",
    "union",
    "intersect",
    "except",
    "distinct",
    "join",
    "left",
    "right",
    "full",
    "cross",
    "and",
    "or",
    "null",
    "desc",
    "exists",
];

/// An expression without what may be written otherwise.
#[derive(Debug, Default)]
struct Essence {
    words: Vec<String>,
    constants: Vec<String>,
    /// The same may be said in other words.
    is_rewritten: bool,
    /// Its constants may be written otherwise.
    has_times: bool,
}

/// Whether two expressions are the same; `None` where only a server can tell.
pub(crate) fn same_expression(before: &Tokens, now: &Tokens) -> Option<bool> {
    same(before, now, |_| true)
}

/// The same of two queries, whose names are not looked at.
pub(crate) fn same_query(before: &Tokens, now: &Tokens) -> Option<bool> {
    same(before, now, |word| STRUCTURE.contains(&word))
}

fn same(before: &Tokens, now: &Tokens, counts: impl Fn(&str) -> bool) -> Option<bool> {
    if before == now {
        return Some(true);
    }
    let (before, now) = (essence(before, &counts), essence(now, &counts));
    if before.words == now.words {
        return None;
    }
    if before.constants != now.constants && !before.has_times && !now.has_times {
        return Some(false);
    }
    (!before.is_rewritten && !now.is_rewritten).then_some(false)
}

fn essence(tokens: &Tokens, counts: impl Fn(&str) -> bool) -> Essence {
    let mut found = Essence::default();
    let mut cursor = Cursor::of(tokens);
    while let Some(token) = cursor.peek() {
        let text = cursor.text();
        match token.kind {
            TokenKind::String | TokenKind::DollarString => {
                let Some(value) = cursor.string() else {
                    found.is_rewritten = true;
                    found.has_times = true;
                    cursor.advance();
                    continue;
                };
                // An array as one constant.
                found.has_times |= value.bytes().next() == Some(b'{');
                found.constant(&value);
                cursor.advance();
            }
            TokenKind::Number => {
                found.constant(text);
                cursor.advance();
            }
            TokenKind::Word | TokenKind::QuotedIdentifier => {
                let is_word = token.kind == TokenKind::Word;
                found.is_rewritten |= is_word && REWRITTEN.contains(&text);
                found.has_times |= is_word && TIMES.contains(&text);
                let Some(name) = cursor.identifier() else {
                    cursor.advance();
                    continue;
                };
                let is_type = cursor.peek().is_some_and(|it| it.kind == TokenKind::String);
                let is_row = is_word && matches!(&*name, "new" | "old");
                let is_qualifier = cursor.text() == ".";
                if !is_type && (is_row || !is_qualifier) && counts(&name) {
                    found.words.push(name);
                }
            }
            _ => {
                if text == "::" {
                    cursor.advance();
                    found.has_times |= skip_type(&mut cursor);
                    continue;
                }
                let is_layout = matches!(text, "(" | ")" | "." | "," | "*" | ";" | "[" | "]");
                if !is_layout || matches!(text, "," | "*") && counts(text) {
                    let text = if text == "!=" { "<>" } else { text };
                    found.is_rewritten |= text.bytes().any(|byte| byte == b'~');
                    found.words.push(text.to_owned());
                }
                cursor.advance();
            }
        }
    }
    found.constants.sort();
    found
}

impl Essence {
    /// A negative number may be a constant, or a sign before one.
    fn constant(&mut self, value: &str) {
        let is_negative = value.bytes().next() == Some(b'-') && value.parse::<f64>().is_ok();
        let number = is_negative.then(|| &value[1..]);
        if number.is_some() {
            self.words.push("-".to_owned());
        }
        let value = number.unwrap_or(value);
        self.words.push(format!("'{value}'"));
        self.constants.push(value.to_owned());
    }
}

/// Behind `::`; whether it is a type whose constants can be written in several ways.
fn skip_type(cursor: &mut Cursor<'_>) -> bool {
    let is_time = TIMES.iter().any(|it| cursor.sees(&[it]));
    cursor.identifier();
    while cursor.eat_text(".") {
        cursor.identifier();
    }
    for words in [
        &["varying"][..],
        &["precision"],
        &["with", "time", "zone"],
        &["without", "time", "zone"],
    ] {
        cursor.eat(words);
    }
    cursor.parenthesised();
    for words in [&["with", "time", "zone"][..], &["without", "time", "zone"]] {
        cursor.eat(words);
    }
    while cursor.text() == "[" || cursor.text() == "]" {
        cursor.advance();
    }
    is_time
}

#[cfg(test)]
mod tests {
    use super::{same_expression, same_query};
    use crate::tokens::Tokens;

    #[test]
    fn what_the_server_writes_otherwise_is_no_difference() {
        for (before, now, expected) in [
            ("a > 0", "(a > 0)", None),
            ("a > -1", "(a > '-1'::integer)", None),
            ("a <> 'x'", "((item.a)::text != 'x'::text)", None),
            ("a IN (1, 2)", "a = ANY (ARRAY[1, 2])", None),
            ("a BETWEEN 1 AND 2", "((a >= 1) AND (a <= 2))", None),
            ("a NOT LIKE 'x%'", "a !~~ 'x%'::text", None),
            ("t > DATE '2026-01-01'", "t > '2026-01-01'::date", None),
            ("a > 0", "a > 1", Some(false)),
            ("a > 0", "a >= 0", Some(false)),
            ("a > 0", "b > 0", Some(false)),
            ("a > 0 AND b > 0", "a > 0 OR b > 0", Some(false)),
            ("a IN (1, 2)", "a IN (1, 3)", Some(false)),
            ("NEW.a > 0", "OLD.a > 0", Some(false)),
            ("lower(a) = 'x'", "upper(a) = 'x'", Some(false)),
        ] {
            let (one, two) = (Tokens::read(before), Tokens::read(now));
            assert_eq!(same_expression(&one, &two), expected, "{before} | {now}");
        }
    }

    #[test]
    fn a_query_may_call_its_tables_what_it_likes() {
        for (before, now, expected) in [
            (
                "SELECT id FROM item",
                "SELECT i.id FROM public.item AS i",
                None,
            ),
            (
                "SELECT id FROM item",
                "SELECT id FROM item WHERE a > 0",
                Some(false),
            ),
            (
                "SELECT a FROM b JOIN c USING (d)",
                "SELECT a FROM b LEFT JOIN c USING (d)",
                Some(false),
            ),
            ("SELECT DISTINCT a FROM b", "SELECT a FROM b", Some(false)),
            (
                "SELECT a FROM b LIMIT 1",
                "SELECT a FROM b LIMIT 2",
                Some(false),
            ),
        ] {
            let (one, two) = (Tokens::read(before), Tokens::read(now));
            assert_eq!(same_query(&one, &two), expected, "{before} | {now}");
        }
    }
}
