//! Putting values into SQL text.
//!
//! A migration travels in one simple-query message, which has no parameters, so
//! every value is quoted here and nowhere else.

use std::time::Duration;

/// `template` with each `{name}` replaced. One pass: a value is never looked into.
///
/// `{quote}` becomes a dollar quote that occurs in no value.
pub(crate) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let quote = if template.contains("{quote}") {
        let is_free = |quote: &String| values.iter().all(|(_, value)| !value.contains(quote));
        let mut quotes = (0_u32..).map(|number| format!("$pgstrata_{number}$"));
        quotes.find(is_free).unwrap_or_default()
    } else {
        String::new()
    };
    let values = &[values, &[("quote", &*quote)]].concat();
    let mut pieces = template.split('{');
    let mut filled = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let named = piece.split_once('}').and_then(|(name, rest)| {
            values
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| [*value, rest])
        });
        // What we forgot is left standing, so that the server refuses it.
        filled.extend(named.unwrap_or(["{", piece]));
    }
    filled
}

/// A text that anyone may have written, such that a terminal shows all of it and obeys nothing of it:
/// what is no letter and no blank is shown by its number, and what turns the direction of writing.
pub(crate) fn visible(text: &str) -> String {
    let is_hidden = |letter: char| {
        let turns = matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        turns || letter.is_control() && !matches!(letter, '\n' | '\t')
    };
    if !text.contains(is_hidden) {
        return text.to_owned();
    }
    let shown = text.chars().map(|letter| {
        if is_hidden(letter) {
            letter.escape_unicode().to_string()
        } else {
            letter.to_string()
        }
    });
    shown.collect()
}

/// The same of what is one line.
pub(crate) fn visible_line(text: &str) -> String {
    visible(text).replace('\n', "\\n")
}

/// A quoted identifier.
pub(crate) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A string constant that reads the same whatever `standard_conforming_strings` is:
/// only the `E''` form treats a backslash alike under both settings.
/// <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-STRINGS-ESCAPE>
pub(crate) fn literal(text: &str) -> String {
    if !text.contains(['\'', '\\']) {
        return ["'", text, "'"].concat();
    }
    let quoted = text.replace('\'', "''");
    // The blank keeps the `E` from joining a keyword in front of it.
    let escapes = if quoted.contains('\\') { " E" } else { "" };
    format!("{escapes}'{}'", quoted.replace('\\', "\\\\"))
}

/// [`literal`], or `NULL`.
pub(crate) fn nullable(text: Option<&str>) -> String {
    text.map_or_else(|| "NULL".to_owned(), literal)
}

/// A `bytea` expression; not the `'\x…'` form, for the reason given at [`literal`].
pub(crate) fn bytes(bytes: &[u8]) -> String {
    format!(" E'\\\\x{}'::bytea", hex(bytes))
}

/// Two hexadecimal digits a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        digits.extend(two_digits(*byte).map(char::from));
    }
    digits
}

/// Whether a text is this `bytea`, as the server sends it with `bytea_output = hex`. Looks at all of it, which
/// is faster than to ask after each byte whether to go on.
pub(crate) fn is_hex_of(text: &str, bytes: &[u8]) -> bool {
    let digits = text.strip_prefix("\\x").unwrap_or_default().as_bytes();
    let (pairs, rest) = digits.as_chunks();
    let differ = |(pair, byte): (&[u8; 2], &u8)| {
        u16::from_ne_bytes(*pair) ^ u16::from_ne_bytes(two_digits(*byte))
    };
    let is_long = pairs.len() == bytes.len() && rest.is_empty();
    is_long
        && pairs
            .iter()
            .zip(bytes)
            .map(differ)
            .fold(0, |all, it| all | it)
            == 0
}

const fn two_digits(byte: u8) -> [u8; 2] {
    TWO_DIGITS[byte as usize]
}

const TWO_DIGITS: [[u8; 2]; 256] = {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut all = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        all[byte] = [DIGITS[byte >> 4], DIGITS[byte & 15]];
        byte += 1;
    }
    all
};

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

/// An `interval`, to the microsecond.
pub(crate) fn interval(duration: Duration) -> String {
    format!("'{} microseconds'::interval", duration.as_micros())
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
        let quoted = fill("{quote}{a}{quote}", &[("a", "$pgstrata_0$")]);
        assert_eq!(quoted, "$pgstrata_1$$pgstrata_0$$pgstrata_1$");
    }

    #[test]
    fn a_terminal_obeys_nothing_of_what_is_shown() {
        assert_eq!(visible("a\tb\nä"), "a\tb\nä");
        assert_eq!(visible("\x1b[2K\r\u{202e}x"), "\\u{1b}[2K\\u{d}\\u{202e}x");
        assert_eq!(visible_line("a\nb\r"), "a\\nb\\u{d}");
    }

    #[test]
    fn quoting() {
        assert_eq!(identifier("we\"ird"), "\"we\"\"ird\"");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\'b"), " E'a\\\\''b'");
        assert_eq!(bytes(&[0, 255]), " E'\\\\x00ff'::bytea");
        assert!(is_hex_of("\\x00ff", &[0, 255]));
        assert!(!is_hex_of("\\x00fe", &[0, 255]) && !is_hex_of("\\x00", &[0, 255]));
        assert!(!is_hex_of("00ff", &[0, 255]) && is_hex_of("\\x", &[]));
        assert_eq!(array([1, 2].into_iter()), "'{1,2}'");
        assert_eq!(texts(&["a,b", "it's"]), "ARRAY['a,b','it''s']::text[]");
        assert_eq!(milliseconds(Duration::from_micros(1)), 1);
        assert_eq!(milliseconds(Duration::MAX), i32::MAX);
    }
}
