//! One statement: its tokens, and where its names are.

use std::fmt;

use crate::lexer::{Token, TokenKind};
use crate::literal::identifier;
#[cfg(feature = "full")]
use crate::literal::string;
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

    /// Its string constants, each with its place.
    #[cfg(feature = "full")]
    pub(crate) fn strings(self) -> impl Iterator<Item = (String, Span)> + 'a {
        let tokens = self.tokens.iter();
        tokens.filter_map(move |token| Some((string(self.text, *token)?, token.span)))
    }

    /// The place of a keyword that a plain string constant follows.
    pub(crate) fn before_string(&self, keyword: &str) -> Option<Span> {
        let mut pairs = self.tokens.windows(2);
        let found = pairs.find(|pair| {
            pair[1].kind == TokenKind::String && is_keyword(self.text, &pair[0], keyword)
        });
        found.map(|pair| pair[0].span)
    }

    /// Whether it begins with these tokens, written exactly so.
    pub(crate) fn begins(&self, tokens: &[&str]) -> bool {
        let mut tokens = tokens.iter().enumerate();
        tokens.all(|(index, token)| self.word(index) == *token)
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
