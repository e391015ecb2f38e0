//! How wide the text of a finding may be, and where its sentences are broken.

/// Less room than this is taken for this much.
const NARROWEST: usize = 40;

/// How wide the text may be.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// So many characters of a line of SQL are shown, around the place that is underlined.
    sql: usize,
    /// Sentences go on in the next line from here, so that no terminal breaks a word.
    sentence: Option<usize>,
}

impl Layout {
    /// For logs and for rustc: a sentence is a line.
    pub const LINES: Self = Self {
        sql: 120,
        sentence: None,
    };

    /// For a terminal of so many columns.
    pub fn terminal(columns: usize) -> Self {
        let columns = columns.max(NARROWEST);
        Self {
            sql: columns,
            sentence: Some(columns),
        }
    }

    /// The room for SQL behind a margin.
    pub(super) fn behind(self, margin: usize) -> usize {
        match self.sentence {
            // A place at the very end is marked behind it.
            Some(columns) => columns - 1 - margin.min(NARROWEST / 2),
            None => self.sql,
        }
    }

    /// A sentence behind `first`, its further lines behind `next`. What stands in backticks, and a line
    /// that is indented, is there to be copied and stays in one piece.
    pub(super) fn sentence(self, first: &str, sentence: &str, next: &str) -> String {
        let Some(columns) = self.sentence else {
            return first.to_owned() + sentence;
        };
        let mut text = first.to_owned();
        let mut used = first.chars().count();
        for (index, line) in sentence.split('\n').enumerate() {
            if index > 0 {
                text.push('\n');
                used = 0;
            }
            let mut is_first = true;
            for piece in pieces(line) {
                let length = piece.chars().count();
                if !is_first && used + 1 + length > columns {
                    text.push('\n');
                    text.push_str(next);
                    used = next.chars().count();
                } else if !is_first {
                    text.push(' ');
                    used += 1;
                }
                is_first = false;
                text.push_str(piece);
                used += length;
            }
        }
        text
    }
}

/// What a line may be broken between.
fn pieces(line: &str) -> Vec<&str> {
    if line.starts_with("  ") {
        return vec![line];
    }
    let mut is_quoted = false;
    let is_gap = |character| {
        is_quoted ^= character == '`';
        character == ' ' && !is_quoted
    };
    line.split(is_gap).collect()
}

#[cfg(test)]
mod tests {
    use super::Layout;

    #[test]
    fn what_is_to_be_copied_stays_in_one_piece() {
        let layout = Layout::terminal(40);
        assert_eq!(
            layout.sentence("help: ", "write `SET lock_timeout = '2s'` above this statement, or\n  a line of its own that nobody should ever break", "      "),
            "help: write `SET lock_timeout = '2s'`\n      above this statement, or\n  a line of its own that nobody should ever break"
        );
    }
}
