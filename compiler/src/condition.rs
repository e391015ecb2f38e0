//! What a CHECK says, and what follows from it: as much as PostgreSQL proves itself before it
//! reads rows (source: `predtest.c`, called from `ConstraintImpliedByRelConstraint`).
//!
//! A CHECK also holds where it is NULL, so nothing follows here from an operator being strict:
//! `n > 0` does not say that `n` is not NULL.
//!
//! The file is long because it has the grammar of such conditions and the table of what follows from them.

use std::cmp::Ordering;

use crate::cursor::Cursor;
use crate::data_type::DataType;
use crate::lexer::TokenKind;
use crate::tokens::Tokens;

/// A condition on one row, negations moved inwards as the server does it (`negate_clause`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Condition {
    /// All of these.
    All(Vec<Condition>),
    /// One of these.
    Any(Vec<Condition>),
    /// `column IS NULL`.
    Null(String),
    /// `column IS NOT NULL`.
    NotNull(String),
    /// Such as `column < 5`.
    Compared {
        /// The column.
        column: String,
        /// How.
        operator: Operator,
        /// With what.
        value: Value,
    },
    /// Anything else: it proves nothing.
    Unknown,
}

/// How a column is compared with a constant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Operator {
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
    NotEqual,
}

/// A constant of a column's own type.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Value {
    /// A whole number.
    Integer(i128),
    /// A date as ISO 8601 writes it, whose order is that of its letters.
    Date(String),
    /// Anything else, which is equal to itself and otherwise unknown.
    Other(String),
}

/// A check of more tokens is taken for one that proves nothing: they are read by recursion.
const LONGEST: usize = 1_000;

/// The type of a column, where it is known.
pub(crate) type Types<'a> = &'a dyn Fn(&str) -> Option<DataType>;

impl Condition {
    /// What a constraint says, if it is a CHECK that the server holds rows to.
    pub(crate) fn of_constraint(definition: &Tokens, types: Types<'_>) -> Option<Self> {
        let mut cursor = Cursor::of(definition);
        (cursor.eat(&["check"]) && definition.len() < LONGEST).then_some(())?;
        let parts = cursor.parenthesised()?;
        // Since PostgreSQL 18 one can be there that is not enforced.
        if cursor.finds(&["not", "enforced"]).is_some() {
            return None;
        }
        let [inside] = parts[..] else { return None };
        Some(Self::read(inside, types))
    }

    /// Reads one, up to the end of the cursor.
    pub(crate) fn read(mut cursor: Cursor<'_>, types: Types<'_>) -> Self {
        let read = Reader { types }.any(&mut cursor);
        if cursor.is_at_end() {
            read
        } else {
            Self::Unknown
        }
    }

    /// Whether the other holds wherever this one does (source: `predicate_implied_by_recurse`).
    pub(crate) fn implies(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any(ones), Self::Any(others)) => ones
                .iter()
                .all(|one| others.iter().any(|other| one.implies(other))),
            (Self::Any(ones), _) => ones.iter().all(|one| one.implies(other)),
            (_, Self::All(others)) => others.iter().all(|other| self.implies(other)),
            (Self::All(ones), Self::Any(others)) => {
                others.iter().any(|other| self.implies(other))
                    || ones.iter().any(|one| one.implies(other))
            }
            (Self::All(ones), _) => ones.iter().any(|one| one.implies(other)),
            (_, Self::Any(others)) => others.iter().any(|other| self.implies(other)),
            (Self::Null(column), Self::Null(other))
            | (Self::NotNull(column), Self::NotNull(other)) => column == other,
            (
                Self::Compared {
                    column,
                    operator,
                    value,
                },
                Self::Compared {
                    column: other,
                    operator: needed,
                    value: bound,
                },
            ) => column == other && follows(*operator, value, *needed, bound),
            _ => false,
        }
    }

    /// What holds where this one is false (source: `negate_clause`).
    #[must_use]
    pub(crate) fn negated(self) -> Self {
        let each = |these: Vec<Self>| these.into_iter().map(Self::negated).collect();
        match self {
            Self::All(these) => Self::Any(each(these)),
            Self::Any(these) => Self::All(each(these)),
            Self::Null(column) => Self::NotNull(column),
            Self::NotNull(column) => Self::Null(column),
            Self::Compared {
                column,
                operator,
                value,
            } => Self::Compared {
                column,
                operator: operator.negated(),
                value,
            },
            Self::Unknown => Self::Unknown,
        }
    }
}

