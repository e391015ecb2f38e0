//! A character that nobody sees is a letter of a name to PostgreSQL.

use super::{Check, Examples, Finding, Rule};
use crate::lexer::TokenKind;
use crate::script::Script;
use crate::settings::Level;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    id: "invisible-character",
    level: Level::Deny,
    condition: "a space that is not ASCII, a character without width or one that turns the direction of \
                writing stands outside quotes and comments",
    why: "PostgreSQL takes every character that is not ASCII for a letter, so it ends no word and belongs \
          to a name (PostgreSQL manual: SQL Syntax, Identifiers and Key Words)",
    elsewhere: &[],
    check: Check::Script(check),
    examples: Examples {
        bad: include_str!("invisible_character/bad.sql"),
        good: include_str!("invisible_character/good.sql"),
    },
};

pub(crate) fn check(script: &Script) -> Vec<Finding> {
    let mut findings = Vec::new();
    if script.text.is_ascii() {
        return findings;
    }
    for (statement, text) in script.statements().enumerate() {
        let words = text
            .tokens
            .iter()
            .filter(|token| token.kind == TokenKind::Word);
        for word in words {
            let letters = word.span.of(&script.text).char_indices();
            let found = letters.filter_map(|(at, letter)| Some((at, letter, name(letter)?)));
            findings.extend(found.map(|(at, letter, name)| {
                let start = word.span.start + at;
                let span = Span::new(start, start + letter.len_utf8());
                finding(script, statement, span, letter, name)
            }));
        }
    }
    findings
}

fn finding(script: &Script, statement: usize, span: Span, letter: char, name: &str) -> Finding {
    let code = u32::from(letter);
    let line = crate::span::position(&script.text, span.start).line;
    let instead = if letter.is_whitespace() { " " } else { "" };
    Finding::new(
        statement,
        span,
        format!("U+{code:04X} ({name}) outside quotes"),
        format!(
            "remove it from this line: perl -CSD -i -pe 's/\\x{{{code:X}}}/{instead}/g if $. == {line}' {}",
            script.file
        ),
    )
}

/// What a character is, if no one sees it (Unicode: white space, format characters and fillers).
fn name(letter: char) -> Option<&'static str> {
    Some(match letter {
        '\u{80}'..='\u{9f}' => "a control character",
        '\u{a0}' | '\u{202f}' => "a no-break space",
        '\u{ad}' => "a soft hyphen",
        '\u{200b}' => "a zero-width space",
        '\u{200c}' | '\u{200d}' | '\u{34f}' | '\u{2060}'..='\u{2064}' => "a joiner without width",
        '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            "a sign that turns the direction of writing"
        }
        '\u{feff}' => "a byte order mark inside the file",
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => "a filler without ink",
        '\u{180e}'
        | '\u{206a}'..='\u{206f}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0001}'..='\u{e007f}' => "a format character",
        _ if letter.is_whitespace() => "a space that is not ASCII",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::file_name::Purpose;
    use crate::script::Script;

    #[test]
    fn each_is_named_with_a_command_for_its_line() {
        for (letter, message, command) in [
            (
                '\u{3000}',
                "U+3000 (a space that is not ASCII) outside quotes",
                "'s/\\x{3000}/ /g if $. == 2'",
            ),
            (
                '\u{202e}',
                "U+202E (a sign that turns the direction of writing) outside quotes",
                "'s/\\x{202E}//g if $. == 2'",
            ),
            (
                '\u{feff}',
                "U+FEFF (a byte order mark inside the file) outside quotes",
                "'s/\\x{FEFF}//g if $. == 2'",
            ),
        ] {
            let text = format!("SELECT 1;\n{letter}SELECT 'a{letter}b'; -- {letter}");
            let script = Script::read("x.up.sql", &text, Purpose::Up).expect("a script");
            let found = check(&script);
            assert_eq!(found.len(), 1, "{found:?}");
            assert_eq!(found[0].message, message);
            assert!(
                found[0].help.contains(command) && found[0].help.ends_with("x.up.sql"),
                "{found:?}"
            );
        }
    }
}
