//! Walks over the tokens of one statement, as a grammar does.

use std::cmp::Ordering;

use crate::lexer::{Token, TokenKind};
use crate::literal;
use crate::span::Span;
use crate::statement::{Statement, USUAL_SCHEMA};
use crate::tokens::Tokens;

/// Where temporary tables are, and are looked up first.
pub(crate) const TEMPORARY: &str = "pg_temp";

/// A name as the server folds it, with its schema where one is written.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Name {
    /// That of the search path where none is written.
    pub schema: String,
    /// Folded to lower case unless it was quoted.
    pub name: String,
}

/// Nearly all names have the same schema, so what differs is looked at first.
impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name
            .cmp(&other.name)
            .then_with(|| self.schema.cmp(&other.schema))
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Name {
    /// A name in the usual schema.
    pub fn unqualified(name: &str) -> Self {
        Self {
            schema: USUAL_SCHEMA.to_owned(),
            name: name.to_owned(),
        }
    }

    #[cfg(feature = "full")]
    /// What is made for this session alone is in a schema of its own.
    #[must_use]
    pub(crate) fn made(self, temporary: bool) -> Self {
        let schema = if temporary {
            TEMPORARY.to_owned()
        } else {
            self.schema
        };
        Self { schema, ..self }
    }

    /// Whether it is gone at the end of the session.
    pub fn is_temporary(&self) -> bool {
        self.schema == TEMPORARY
    }

    /// As it is written in SQL, without a schema where that is `public`.
    pub fn shown(&self) -> String {
        if self.schema == USUAL_SCHEMA {
            self.name.clone()
        } else {
            format!("{}.{}", self.schema, self.name)
        }
    }
}

/// A position in a statement.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    statement: Statement<'a>,
    index: usize,
}

impl<'a> Cursor<'a> {
    /// Before the first token.
    pub fn new(statement: Statement<'a>) -> Self {
        Self {
            statement,
            index: 0,
        }
    }

    /// Before the first of tokens that were kept.
    pub fn of(tokens: &'a Tokens) -> Self {
        Self::new(tokens.statement())
    }