impl Operator {
    fn read(text: &str) -> Option<Self> {
        Some(match text {
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            "=" => Self::Equal,
            ">=" => Self::GreaterOrEqual,
            ">" => Self::Greater,
            "<>" | "!=" => Self::NotEqual,
            _ => return None,
        })
    }

    fn negated(self) -> Self {
        match self {
            Self::Less => Self::GreaterOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::Equal => Self::NotEqual,
            Self::GreaterOrEqual => Self::Less,
            Self::Greater => Self::LessOrEqual,
            Self::NotEqual => Self::Equal,
        }
    }

    /// With its sides exchanged.
    fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::GreaterOrEqual => Self::LessOrEqual,
            Self::Greater => Self::Less,
            Self::Equal | Self::NotEqual => self,
        }
    }
}

/// Whether `x operator value` says that `x needed bound` (source: `BT_implic_table`).
fn follows(operator: Operator, value: &Value, needed: Operator, bound: &Value) -> bool {
    use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    let Some(order) = value.order(bound) else {
        return false;
    };
    match (operator, needed) {
        (Less, Less | LessOrEqual | NotEqual) | (LessOrEqual | Equal, LessOrEqual) => order.is_le(),
        (LessOrEqual | Equal, Less) | (LessOrEqual, NotEqual) => order.is_lt(),
        (Greater, Greater | GreaterOrEqual | NotEqual)
        | (GreaterOrEqual | Equal, GreaterOrEqual) => order.is_ge(),
        (GreaterOrEqual | Equal, Greater) | (GreaterOrEqual, NotEqual) => order.is_gt(),
        (Equal, Equal) | (NotEqual, NotEqual) => order.is_eq(),
        (Equal, NotEqual) => order.is_ne(),
        _ => false,
    }
}

impl Value {
    fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(one), Self::Integer(other)) => Some(one.cmp(other)),
            (Self::Date(one), Self::Date(other)) => Some(one.cmp(other)),
            _ => (self == other).then_some(Ordering::Equal),
        }
    }

    /// The constant that stands here, as a value of a column of this type; `None` where it may be
    /// of another type, whose operator the server may not know to be immutable.
    pub(crate) fn read(cursor: &mut Cursor<'_>, of_type: Option<&DataType>) -> Option<Self> {
        let minus = cursor.eat_text("-");
        let token = cursor.peek()?;
        let mut said = None;
        let value = match token.kind {
            TokenKind::Number => {
                let digits = cursor.text();
                match (digits.parse::<i128>(), minus) {
                    (Ok(number), true) => Self::Integer(-number),
                    (Ok(number), false) => Self::Integer(number),
                    (Err(_), true) => Self::Other(format!("-{digits}")),
                    (Err(_), false) => Self::Other(digits.to_owned()),
                }
            }
            _ if minus => return None,
            TokenKind::String => typed(cursor.string()?, of_type),
            // Such as `date '2024-01-01'`.
            TokenKind::Word => {
                let mut words = *cursor;
                let name = words.up_to(|cursor| {
                    cursor
                        .peek()
                        .is_none_or(|token| token.kind == TokenKind::String)
                });
                said = Some(whole_type(&name)?);
                *cursor = words;
                typed(cursor.string()?, of_type)
            }
            _ => return None,
        };
        cursor.advance();
        if cursor.eat_text("::") {
            let name = cursor.up_to(|cursor| {
                cursor.is_at_end()
                    || [")", ",", "::", "]"]
                        .iter()
                        .any(|end| cursor.text() == *end)
                    || cursor.sees(&["and"])
                    || cursor.sees(&["or"])
            });
            said = Some(whole_type(&name)?);
        }
        (said.is_none() || said.as_ref() == of_type).then_some(value)
    }
}

fn whole_type(name: &Tokens) -> Option<DataType> {
    let mut cursor = Cursor::of(name);
    let read = DataType::read(&mut cursor);
    read.filter(|_| cursor.is_at_end())
}

