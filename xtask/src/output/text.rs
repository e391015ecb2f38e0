//! Lines as wide as the terminal.

use comfy_table::Table;

/// Where there is no terminal that says how wide it is.
const WIDTH: usize = 80;

/// How wide the terminal is.
pub(crate) fn width() -> usize {
    Table::new().width().map_or(WIDTH, usize::from)
}

/// The first line of a statement, with `…` where more follows.
pub(crate) fn first_line(sql: &str, width: usize) -> String {
    let line = sql.lines().next().unwrap_or_default();
    let words: Vec<&str> = line.split_whitespace().collect();
    let clean: String = words
        .join(" ")
        .chars()
        .filter(|sign| !sign.is_control())
        .collect();
    let (length, more) = (
        clean.chars().count(),
        if line.len() < sql.len() { " …" } else { "" },
    );
    if length + more.chars().count() <= width {
        return clean + more;
    }
    let kept: String = clean.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Cut between words; what is longer than a line stays whole.
pub(crate) fn wrapped(text: &str, indent: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) => lines.push(format!("{indent}  {word}")),
            None => lines.push(format!("{indent}{word}")),
        }
    }
    lines
}

/// Text in a table of Markdown.
pub(crate) fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', "<br>")
}

#[cfg(test)]
mod tests {
    use super::{first_line, wrapped};

    #[test]
    fn lines_fit() {
        assert_eq!(first_line("SELECT  1", 9), "SELECT 1");
        assert_eq!(first_line("SELECT 'é', 2", 13), "SELECT 'é', 2");
        assert_eq!(first_line("SELECT 'é', 2", 12), "SELECT 'é',…");
        assert_eq!(first_line("SELECT\n  1", 20), "SELECT …");
        assert_eq!(
            wrapped("one two three", "  ", 9),
            ["  one two", "    three"]
        );
    }
}
