//! What a column or a constraint says, in one spelling, so that two files which say the
//! same in other words can be compared; and the names that the server gives to what has
//! none.

use crate::action::{Constraint, ConstraintKind, Shape};
use crate::cursor::Cursor;

/// The words that end a type or a default (PostgreSQL's grammar: `ColConstraint`).
const NEXT: [&str; 15] = [
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

/// A type as the server prints it; `None` where that cannot be told. Stops behind it.
pub(crate) fn type_name(cursor: &mut Cursor<'_>) -> Option<String> {
    let (mut words, mut modifier, mut array) = (Vec::new(), None, false);
    loop {
        if cursor.sees(&["array"]) || cursor.text() == "[" {
            array = true;
            while cursor.text() == "[" || cursor.text() == "]" || cursor.sees(&["array"]) {
                cursor.advance();
                if cursor.text().bytes().all(|byte| byte.is_ascii_digit()) && !cursor.is_at_end() {
                    cursor.advance();
                }
            }
        } else if cursor.text() == "(" {
            let parts = cursor.parenthesised()?;
            modifier = Some(
                parts
                    .iter()
                    .map(Cursor::normalised)
                    .collect::<Vec<_>>()
                    .join(","),
            );
        } else if cursor.is_at_end() || NEXT.iter().any(|word| cursor.sees(&[word])) {
            break;
        } else {
            words.push(cursor.identifier()?);
            if cursor.eat_text(".") {
                // The schema is a part of the name, but for the one that is looked into.
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
    let name = match words.as_str() {
        "" => return None,
        "int" | "int4" | "serial" | "serial4" => "integer",
        "int8" | "bigserial" | "serial8" => "bigint",
        "int2" | "smallserial" | "serial2" => "smallint",
        "bool" => "boolean",
        "varchar" | "char varying" => "character varying",
        "char" | "bpchar" => "character",
        "decimal" | "dec" => "numeric",
        "float8" | "float" => "double precision",
        "float4" => "real",
        "timestamptz" => "timestamp with time zone",
        "timestamp" => "timestamp without time zone",
        "timetz" => "time with time zone",
        "time" => "time without time zone",
        "varbit" => "bit varying",
        other => other,
    };
    let modifier = match (name, modifier) {
        ("double precision", Some(_)) => return None,
        ("character", None) => "(1)".to_owned(),
        (_, Some(modifier)) => format!("({modifier})"),
        (_, None) => String::new(),
    };
    // Of times the precision stands in the middle: `timestamp(3) with time zone`.
    let (name, zone) = name
        .split_once(" with")
        .map_or((name, ""), |(time, _)| (time, &name[time.len()..]));
    Some(format!(
        "{name}{modifier}{zone}{}",
        if array { "[]" } else { "" }
    ))
}

/// The constraints that stand within a column's definition, as if they stood behind it.
pub(crate) fn inline_constraints(column: &str, mut cursor: Cursor<'_>) -> Vec<Constraint> {
    let mut found = Vec::new();
    let mut name = None;
    while !cursor.is_at_end() {
        if cursor.eat(&["constraint"]) {
            name = cursor.identifier();
            continue;
        }
        let start = cursor;
        let kind = match () {
            () if cursor.sees(&["references"]) => ConstraintKind::ForeignKey,
            () if cursor.eat(&["check"]) => ConstraintKind::Check,
            () if cursor.eat(&["unique"]) => ConstraintKind::Unique,
            () if cursor.eat(&["primary", "key"]) => ConstraintKind::PrimaryKey,
            () => {
                skip(&mut cursor, &mut name);
                continue;
            }
        };
        let columns = vec![column.to_owned()];
        found.push(Constraint {
            name: name.take(),
            span: start.span(),
            kind,
            not_valid: false,
            using_index: false,
            definition: format!("( {column} ) {}", start.normalised()),
            shape: shape(kind, columns, &mut cursor),
        });
    }
    found
}

/// Over anything in a column's definition that is no constraint with a name of its own.
fn skip(cursor: &mut Cursor<'_>, name: &mut Option<String>) {
    if cursor.eat(&["generated"]) {
        cursor.eat(&["always"]);
        cursor.eat(&["by", "default"]);
    } else if cursor.eat(&["not", "null"]) || cursor.eat(&["null"]) {
        *name = None;
    } else if cursor.eat(&["default"]) {
        // At least one token, then up to the next constraint.
        loop {
            if cursor.parenthesised().is_none() {
                cursor.advance();
            }
            if cursor.is_at_end() || NEXT.iter().any(|word| cursor.sees(&[word])) {
                break;
            }
        }
    } else if cursor.parenthesised().is_none() {
        cursor.advance();
    }
}

/// The shape of a table constraint, given its first word.
pub(crate) fn table_constraint(kind: ConstraintKind, mut cursor: Cursor<'_>) -> Option<Shape> {
    while !cursor.is_at_end() && cursor.text() != "(" {
        cursor.advance();
    }
    let columns = columns(&mut cursor)?;
    shape(kind, columns, &mut cursor)
}

/// What stands behind the columns; of a foreign key without the columns there, which are
/// those of the primary key where they are left out.
fn shape(kind: ConstraintKind, columns: Vec<String>, cursor: &mut Cursor<'_>) -> Option<Shape> {
    let plain = Shape {
        kind,
        columns,
        references: None,
        options: String::new(),
    };
    match kind {
        ConstraintKind::Unique | ConstraintKind::PrimaryKey | ConstraintKind::Exclude => {
            Some(plain)
        }
        ConstraintKind::ForeignKey => {
            cursor.eat(&["references"]).then_some(())?;
            let references = Some(cursor.name()?);
            cursor.parenthesised();
            Some(Shape {
                references,
                options: options(cursor),
                ..plain
            })
        }
        ConstraintKind::Check | ConstraintKind::Other => None,
    }
}

/// What a foreign key does, as the server prints it.
pub(crate) fn options(cursor: &mut Cursor<'_>) -> String {
    let (mut delete, mut update) = ("", "");
    let (mut deferrable, mut deferred) = ("", "");
    loop {
        match () {
            () if cursor.eat(&["on", "delete"]) => delete = action(cursor),
            () if cursor.eat(&["on", "update"]) => update = action(cursor),
            () if cursor.eat(&["match"]) => cursor.advance(),
            () if cursor.eat(&["not", "deferrable"]) => {}
            () if cursor.eat(&["deferrable"]) => deferrable = "DEFERRABLE",
            () if cursor.eat(&["initially", "deferred"]) => {
                (deferrable, deferred) = ("DEFERRABLE", "INITIALLY DEFERRED");
            }
            () if cursor.eat(&["initially", "immediate"]) => {}
            () => break,
        }
    }
    let on = |event: &str, action: &str| match action {
        "" => String::new(),
        action => format!("ON {event} {action}"),
    };
    let parts = [
        on("UPDATE", update),
        on("DELETE", delete),
        deferrable.to_owned(),
        deferred.to_owned(),
    ];
    parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Empty for what happens where nothing is said.
fn action(cursor: &mut Cursor<'_>) -> &'static str {
    const ACTIONS: [(&[&str], &str); 5] = [
        (&["no", "action"], ""),
        (&["restrict"], "RESTRICT"),
        (&["cascade"], "CASCADE"),
        (&["set", "null"], "SET NULL"),
        (&["set", "default"], "SET DEFAULT"),
    ];
    let found = ACTIONS.iter().find(|(words, _)| cursor.eat(words));
    cursor.parenthesised();
    found.map_or("", |(_, action)| action)
}

/// The columns of an index or constraint, as far as each has a name of its own; those of
/// `INCLUDE` count, too (PostgreSQL source: `ChooseIndexColumnNames`).
pub(crate) fn columns(cursor: &mut Cursor<'_>) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut parts = cursor.parenthesised()?;
    if let Some(mut included) = cursor.finds(&["include"]) {
        included.advance();
        parts.extend(included.parenthesised().unwrap_or_default());
    }
    for mut part in parts {
        names.push(part.identifier()?);
        // A function gives its name, but not where it is qualified or a cast follows.
        if part.text() == "." {
            return None;
        }
    }
    Some(names)
}

/// The name that the server chooses (PostgreSQL source: `makeObjectName`): the longer of
/// the two names is cut until all fits.
pub(crate) fn chosen_name(table: &str, columns: &[String], label: &str) -> String {
    let addition = columns.join("_");
    let separators = if addition.is_empty() { 1 } else { 2 };
    let available = 63_usize.saturating_sub(label.len() + separators);
    let (mut first, mut second) = (table.len(), addition.len().min(63));
    while first + second > available {
        if first > second {
            first -= 1;
        } else {
            second -= 1;
        }
    }
    let clipped = |text: &str, length: usize| {
        let end = (0..=length.min(text.len()))
            .rev()
            .find(|&end| text.is_char_boundary(end));
        text[..end.unwrap_or(0)].to_owned()
    };
    let (table, addition) = (clipped(table, first), clipped(&addition, second));
    if addition.is_empty() {
        format!("{table}_{label}")
    } else {
        format!("{table}_{addition}_{label}")
    }
}

/// The label in the name of a constraint that has none.
pub(crate) fn label(kind: ConstraintKind) -> Option<&'static str> {
    Some(match kind {
        ConstraintKind::Check => "check",
        ConstraintKind::ForeignKey => "fkey",
        ConstraintKind::Unique => "key",
        ConstraintKind::PrimaryKey => "pkey",
        ConstraintKind::Exclude => "excl",
        ConstraintKind::Other => return None,
    })
}

/// Whether two defaults of one column are the same; `None` where only a server can tell.
pub(crate) fn same_default(before: Option<&str>, now: Option<&str>) -> Option<bool> {
    let (before, now) = match (before, now) {
        (Some(before), Some(now)) => (plain(before), plain(now)),
        // `DEFAULT NULL` is kept for some types only.
        (None, Some(default)) | (Some(default), None) if plain(default) == "null" => return None,
        (None, None) => return Some(true),
        (None, Some(_)) | (Some(_), None) => return Some(false),
    };
    if before == now {
        return Some(true);
    }
    // Of an integer column `1.0` is `1`.
    if before
        .parse::<f64>()
        .is_ok_and(|before| now.parse() == Ok(before))
    {
        return None;
    }
    let is_simple = |text: &str| {
        !text.contains(' ') || text.ends_with(" ( )") && text.matches(' ').count() == 2
    };
    (is_simple(&before) && is_simple(&now)).then_some(false)
}

/// A default without what does not count: parentheses around it, casts behind it, quotes
/// around a number or a truth value.
fn plain(default: &str) -> String {
    let mut text = default.trim();
    while let Some(inner) = text
        .strip_prefix("( ")
        .and_then(|rest| rest.strip_suffix(" )"))
        && !inner.contains('(')
    {
        text = inner;
    }
    let text = text.split(" :: ").next().unwrap_or(text);
    let unquoted = text
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''));
    match unquoted
        .map(str::to_ascii_lowercase)
        .as_deref()
        .unwrap_or(text)
    {
        "t" | "true" => "true".to_owned(),
        "f" | "false" => "false".to_owned(),
        number if number.parse::<f64>().is_ok() => number.to_owned(),
        _ => text.to_owned(),
    }
}
