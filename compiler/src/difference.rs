//! What makes an object another one than before, as far as that is certain: other words may say the
//! same. The file is long because each kind of object is compared in its own manner.

use crate::action::ObjectKind;
use crate::catalog::Object;
use crate::catalog::properties::NO_EXECUTE;
use crate::cursor::Cursor;
use crate::definition::{clause, listed, listed_columns, same_default};
use crate::expression::{same_expression, same_query};
use crate::tokens::Tokens;

/// The first difference, in words that follow the object's name.
pub(crate) fn difference(kind: ObjectKind, before: &Object, now: &Object) -> Option<String> {
    let whole = properties(before, now).or_else(|| settings(before, now));
    whole.or_else(|| match kind {
        ObjectKind::Column | ObjectKind::Domain => {
            column(before, now).or_else(|| checks(before, now))
        }
        ObjectKind::Constraint => shape(before, now)
            .or_else(|| validity(before, now))
            .or_else(|| condition(&["check"], before, now)),
        ObjectKind::Index => index(before, now),
        ObjectKind::Function => overloads(before, now),
        ObjectKind::View | ObjectKind::MaterializedView => {
            view(&before.definition, &now.definition).or_else(|| stars(before, now))
        }
        ObjectKind::Trigger => same(
            trigger(&before.definition)?,
            trigger(&now.definition)?,
            "fires",
        ),
        ObjectKind::Policy => same(policy(&before.definition), policy(&now.definition), "is"),
        _ => None,
    })
}

/// What is set word by word, where no two spellings of it are the same.
fn settings(before: &Object, now: &Object) -> Option<String> {
    let mut all = before.settings.keys().chain(now.settings.keys());
    let differs = |what: &&String| match (before.settings.get(*what), now.settings.get(*what)) {
        (Some(before), Some(now)) => same_expression(before, now) == Some(false),
        (before, now) => before.is_some() != now.is_some(),
    };
    let what = all.find(differs)?;
    let shown = |it: &Object| {
        it.settings
            .get(what)
            .map_or("none", Tokens::shown)
            .to_owned()
    };
    Some(format!(
        "has the {what} {}, had {}",
        shown(now),
        shown(before)
    ))
}

/// The functions of one name.
fn overloads(before: &Object, now: &Object) -> Option<String> {
    if before.overloads.is_empty() || now.overloads.is_empty() {
        return None;
    }
    let left = now
        .overloads
        .keys()
        .find(|it| !before.overloads.contains_key(*it));
    if let Some(signature) = left {
        return Some(format!("is still there with the arguments {signature}"));
    }
    let lost = before
        .overloads
        .keys()
        .find(|it| !now.overloads.contains_key(*it));
    if let Some(signature) = lost {
        return Some(format!("is missing with the arguments {signature}"));
    }
    let mut both = before.overloads.iter();
    both.find_map(|(signature, was)| function(was, now.overloads.get(signature)?))
}

/// How many checks a domain has.
fn checks(before: &Object, now: &Object) -> Option<String> {
    (before.checks != now.checks)
        .then(|| format!("has {} checks, had {}", now.checks, before.checks))
}

/// What stands in parentheses behind these words.
fn condition(words: &[&str], before: &Object, now: &Object) -> Option<String> {
    let (was, is) = (
        clause(&before.definition, words),
        clause(&now.definition, words),
    );
    if was.is_empty() || is.is_empty() || same_expression(&was, &is) != Some(false) {
        return None;
    }
    Some(format!("demands {}, not {}", is.shown(), was.shown()))
}

