//! A place in a text: byte range for the machine, line and column for people.

/// A byte range in one file's text.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte.
    pub end: usize,
}

impl Span {
    /// The bytes from `start` up to, not including, `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The text of this range.
    pub fn of(self, text: &str) -> &str {
        &text[self.start..self.end]
    }

    /// The smallest range that holds both.
    pub fn to(self, last: Span) -> Self {
        Self::new(self.start, last.end)
    }

    /// The same range in a text that begins `offset` bytes earlier.
    pub fn shifted(self, offset: usize) -> Self {
        Self::new(self.start + offset, self.end + offset)
    }
}

/// Line and column of a byte, both counted from 1, the column in characters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// Where the byte at `offset` stands in `text`.
pub fn position(text: &str, offset: usize) -> Position {
    let before = &text.as_bytes()[..offset];
    let line_start = before
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |newline| newline + 1);
    Position {
        line: before.iter().filter(|&&byte| byte == b'\n').count() + 1,
        column: text[line_start..offset].chars().count() + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::{Position, position};

    #[test]
    fn columns_count_characters_not_bytes() {
        let text = "-- é\nÄ x";
        assert_eq!(
            position(text, text.find('x').unwrap()),
            Position { line: 2, column: 3 }
        );
        assert_eq!(position(text, 0), Position { line: 1, column: 1 });
        assert_eq!(position(text, text.len()), Position { line: 2, column: 4 });
    }
}
