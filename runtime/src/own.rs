//! The runner's own statements: with limits, and on a search path that nobody else can write to.
//!
//! A role that may create an operator, a cast or a function in a schema of the session's search
//! path would otherwise run code with the rights of whoever migrates. `row_security = off` turns a
//! query whose rows would be filtered into an error.
//! <https://www.postgresql.org/docs/current/ddl-rowsecurity.html>
//!
//! A simple query of several statements is one message and, outside a transaction, an implicit
//! transaction: what is set in it holds until its end. Inside a transaction of the caller the last
//! statement gives back what the first one found.

use std::fmt;
use std::mem::take;
use std::time::Duration;

use postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use crate::cause::Cause;
use crate::sql;

/// Before each of our statements inside a migration's transaction.
pub(crate) const SAFE_PATH: &str = "SET LOCAL search_path = pg_catalog, pg_temp;\n";

/// What constraints have deferred until the COMMIT.
pub(crate) const DEFERRED: &str = "SET CONSTRAINTS ALL IMMEDIATE;\n";

/// First in a message that looks at the history's tables under a lock and writes to them: at another
/// level, which may be the role's default, it would see them as they were before it waited for the lock.
pub(crate) const READ_COMMITTED: &str = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED;\n";

/// How long a statement of ours may wait for a lock, and how long it may take.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) lock: Duration,
    pub(crate) statement: Duration,
}

/// For what only explains another error: not knowing must not delay it.
pub(crate) const BRIEF: Limits = Limits {
    lock: Duration::from_millis(200),
    statement: Duration::from_secs(1),
};

/// A statement of ours that waits this long for a lock is sent again: nobody should queue behind it
/// for long.
pub(crate) const OWN_LOCK_TIMEOUT: Duration = Duration::from_secs(1);

/// A statement of ours that takes so long is not going to end.
pub(crate) const OWN_STATEMENT_TIMEOUT: Duration = Duration::from_secs(60);

/// A row as the simple protocol sends it, a text a column.
pub(crate) struct Row(SimpleQueryRow);

/// A column that is missing, or does not hold what its type says.
#[derive(Debug)]
pub(crate) struct Unreadable(String);

impl Limits {
    /// `template` with both filled in, in milliseconds.
    pub(crate) fn fill(self, template: &str) -> String {
        let [lock, statement] =
            [self.lock, self.statement].map(|limit| sql::milliseconds(limit).to_string());
        let values = [("lock_timeout", &*lock), ("statement_timeout", &*statement)];
        sql::fill(template, &values)
    }
}

const ALONE: &str = include_str!("sql/own_alone.sql");

/// How a message of ours keeps its settings from what comes after it.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Frame {
    /// It gives back what it found: a transaction may be open.
    GivesBack,
    /// No transaction is open, so the end of the message does. This costs the server less.
    Ends,
}

impl Frame {
    fn around(self, statements: &str, limits: Limits) -> String {
        match self {
            Self::GivesBack => {
                let enter = limits.fill(include_str!("sql/own_enter.sql"));
                let leave = include_str!("sql/own_leave.sql");
                format!("{enter};\n{statements};\n{leave}")
            }
            Self::Ends => limits.fill(ALONE) + statements,
        }
    }
}

/// Statements of ours as one message that leaves the session's settings as they are.
pub(crate) fn framed(statements: &str, limits: Limits) -> String {
    Frame::GivesBack.around(statements, limits)
}

/// The same where no transaction is open.
pub(crate) fn alone(statements: &str, limits: Limits) -> String {
    Frame::Ends.around(statements, limits)
}

/// Sends them in one round trip; the rows of each.
pub(crate) fn ask(
    client: &mut Client,
    statements: &str,
    limits: Limits,
) -> Result<Vec<Vec<Row>>, Cause> {
    ask_after(&[], client, statements, limits, Frame::GivesBack)
}

/// The same, after statements that resolve names on the session's own search path; they must be
/// such that nobody can capture anything in them. Where no transaction is open, nothing is seen at a
/// snapshot that is older than a lock, whatever the session's usual isolation level.
pub(crate) fn ask_after(
    first: &[String],
    client: &mut Client,
    statements: &str,
    limits: Limits,
    frame: Frame,
) -> Result<Vec<Vec<Row>>, Cause> {
    let before: String = first.iter().flat_map(|it| [it, ";\n"]).collect();
    let (isolation, [enter, leave]) = match frame {
        Frame::GivesBack => ("", [1, 1]),
        Frame::Ends => (READ_COMMITTED, [1 + ALONE.matches(';').count(), 0]),
    };
    let message = [isolation, &before, &frame.around(statements, limits)].concat();
    let mut sets = rows(client, &message)?;
    sets.truncate(sets.len().saturating_sub(leave));
    sets.drain(..sets.len().min(first.len() + enter));
    Ok(sets)
}

/// Sends a message of which nobody needs the rows.
pub(crate) fn send(client: &mut Client, message: &str) -> Result<(), Cause> {
    Ok(client.batch_execute(message)?)
}

/// The rows of each statement of a message.
pub(crate) fn rows(client: &mut Client, message: &str) -> Result<Vec<Vec<Row>>, Cause> {
    let (mut sets, mut set) = (Vec::new(), Vec::new());
    for message in client.simple_query(message)? {
        match message {
            SimpleQueryMessage::Row(row) => set.push(Row(row)),
            SimpleQueryMessage::CommandComplete(_) => sets.push(take(&mut set)),
            _ => {}
        }
    }
    Ok(sets)
}

/// Whether the connection is gone. An empty query has an answer also in a transaction that has
/// failed.
pub(crate) fn is_lost(client: &mut Client) -> bool {
    send(client, "").is_err()
}

impl Row {
    /// A column by its place, where it is not NULL: without looking for its name, and without a copy.
    pub(crate) fn text(&self, index: usize) -> Option<&str> {
        self.0.try_get(index).ok().flatten()
    }

    pub(crate) fn get<T: Value>(&self, column: &str) -> Result<T, Unreadable> {
        let text = self.0.try_get(column);
        let value = text.ok().and_then(T::from_text);
        value.ok_or_else(|| Unreadable(column.to_owned()))
    }
}

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