/// Who has what, and did not; and the other way round.
pub(crate) fn privileges(before: &Object, now: &Object) -> String {
    let shown = |(role, privilege): &(String, String)| {
        format!("{} of {role}", privilege.to_ascii_uppercase())
    };
    let left = now.privileges.difference(&before.privileges).next();
    let lost = before.privileges.difference(&now.privileges).next();
    match (left, lost) {
        (Some((role, what)), _) if what == NO_EXECUTE => {
            format!("lacks the privilege EXECUTE of {role}")
        }
        (None, Some((role, what))) if what == NO_EXECUTE => {
            format!("has the privilege EXECUTE of {role} again")
        }
        (Some(left), _) => format!("still has the privilege {}", shown(left)),
        (None, Some(lost)) => format!("lacks the privilege {}", shown(lost)),
        (None, None) => "has other privileges".to_owned(),
    }
}

fn properties(before: &Object, now: &Object) -> Option<String> {
    if before.comment != now.comment {
        let shown = |comment: &Option<String>| match comment {
            Some(comment) => format!("the comment '{comment}'"),
            None => "no comment".to_owned(),
        };
        return Some(format!(
            "has {}, had {}",
            shown(&now.comment),
            shown(&before.comment)
        ));
    }
    let (was, is) = (before.row_security, now.row_security);
    let words = |is: bool| {
        if is {
            ("has", "had none")
        } else {
            ("has no", "had it")
        }
    };
    if was.is_enabled != is.is_enabled {
        let (has, had) = words(is.is_enabled);
        return Some(format!("{has} row security, and {had}"));
    }
    (was.is_forced != is.is_forced).then(|| {
        let (has, had) = words(is.is_forced);
        format!("{has} row security for its owner, and {had}")
    })
}

fn column(before: &Object, now: &Object) -> Option<String> {
    if let (Some(before), Some(now)) = (&before.type_name, &now.type_name)
        && before != now
    {
        return Some(format!("is {now}, was {before}"));
    }
    if before.not_null != now.not_null {
        let change = if now.not_null {
            "is NOT NULL, and was not"
        } else {
            "is no longer NOT NULL"
        };
        return Some(change.to_owned());
    }
    let defaults = (before.default.as_ref(), now.default.as_ref());
    if same_default(defaults.0, defaults.1) == Some(false) {
        let shown = |default: Option<&Tokens>| default.map_or("none", Tokens::shown).to_owned();
        return Some(format!(
            "has the default {}, had {}",
            shown(defaults.1),
            shown(defaults.0)
        ));
    }
    None
}

fn shape(before: &Object, now: &Object) -> Option<String> {
    match (&before.shape, &now.shape) {
        (Some(before), Some(now)) if before != now => {
            Some(format!("is {}, was {}", now.shown(), before.shown()))
        }
        _ => None,
    }
}

fn validity(before: &Object, now: &Object) -> Option<String> {
    let words = if now.not_valid {
        "is NOT VALID, and was not"
    } else {
        "is validated, and was not"
    };
    (before.not_valid != now.not_valid).then(|| words.to_owned())
}

fn index(before: &Object, now: &Object) -> Option<String> {
    if before.is_unique != now.is_unique {
        let change = if now.is_unique {
            "is unique, and was not"
        } else {
            "is no longer unique"
        };
        return Some(change.to_owned());
    }
    let is_partial = |it: &Object| Cursor::of(&it.definition).finds(&["where"]).is_some();
    if is_partial(before) != is_partial(now) {
        let change = if is_partial(now) {
            "is partial, and was not"
        } else {
            "is no longer partial"
        };
        return Some(change.to_owned());
    }
    let predicate = |it: &Object| {
        let mut found = Cursor::of(&it.definition).finds(&["where"])?;
        found.advance();
        Some(found.normalised())
    };
    if let (Some(was), Some(is)) = (predicate(before), predicate(now))
        && same_expression(&was, &is) == Some(false)
    {
        return Some(format!("is partial by {}, not {}", is.shown(), was.shown()));
    }
    let method = |it: &Object| {
        let mut cursor = Cursor::of(&it.definition);
        let named = cursor
            .eat(&["using"])
            .then(|| cursor.identifier())
            .flatten();
        vec![named.unwrap_or_else(|| "btree".to_owned())]
    };
    same(method(before), method(now), "is a")
        .or_else(|| {
            same(
                orders(&before.definition),
                orders(&now.definition),
                "is ordered",
            )
        })
        .or_else(|| {
            same(
                index_columns(&before.definition)?,
                index_columns(&now.definition)?,
                "has the columns",
            )
        })
}

