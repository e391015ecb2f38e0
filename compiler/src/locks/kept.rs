//! Which changes of a column's type leave the rows as they are (PostgreSQL source:
//! `ATColumnChangeRequiresRewrite`, the `WITHOUT FUNCTION` casts of `pg_cast`, and the support
//! functions of the types). A test tries thousands of pairs on servers.

use super::domains::{base, is_constrained};
use crate::catalog::Catalog;
use crate::cursor::Cursor;
use crate::data_type::DataType;
use crate::statement::Statement;
use crate::tokens::Tokens;

/// Whether the rows of a column are those of the new type as they stand.
pub(crate) fn keeps_rows(
    catalog: &Catalog,
    column: &str,
    before: Option<&DataType>,
    definition: &Tokens,
    after: Option<&DataType>,
) -> bool {
    let (Some(before), Some(after)) = (before, after) else {
        return false;
    };
    let Some(mut words) = Cursor::of(definition).finds(&["using"]) else {
        return is_kept(catalog, before, after);
    };
    words.advance();
    let Some(casts) = casts_of(words.rest(), column) else {
        return false;
    };
    let mut last = before;
    for cast in casts.iter().chain([after]) {
        if !is_kept(catalog, last, cast) {
            return false;
        }
        last = cast;
    }
    true
}

/// Whether an index without expressions stays as it is, too: the type has the same order.
pub(super) fn keeps_order(
    catalog: &Catalog,
    was: &Tokens,
    before: Option<&DataType>,
    definition: &Tokens,
    after: Option<&DataType>,
) -> bool {
    let (Some(before), Some(after)) = (before, after) else {
        return false;
    };
    let order = |it: &DataType| {
        let it = base(catalog, it);
        let order = match &*it.name {
            "character varying" => "text",
            "cidr" => "inet",
            "character" => "bpchar",
            name if least_field(name).is_some() => "interval",
            name if is_reference(name) => "oid",
            name => name,
        };
        (order.to_owned(), it.is_array)
    };
    let collation = |definition: &Tokens| {
        let mut words = Cursor::of(definition).finds(&["collate"])?;
        words.advance();
        words.name()
    };
    order(before) == order(after) && collation(was) == collation(definition)
}

/// The types that an expression casts the column to, one after the other; `None` where it is
/// anything else.
fn casts_of(expression: Statement<'_>, column: &str) -> Option<Vec<DataType>> {
    let count = expression.tokens.len();
    let of = |from: usize, to: usize| Statement {
        tokens: &expression.tokens[from..to],
        ..expression
    };
    // The last cast at the outermost level.
    let mut depth = 0_u32;
    let mut last = None;
    for index in 0..count {
        match expression.word(index) {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            "::" if depth == 0 => last = Some(index),
            _ => {}
        }
    }
    if let Some(index) = last {
        let mut casts = casts_of(of(0, index), column)?;
        casts.push(DataType::read(&mut Cursor::new(of(index + 1, count)))?);
        return Some(casts);
    }
    let mut words = Cursor::new(expression);
    if words.eat(&["cast"]) {
        let [mut inside] = words.parenthesised()?.try_into().ok()?;
        let is_it = inside.identifier()? == column && inside.eat(&["as"]) && words.is_at_end();
        return is_it.then(|| DataType::read(&mut inside).map(|cast| vec![cast]))?;
    }
    if expression.word(0) == "(" && count > 2 && expression.word(count - 1) == ")" {
        return casts_of(of(1, count - 1), column);
    }
    (count == 1 && words.identifier()? == column).then(Vec::new)
}

