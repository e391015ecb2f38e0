//! What an operator reads after a fault, word for word, in `error_texts.txt`; `…` stands for what differs
//! from run to run.

use std::fmt::Display;

/// Asserts that something says what the file has below this name, and nothing else.
#[track_caller]
pub(crate) fn assert_text(name: &str, says: &impl Display) {
    let all = include_str!("error_texts.txt");
    let (says, begin) = (says.to_string(), format!("== {name}\n"));
    let mut sections = all.split_inclusive("\n\n");
    let section = sections.find_map(|section| section.strip_prefix(&*begin));
    let expected = section.unwrap_or_default().trim_end();
    let lines: Vec<&str> = says.lines().collect();
    let patterns: Vec<&str> = expected.lines().collect();
    let is_same = lines.len() == patterns.len()
        && lines.iter().zip(&patterns).all(|(line, it)| fits(line, it));
    assert!(is_same, "{name}: {says}\nis not\n{expected}");
}

/// Whether a line is the pattern with something in place of each `…`.
fn fits(line: &str, pattern: &str) -> bool {
    let mut pieces = pattern.split('…');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(first) else {
        return false;
    };
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, between)) = pieces.split_last() else {
        return rest.is_empty();
    };
    for piece in between {
        let Some((_, after)) = rest.split_once(piece) else {
            return false;
        };
        rest = after;
    }
    rest.ends_with(last)
}