/// In which order each element is.
fn orders(definition: &Tokens) -> Vec<String> {
    let order = |element: Cursor<'_>| {
        let descends = element.finds(&["desc"]).is_some();
        let first = element.finds(&["nulls", "first"]).is_some()
            || descends && element.finds(&["nulls", "last"]).is_none();
        let order = if descends { "descending" } else { "ascending" };
        let nulls = if first { " from NULL" } else { "" };
        format!("{order}{nulls}")
    };
    listed(definition).into_iter().map(order).collect()
}

/// The columns of an index, and the functions that it calls: of other expressions there are too many
/// ways to write them.
fn index_columns(definition: &Tokens) -> Option<Vec<String>> {
    let columns = listed_columns(definition).into_iter();
    let named = columns
        .zip(listed(definition))
        .map(|(column, mut element)| {
            column.or_else(|| {
                let name = element.identifier()?;
                // A call of a type is a cast, which may be none.
                let is_cast = CASTS.iter().any(|cast| name == *cast);
                (element.text() == "(" && !is_cast).then(|| format!("{name}(…)"))
            })
        });
    named.collect()
}

const CASTS: [&str; 14] = [
    "date",
    "time",
    "timetz",
    "timestamp",
    "timestamptz",
    "interval",
    "text",
    "varchar",
    "bpchar",
    "name",
    "int4",
    "int8",
    "float8",
    "numeric",
];

fn same(before: Vec<String>, now: Vec<String>, verb: &str) -> Option<String> {
    let shown = |these: Vec<String>| these.join(", ");
    (before != now).then(|| format!("{verb} {}, not {}", shown(now), shown(before)))
}

/// The code of a function, which is kept as it was written.
fn function(before: &Tokens, now: &Tokens) -> Option<String> {
    let arguments = |it: &Tokens| Cursor::of(it).up_to(|cursor| cursor.text() == ")");
    let body = |it: &Tokens| {
        let mut cursor = Cursor::of(it).finds(&["as"])?;
        cursor.advance();
        cursor.string()
    };
    let is_same_one = arguments(before) == arguments(now);
    let (was, is) = (body(before)?, body(now)?);
    if !is_same_one {
        return None;
    }
    if was == is {
        return same(attributes(before), attributes(now), "is");
    }
    let is_layout = Tokens::read(&was) == Tokens::read(&is);
    let words = if is_layout {
        "has its body in another layout"
    } else {
        "has another body"
    };
    Some(words.to_owned())
}

/// What a function promises beside its body, without what is usual.
fn attributes(definition: &Tokens) -> Vec<String> {
    let words = Cursor::of(definition);
    let all: [(&[&str], &str); 9] = [
        (&["immutable"], "immutable"),
        (&["stable"], "stable"),
        (&["strict"], "strict"),
        (&["returns", "null", "on", "null", "input"], "strict"),
        (&["security", "definer"], "security definer"),
        (&["leakproof"], "leakproof"),
        (&["parallel", "safe"], "parallel safe"),
        (&["parallel", "restricted"], "parallel restricted"),
        (&["set"], "with settings of its own"),
    ];
    let found = all.iter().filter(|(it, _)| words.finds(it).is_some());
    let mut found: Vec<String> = found.map(|(_, shown)| (*shown).to_owned()).collect();
    if found.is_empty() {
        found.push("plain".to_owned());
    }
    found
}

/// The names of a view's columns, where all can be told.
fn view(before: &Tokens, now: &Tokens) -> Option<String> {
    let columns = view_columns(before).zip(view_columns(now));
    let columns = columns.and_then(|(before, now)| same(before, now, "has the columns"));
    columns.or_else(|| {
        let query = |it: &Tokens| {
            let mut query = Cursor::of(it).finds(&["as"])?;
            query.advance();
            Some(query.normalised())
        };
        let differs = same_query(&query(before)?, &query(now)?) == Some(false);
        differs.then(|| "has another query".to_owned())
    })
}

