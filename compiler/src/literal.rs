//! What a name or a string constant says, without its quotes; and a name back in quotes. With
//! `lexer.rs` this is all that looks into the text of a token.

use std::str::Chars;

use crate::lexer::{Token, TokenKind, dollar_body};

/// What begins an escape in `U&"…"` and `U&'…'`, unless `UESCAPE` says otherwise.
const ESCAPE: char = '\\';

/// The name in a token, folded as the server folds it; `None` of everything else.
pub fn identifier(text: &str, token: Token) -> Option<String> {
    escaped_identifier(text, token, ESCAPE)
}

/// The same, where `UESCAPE` names another character.
pub fn escaped_identifier(text: &str, token: Token, escape: char) -> Option<String> {
    whole(text, token, escape).map(truncated)
}

/// The name in a token before the server cuts it off.
pub fn whole_identifier(text: &str, token: Token) -> Option<String> {
    whole(text, token, ESCAPE)
}

/// Whether the token is `U&"…"` or `U&'…'`, which may have a `UESCAPE` behind it.
pub fn is_unicode(text: &str, token: Token) -> bool {
    let text = token.span.of(text).as_bytes();
    matches!(text, [b'u' | b'U', b'&', ..])
}

fn whole(text: &str, token: Token, escape: char) -> Option<String> {
    match token.kind {
        TokenKind::Word => Some(token.span.of(text).to_ascii_lowercase()),
        TokenKind::QuotedIdentifier => {
            let quoted = token.span.of(text);
            let start = quoted.find('"')? + 1;
            let inside = quoted[start..quoted.len() - 1].replace("\"\"", "\"");
            if is_unicode(text, token) {
                unescaped(&inside, escape)
            } else {
                Some(inside)
            }
        }
        _ => None,
    }
}

/// The value of a string constant; `None` where an escape in it cannot be followed.
pub fn string(text: &str, token: Token) -> Option<String> {
    match token.kind {
        TokenKind::DollarString => Some(dollar_body(text, token).of(text).to_owned()),
        TokenKind::String => {
            let said = token.span.of(text);
            let first = said.chars().next().map(|first| first.to_ascii_lowercase());
            let backslash = first == Some('e');
            let inside = joined(&said[said.find('\'')?..], backslash);
            match first {
                Some('e') => backslashed(&inside),
                Some('u') => unescaped(&inside, ESCAPE),
                _ => Some(inside),
            }
        }
        _ => None,
    }
}

/// The pieces of a constant that goes on over lines, doubled quotes made single.
fn joined(said: &str, backslash: bool) -> String {
    let (mut value, mut is_inside) = (String::new(), false);
    let mut letters = said.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' if !is_inside => is_inside = true,
            '\'' if letters.peek() == Some(&'\'') => {
                letters.next();
                value.push('\'');
            }
            '\'' => is_inside = false,
            '\\' if is_inside && backslash => {
                value.push(letter);
                value.extend(letters.next());
            }
            '-' if !is_inside => while letters.next_if(|it| *it != '\n').is_some() {},
            _ if is_inside => value.push(letter),
            _ => {}
        }
    }
    value
}

/// Without the escapes of `U&`: `\0041` and `\+000041`.
fn unescaped(text: &str, escape: char) -> Option<String> {
    let mut value = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != escape {
            value.push(letter);
            continue;
        }
        let mut ahead = letters.clone();
        match ahead.next()? {
            again if again == escape => {
                letters = ahead;
                value.push(escape);
            }
            '+' => {
                letters = ahead;
                value.push(hexadecimal(&mut letters, 6)?);
            }
            _ => value.push(hexadecimal(&mut letters, 4)?),
        }
    }
    Some(value)
}

/// Without the escapes of `E''`, as far as they are in use.
fn backslashed(text: &str) -> Option<String> {
    let mut value = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            value.push(letter);
            continue;
        }
        value.push(match letters.next()? {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'u' => hexadecimal(&mut letters, 4)?,
            'U' => hexadecimal(&mut letters, 8)?,
            'x' | '0'..='7' => return None,
            other => other,
        });
    }
    Some(value)
}

fn hexadecimal(letters: &mut Chars<'_>, digits: usize) -> Option<char> {
    let mut code = 0;
    for _ in 0..digits {
        code = code * 16 + letters.next()?.to_digit(16)?;
    }
    char::from_u32(code)
}

/// The name in quotes, whatever letters it has.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The value as a string constant.
pub fn quoted_string(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// The name, in quotes where it needs them because of its letters.
pub fn written(name: &str) -> String {
    if is_plain(name) {
        name.to_owned()
    } else {
        quoted(name)
    }
}

/// Whether the name needs no quotes, keywords aside.
pub fn is_plain(name: &str) -> bool {
    let mut letters = name.bytes();
    let is_first = |letter: u8| letter.is_ascii_lowercase() || letter == b'_';
    letters.next().is_some_and(is_first)
        && letters.all(|letter| is_first(letter) || letter.is_ascii_digit())
}

/// Longer names are cut off (PostgreSQL manual: Lexical Structure, NAMEDATALEN).
pub const LONGEST: usize = 63;

fn truncated(mut name: String) -> String {
    if name.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|&end| name.is_char_boundary(end));
        name.truncate(end.unwrap_or(0));
    }
    name
}

#[cfg(test)]
mod tests {
    use crate::lexer::tokens;

    #[test]
    fn names() {
        for (text, expected) in [
            ("Account", Some("account")),
            ("\"Account\"", Some("Account")),
            ("\"a\"\"b\"", Some("a\"b")),
            ("U&\"d\\0061ta\"", Some("data")),
            ("u&\"\\+000061\\\\\"", Some("a\\")),
            ("U&\"\\d83d\"", None),
            ("'a'", None),
        ] {
            let token = tokens(text).next().expect("a token");
            assert_eq!(
                super::identifier(text, token).as_deref(),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn strings() {
        for (text, expected) in [
            ("'it''s'", Some("it's")),
            ("'a' -- b'c\n  'd'", Some("ad")),
            ("E'a\\'b\\n\\u0041\\\\'", Some("a'b\nA\\")),
            ("E'\\101'", None),
            ("U&'\\0041'", Some("A")),
            ("N'a'", Some("a")),
            ("$x$it's$x$", Some("it's")),
            ("B'1'", None),
            ("\"a\"", None),
        ] {
            let token = tokens(text).next().expect("a token");
            assert_eq!(super::string(text, token).as_deref(), expected, "{text}");
        }
    }
}
