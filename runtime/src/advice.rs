//! What to do about the errors that migrations meet most, one line a SQLSTATE in `advice.txt`.
//!
//! Codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.

pub(crate) fn on(code: &str) -> Option<&'static str> {
    let mut lines = include_str!("advice.txt").lines();
    lines.find_map(|line| {
        line.split_once(' ')
            .filter(|(known, _)| *known == code)
            .map(|(_, advice)| advice)
    })
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
