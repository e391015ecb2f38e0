//! By what a table is partitioned, and what a partition holds.

use crate::condition::{Condition, Operator, Types, Value};
use crate::cursor::Cursor;
use crate::literal::written;
use crate::tokens::Tokens;

/// `PARTITION BY`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PartitionKey {
    /// How.
    pub strategy: Strategy,
    /// By what; of an expression only that it is there.
    pub columns: Vec<Option<String>>,
}

/// How rows are told apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Strategy {
    /// `RANGE`.
    Range,
    /// `LIST`.
    List,
    /// `HASH`.
    Hash,
}

/// What a partition holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Bound {
    /// All that no other one does.
    Default,
    /// `FROM … TO`.
    Range {
        /// The first, which it holds.
        from: Vec<Tokens>,
        /// The last, which it does not.
        to: Vec<Tokens>,
    },
    /// `IN`.
    List(Vec<Tokens>),
    /// `WITH (MODULUS …)`.
    Hash,
}

impl PartitionKey {
    /// That of a `CREATE TABLE`, given what stands behind its name.
    pub(crate) fn of(rest: Cursor<'_>) -> Option<Self> {
        let mut cursor = rest.finds(&["partition", "by"])?;
        cursor.eat(&["partition", "by"]);
        let strategy = match () {
            () if cursor.eat(&["range"]) => Strategy::Range,
            () if cursor.eat(&["list"]) => Strategy::List,
            () if cursor.eat(&["hash"]) => Strategy::Hash,
            () => return None,
        };
        let column = |mut part: Cursor<'_>| part.identifier().filter(|_| part.is_at_end());
        let columns = cursor.parenthesised()?.into_iter().map(column).collect();
        Some(Self { strategy, columns })
    }
}

impl Bound {
    /// That of a new partition, given what stands behind its name.
    pub(crate) fn of(rest: Cursor<'_>) -> Option<Self> {
        let mut cursor = rest.finds(&["partition", "of"])?;
        cursor.eat(&["partition", "of"]);
        cursor.name()?;
        cursor.parenthesised();
        Self::read(&mut cursor)
    }

    /// What stands behind the name of a partition.
    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Option<Self> {
        if cursor.eat(&["default"]) {
            return Some(Self::Default);
        }
        cursor.eat(&["for", "values"]).then_some(())?;
        let list = |cursor: &mut Cursor<'_>| -> Option<Vec<Tokens>> {
            let parts = cursor.parenthesised()?;
            Some(parts.iter().map(Cursor::normalised).collect())
        };
        match () {
            () if cursor.eat(&["in"]) => list(cursor).map(Self::List),
            () if cursor.eat(&["with"]) => Some(Self::Hash),
            () if cursor.eat(&["from"]) => {
                let from = list(cursor)?;
                cursor.eat(&["to"]).then_some(())?;
                Some(Self::Range {
                    from,
                    to: list(cursor)?,
                })
            }
            () => None,
        }
    }

    /// The CHECK that says the same, as SQL; `None` where none does that the server follows.
    pub fn shown(&self, key: &PartitionKey) -> Option<String> {
        let [Some(column)] = &key.columns[..] else {
            return None;
        };
        let column = written(column);
        let filled = format!("{column} IS NOT NULL");
        match self {
            Self::Range { from, to } => {
                let mut all = vec![filled];
                for (end, open, operator) in [(from, "minvalue", ">="), (to, "maxvalue", "<")] {
                    let [value] = &end[..] else { return None };
                    if !Cursor::of(value).sees(&[open]) {
                        all.push(format!("{column} {operator} {}", value.shown()));
                    }
                }
                Some(all.join(" AND "))
            }
            Self::List(values) => {
                let is_null = |value: &&Tokens| Cursor::of(value).sees(&["null"]);
                let (nulls, values): (Vec<_>, Vec<_>) = values.iter().partition(is_null);
                let values: Vec<&str> = values.into_iter().map(Tokens::shown).collect();
                let list = format!("{column} IN ({})", values.join(", "));
                Some(match (nulls.is_empty(), values.is_empty()) {
                    (true, _) => format!("{filled} AND {list}"),
                    (false, true) => format!("{column} IS NULL"),
                    (false, false) => format!("{column} IS NULL OR {list}"),
                })
            }
            Self::Default | Self::Hash => None,
        }
    }

    /// The CHECK that says of another partition that it holds none of this one's rows.
    pub fn shown_absence(&self, key: &PartitionKey) -> Option<String> {
        let [Some(column)] = &key.columns[..] else {
            return None;
        };
        let column = written(column);
        match self {
            Self::Range { from, to } => {
                let mut any = Vec::new();
                for (end, open, operator) in [(from, "minvalue", "<"), (to, "maxvalue", ">=")] {
                    let [value] = &end[..] else { return None };
                    if !Cursor::of(value).sees(&[open]) {
                        any.push(format!("{column} {operator} {}", value.shown()));
                    }
                }
                (!any.is_empty()).then(|| any.join(" OR "))
            }
            Self::List(values) => {
                let is_null = |value: &&Tokens| Cursor::of(value).sees(&["null"]);
                if values.iter().any(|value| is_null(&value)) {
                    return None;
                }
                let values: Vec<&str> = values.iter().map(Tokens::shown).collect();
                Some(format!("{column} NOT IN ({})", values.join(", ")))
            }
            Self::Default | Self::Hash => None,
        }
    }

    /// What the server holds the rows of such a partition to (source: `get_qual_from_partbound`);
    /// `None` where it says more than can be followed here.
    pub(crate) fn condition(&self, key: &PartitionKey, types: Types<'_>) -> Option<Condition> {
        let [Some(column)] = &key.columns[..] else {
            return None;
        };
        let of_type = types(column);
        let constant = |value: &Tokens| {
            let mut cursor = Cursor::of(value);
            let read = Value::read(&mut cursor, of_type.as_ref());
            read.filter(|_| cursor.is_at_end())
        };
        let compared = |operator, value| Condition::Compared {
            column: column.clone(),
            operator,
            value,
        };
        let filled = Condition::NotNull(column.clone());
        match self {
            Self::Range { from, to } => {
                let mut all = vec![filled];
                let ends = [
                    (from, "minvalue", Operator::GreaterOrEqual),
                    (to, "maxvalue", Operator::Less),
                ];
                for (end, open, operator) in ends {
                    let [value] = &end[..] else { return None };
                    if !Cursor::of(value).sees(&[open]) {
                        all.push(compared(operator, constant(value)?));
                    }
                }
                Some(Condition::All(all))
            }
            Self::List(values) => {
                let is_null = |value: &&Tokens| Cursor::of(value).sees(&["null"]);
                let (nulls, values): (Vec<_>, Vec<_>) = values.iter().partition(is_null);
                let values: Option<Vec<_>> = values.into_iter().map(constant).collect();
                let equal = values?.into_iter();
                let mut any: Vec<_> = equal
                    .map(|value| compared(Operator::Equal, value))
                    .collect();
                if nulls.is_empty() {
                    Some(Condition::All(vec![filled, Condition::Any(any)]))
                } else {
                    any.push(Condition::Null(column.clone()));
                    Some(Condition::Any(any))
                }
            }
            Self::Default | Self::Hash => None,
        }
    }
}
