//! SQL text to tokens, as PostgreSQL's own scanner cuts it.
//!
//! Follows `src/backend/parser/scan.l` of PostgreSQL 15 with
//! `standard_conforming_strings = on`, the only setting under which a file has one
//! meaning. The tokens cover the text without gap or overlap, white space and
//! comments included. Nothing else in this crate interprets SQL text.

use crate::span::Span;

/// What a token is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TokenKind {
    /// Blanks and line ends.
    Whitespace,
    /// `-- …` up to the line's end.
    LineComment,
    /// `/* … */`, nested.
    BlockComment,
    /// A keyword or an unquoted identifier.
    Word,
    /// `"…"` or `U&"…"`.
    QuotedIdentifier,
    /// `'…'`, `E'…'`, `U&'…'` or `N'…'`, with its continuations on further lines.
    String,
    /// `B'…'` or `X'…'`.
    BitString,
    /// `$$…$$` or `$tag$…$tag$`.
    DollarString,
    /// `$1`.
    Parameter,
    /// An integer or decimal number.
    Number,
    /// One or more operator characters.
    Operator,
    /// One of `( ) [ ] , ; . :`, or `::`, `:=`, `..`.
    Punctuation,
    /// `\`, which only psql understands.
    Backslash,
    /// Any other character; PostgreSQL refuses it.
    Unknown,
    /// Begun and never ended; reaches to the end of the text.
    Unterminated(Unterminated),
}

/// What was begun and never ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unterminated {
    /// `'…`
    String,
    /// `"…`
    QuotedIdentifier,
    /// `/* …`
    Comment,
    /// `$tag$…`
    DollarString,
}

/// A range of the text and what it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands.
    pub span: Span,
}

impl Token {
    /// Whether the server's parser never sees it.
    pub fn is_trivia(&self) -> bool {
        matches!(
            self.kind,
            TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment
        )
    }
}

/// Cuts `text` into tokens, one at a time.
pub fn tokens(text: &str) -> Tokens<'_> {
    Tokens {
        bytes: text.as_bytes(),
        offset: 0,
    }
}

/// The tokens of a text, in order.
#[derive(Debug)]
pub struct Tokens<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        if self.offset >= self.bytes.len() {
            return None;
        }
        let scanner = Scanner { bytes: self.bytes };
        let (kind, end) = scanner.token(self.offset);
        let span = Span::new(self.offset, end);
        self.offset = end;
        Some(Token { kind, span })
    }
}

/// The text after the opening quote of a dollar-quoted string, up to the closing one.
pub fn dollar_body(text: &str, token: Token) -> Span {
    let bytes = token.span.of(text).as_bytes();
    let tag = bytes[1..]
        .iter()
        .position(|&byte| byte == b'$')
        .map_or(0, |at| at + 2);
    Span::new(token.span.start + tag, token.span.end - tag)
}

/// The text between the quotes of a string, whatever letters stand before them.
pub fn string_body(text: &str, token: Token) -> Span {
    let quote = token
        .span
        .of(text)
        .bytes()
        .position(|byte| byte == b'\'')
        .unwrap_or(0);
    Span::new(token.span.start + quote + 1, token.span.end - 1)
}

/// Every function takes the offset where something begins and returns where it ends.
struct Scanner<'a> {
    bytes: &'a [u8],
}

