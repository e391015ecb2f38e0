//! One statement: its tokens, and where its names are.

use std::fmt;

use crate::lexer::{Token, TokenKind};
use crate::literal::identifier;
use crate::span::Span;

/// One statement: its tokens without comments and without the closing semicolon.
#[derive(Clone, Copy, Debug)]
pub struct Statement<'a> {
    /// The text of the whole file.
    pub text: &'a str,
    /// At least one.
    pub tokens: &'a [Token],
    /// Where its names are.
    pub(crate) names: Option<&'a dyn Names>,
}

/// Knows the schema of a name that is written without one (PostgreSQL manual: The Schema Search
/// Path).
pub trait Names: fmt::Debug + Sync {
    /// Of what is there.
    fn schema_of(&self, name: &str) -> &str;
    /// Of what is made.
    fn schema_of_new(&self) -> &str;
}

/// The schema of a name that nothing else says.
pub const USUAL_SCHEMA: &str = "public";

impl<'a> Statement<'a> {
    /// Some tokens of a text, whose names are in the usual schema.
    pub fn new(text: &'a str, tokens: &'a [Token]) -> Self {
        Self {
            text,
            tokens,
            names: None,
        }
    }

    /// The same, with its names where these are.
    #[must_use]
    pub fn named_by(self, names: &'a dyn Names) -> Self {
        Self {
            names: Some(names),
            ..self
        }
    }

    pub(crate) fn schema_of(&self, name: &str) -> &str {
        self.names
            .map_or(USUAL_SCHEMA, |names| names.schema_of(name))
    }

    pub(crate) fn schema_of_new(&self) -> &str {
        self.names.map_or(USUAL_SCHEMA, Names::schema_of_new)
    }

    /// From the first to the last token.
    pub fn span(&self) -> Span {
        self.tokens[0]
            .span
            .to(self.tokens[self.tokens.len() - 1].span)
    }

    /// The token's text.
    pub fn word(&self, index: usize) -> &'a str {
        self.tokens
            .get(index)
            .map_or("", |token| token.span.of(self.text))
    }

    /// Whether the token is this keyword, unquoted and in any case.
    pub fn is(&self, index: usize, keyword: &str) -> bool {
        let token = self.tokens.get(index);
        token.is_some_and(|token| is_keyword(self.text, token, keyword))
    }

    /// Whether the tokens from `index` on are these keywords.
    pub fn are(&self, index: usize, keywords: &[&str]) -> bool {
        keywords
            .iter()
            .enumerate()
            .all(|(offset, keyword)| self.is(index + offset, keyword))
    }

    /// The part of it that lies within a range of the text.
    #[must_use]
    pub fn within(&self, span: Span) -> Self {
        let place = |offset| {
            self.tokens
                .partition_point(|token| token.span.start < offset)
        };
        Self {
            tokens: &self.tokens[place(span.start)..place(span.end)],
            ..*self
        }
    }

    /// Whether one of its tokens is this name.
    pub fn names(&self, name: &str) -> bool {
        let named = |token: &Token| identifier(self.text, *token).is_some_and(|it| it == name);
        self.tokens.iter().any(named)
    }

    /// Whether the keyword stands anywhere in it.
    pub fn finds_word(&self, keyword: &str) -> bool {
        self.position_of(keyword).is_some()
    }

    /// Whether the keywords stand side by side anywhere in it.
    pub fn finds_words(&self, keywords: &[&str]) -> bool {
        (0..self.tokens.len()).any(|index| self.are(index, keywords))
    }

    pub(crate) fn position_of(&self, keyword: &str) -> Option<usize> {
        (0..self.tokens.len()).find(|&index| self.is(index, keyword))
    }

    /// Whether an option's value at `index` switches it off (PostgreSQL manual: VACUUM, boolean).
    pub(crate) fn is_off(&self, index: usize) -> bool {
        let value = self.word(index);
        let off = ["false", "off", "0", "'false'", "'off'"];
        off.iter().any(|off| value.eq_ignore_ascii_case(off))
    }
}

/// Whether the token is this keyword, unquoted and in any case.
pub(crate) fn is_keyword(text: &str, token: &Token, keyword: &str) -> bool {
    token.kind == TokenKind::Word && token.span.of(text).eq_ignore_ascii_case(keyword)
}