/// A string, which has the type of what it is compared with.
fn typed(string: String, of_type: Option<&DataType>) -> Value {
    let plain = of_type.filter(|it| !it.is_array);
    let is_integer = plain.is_some_and(|it| {
        ["integer", "bigint", "smallint"]
            .iter()
            .any(|name| it.name == *name)
    });
    let is_date = plain.is_some_and(|it| it.name == "date") && is_iso_date(&string);
    match string.parse::<i128>() {
        Ok(number) if is_integer => Value::Integer(number),
        _ if is_date => Value::Date(string),
        _ => Value::Other(string),
    }
}

/// `2024-01-31`.
fn is_iso_date(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

/// One side of a comparison.
enum Operand {
    Column(String),
    Null,
}

struct Reader<'a> {
    types: Types<'a>,
}

impl Reader<'_> {
    fn any(&self, cursor: &mut Cursor<'_>) -> Condition {
        let mut these = vec![self.all(cursor)];
        while cursor.eat(&["or"]) {
            these.push(self.all(cursor));
        }
        one_or(these, Condition::Any)
    }

    fn all(&self, cursor: &mut Cursor<'_>) -> Condition {
        let mut these = vec![self.not(cursor)];
        while cursor.eat(&["and"]) {
            these.push(self.not(cursor));
        }
        one_or(these, Condition::All)
    }

    fn not(&self, cursor: &mut Cursor<'_>) -> Condition {
        if cursor.eat(&["not"]) {
            return self.not(cursor).negated();
        }
        let start = *cursor;
        let read = self.test(cursor);
        if let Some(read) = read.filter(|_| is_boundary(cursor)) {
            return read;
        }
        *cursor = start;
        skip(cursor);
        Condition::Unknown
    }

    /// What stands between AND, OR and NOT.
    fn test(&self, cursor: &mut Cursor<'_>) -> Option<Condition> {
        if cursor.text() == "(" {
            let mut behind = *cursor;
            let parts = behind.parenthesised()?;
            if let ([inside], true) = (&parts[..], is_boundary(&behind)) {
                *cursor = behind;
                return Some(Condition::read(*inside, self.types));
            }
        }
        // The constant may stand first.
        let mut mirrored = *cursor;
        if let Some(found) = self.constant_first(&mut mirrored) {
            *cursor = mirrored;
            return Some(found);
        }
        match operand(cursor)? {
            Operand::Column(column) => self.of_column(column, cursor),
            Operand::Null => {
                let is_not = is_distinct(cursor)?;
                match operand(cursor)? {
                    Operand::Column(column) => Some(null(column, is_not)),
                    Operand::Null => None,
                }
            }
        }
    }

    fn constant_first(&self, cursor: &mut Cursor<'_>) -> Option<Condition> {
        // The type of the column is known only when it has been read.
        let mut ahead = *cursor;
        Value::read(&mut ahead, None)?;
        let operator = Operator::read(ahead.text())?;
        ahead.advance();
        let Operand::Column(column) = operand(&mut ahead)? else {
            return None;
        };
        let value = Value::read(cursor, (self.types)(&column).as_ref())?;
        *cursor = ahead;
        let operator = operator.mirrored();
        Some(Condition::Compared {
            column,
            operator,
            value,
        })
    }

    fn of_column(&self, column: String, cursor: &mut Cursor<'_>) -> Option<Condition> {
        if cursor.eat(&["is", "not", "null"]) || cursor.eat(&["notnull"]) {
            return Some(Condition::NotNull(column));
        }
        if cursor.eat(&["is", "null"]) || cursor.eat(&["isnull"]) {
            return Some(Condition::Null(column));
        }
        if let Some(is_not) = is_distinct(cursor) {
            return match operand(cursor)? {
                Operand::Null => Some(null(column, is_not)),
                Operand::Column(_) => None,
            };
        }
        let of_type = (self.types)(&column);
        let of_type = of_type.as_ref();
        let compared = |operator, value| Condition::Compared {
            column: column.clone(),
            operator,
            value,
        };
        let is_negated = cursor.eat(&["not"]);
        let found = if cursor.eat(&["between"]) {
            let least = Value::read(cursor, of_type)?;
            cursor.eat(&["and"]).then_some(())?;
            let most = Value::read(cursor, of_type)?;
            Condition::All(vec![
                compared(Operator::GreaterOrEqual, least),
                compared(Operator::LessOrEqual, most),
            ])
        } else if cursor.eat(&["in"]) {
            let mut these = Vec::new();
            for mut part in cursor.parenthesised()? {
                let value = Value::read(&mut part, of_type)?;
                part.is_at_end().then_some(())?;
                these.push(compared(Operator::Equal, value));
            }
            one_or(these, Condition::Any)
        } else {
            let operator = Operator::read(cursor.text()).filter(|_| !is_negated)?;
            cursor.advance();
            compared(operator, Value::read(cursor, of_type)?)
        };
        Some(if is_negated { found.negated() } else { found })
    }
}

