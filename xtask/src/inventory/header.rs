//! What the comments above the first statement say.

use pgstrata_compiler::directive::Directive;
use pgstrata_compiler::lexer::{TokenKind, tokens};

/// The first paragraph without the sentence that names dependencies, which stand elsewhere; and
/// the directives, as they are written.
pub(super) fn read(sql: &str) -> (String, Vec<String>) {
    let (mut words, mut directives, mut is_over) = (Vec::new(), Vec::new(), false);
    for token in tokens(sql).take_while(pgstrata_compiler::lexer::Token::is_trivia) {
        let text = token.span.of(sql);
        if token.kind == TokenKind::Whitespace {
            // A blank line ends a paragraph.
            is_over |= !words.is_empty() && text.matches('\n').count() > 1;
            continue;
        }
        let content = match token.kind {
            TokenKind::LineComment => text.trim_start_matches('-').trim(),
            _ => text.trim_start_matches("/*").trim_end_matches("*/").trim(),
        };
        if token.kind == TokenKind::LineComment && Directive::parse(text).is_some() {
            directives.push(content.to_owned());
        } else if content.is_empty() {
            is_over |= !words.is_empty();
        } else if !is_over {
            words.extend(content.split_whitespace());
        }
    }
    (without_dependencies(&words.join(" ")), directives)
}

/// `new` writes `Depends on: …` into each header.
fn without_dependencies(paragraph: &str) -> String {
    let Some((before, behind)) = paragraph.split_once("Depends on") else {
        return paragraph.to_owned();
    };
    let behind = behind.split_once(". ").map_or("", |(_, behind)| behind);
    [before.trim(), behind.trim()].join(" ").trim().to_owned()
}

/// As far as its first full stop.
pub(super) fn first_sentence(text: &str) -> &str {
    let ends = text.match_indices('.').map(|(at, _)| at);
    let mut ends = ends.filter(|at| {
        text[at + 1..]
            .chars()
            .next()
            .is_none_or(char::is_whitespace)
    });
    ends.next().map_or(text, |end| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::{first_sentence, read};

    fn check(sql: &str, description: &str, directives: &[&str]) {
        let (read, found) = read(sql);
        assert_eq!(
            (read.as_str(), found.as_slice()),
            (
                description,
                &directives
                    .iter()
                    .map(|it| (*it).to_owned())
                    .collect::<Vec<_>>()[..]
            )
        );
    }

    #[test]
    fn headers_of_templates_and_of_people() {
        check(
            "-- Add users.\n-- Depends on: nothing.\n--\n-- Write the SQL below.\n\nSELECT 1;",
            "Add users.",
            &[],
        );
        check(
            "-- Adds what\n-- is asked for. Depends on a and b. (As in 3.)\n-- pgstrata: requires 0001\nSELECT 1; -- more",
            "Adds what is asked for. (As in 3.)",
            &["pgstrata: requires 0001"],
        );
        check("/* A block. */\n\n-- not this\nSELECT 1", "A block.", &[]);
        check("SELECT 1; -- Depends on", "", &[]);
        check("", "", &[]);
        assert_eq!(
            first_sentence("Adds v1.2 to it. And more."),
            "Adds v1.2 to it"
        );
        assert_eq!(first_sentence("Adds"), "Adds");
    }
}