    /// The token under the cursor.
    pub fn peek(&self) -> Option<&'a Token> {
        self.statement.tokens.get(self.index)
    }

    /// The text under the cursor; empty at the end.
    pub fn text(&self) -> &'a str {
        self.statement.word(self.index)
    }

    /// The text of a word without quotes under the cursor; empty where none is.
    pub(crate) fn keyword(&self) -> &'a str {
        match self.peek() {
            Some(token) if token.kind == TokenKind::Word => token.span.of(self.statement.text),
            _ => "",
        }
    }

    /// Whether nothing is left.
    pub fn is_at_end(&self) -> bool {
        self.peek().is_none()
    }

    /// Where the cursor stands, as a range of the file's text.
    pub fn span(&self) -> Span {
        let last = self.statement.tokens.len() - 1;
        self.statement.tokens[self.index.min(last)].span
    }

    /// Whether these keywords come next.
    pub fn sees(&self, keywords: &[&str]) -> bool {
        self.statement.are(self.index, keywords)
    }

    /// Whether this option comes next and is not switched off.
    pub fn is_on(&self, option: &str) -> bool {
        self.sees(&[option]) && !self.statement.is_off(self.index + 1)
    }

    /// Steps over these keywords if they come next.
    pub fn eat(&mut self, keywords: &[&str]) -> bool {
        let found = self.sees(keywords);
        if found {
            self.index += keywords.len();
        }
        found
    }

    /// Steps over this punctuation if it comes next.
    pub fn eat_text(&mut self, text: &str) -> bool {
        let found = self.text() == text;
        if found {
            self.index += 1;
        }
        found
    }

    /// Steps over one token.
    pub fn advance(&mut self) {
        self.index += 1;
    }

    /// One identifier, folded.
    pub fn identifier(&mut self) -> Option<String> {
        let (text, token) = (self.statement.text, *self.peek()?);
        let mut behind = *self;
        behind.index += 1;
        let name = if literal::is_unicode(text, token) && behind.eat(&["uescape"]) {
            let escape = behind.string()?.chars().next()?;
            behind.index += 1;
            literal::escaped_identifier(text, token, escape)?
        } else {
            literal::identifier(text, token)?
        };
        self.index = behind.index;
        Some(name)
    }

    /// `name` or `schema.name`; of longer names the last two parts.
    pub fn name(&mut self) -> Option<Name> {
        let statement = self.statement;
        self.name_in(|name| statement.schema_of(name))
    }

    /// Whether the name here is written without a schema.
    #[cfg(feature = "full")]
    pub(crate) fn names_without_schema(&self) -> bool {
        let mut behind = *self;
        behind.identifier().is_some() && behind.text() != "."
    }

    /// The same, of what is made.
    pub fn new_name(&mut self) -> Option<Name> {
        let statement = self.statement;
        self.name_in(|_| statement.schema_of_new())
    }

    /// The same, whose schema is empty where none is written.
    pub(crate) fn written_name(&mut self) -> Option<Name> {
        self.name_in(|_| "")
    }

    fn name_in<'s>(&mut self, schema: impl Fn(&str) -> &'s str) -> Option<Name> {
        let (mut written, mut name) = (None, self.identifier()?);
        while self.eat_text(".") {
            written = Some(name);
            name = self.identifier()?;
        }
        let schema = written.unwrap_or_else(|| schema(&name).to_owned());
        Some(Name { schema, name })
    }

    /// Identifiers, folded, between commas.
    #[cfg(feature = "full")]
    pub(crate) fn identifiers(&mut self) -> Vec<String> {
        let mut found = Vec::new();
        while let Some(name) = self.identifier() {
            found.push(name);
            if !self.eat_text(",") {
                break;
            }
        }
        found
    }

    /// A plain string constant under the cursor.
    pub fn string(&self) -> Option<String> {
        literal::string(self.statement.text, *self.peek()?)
    }

    /// `IF EXISTS`.
    pub fn if_exists(&mut self) -> bool {
        self.eat(&["if", "exists"])
    }

    /// `IF NOT EXISTS`.
    pub fn if_not_exists(&mut self) -> bool {
        self.eat(&["if", "not", "exists"])
    }

    /// Steps over `( … )` if it comes next; what stands inside, as cursors at the start
    /// and the end of each part between commas.
    pub fn parenthesised(&mut self) -> Option<Vec<Cursor<'a>>> {
        if !self.eat_text("(") {
            return None;
        }
        let mut parts = vec![*self];
        let mut ends = Vec::new();
        let mut depth = 0_usize;
        while let Some(_token) = self.peek() {
            match self.text() {
                "(" | "[" => depth += 1,
                ")" if depth == 0 => {
                    ends.push(self.index);
                    self.index += 1;
                    break;
                }
                ")" | "]" => depth = depth.saturating_sub(1),
                "," if depth == 0 => {
                    ends.push(self.index);
                    parts.push(Cursor {
                        index: self.index + 1,
                        ..*self
                    });
                }
                _ => {}
            }
            self.index += 1;
        }
        Some(cut(parts, &ends))
    }

    /// The same cursor, whose part ends where the parenthesis closes that it stands in.
    #[cfg(feature = "full")]
    pub(crate) fn within_parentheses(self) -> Cursor<'a> {
        let mut walker = self;
        while !walker.is_at_end() && walker.text() != ")" {
            if walker.parenthesised().is_none() {
                walker.advance();
            }
        }
        Cursor {
            statement: Statement {
                tokens: &self.statement.tokens[..walker.index],
                ..self.statement
            },
            ..self
        }
    }

    /// What is left, cut at the commas outside parentheses.
    pub fn rest_by_commas(self) -> Vec<Cursor<'a>> {
        let mut walker = self;
        let (mut parts, mut ends, mut depth) = (vec![self], Vec::new(), 0_usize);
        while !walker.is_at_end() {
            match walker.text() {
                "(" | "[" => depth += 1,
                ")" | "]" => depth = depth.saturating_sub(1),
                "," if depth == 0 => {
                    ends.push(walker.index);
                    parts.push(Cursor {
                        index: walker.index + 1,
                        ..walker
                    });
                }
                _ => {}
            }
            walker.index += 1;
        }
        ends.push(walker.index);
        cut(parts, &ends)
    }

    /// Whether these keywords stand anywhere from here on, outside parentheses.
    pub fn finds(&self, keywords: &[&str]) -> Option<Cursor<'a>> {
        let mut walker = *self;
        let mut depth = 0_usize;
        while !walker.is_at_end() {
            match walker.text() {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                _ if depth == 0 && walker.sees(keywords) => return Some(walker),
                _ => {}
            }
            walker.index += 1;
        }
        None
    }

    /// What is left, to be kept.
    pub fn normalised(&self) -> Tokens {
        Tokens::of(self.rest())
    }

    /// Steps on until something holds; what was stepped over.
    pub fn up_to(&mut self, is_end: impl Fn(&Self) -> bool) -> Tokens {
        let start = self.index;
        while !self.is_at_end() && !is_end(self) {
            self.index += 1;
        }
        Tokens::of(Statement {
            tokens: &self.statement.tokens[start..self.index],
            ..self.statement
        })
    }

    /// From here to the end of the part.
    pub fn rest(&self) -> Statement<'a> {
        Statement {
            tokens: self.statement.tokens.get(self.index..).unwrap_or_default(),
            ..self.statement
        }
    }
}

/// Ends each part where the next begins.
fn cut<'a>(parts: Vec<Cursor<'a>>, ends: &[usize]) -> Vec<Cursor<'a>> {
    let cut = parts.into_iter().zip(ends).map(|(part, &end)| Cursor {
        statement: Statement {
            tokens: &part.statement.tokens[..end],
            ..part.statement
        },
        ..part
    });
    cut.filter(|part| !part.is_at_end()).collect()
}
