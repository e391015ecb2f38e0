//! Diagnostics to text: the lines of SQL, the place underlined, and the way out.
//!
//! rustc on stable cannot point into a `.sql` file, so the snippet is drawn here, once,
//! for the macro, the build script and the commands alike. A rendering crate would cost
//! every user two seconds of build time; this needs no colour.

mod layout;

use std::collections::HashSet;
use std::fmt::Write as _;

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::source::Sources;
use crate::span::{Span, position};
pub use layout::Layout;

/// Stands for what is left out of a line of SQL.
const CUT: char = '…';

/// Findings one after the other. What several of them point at besides their own places, such as where a
/// table was made, is shown with the first one.
pub fn all<'a>(
    diagnostics: impl IntoIterator<Item = &'a Diagnostic>,
    sources: &Sources,
    layout: Layout,
) -> Vec<String> {
    let mut shown = HashSet::new();
    let rendered = diagnostics.into_iter().map(|diagnostic| {
        let mut diagnostic = diagnostic.clone();
        let mut is_own = true;
        diagnostic.labels.retain(|label| {
            std::mem::take(&mut is_own)
                || shown.insert((label.file.clone(), label.span, label.text.clone()))
        });
        text(&diagnostic, sources, layout)
    });
    rendered.collect()
}

/// The whole finding, with its severity and rule in front.
pub fn text(diagnostic: &Diagnostic, sources: &Sources, layout: Layout) -> String {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let first = format!("{severity}[{}]: ", diagnostic.rule);
    body(&first, diagnostic, sources, layout)
}

/// The message and the snippets, for rustc, which writes its own `error: ` in front.
pub fn with_rule(diagnostic: &Diagnostic, sources: &Sources) -> String {
    format!(
        "{}\n  = rule: {}",
        body("", diagnostic, sources, Layout::LINES),
        diagnostic.rule
    )
}

fn body(first: &str, diagnostic: &Diagnostic, sources: &Sources, layout: Layout) -> String {
    let numbers = diagnostic.labels.iter().filter_map(|label| {
        let text = sources.text(&label.file)?;
        Some(position(text, label.span?.start).line)
    });
    let margin = numbers.max().unwrap_or(1).to_string().len();
    let mut text = layout.sentence(first, &diagnostic.message, "  ");
    for (index, label) in diagnostic.labels.iter().enumerate() {
        let arrow = if index == 0 { "-->" } else { ":::" };
        let snippet = Snippet::new(label, sources, layout.behind(margin + 3));
        snippet.write(&mut text, margin, arrow, layout);
    }
    for (what, sentence) in [
        ("why", diagnostic.why),
        ("help", diagnostic.help.as_deref()),
    ] {
        if let Some(sentence) = sentence {
            let first = format!("{:margin$} = {what}: ", "");
            let sentence = layout.sentence(&first, sentence, &" ".repeat(first.len()));
            let _ = write!(text, "\n{sentence}");
        }
    }
    text
}

struct Snippet {
    place: String,
    line: Option<Line>,
    note: String,
}

struct Line {
    number: usize,
    text: String,
    underline: String,
    room: usize,
}

impl Snippet {
    fn new(label: &Label, sources: &Sources, room: usize) -> Self {
        let path = sources.shown_path(&label.file);
        let found = label.span.zip(sources.text(&label.file));
        match found {
            Some((span, text)) => {
                let at = position(text, span.start);
                Self {
                    place: format!("{path}:{}:{}", at.line, at.column),
                    line: Some(Line::new(text, span, at.line, room)),
                    note: label.text.clone(),
                }
            }
            None => Self {
                place: path,
                line: None,
                note: label.text.clone(),
            },
        }
    }

    fn write(&self, text: &mut String, margin: usize, arrow: &str, layout: Layout) {
        let Self { place, line, note } = self;
        let _ = write!(text, "\n{:margin$}{arrow} {place}", "");
        match line {
            Some(Line {
                number,
                text: source,
                underline,
                room,
            }) => {
                let length = underline.chars().count() + 1 + note.chars().count();
                let (beside, below) = if length <= *room {
                    (note.as_str(), "")
                } else {
                    ("", note.as_str())
                };
                let marked = format!("{underline} {beside}");
                let marked = marked.trim_end();
                let _ = write!(
                    text,
                    "\n{:margin$} |\n{number:>margin$} | {source}\n{:margin$} | {marked}",
                    "", ""
                );
                if !below.is_empty() {
                    let margin = format!("{:margin$} | ", "");
                    let _ = write!(text, "\n{}", layout.sentence(&margin, below, &margin));
                }
            }
            None if note.is_empty() => {}
            None => {
                let _ = write!(text, " ({note})");
            }
        }
    }
}