/// What `*` stood for when the view was made.
fn stars(before: &Object, now: &Object) -> Option<String> {
    if before.stars.len() != now.stars.len() {
        return None;
    }
    let all = before.stars.iter().zip(&now.stars);
    all.into_iter().find_map(|(before, now)| {
        let (before, now) = before.clone().zip(now.clone())?;
        same(before, now, "has, for `*`, the columns")
    })
}

fn view_columns(definition: &Tokens) -> Option<Vec<String>> {
    let mut cursor = Cursor::of(definition);
    if let Some(listed) = cursor.parenthesised() {
        return listed.into_iter().map(|mut it| it.identifier()).collect();
    }
    cursor.eat(&["as"]).then_some(())?;
    cursor.eat(&["select"]).then_some(())?;
    // What is behind them may have commas of its own.
    let list = cursor.up_to(|cursor| {
        ["from", "where", "union", "limit"]
            .iter()
            .any(|it| cursor.sees(&[it]))
    });
    let name = |mut column: Cursor<'_>| {
        if let Some(mut alias) = column.finds(&["as"]) {
            alias.advance();
            return alias.identifier();
        }
        let mut name = column.identifier()?;
        while column.eat_text(".") {
            name = column.identifier()?;
        }
        column.is_at_end().then_some(name)
    };
    Cursor::of(&list)
        .rest_by_commas()
        .into_iter()
        .map(name)
        .collect()
}

/// When a trigger fires, and what it calls.
fn trigger(definition: &Tokens) -> Option<Vec<String>> {
    let mut cursor = Cursor::of(definition);
    let when = cursor.up_to(|cursor| cursor.sees(&["on"]));
    let mut said: Vec<String> = [
        "before", "after", "instead", "insert", "update", "delete", "truncate",
    ]
    .iter()
    .filter(|word| when.statement().finds_word(word))
    .map(|word| (*word).to_owned())
    .collect();
    let each = cursor
        .finds(&["for", "each", "row"])
        .or_else(|| cursor.finds(&["for", "row"]));
    said.push(if each.is_some() { "row" } else { "statement" }.to_owned());
    let mut call = cursor.finds(&["execute"])?;
    call.advance();
    call.advance();
    said.push(call.name()?.name);
    Some(said)
}

/// For which commands and roles a policy is.
fn policy(definition: &Tokens) -> Vec<String> {
    let cursor = Cursor::of(definition);
    let restrictive = cursor.finds(&["restrictive"]).is_some();
    let mut said = vec![
        if restrictive {
            "restrictive"
        } else {
            "permissive"
        }
        .to_owned(),
    ];
    let command = cursor.finds(&["for"]).and_then(|mut command| {
        command.advance();
        command.identifier()
    });
    said.push(command.unwrap_or_else(|| "all".to_owned()));
    let mut roles = Vec::new();
    if let Some(mut to) = cursor.finds(&["to"]) {
        to.advance();
        while let Some(role) = to.identifier() {
            roles.push(role);
            if !to.eat_text(",") {
                break;
            }
        }
    } else {
        roles.push("public".to_owned());
    }
    roles.sort();
    said.extend(roles);
    said
}

#[cfg(test)]
mod tests {
    use super::privileges;
    use crate::catalog::Object;
    use crate::catalog::properties::NO_EXECUTE;

    #[test]
    fn what_was_taken_from_everybody_is_said_as_such() {
        let closed = Object {
            privileges: [("public".to_owned(), NO_EXECUTE.to_owned())].into(),
            ..Object::default()
        };
        let open = Object::default();
        assert_eq!(
            [privileges(&open, &closed), privileges(&closed, &open)],
            [
                "lacks the privilege EXECUTE of public",
                "has the privilege EXECUTE of public again"
            ]
        );
    }
}
