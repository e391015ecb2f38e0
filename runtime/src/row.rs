//! A row as the simple protocol sends it, a text a column, and what the texts stand for.

use std::fmt;
use std::ops::Range;

use crate::cause::Cause;

/// What a client holds of a statement's rows: nothing of it is copied.
pub(crate) trait Table: Send + Sync {
    fn len(&self) -> usize;

    /// A column by its place, where it is not NULL.
    fn text(&self, row: usize, index: usize) -> Option<&str>;

    /// A column by its name.
    fn named(&self, row: usize, column: &str) -> Result<Option<&str>, Unreadable>;
}

/// The rows of a statement.
pub(crate) struct Rows(Box<dyn Table>);

#[derive(Clone, Copy)]
pub(crate) struct Row<'r> {
    table: &'r dyn Table,
    at: usize,
}

/// The rows that are still to come.
pub(crate) struct Iter<'r> {
    table: &'r dyn Table,
    places: Range<usize>,
}

impl Rows {
    pub(crate) fn new(table: impl Table + 'static) -> Self {
        Self(Box::new(table))
    }

    pub(crate) fn iter(&self) -> Iter<'_> {
        Iter {
            table: &*self.0,
            places: 0..self.0.len(),
        }
    }

    pub(crate) fn first(&self) -> Option<Row<'_>> {
        self.iter().next()
    }
}

impl<'r> IntoIterator for &'r Rows {
    type Item = Row<'r>;
    type IntoIter = Iter<'r>;

    fn into_iter(self) -> Iter<'r> {
        self.iter()
    }
}

impl<'r> Iterator for Iter<'r> {
    type Item = Row<'r>;

    fn next(&mut self) -> Option<Row<'r>> {
        let at = self.places.next()?;
        Some(Row {
            table: self.table,
            at,
        })
    }
}

impl<'r> Row<'r> {
    pub(crate) fn text(self, index: usize) -> Option<&'r str> {
        self.table.text(self.at, index)
    }

    pub(crate) fn named(self, column: &str) -> Result<Option<&'r str>, Unreadable> {
        self.table.named(self.at, column)
    }

    pub(crate) fn get<T: Value>(self, column: &str) -> Result<T, Unreadable> {
        let value = T::from_text(self.named(column)?);
        value.ok_or_else(|| Unreadable::column(column))
    }
}

/// A column that is missing, or does not hold what its type says.
#[derive(Debug)]
pub(crate) struct Unreadable(String);

impl Unreadable {
    pub(crate) fn column(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the column {} does not hold what it should", self.0)
    }
}

impl std::error::Error for Unreadable {}

impl From<Unreadable> for Cause {
    fn from(error: Unreadable) -> Self {
        Self::new(error)
    }
}

/// What a column holds, from PostgreSQL's text form of it.
pub(crate) trait Value: Sized {
    /// `None` where the text is of another type.
    fn from_text(text: Option<&str>) -> Option<Self>;
}

impl<T: Value> Value for Option<T> {
    fn from_text(text: Option<&str>) -> Option<Self> {
        match text {
            None => Some(None),
            text => T::from_text(text).map(Some),
        }
    }
}

macro_rules! parsed {
    ($($number:ty)*) => {$(
        impl Value for $number {
            fn from_text(text: Option<&str>) -> Option<Self> {
                text?.parse().ok()
            }
        }
    )*};
}

parsed!(i16 i32 i64 u32 u64 usize String);

impl Value for bool {
    fn from_text(text: Option<&str>) -> Option<Self> {
        match text? {
            "t" => Some(true),
            "f" => Some(false),
            _ => None,
        }
    }
}

/// `bytea` in either form of `bytea_output`.
/// <https://www.postgresql.org/docs/current/datatype-binary.html>
impl Value for Vec<u8> {
    fn from_text(text: Option<&str>) -> Option<Self> {
        let text = text?;
        let Some(digits) = text.strip_prefix("\\x") else {
            return escaped(text.as_bytes());
        };
        let digit = |byte: u8| {
            char::from(byte)
                .to_digit(16)
                .and_then(|it| u8::try_from(it).ok())
        };
        let (pairs, rest) = digits.as_bytes().as_chunks();
        let byte = |&[high, low]: &[u8; 2]| Some(digit(high)? << 4 | digit(low)?);
        rest.is_empty().then(|| pairs.iter().map(byte).collect())?
    }
}

fn escaped(mut text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    while let Some((&first, rest)) = text.split_first() {
        let (byte, rest) = match (first, rest) {
            (b'\\', [b'\\', rest @ ..]) => (b'\\', rest),
            (b'\\', [a, b, c, rest @ ..]) => {
                let octal = std::str::from_utf8(&[*a, *b, *c]).ok()?.to_owned();
                (u8::from_str_radix(&octal, 8).ok()?, rest)
            }
            (b'\\', _) => return None,
            (byte, rest) => (byte, rest),
        };
        bytes.push(byte);
        text = rest;
    }
    Some(bytes)
}

/// An array of one dimension without NULL.
/// <https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO>
impl<T: Item> Value for Vec<T> {
    fn from_text(text: Option<&str>) -> Option<Self> {
        let mut rest = text?
            .strip_prefix('{')?
            .strip_suffix('}')?
            .chars()
            .peekable();
        let mut items = Vec::new();
        while rest.peek().is_some() {
            let (mut item, mut is_quoted) = (String::new(), false);
            while let Some(letter) = rest.next() {
                match letter {
                    '"' => is_quoted = !is_quoted,
                    '\\' => item.push(rest.next()?),
                    ',' if !is_quoted => break,
                    letter => item.push(letter),
                }
            }
            items.push(T::from_text(Some(&item))?);
        }
        Some(items)
    }
}

/// What an array is read of; not a byte, of which `bytea` is made.
pub(crate) trait Item: Value {}

impl Item for bool {}
impl Item for i64 {}
impl Item for u32 {}
impl Item for String {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_values() {
        let text = |text| Some(text);
        assert_eq!(i64::from_text(text("-3")), Some(-3));
        assert_eq!(i64::from_text(None), None);
        assert_eq!(Option::<i64>::from_text(None), Some(None));
        assert_eq!(bool::from_text(text("t")), Some(true));
        let bytes = [[0, 255, b'a', b'\\'].as_slice()].concat();
        assert_eq!(
            Vec::<u8>::from_text(text("\\x00ff615c")),
            Some(bytes.clone())
        );
        assert_eq!(Vec::<u8>::from_text(text(r"\000\377a\\")), Some(bytes));
        assert_eq!(Vec::<u8>::from_text(text("\\x0")), None);
        let texts = ["a", "", "b,c", "\"\\", "{}"].map(str::to_owned);
        let array = r#"{a,"","b,c","\"\\","{}"}"#;
        assert_eq!(Vec::<String>::from_text(text(array)), Some(texts.to_vec()));
        assert_eq!(Vec::<i64>::from_text(text("{}")), Some(Vec::new()));
        assert_eq!(Vec::<i64>::from_text(text("{1,-2}")), Some(vec![1, -2]));
    }
}