fn is_kept(catalog: &Catalog, before: &DataType, after: &DataType) -> bool {
    if before == after {
        return true;
    }
    if is_constrained(catalog, after) {
        return false;
    }
    let mut before_it = base(catalog, before);
    if before_it.name != before.name {
        // What is known of the values of a domain is its own matter.
        before_it.modifiers = Vec::new();
        if before_it.name == "character" {
            "bpchar".clone_into(&mut before_it.name);
        }
    }
    let after = base(catalog, after);
    if before_it.is_array != after.is_array {
        return false;
    }
    if before_it.is_array {
        return before_it.name == after.name
            && (after.modifiers.is_empty() || before_it.modifiers == after.modifiers);
    }
    is_wider(&before_it, &after) || is_same_bytes(&before_it, &after)
}

/// Of types of one family: whether the new one has room for every value as it is.
fn is_wider(before: &DataType, after: &DataType) -> bool {
    let numbers = |it: &DataType| -> Option<Vec<i64>> {
        it.modifiers
            .iter()
            .map(|modifier| modifier.parse().ok())
            .collect()
    };
    let (Some(was), Some(now)) = (numbers(before), numbers(after)) else {
        return false;
    };
    let (was, now) = (&was[..], &now[..]);
    match (&*before.name, &*after.name) {
        ("text" | "character varying", "text" | "character varying")
        | ("bit varying", "bit varying") => match (was, now) {
            (_, []) => true,
            ([was], [now]) => now >= was,
            _ => false,
        },
        ("numeric", "numeric") => match (was, now) {
            (_, []) => true,
            ([], _) => false,
            ([was, scale @ ..], [now, new_scale @ ..]) => {
                now >= was && scale.first().unwrap_or(&0) == new_scale.first().unwrap_or(&0)
            }
        },
        ("time" | "timestamp", "time" | "timestamp") => {
            let precision = |it: &[i64]| it.first().copied().unwrap_or(MICROSECONDS);
            before.name == after.name
                && before.zone == after.zone
                && precision(now) >= precision(was)
        }
        (was_name, now_name) => match (least_field(was_name), least_field(now_name)) {
            (Some(_), Some(_)) if now_name == "interval" && now.is_empty() => true,
            (Some(least), Some(new_least)) => {
                let precision = |it: &[i64]| it.first().copied().unwrap_or(MICROSECONDS);
                new_least <= least && (least > 0 || precision(now) >= precision(was))
            }
            _ => {
                was_name == now_name && now.is_empty() && !["character", "bit"].contains(&now_name)
            }
        },
    }
}

/// The finest part of a second that is kept.
const MICROSECONDS: i64 = 6;

/// Of an interval: the finest field that it has, from the second up.
fn least_field(name: &str) -> Option<usize> {
    const FIELDS: [&[&str]; 6] = [
        &[
            "interval",
            "interval second",
            "interval day to second",
            "interval hour to second",
            "interval minute to second",
        ],
        &[
            "interval minute",
            "interval day to minute",
            "interval hour to minute",
        ],
        &["interval hour", "interval day to hour"],
        &["interval day"],
        &["interval month", "interval year to month"],
        &["interval year"],
    ];
    FIELDS.iter().position(|names| names.contains(&name))
}

/// Types whose casts have no function: the bytes stay as they are.
fn is_same_bytes(before: &DataType, after: &DataType) -> bool {
    if !after.modifiers.is_empty() {
        return false;
    }
    match (&*before.name, &*after.name) {
        ("text" | "character varying" | "xml" | "character" | "citext", "bpchar")
        | ("xml" | "citext", "text" | "character varying")
        | ("text" | "character varying", "citext")
        | ("cidr", "inet")
        | ("bit", "bit varying") => true,
        ("integer", to) if to != "integer" => is_reference(to),
        (from, "integer" | "oid") => is_reference(from),
        ("oid", to) => is_reference(to),
        _ => false,
    }
}

/// `oid` and the types that show it as a name.
fn is_reference(name: &str) -> bool {
    const TYPES: [&str; 12] = [
        "oid",
        "regclass",
        "regcollation",
        "regconfig",
        "regdictionary",
        "regnamespace",
        "regoper",
        "regoperator",
        "regproc",
        "regprocedure",
        "regrole",
        "regtype",
    ];
    TYPES.contains(&name)
}
