//! The names in a statement, one after the other.

use crate::cursor::Cursor;
use crate::lexer::TokenKind;
use crate::literal;
use crate::span::Span;
use crate::statement::Statement;

/// A name that the server cuts off.
#[derive(Clone, Debug)]
pub struct LongName {
    /// As it is meant, folded.
    pub whole: String,
    /// As it is kept.
    pub kept: String,
    /// Where it stands.
    pub span: Span,
}

impl<'a> Statement<'a> {
    /// Every name and keyword in it, folded, each with its place.
    pub(crate) fn identifiers(self) -> impl Iterator<Item = (String, Span)> + 'a {
        let mut cursor = Cursor::new(self);
        std::iter::from_fn(move || {
            while !cursor.is_at_end() {
                let place = cursor.span();
                match cursor.identifier() {
                    Some(name) => return Some((name, place)),
                    None => cursor.advance(),
                }
            }
            None
        })
    }

    /// The names that the server cuts off.
    pub(crate) fn long_names(self) -> impl Iterator<Item = LongName> + 'a {
        let tokens = self.tokens.iter().filter(|token| {
            // No name has more bytes than its token.
            token.span.end - token.span.start > literal::LONGEST
                && matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier)
        });
        tokens.filter_map(move |token| {
            let whole = literal::whole_identifier(self.text, *token)?;
            let kept = literal::identifier(self.text, *token)?;
            let span = token.span;
            (whole.len() > literal::LONGEST).then_some(LongName { whole, kept, span })
        })
    }
}
