//! What is kept of a column, a domain, a key or an index, asked one fact at a time.

use crate::cursor::Cursor;
use crate::data_type::DataType;
use crate::tokens::Tokens;

/// Whether a column's type is one of those that bring a sequence.
pub(crate) fn is_serial(column: &Tokens) -> bool {
    const SERIAL: [&str; 6] = [
        "serial",
        "serial2",
        "serial4",
        "serial8",
        "bigserial",
        "smallserial",
    ];
    let first = Cursor::of(column).identifier();
    first.is_some_and(|first| SERIAL.iter().any(|serial| *serial == first))
}

/// Whether a column has its numbers from a sequence of its own.
pub(crate) fn is_identity(column: &Tokens) -> bool {
    column.statement().finds_word("identity")
}

/// Whether a column has its values from others, stored or not, or from a sequence of its own.
pub(crate) fn is_generated(column: &Tokens) -> bool {
    column.statement().finds_word("generated")
}

/// Whether no two rows have the same value in a column, by its own words.
pub(crate) fn is_unique_column(column: &Tokens) -> bool {
    let words = column.statement();
    words.finds_word("unique") || words.finds_word("primary")
}

/// Whether a constraint lets no two rows be equal.
pub(crate) fn is_key(constraint: &Tokens) -> bool {
    let words = Cursor::of(constraint);
    words.sees(&["primary", "key"]) || words.sees(&["unique"])
}

/// Whether a constraint was made of an index.
pub(crate) fn is_of_index(constraint: &Tokens) -> bool {
    constraint.statement().finds_words(&["using", "index"])
}

/// Whether an index holds some rows only.
pub(crate) fn is_partial(index: &Tokens) -> bool {
    Cursor::of(index).finds(&["where"]).is_some()
}

/// The columns that a foreign key names behind the table that it leads to, if it names any.
pub(crate) fn referenced_columns(constraint: &Tokens) -> Option<Vec<String>> {
    let mut cursor = Cursor::of(constraint).finds(&["references"])?;
    cursor.advance();
    cursor.name()?;
    let parts = cursor.parenthesised()?;
    parts
        .into_iter()
        .map(|mut part| part.identifier())
        .collect()
}

/// What a domain demands of its values.
#[derive(Debug, Default)]
pub(crate) struct Demands {
    /// `NOT NULL`.
    pub(crate) not_null: bool,
    /// How many checks it has.
    pub(crate) checks: usize,
    /// Its default.
    pub(crate) default: Option<Tokens>,
}

impl Demands {
    /// Those of `CREATE DOMAIN`.
    pub(crate) fn of(domain: &Tokens) -> Self {
        let mut words = Cursor::of(domain);
        let mut found = Self::default();
        while !words.is_at_end() {
            match () {
                () if words.eat(&["not", "null"]) => found.not_null = true,
                () if words.eat(&["check"]) => found.checks += 1,
                () if words.eat(&["default"]) => found.default = Some(words.normalised()),
                () if words.parenthesised().is_some() => {}
                () => words.advance(),
            }
        }
        found
    }
}

/// The string that a default is, as it stands or with a cast to the type of its column.
pub(crate) fn only_string(default: &Tokens, of_type: Option<&DataType>) -> Option<String> {
    let mut words = Cursor::of(default);
    let value = words.string()?;
    words.advance();
    if words.eat_text("::") {
        let cast = DataType::read(&mut words);
        (cast.as_ref() == of_type).then_some(())?;
    }
    words.is_at_end().then_some(value)
}
