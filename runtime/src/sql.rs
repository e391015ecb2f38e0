//! Putting values into SQL text.
//!
//! A migration travels in one simple-query message, which has no parameters, so
//! every value is quoted here and nowhere else.

use std::time::Duration;

/// `template` with each `{name}` replaced. One pass: a value is never looked into.
pub(crate) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, name, after)) = placeholder(rest) {
        filled.push_str(before);
        match values.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => filled.push_str(value),
            // Left standing, so that the server refuses what we forgot.
            None => filled.extend(["{", name, "}"]),
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, after) = text.split_once('{')?;
    let (name, after) = after.split_once('}')?;
    Some((before, name, after))
}

/// A quoted identifier.
pub(crate) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A string constant that reads the same whatever `standard_conforming_strings` is:
/// only the `E''` form treats a backslash alike under both settings.
/// <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-STRINGS-ESCAPE>
pub(crate) fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') {
        // The blank keeps the `E` from joining a keyword in front of it.
        format!(" E'{}'", quoted.replace('\\', "\\\\"))
    } else {
        format!("'{quoted}'")
    }
}

/// [`literal`], or `NULL`.
pub(crate) fn nullable(text: Option<&str>) -> String {
    text.map_or_else(|| "NULL".to_owned(), literal)
}

/// A `bytea` expression; not the `'\x…'` form, for the reason given at [`literal`].
pub(crate) fn bytes(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or_default();
    let hex: String = bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
    format!("pg_catalog.decode('{hex}', 'hex')")
}

/// An array constant of numbers or booleans.
pub(crate) fn array<T: ToString>(items: impl Iterator<Item = T>) -> String {
    let items: Vec<String> = items.map(|item| item.to_string()).collect();
    format!("'{{{}}}'", items.join(","))
}

/// An array of texts.
pub(crate) fn texts<T: AsRef<str>>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(|item| literal(item.as_ref())).collect();
    format!("ARRAY[{}]::text[]", items.join(","))
}

/// Milliseconds as PostgreSQL's timeouts take them. Zero means "never", so a
/// fraction of a millisecond is rounded up; the settings are 32-bit integers.
pub(crate) fn milliseconds(duration: Duration) -> i32 {
    let rounded = duration.as_nanos().div_ceil(1_000_000);
    i32::try_from(rounded).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_not_looked_into() {
        let filled = fill("{a} {b} {c}", &[("a", "{b}"), ("b", "2")]);
        assert_eq!(filled, "{b} 2 {c}");
    }

    #[test]
    fn quoting() {
        assert_eq!(identifier("we\"ird"), "\"we\"\"ird\"");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\'b"), " E'a\\\\''b'");
        assert_eq!(bytes(&[0, 255]), "pg_catalog.decode('00ff', 'hex')");
        assert_eq!(array([1, 2].into_iter()), "'{1,2}'");
        assert_eq!(texts(&["a,b", "it's"]), "ARRAY['a,b','it''s']::text[]");
        assert_eq!(milliseconds(Duration::from_micros(1)), 1);
        assert_eq!(milliseconds(Duration::MAX), i32::MAX);
    }
}