impl Line {
    /// The line on which `span` begins; what reaches further is underlined to its end.
    fn new(text: &str, span: Span, number: usize, room: usize) -> Self {
        let start = text[..span.start]
            .rfind('\n')
            .map_or(0, |newline| newline + 1);
        let end = text[span.start..]
            .find('\n')
            .map_or(text.len(), |newline| span.start + newline);
        let before: Vec<char> = text[start..span.start].chars().collect();
        let marked: Vec<char> = text[span.start..span.end.clamp(span.start, end)]
            .chars()
            .collect();
        let line: Vec<char> = text[start..end].trim_end().chars().collect();
        // Keep the mark in sight on a very long line.
        let shown = shown(
            line.len(),
            (before.len(), before.len() + marked.len()),
            room,
        );
        // A tab would move the underline; control characters would move the cursor.
        let clean = |character: &char| {
            if character.is_control() {
                ' '
            } else {
                *character
            }
        };
        let mut kept: Vec<char> = line[shown.0..shown.1].iter().map(clean).collect();
        if shown.0 > 0 {
            kept[0] = CUT;
        }
        if shown.1 < line.len()
            && let Some(last) = kept.last_mut()
        {
            *last = CUT;
        }
        let marks = marked
            .len()
            .min(shown.1.saturating_sub(before.len()))
            .max(1);
        Self {
            number,
            text: kept.into_iter().collect::<String>().trim_end().to_owned(),
            underline: " ".repeat(before.len() - shown.0) + &"^".repeat(marks),
            room,
        }
    }
}

/// What of a line is shown: as much as there is room for, with the beginning of the mark in it.
fn shown(length: usize, mark: (usize, usize), room: usize) -> (usize, usize) {
    if length <= room {
        return (0, length);
    }
    let marked = (mark.1 - mark.0).min(room);
    let left = mark.0.saturating_sub((room - marked) / 2);
    // A sign of its own stands where something is left out, and never on the mark's beginning.
    let left = if left == mark.0 && left > 0 {
        left - 1
    } else {
        left
    };
    let left = left.min(length - room);
    (left, left + room)
}

#[cfg(test)]
mod tests {
    use super::{Layout, text};
    use crate::diagnostic::Diagnostic;
    use crate::source::{Source, Sources};
    use crate::span::Span;

    fn sources(sql: &str) -> Sources {
        Sources {
            directory: "migrations".to_owned(),
            files: vec![Source {
                name: "0001_a.up.sql".to_owned(),
                text: Some(sql.to_owned()),
            }],
            ..Sources::default()
        }
    }

    #[test]
    fn a_snippet_points_into_the_file() {
        let sql = "-- é\n\tSELECT 'é', COMMIT;\n";
        let at = sql.find("COMMIT").unwrap();
        let diagnostic = Diagnostic::error("some-rule", "no good")
            .at("0001_a.up.sql", Span::new(at, at + 6))
            .labelled("0001_a.down.sql", None, "the other")
            .why("because")
            .help("do better");
        let expected = "\
error[some-rule]: no good
 --> migrations/0001_a.up.sql:2:14
  |
2 |  SELECT 'é', COMMIT;
  |              ^^^^^^
 ::: migrations/0001_a.down.sql (the other)
  = why: because
  = help: do better";
        assert_eq!(text(&diagnostic, &sources(sql), Layout::LINES), expected);
    }

    #[test]
    fn what_reaches_over_lines_is_underlined_to_the_first_ones_end() {
        let sql = "SELECT 'open\nand on";
        let diagnostic = Diagnostic::error("r", "m").at("0001_a.up.sql", Span::new(7, sql.len()));
        let text = text(&diagnostic, &sources(sql), Layout::LINES);
        assert!(text.ends_with("1 | SELECT 'open\n  |        ^^^^^"));
    }

    #[test]
    fn long_lines_are_cut_with_a_sign_around_the_place() {
        let sql = format!("{}HERE{}", "a".repeat(5000), "b".repeat(5000));
        let diagnostic = Diagnostic::error("r", "m").at("0001_a.up.sql", Span::new(5000, 5004));
        let text = text(&diagnostic, &sources(&sql), Layout::LINES);
        let longest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(text.contains("aHEREb") && longest < 140, "{text}");
        assert!(text.contains("| …a") && text.contains("b…\n"), "{text}");
    }

    #[test]
    fn nothing_is_wider_than_the_terminal() {
        let sql = format!("{}HERE{}", "é".repeat(70), "b".repeat(70));
        let at = sql.find("HERE").unwrap();
        let why = "a sentence of some words that is longer than a line of a small terminal is";
        let places = [
            (at, at + 4),
            (0, sql.len()),
            (at, sql.len()),
            (sql.len(), sql.len()),
        ];
        for (columns, (start, end)) in [40, 60, 80, 120]
            .into_iter()
            .flat_map(|columns| places.map(|place| (columns, place)))
        {
            let diagnostic = Diagnostic::error("some-rule", why)
                .at("0001_a.up.sql", Span::new(start, end))
                .labelled(
                    "0001_a.up.sql",
                    Some(Span::new(start, end)),
                    "made here, by this one",
                )
                .why(why)
                .help(why);
            let text = text(&diagnostic, &sources(&sql), Layout::terminal(columns));
            for line in text.lines() {
                assert!(line.chars().count() <= columns, "{columns}: {line}\n{text}");
            }
            let words = text.replace(['\n', ' '], "");
            assert_eq!(words.matches(&why.replace(' ', "")).count(), 3, "{text}");
            assert!(
                text.contains('^') && text.contains("made here, by this one"),
                "{text}"
            );
        }
    }
}