impl Scanner<'_> {
    fn token(&self, start: usize) -> (TokenKind, usize) {
        let next = self.at(start + 1);
        match self.bytes[start] {
            b' ' | b'\t' | b'\n' | b'\r' | b'\x0b' | b'\x0c' => {
                (TokenKind::Whitespace, self.skip(start, is_space))
            }
            b'-' if next == Some(b'-') => (TokenKind::LineComment, self.line_end(start)),
            b'/' if next == Some(b'*') => self.block_comment(start),
            b'\'' => self.string(start + 1, TokenKind::String, Escapes::Doubled),
            b'e' | b'E' if next == Some(b'\'') => {
                self.string(start + 2, TokenKind::String, Escapes::Backslash)
            }
            b'n' | b'N' if next == Some(b'\'') => {
                self.string(start + 2, TokenKind::String, Escapes::Doubled)
            }
            b'b' | b'B' | b'x' | b'X' if next == Some(b'\'') => {
                self.string(start + 2, TokenKind::BitString, Escapes::Doubled)
            }
            b'u' | b'U' if next == Some(b'&') && self.at(start + 2) == Some(b'\'') => {
                self.string(start + 3, TokenKind::String, Escapes::Doubled)
            }
            b'u' | b'U' if next == Some(b'&') && self.at(start + 2) == Some(b'"') => {
                self.quoted_identifier(start + 3)
            }
            b'"' => self.quoted_identifier(start + 1),
            byte if begins_word(byte) => (TokenKind::Word, self.skip(start, continues_word)),
            b'0'..=b'9' => (TokenKind::Number, self.number(start)),
            b'.' if next.is_some_and(|byte| byte.is_ascii_digit()) => {
                (TokenKind::Number, self.number(start))
            }
            b'$' => self.dollar(start),
            b':' if matches!(next, Some(b':' | b'=')) => (TokenKind::Punctuation, start + 2),
            b'.' if next == Some(b'.') => (TokenKind::Punctuation, start + 2),
            b'(' | b')' | b'[' | b']' | b',' | b';' | b'.' | b':' => {
                (TokenKind::Punctuation, start + 1)
            }
            b'\\' => (TokenKind::Backslash, start + 1),
            byte if is_operator(byte) => (TokenKind::Operator, self.operator(start)),
            // Bytes above 127 begin a word, so this one is a whole character.
            _ => (TokenKind::Unknown, start + 1),
        }
    }

    fn at(&self, offset: usize) -> Option<u8> {
        self.bytes.get(offset).copied()
    }

    fn skip(&self, start: usize, belongs: fn(u8) -> bool) -> usize {
        let rest = &self.bytes[start..];
        start
            + rest
                .iter()
                .position(|&byte| !belongs(byte))
                .unwrap_or(rest.len())
    }

    fn line_end(&self, start: usize) -> usize {
        self.skip(start, |byte| byte != b'\n' && byte != b'\r')
    }

    fn block_comment(&self, start: usize) -> (TokenKind, usize) {
        let mut depth = 1_usize;
        let mut offset = start + 2;
        while let Some(byte) = self.at(offset) {
            match (byte, self.at(offset + 1)) {
                (b'/', Some(b'*')) => {
                    depth += 1;
                    offset += 2;
                }
                (b'*', Some(b'/')) => {
                    depth -= 1;
                    offset += 2;
                    if depth == 0 {
                        return (TokenKind::BlockComment, offset);
                    }
                }
                _ => offset += 1,
            }
        }
        self.unterminated(Unterminated::Comment)
    }

    /// `start` is behind the opening quote.
    fn string(&self, start: usize, kind: TokenKind, escapes: Escapes) -> (TokenKind, usize) {
        let mut offset = start;
        while let Some(byte) = self.at(offset) {
            match byte {
                b'\'' if self.at(offset + 1) == Some(b'\'') => offset += 2,
                b'\'' => match self.continuation(offset + 1) {
                    Some(resumed) => offset = resumed,
                    None => return (kind, offset + 1),
                },
                b'\\' if escapes == Escapes::Backslash => offset += 2,
                _ => offset += 1,
            }
        }
        self.unterminated(Unterminated::String)
    }

    /// Behind a closing quote: where the string goes on, if the next quote stands on a
    /// later line with nothing but blanks and `--` comments between (`quotecontinue`).
    fn continuation(&self, start: usize) -> Option<usize> {
        let mut offset = start;
        let mut new_line = false;
        loop {
            match self.at(offset)? {
                b'\n' | b'\r' => {
                    new_line = true;
                    offset += 1;
                }
                byte if is_space(byte) => offset += 1,
                b'-' if self.at(offset + 1) == Some(b'-') => offset = self.line_end(offset),
                b'\'' if new_line => return Some(offset + 1),
                _ => return None,
            }
        }
    }

    fn quoted_identifier(&self, start: usize) -> (TokenKind, usize) {
        let mut offset = start;
        while let Some(byte) = self.at(offset) {
            match byte {
                b'"' if self.at(offset + 1) == Some(b'"') => offset += 2,
                b'"' => return (TokenKind::QuotedIdentifier, offset + 1),
                _ => offset += 1,
            }
        }
        self.unterminated(Unterminated::QuotedIdentifier)
    }

    fn number(&self, start: usize) -> usize {
        let digits = |offset| self.skip(offset, |byte| byte.is_ascii_digit());
        let mut end = digits(start);
        // `1..10` in a loop is a number, two points and a number.
        if self.at(end) == Some(b'.') && self.at(end + 1) != Some(b'.') {
            end = digits(end + 1);
        }
        if matches!(self.at(end), Some(b'e' | b'E')) {
            let signed = matches!(self.at(end + 1), Some(b'+' | b'-'));
            let exponent = end + 1 + usize::from(signed);
            if self.at(exponent).is_some_and(|byte| byte.is_ascii_digit()) {
                end = digits(exponent);
            }
        }
        end
    }

    /// `$1`, `$$…$$` or `$tag$…$tag$`; a lone `$` is no token of PostgreSQL.
    fn dollar(&self, start: usize) -> (TokenKind, usize) {
        if self.at(start + 1).is_some_and(|byte| byte.is_ascii_digit()) {
            return (
                TokenKind::Parameter,
                self.skip(start + 1, |byte| byte.is_ascii_digit()),
            );
        }
        let tag_end = match self.at(start + 1) {
            Some(byte) if begins_word(byte) => {
                self.skip(start + 1, |byte| continues_word(byte) && byte != b'$')
            }
            _ => start + 1,
        };
        if self.at(tag_end) != Some(b'$') {
            return (TokenKind::Unknown, start + 1);
        }
        let delimiter = &self.bytes[start..=tag_end];
        let body = tag_end + 1;
        let mut offset = body;
        while let Some(found) = self.bytes[offset..].iter().position(|&byte| byte == b'$') {
            offset += found;
            if self.bytes[offset..].starts_with(delimiter) {
                return (TokenKind::DollarString, offset + delimiter.len());
            }
            offset += 1;
        }
        self.unterminated(Unterminated::DollarString)
    }

    /// The longest run of operator characters that does not run into a comment and, as
    /// `scan.l` has it for the standard's sake, does not end in a sign unless one of
    /// ``~ ! @ # ^ & | ` ? %`` is in it.
    fn operator(&self, start: usize) -> usize {
        // PostgreSQL refuses operators of `NAMEDATALEN`, 64 bytes, or more. Were each sign of
        // a long run to look through the rest, the time would grow with the square of it.
        if self.bytes[start..]
            .iter()
            .take(64)
            .filter(|byte| b"+-".contains(byte))
            .count()
            == 64
        {
            return start + 1;
        }
        let run = &self.bytes[start..self.skip(start, is_operator)];
        let comment = run
            .windows(2)
            .position(|pair| pair == b"--" || pair == b"/*");
        let run = &run[..comment.unwrap_or(run.len())];
        let mut length = run.len().max(1);
        if !run.iter().any(|byte| b"~!@#^&|`?%".contains(byte)) {
            while length > 1 && matches!(run[length - 1], b'+' | b'-') {
                length -= 1;
            }
        }
        start + length
    }

    fn unterminated(&self, what: Unterminated) -> (TokenKind, usize) {
        (TokenKind::Unterminated(what), self.bytes.len())
    }
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Escapes {
    /// A quote inside is written twice.
    Doubled,
    /// The same, and a backslash takes the next character with it.
    Backslash,
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0b' | b'\x0c')
}

fn begins_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn continues_word(byte: u8) -> bool {
    begins_word(byte) || byte.is_ascii_digit() || byte == b'$'
}

fn is_operator(byte: u8) -> bool {
    b"~!@#^&|`?+-*/%<>=".contains(&byte)
}

#[cfg(test)]
mod tests;