fn one_or(mut these: Vec<Condition>, several: fn(Vec<Condition>) -> Condition) -> Condition {
    if these.len() == 1 {
        these.remove(0)
    } else {
        several(these)
    }
}

fn null(column: String, is_not: bool) -> Condition {
    if is_not {
        Condition::NotNull(column)
    } else {
        Condition::Null(column)
    }
}

/// Over `IS [NOT] DISTINCT FROM`; whether it is without the NOT.
fn is_distinct(cursor: &mut Cursor<'_>) -> Option<bool> {
    if cursor.eat(&["is", "distinct", "from"]) {
        return Some(true);
    }
    let is_same = cursor.eat(&["is", "not", "distinct", "from"]);
    is_same.then_some(false)
}

/// A column, which may have its table before it, or NULL; in any parentheses.
fn operand(cursor: &mut Cursor<'_>) -> Option<Operand> {
    if cursor.text() == "(" {
        let parts = cursor.parenthesised()?;
        let [mut inside] = parts[..] else { return None };
        let found = operand(&mut inside)?;
        return inside.is_at_end().then_some(found);
    }
    if cursor.eat(&["null"]) {
        return Some(Operand::Null);
    }
    let mut name = cursor.identifier()?;
    while cursor.eat_text(".") {
        name = cursor.identifier()?;
    }
    let is_column = cursor.text() != "(" && cursor.text() != "::" && cursor.text() != "[";
    is_column.then_some(Operand::Column(name))
}

/// Whether a test ends here.
fn is_boundary(cursor: &Cursor<'_>) -> bool {
    cursor.is_at_end() || cursor.sees(&["and"]) || cursor.sees(&["or"])
}

