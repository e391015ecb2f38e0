//! A piece of a statement that is kept: its tokens, in one spelling.

use std::fmt;

use crate::lexer::{Token, TokenKind, dollar_body, string_body, tokens};
use crate::literal::{identifier, is_plain, quoted, quoted_string, string};
use crate::span::Span;
use crate::statement::Statement;

/// Some tokens, one blank between them and keywords in lower case: equal where the text differs
/// in layout only. They are asked as a statement is, through a cursor.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct Tokens {
    text: String,
    tokens: Vec<Token>,
}

impl Tokens {
    /// Those of a statement, or of a part of one.
    pub fn of(statement: Statement<'_>) -> Self {
        let mut kept = Self::default();
        for token in statement.tokens {
            let text = token.span.of(statement.text);
            match token.kind {
                TokenKind::Word => kept.push(token.kind, &text.to_ascii_lowercase()),
                _ => kept.push(token.kind, text),
            }
        }
        kept
    }

    /// Those of some code.
    pub fn read(code: &str) -> Self {
        let read: Vec<Token> = tokens(code).filter(|token| !token.is_trivia()).collect();
        Self::of(Statement::new(code, &read))
    }

    fn push(&mut self, kind: TokenKind, text: &str) {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        let start = self.text.len();
        self.text.push_str(text);
        let span = Span::new(start, self.text.len());
        self.tokens.push(Token { kind, span });
    }

    /// What a cursor walks over.
    pub fn statement(&self) -> Statement<'_> {
        Statement::new(&self.text, &self.tokens)
    }

    /// For a message.
    pub fn shown(&self) -> &str {
        &self.text
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether nothing is there.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// Without those from some place on.
    #[must_use]
    pub fn up_to(&self, length: usize) -> Self {
        let mut kept = Self::default();
        for token in self.tokens.iter().take(length) {
            kept.push(token.kind, token.span.of(&self.text));
        }
        kept
    }

    /// Whether one of them is this name.
    pub fn names(&self, name: &str) -> bool {
        self.statement().names(name)
    }

    /// Whether one of them is this name, or has it in its code: the body of a function, or a
    /// string such as the argument of `nextval`.
    pub fn names_in_code(&self, name: &str) -> bool {
        self.tokens
            .iter()
            .any(|token| has_name(&self.text, *token, name))
    }

    /// With another value in place of a string.
    #[must_use]
    pub fn with_value(&self, from: &str, to: &str) -> Self {
        let mut changed = Self::default();
        for token in &self.tokens {
            if string(&self.text, *token).is_some_and(|value| value == from) {
                changed.push(TokenKind::String, &quoted_string(to));
            } else {
                changed.push(token.kind, token.span.of(&self.text));
            }
        }
        changed
    }

    /// With another name in place of one.
    #[must_use]
    pub fn renamed(&self, from: &str, to: &str) -> Self {
        let mut renamed = Self::default();
        for token in &self.tokens {
            let is_it = identifier(&self.text, *token).is_some_and(|name| name == from);
            match is_it {
                true if is_plain(to) => renamed.push(TokenKind::Word, to),
                true => renamed.push(TokenKind::QuotedIdentifier, &quoted(to)),
                false => renamed.push(token.kind, token.span.of(&self.text)),
            }
        }
        renamed
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.text)
    }
}

/// Strings are looked into as if they were code.
fn has_name(text: &str, token: Token, name: &str) -> bool {
    if let Some(own) = identifier(text, token) {
        return own == name;
    }
    let inside = match token.kind {
        TokenKind::DollarString => dollar_body(text, token),
        TokenKind::String => string_body(text, token),
        TokenKind::Unterminated(_) if token.span.end > token.span.start + 1 => {
            let opening = token.span.of(text).chars().next().map_or(1, char::len_utf8);
            Span::new(token.span.start + opening, token.span.end)
        }
        _ => return false,
    };
    let code = inside.of(text);
    code == name || tokens(code).any(|token| has_name(code, token, name))
}
