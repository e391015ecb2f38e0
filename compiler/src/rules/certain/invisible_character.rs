//! A character that nobody sees is a letter of a name to PostgreSQL.

use std::fmt::Write as _;

use super::{Check, Examples, Rule, RuleFinding};
use crate::diagnostic::ITS_FILE;
use crate::lexer::TokenKind;
use crate::script::Script;
use crate::settings::Level;
use crate::span::{Position, Span, position};

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

pub(crate) fn check(script: &Script) -> Vec<RuleFinding> {
    let mut found: Vec<Spot> = Vec::new();
    if !script.text.is_ascii() {
        for (statement, text) in script.statements().enumerate() {
            let words = text.tokens.iter();
            for word in words.filter(|token| token.kind == TokenKind::Word) {
                found.extend(places(script, statement, word.span));
            }
        }
    }
    // What is deleted moves the rest of its line, so a line has one command.
    let lines = found.chunk_by(|one, next| one.at.line == next.at.line);
    lines.map(finding).collect()
}

/// One such character.
struct Spot {
    statement: usize,
    span: Span,
    at: Position,
    letter: char,
    name: &'static str,
}

fn places(script: &Script, statement: usize, word: Span) -> Vec<Spot> {
    let letters = word.of(&script.text).char_indices();
    let places = letters.filter_map(|(at, letter)| {
        let start = word.start + at;
        Some(Spot {
            statement,
            span: Span::new(start, start + letter.len_utf8()),
            at: position(&script.text, start),
            letter,
            name: name(letter)?,
        })
    });
    places.collect()
}

fn finding(line: &[Spot]) -> RuleFinding {
    let first = &line[0];
    let (statement, span) = (first.statement, first.span);
    let message = format!("{} outside quotes", said(first));
    let others = line[1..].iter();
    others.fold(
        RuleFinding::new(statement, span, message, help(line)),
        |finding, other| finding.noting(Some(other.span), said(other)),
    )
}

fn said(Spot { letter, name, .. }: &Spot) -> String {
    format!("U+{:04X} ({name})", u32::from(*letter))
}

/// A command that changes these characters alone, by line and column. We count without the byte order
/// mark that a file may begin with.
fn help(line: &[Spot]) -> String {
    let number = line[0].at.line;
    let mut program = String::new();
    if number == 1 {
        program.push_str(r"s/^\x{FEFF}//; ");
    }
    for Spot { at, letter, .. } in line.iter().rev() {
        let instead = if letter.is_whitespace() {
            "q( )"
        } else {
            "q()"
        };
        let _ = write!(program, "substr($_, {}, 1) = {instead}; ", at.column - 1);
    }
    let gone = if line.iter().all(|place| place.letter.is_whitespace()) {
        "write a space instead"
    } else {
        "remove it"
    };
    format!("{gone}: perl -CSD -i -pe 'if ($. == {number}) {{ {program}}}' {ITS_FILE}")
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
                "write a space instead: perl -CSD -i -pe 'if ($. == 2) { substr($_, 0, 1) = q( ); }'",
            ),
            (
                '\u{202e}',
                "U+202E (a sign that turns the direction of writing) outside quotes",
                "remove it: perl -CSD -i -pe 'if ($. == 2) { substr($_, 0, 1) = q(); }'",
            ),
            (
                '\u{feff}',
                "U+FEFF (a byte order mark inside the file) outside quotes",
                "remove it: perl -CSD -i -pe 'if ($. == 2) { substr($_, 0, 1) = q(); }'",
            ),
        ] {
            let quoted = format!("'a{letter}b', \"a{letter}b\", $$a{letter}b$$, U&\"{letter}\"");
            let text = format!("SELECT 1;\n{letter}SELECT {quoted}; -- {letter}\n/* {letter} */");
            let script = Script::read("x.up.sql", &text, Purpose::Up).expect("a script");
            let found = check(&script);
            assert_eq!(found.len(), 1, "{found:?}");
            assert_eq!(found[0].message, message);
            assert!(found[0].help.starts_with(command), "{found:?}");
        }
    }

    /// A name that is split by a statement's end, or by another character, is one line all the same.
    #[test]
    fn a_line_has_one_finding() {
        let text = "SELECT\u{a0}1; \u{200b}SELECT\u{a0}2;\nSELECT\u{a0}3";
        let script = Script::read("x.up.sql", text, Purpose::Up).expect("a script");
        let found = check(&script);
        let notes: Vec<_> = found.iter().map(|finding| finding.notes.len()).collect();
        assert_eq!(notes, [2, 0], "{found:?}");
    }
}
