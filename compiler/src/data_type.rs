//! The type of a column, in the server's spelling.

use std::fmt;

use crate::cursor::Cursor;

/// The words that end a type or a default (PostgreSQL's grammar: `ColConstraint`).
pub(crate) const NEXT: [&str; 15] = [
    "constraint",
    "not",
    "null",
    "default",
    "check",
    "unique",
    "primary",
    "references",
    "generated",
    "collate",
    "using",
    "storage",
    "compression",
    "deferrable",
    "initially",
];

const WITH: &str = " with time zone";
const WITHOUT: &str = " without time zone";

/// A type; its `Display` is what `format_type` prints.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DataType {
    /// Such as `integer` or `timestamp`; with its schema unless that is looked into anyway.
    pub name: String,
    /// What stands in parentheses: a length, a precision, a scale.
    pub modifiers: Vec<String>,
    /// ` with time zone` or ` without time zone`, of times only.
    pub zone: &'static str,
    /// Whether it is an array of these.
    pub is_array: bool,
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if !self.modifiers.is_empty() {
            write!(f, "({})", self.modifiers.join(","))?;
        }
        f.write_str(self.zone)?;
        f.write_str(if self.is_array { "[]" } else { "" })
    }
}

impl DataType {
    /// Reads one; `None` where it cannot be told. Stops behind it.
    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Option<Self> {
        let (mut words, mut modifiers, mut is_array) = (Vec::new(), None, false);
        loop {
            if cursor.sees(&["array"]) || cursor.text() == "[" {
                is_array = true;
                while cursor.text() == "[" || cursor.text() == "]" || cursor.sees(&["array"]) {
                    cursor.advance();
                    if cursor.text().bytes().all(|byte| byte.is_ascii_digit())
                        && !cursor.is_at_end()
                    {
                        cursor.advance();
                    }
                }
            } else if cursor.text() == "(" {
                let parts = cursor.parenthesised()?;
                let parts = parts
                    .iter()
                    .map(|part| part.normalised().shown().to_owned());
                modifiers = Some(parts.collect::<Vec<_>>());
            } else if cursor.is_at_end() || NEXT.iter().any(|word| cursor.sees(&[word])) {
                break;
            } else if cursor.eat_text("\"char\"") {
                // One byte, and no text of one letter.
                words.push("\"char\"".to_owned());
            } else {
                words.push(cursor.identifier()?);
                if cursor.eat_text(".") {
                    // The schema is a part of the name, except for the one that is looked into.
                    let schema = words.pop()?;
                    let name = cursor.identifier()?;
                    let known = schema == "public" || schema == "pg_catalog";
                    words.push(if known {
                        name
                    } else {
                        format!("{schema}.{name}")
                    });
                }
            }
        }
        let words = words.join(" ");
        let (name, zone) = match words.as_str() {
            "" => return None,
            "int" | "int4" | "serial" | "serial4" => ("integer", ""),
            "int8" | "bigserial" | "serial8" => ("bigint", ""),
            "int2" | "smallserial" | "serial2" => ("smallint", ""),
            "bool" => ("boolean", ""),
            "varchar" | "char varying" => ("character varying", ""),
            // Of any length, unless one is said.
            "bpchar" if modifiers.is_none() => ("bpchar", ""),
            "char" | "bpchar" => ("character", ""),
            "decimal" | "dec" => ("numeric", ""),
            "float8" | "float" => ("double precision", ""),
            "float4" => ("real", ""),
            "timestamptz" | "timestamp with time zone" => ("timestamp", WITH),
            "timestamp" | "timestamp without time zone" => ("timestamp", WITHOUT),
            "timetz" | "time with time zone" => ("time", WITH),
            "time" | "time without time zone" => ("time", WITHOUT),
            "varbit" => ("bit varying", ""),
            other => (other, ""),
        };
        let modifiers = match (name, modifiers) {
            ("double precision", Some(_)) => return None,
            ("character", None) => vec!["1".to_owned()],
            (_, modifiers) => modifiers.unwrap_or_default(),
        };
        Some(Self {
            name: name.to_owned(),
            modifiers,
            zone,
            is_array,
        })
    }
}