/// Over a test that is not understood: `BETWEEN` has an AND of its own, and `CASE` may have any.
fn skip(cursor: &mut Cursor<'_>) {
    let (mut cases, mut betweens) = (0_usize, 0_usize);
    while !cursor.is_at_end() {
        match () {
            () if cursor.sees(&["case"]) => cases += 1,
            () if cases > 0 && cursor.sees(&["end"]) => cases -= 1,
            () if cases > 0 => {}
            () if cursor.sees(&["between"]) => betweens += 1,
            () if betweens > 0 && cursor.sees(&["and"]) => betweens -= 1,
            () if is_boundary(cursor) => return,
            () => {}
        }
        if cursor.parenthesised().is_none() {
            cursor.advance();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Condition, Types};
    use crate::cursor::Cursor;
    use crate::data_type::DataType;
    use crate::tokens::Tokens;

    const TYPES: Types<'_> = &|column| {
        let name = match column {
            "n" | "id" => "integer",
            "day" => "date",
            "at" => "timestamptz",
            _ => "text",
        };
        DataType::read(&mut Cursor::of(&Tokens::read(name)))
    };

    fn says(check: &str) -> Condition {
        let definition = Tokens::read(&format!("CHECK ({check})"));
        Condition::of_constraint(&definition, TYPES).unwrap_or(Condition::Unknown)
    }

    /// Measured on 13, 15 and 18: `tests/tests/database/proofs.rs`.
    #[test]
    fn what_says_that_a_column_is_filled() {
        let filled = Condition::NotNull("n".to_owned());
        for check in [
            "n IS NOT NULL",
            "\"n\" IS NOT NULL",
            "(n) IS NOT NULL",
            "((n IS NOT NULL))",
            "t.n IS NOT NULL",
            "n NOTNULL",
            "n IS NOT NULL AND s <> ''",
            "s <> '' AND (length(s) < 5 AND n IS NOT NULL)",
            "NOT (n IS NULL)",
            "NOT n IS NULL",
            "NOT (n IS NULL OR s = '')",
            "n IS DISTINCT FROM NULL",
            "NULL IS DISTINCT FROM n",
            "NOT (n IS NOT DISTINCT FROM NULL)",
            "(n IS NOT NULL AND s = 'a') OR (n IS NOT NULL AND s = 'b')",
            "length(s) BETWEEN 1 AND 5 AND n IS NOT NULL",
        ] {
            assert!(says(check).implies(&filled), "{check}");
        }
        for check in [
            "n IS NOT NULL OR s IS NOT NULL",
            "CASE WHEN n IS NOT NULL THEN true ELSE true END",
            "CASE WHEN s = '' AND n IS NOT NULL AND true THEN true ELSE true END",
            "NOT (n IS NOT NULL AND s < '')",
            "NOT (n IS NOT NULL) OR true",
            "COALESCE(n IS NOT NULL, true) OR s > ''",
            "s <> '' OR n IS NOT NULL",
            "n > 0",
            "n IS NULL",
            "no IS NOT NULL",
            "s = 'n IS NOT NULL'",
            "x = n IS NOT NULL",
            "n::text IS NOT NULL",
            "n IS NOT NULL IS TRUE",
            "f(n IS NOT NULL)",
            "n IS NOT DISTINCT FROM NULL",
        ] {
            assert!(!says(check).implies(&filled), "{check}");
        }
        let unenforced = Tokens::read("CHECK (n IS NOT NULL) NOT ENFORCED");
        assert_eq!(Condition::of_constraint(&unenforced, TYPES), None);
    }

    #[test]
    fn what_says_that_rows_are_in_a_range() {
        let holds = |check: &str, bound: &str| says(check).implies(&says(bound));
        for (check, bound) in [
            ("id >= 0 AND id < 10", "id >= 0 AND id < 10"),
            ("id > 4 AND id <= 9", "id >= 0 AND id < 10"),
            ("id BETWEEN 0 AND 9", "id >= 0 AND id < 10"),
            ("0 <= id AND 10 > id", "id >= 0 AND id < 10"),
            ("id = 3", "id >= 0 AND id < 10"),
            ("id IN (3, 4)", "id >= 0 AND id < 10"),
            ("NOT (id < 0 OR id >= 10)", "id >= 0 AND id < 10"),
            ("id >= '0'", "id >= -1"),
            ("id >= 0::integer", "id >= -1"),
            ("day >= '2024-02-01'", "day >= '2024-01-01'"),
            ("day >= DATE '2024-02-01'", "day >= '2024-01-01'"),
            ("day >= '2024-02-01'::date", "day >= '2024-01-01'"),
            ("s = 'a'", "s = 'a' OR s = 'b'"),
            ("s IN ('b', 'a')", "s IN ('a', 'b', 'c')"),
            ("id < 3 OR id >= 20", "id IS NULL OR id < 5 OR id >= 10"),
            ("s NOT IN ('a', 'b')", "s IS NULL OR s <> 'a' AND s <> 'b'"),
        ] {
            assert!(holds(check, bound), "{check}: {bound}");
        }
        for (check, bound) in [
            ("id > 0", "id >= 0 AND id < 10"),
            ("id BETWEEN 0 AND 10", "id >= 0 AND id < 10"),
            ("id >= 0 OR id < 10", "id >= 0 AND id < 10"),
            ("n >= 0 AND n < 10", "id >= 0 AND id < 10"),
            ("id + 0 >= 0", "id >= 0"),
            ("id >= 0::bigint", "id >= 0"),
            ("at >= DATE '2024-02-01'", "at >= '2024-02-01'"),
            ("at >= '2024-02-01'", "at >= '2024-01-01'"),
            ("s >= 'b'", "s >= 'a'"),
            ("s IN ('a', 'd')", "s IN ('a', 'b', 'c')"),
            ("s NOT IN ('a')", "s IN ('b')"),
        ] {
            assert!(!holds(check, bound), "{check}: {bound}");
        }
    }
}
