//! What to do about the errors that migrations meet most, one line a SQLSTATE in `advice.txt`,
//! and other long sentences, by name in `sentences.txt`.
//!
//! Codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.

use crate::sql;

pub(crate) fn on(code: &str) -> Option<&'static str> {
    find(include_str!("advice.txt"), code)
}

/// A sentence with its blanks filled in, and where it says `\n`, a new line.
pub(crate) fn sentence(name: &str, values: &[(&str, &str)]) -> String {
    let sentence = find(include_str!("sentences.txt"), name).unwrap_or(name);
    sql::fill(&sentence.replace("\\n", "\n"), values)
}

fn find<'t>(lines: &'t str, name: &str) -> Option<&'t str> {
    lines
        .lines()
        .find_map(|line| line.split_once(' ').filter(|(known, _)| *known == name))
        .map(|(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_code_and_an_advice() {
        let lines: Vec<&str> = include_str!("advice.txt").lines().collect();
        assert!(lines.is_sorted() && lines.iter().all(|line| line.find(' ') == Some(5)));
        assert!(on("42501").is_some_and(|advice| advice.contains("GRANT")));
    }
}
