//! What a name or a string constant says, without its quotes; and a name back in quotes. With
//! `lexer.rs` this is all that looks into the text of a token.

use crate::lexer::{Token, TokenKind};

/// The name in a token, folded as the server folds it; `None` of everything else.
pub fn identifier(text: &str, token: Token) -> Option<String> {
    let text = token.span.of(text);
    let name = match token.kind {
        TokenKind::Word => text.to_ascii_lowercase(),
        TokenKind::QuotedIdentifier if text.starts_with('"') => {
            text[1..text.len() - 1].replace("\"\"", "\"")
        }
        _ => return None,
    };
    Some(truncated(name))
}

/// How long the name in a token is before the server cuts it off.
pub fn length(text: &str, token: Token) -> usize {
    let text = token.span.of(text);
    match token.kind {
        TokenKind::QuotedIdentifier if text.starts_with('"') => {
            text[1..text.len() - 1].replace("\"\"", "\"").len()
        }
        _ => text.len(),
    }
}

/// The value of a plain string constant.
pub fn string(text: &str, token: Token) -> Option<String> {
    let text = token.span.of(text);
    let plain = token.kind == TokenKind::String && text.starts_with('\'');
    plain.then(|| text[1..text.len() - 1].replace("''", "'"))
}

/// The name in quotes, whatever letters it has.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
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
