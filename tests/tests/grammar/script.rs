//! A script for psql to what psql sends: without its commands, and without the data below `COPY`.

use pgstrata_compiler::lexer::{TokenKind, tokens};

/// Those that send the statement before them.
const SENDING: [&str; 7] = [
    "g",
    "bind",
    "parse",
    "crosstabview",
    "watch",
    "sendpipeline",
    "close",
];

/// What a migration has not: another file stands there for them.
const STREAMS: [[&str; 2]; 2] = [["from", "stdin"], ["to", "stdout"]];

/// The text of a file as the server sees it.
pub(crate) fn as_sent(text: &str) -> String {
    let mut sent = String::new();
    let mut words: Vec<String> = Vec::new();
    let mut rest = text;
    'rest: loop {
        for token in tokens(rest) {
            let piece = token.span.of(rest);
            match token.kind {
                TokenKind::Backslash if rest[token.span.end..].starts_with(';') => {}
                TokenKind::Backslash => {
                    let (command, below) = line(&rest[token.span.end..]);
                    if SENDING.iter().any(|name| command.starts_with(name)) {
                        sent.push(';');
                        words.clear();
                    }
                    sent.push('\n');
                    rest = below;
                    continue 'rest;
                }
                TokenKind::Word => {
                    words.push(piece.to_ascii_lowercase());
                    let is_data = words[0] == "copy"
                        && STREAMS
                            .iter()
                            .any(|stream| words.ends_with(&stream.map(str::to_owned)));
                    sent.push_str(if is_data { "'data'" } else { piece });
                }
                // No major knows it, and no statement ends there.
                TokenKind::Unknown => sent.push('?'),
                _ if piece == ";" => {
                    sent.push(';');
                    let copies = words.first().is_some_and(|word| word == "copy");
                    let reads = words.windows(2).any(|pair| pair == ["from", "stdin"]);
                    words.clear();
                    if let Some(end) = rest[token.span.end..]
                        .find("\n\\.\n")
                        .filter(|_| copies && reads)
                    {
                        rest = &rest[token.span.end + end + 4..];
                        continue 'rest;
                    }
                }
                _ => sent.push_str(piece),
            }
        }
        return sent;
    }
}

fn line(text: &str) -> (&str, &str) {
    text.split_once('\n').unwrap_or((text, ""))
}

/// Whether psql would have replaced something in it.
pub(crate) fn has_variable(text: &str) -> bool {
    let all: Vec<_> = tokens(text).filter(|token| !token.is_trivia()).collect();
    all.windows(2).any(|pair| {
        let is_name = matches!(
            pair[1].kind,
            TokenKind::Word | TokenKind::String | TokenKind::QuotedIdentifier
        );
        pair[0].span.of(text) == ":" && is_name && pair[0].span.end == pair[1].span.start
    })
}
