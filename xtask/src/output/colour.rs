//! What people read, in rustc's colours; the stream drops them where there is no terminal.

use anstyle::{AnsiColor, Style};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const NOTE: Style = AnsiColor::Green.on_default().bold();
const MARGIN: Style = AnsiColor::Blue.on_default().bold();

/// A finding or a failure: its first word, line numbers and arrows stand out.
pub(crate) fn coloured(text: &str) -> String {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let style = match first {
        _ if first.starts_with("warning") => WARNING,
        _ if first.starts_with("note") => NOTE,
        _ => ERROR,
    };
    let mut coloured = painted(style, first, first.find(':').unwrap_or_default());
    for line in lines {
        coloured.push('\n');
        coloured += &painted(MARGIN, line, margin(line));
    }
    coloured
}

/// The length of `12 |`, of an arrow or of the sign before a note.
fn margin(line: &str) -> usize {
    let sign = line.trim_start_matches([' ', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    let signs = ["|", "-->", ":::", "="];
    let found = signs.into_iter().find(|found| sign.starts_with(found));
    found.map_or(0, |found| line.len() - sign.len() + found.len())
}

fn painted(style: Style, text: &str, length: usize) -> String {
    let (painted, rest) = text.split_at(length);
    if painted.is_empty() {
        rest.to_owned()
    } else {
        format!("{style}{painted}{style:#}{rest}")
    }
}

#[cfg(test)]
mod tests {
    use super::coloured;

    fn check(text: &str, expected: &str) {
        let mut marked = coloured(text);
        let codes = [
            ("\u{1b}[1m\u{1b}[31m", "R("),
            ("\u{1b}[1m\u{1b}[33m", "Y("),
            ("\u{1b}[1m\u{1b}[34m", "B("),
        ];
        for (code, mark) in codes.into_iter().chain([("\u{1b}[0m", ")")]) {
            marked = marked.replace(code, mark);
        }
        assert_eq!(marked, expected);
    }

    #[test]
    fn the_first_word_and_the_margin() {
        check(
            "error[r]: no: good\n --> a:1\n   |\n 12 | SELECT | 1;\n   |        ^\n ::: b\n   = help: 1 = 1",
            "R(error[r]): no: good\nB( -->) a:1\nB(   |)\nB( 12 |) SELECT | 1;\nB(   |)        ^\nB( :::) b\nB(   =) help: 1 = 1",
        );
        check("warning[r]: é", "Y(warning[r]): é");
        check("error: a\n  b", "R(error): a\n  b");
        check("", "");
    }
}
