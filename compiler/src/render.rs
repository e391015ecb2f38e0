//! Diagnostics to text: the lines of SQL, the place underlined, and the way out.
//!
//! rustc on stable cannot point into a `.sql` file, so the snippet is drawn here, once,
//! for the macro, the build script and the commands alike. A rendering crate would cost
//! every user two seconds of build time; this needs no colour and no wrapping.

use std::fmt::Write as _;

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::source::Sources;
use crate::span::{Span, position};

/// Longer lines are cut around the place that is underlined.
const MAX_WIDTH: usize = 120;

/// The whole finding, with its severity and rule in front.
pub fn text(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    format!(
        "{severity}[{}]: {}",
        diagnostic.rule,
        body(diagnostic, sources)
    )
}

/// The message and the snippets, for rustc, which writes its own `error: ` in front.
pub fn with_rule(diagnostic: &Diagnostic, sources: &Sources) -> String {
    format!(
        "{}\n  = rule: {}",
        body(diagnostic, sources),
        diagnostic.rule
    )
}

fn body(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let snippets: Vec<_> = diagnostic
        .labels
        .iter()
        .map(|label| Snippet::new(label, sources))
        .collect();
    let margin = snippets.iter().filter_map(|snippet| snippet.line.as_ref());
    let margin = margin
        .map(|line| line.number.to_string().len())
        .max()
        .unwrap_or(1);
    let mut text = diagnostic.message.clone();
    for (index, snippet) in snippets.iter().enumerate() {
        snippet.write(&mut text, margin, if index == 0 { "-->" } else { ":::" });
    }
    for (what, sentence) in [
        ("why", diagnostic.why),
        ("help", diagnostic.help.as_deref()),
    ] {
        if let Some(sentence) = sentence {
            let _ = write!(text, "\n{:margin$} = {what}: {sentence}", "");
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
}

impl Snippet {
    fn new(label: &Label, sources: &Sources) -> Self {
        let path = sources.shown_path(&label.file);
        let found = label.span.zip(sources.text(&label.file));
        match found {
            Some((span, text)) => {
                let at = position(text, span.start);
                Self {
                    place: format!("{path}:{}:{}", at.line, at.column),
                    line: Some(Line::new(text, span, at.line)),
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

    fn write(&self, text: &mut String, margin: usize, arrow: &str) {
        let Self { place, line, note } = self;
        let _ = write!(text, "\n{:margin$}{arrow} {place}", "");
        match line {
            Some(Line {
                number,
                text: source,
                underline,
            }) => {
                let marked = format!("{underline} {note}");
                let marked = marked.trim_end();
                let _ = write!(
                    text,
                    "\n{:margin$} |\n{number:>margin$} | {source}\n{:margin$} | {marked}",
                    "", ""
                );
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
    fn new(text: &str, span: Span, number: usize) -> Self {
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
        let after: Vec<char> = text[span.end.clamp(span.start, end)..end].chars().collect();
        // Keep the mark in sight on a very long line.
        let marked = &marked[..marked.len().min(MAX_WIDTH)];
        let room = MAX_WIDTH - marked.len().min(MAX_WIDTH);
        let left = before.len().saturating_sub(room.max(20) / 2);
        let right = after.len().min(room.max(20) - room.max(20) / 2);
        let shown = before[left..].iter().chain(marked).chain(&after[..right]);
        // A tab would move the underline; control characters would move the cursor.
        let clean = |character: &char| {
            if character.is_control() {
                ' '
            } else {
                *character
            }
        };
        Self {
            number,
            text: shown.map(clean).collect::<String>().trim_end().to_owned(),
            underline: format!(
                "{}{}",
                " ".repeat(before.len() - left),
                "^".repeat(marked.len().max(1))
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::text;
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
        assert_eq!(text(&diagnostic, &sources(sql)), expected);
    }

    #[test]
    fn what_reaches_over_lines_is_underlined_to_the_first_ones_end() {
        let sql = "SELECT 'open\nand on";
        let diagnostic = Diagnostic::error("r", "m").at("0001_a.up.sql", Span::new(7, sql.len()));
        assert!(text(&diagnostic, &sources(sql)).ends_with("1 | SELECT 'open\n  |        ^^^^^"));
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let sql = format!("{}HERE{}", "a".repeat(5000), "b".repeat(5000));
        let diagnostic = Diagnostic::error("r", "m").at("0001_a.up.sql", Span::new(5000, 5004));
        let text = text(&diagnostic, &sources(&sql));
        let longest = text.lines().map(str::len).max().unwrap();
        assert!(text.contains("aHEREb") && longest < 140, "{text}");
    }
}
