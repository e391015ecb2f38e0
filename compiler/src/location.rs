//! Where a diagnostic points, as lines and columns, for programs that draw it themselves.

use crate::diagnostic::Diagnostic;
use crate::source::Sources;
use crate::span::{Position, position};

/// One of a diagnostic's locations.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Location {
    /// `migrations/0007_add_email.up.sql`, or the directory itself.
    pub path: String,
    /// The first character and the one behind the last, unless the file as a whole is meant.
    pub range: Option<(Position, Position)>,
    /// What stands there, where the message does not say it.
    pub text: String,
}

/// Every place of a diagnostic, the main one first.
pub fn locations(diagnostic: &Diagnostic, sources: &Sources) -> Vec<Location> {
    let locations = diagnostic.labels.iter().map(|label| {
        let found = label.span.zip(sources.text(&label.file));
        Location {
            path: sources.shown_path(&label.file),
            range: found.map(|(span, text)| (position(text, span.start), position(text, span.end))),
            text: label.text.clone(),
        }
    });
    locations.collect()
}

#[cfg(test)]
mod tests {
    use super::locations;
    use crate::diagnostic::Diagnostic;
    use crate::source::{Source, Sources};
    use crate::span::{Position, Span};

    #[test]
    fn columns_count_characters_and_end_behind_the_last() {
        let sql = "-- é\nÄ 'two\nlines'";
        let sources = Sources {
            directory: "migrations/".to_owned(),
            files: vec![Source {
                name: "0001_a.up.sql".to_owned(),
                text: Some(sql.to_owned()),
            }],
            ..Sources::default()
        };
        let start = sql.find('\'').unwrap();
        let diagnostic = Diagnostic::error("r", "m")
            .at("0001_a.up.sql", Span::new(start, sql.len()))
            .labelled("0001_a.down.sql", Some(Span::new(0, 1)), "gone")
            .in_file("");
        let locations = locations(&diagnostic, &sources);
        let at = |line, column| Position { line, column };
        assert_eq!(locations[0].range, Some((at(2, 3), at(3, 7))));
        assert_eq!(locations[0].path, "migrations/0001_a.up.sql");
        assert_eq!(
            (locations[1].range, locations[1].text.as_str()),
            (None, "gone")
        );
        assert_eq!(
            (locations[2].range, locations[2].path.as_str()),
            (None, "migrations/")
        );
    }
}
