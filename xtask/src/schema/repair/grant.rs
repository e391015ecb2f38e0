//! Privileges that are given and taken.

use std::collections::BTreeSet;

use super::Named;
use crate::schema::privileges::granted;

/// What the letters of `aclitem` stand for; the PostgreSQL manual, Privileges.
const WORDS: [(char, &str); 12] = [
    ('r', "SELECT"),
    ('a', "INSERT"),
    ('w', "UPDATE"),
    ('d', "DELETE"),
    ('D', "TRUNCATE"),
    ('x', "REFERENCES"),
    ('t', "TRIGGER"),
    ('m', "MAINTAIN"),
    ('X', "EXECUTE"),
    ('U', "USAGE"),
    ('C', "CREATE"),
    ('s', "SET"),
];

/// Grantee, privilege, and whether it may be passed on.
type Grant = (String, &'static str, bool);

/// From the list that is to the list that should be.
pub(super) fn between(named: &Named, was: Option<&str>, is: Option<&str>) -> Option<String> {
    let (was, is) = (
        grants(was.unwrap_or_default()),
        grants(is.unwrap_or_default()),
    );
    let mut lines = Vec::new();
    for (grantee, word, with_option) in is.difference(&was) {
        let stays = was.contains(&(grantee.clone(), *word, false));
        let option = if *with_option && stays {
            "GRANT OPTION FOR "
        } else {
            ""
        };
        if !*with_option && was.contains(&(grantee.clone(), *word, true)) {
            continue;
        }
        lines.push(format!(
            "REVOKE {option}{} FROM {grantee};",
            on(named, word)?
        ));
    }
    for (grantee, word, with_option) in was.difference(&is) {
        let option = if *with_option {
            " WITH GRANT OPTION"
        } else {
            ""
        };
        if !*with_option && is.contains(&(grantee.clone(), *word, true)) {
            continue;
        }
        lines.push(format!("GRANT {} TO {grantee}{option};", on(named, word)?));
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Of an object that has just been made, on which everybody may do what is usual for its kind.
pub(super) fn of_new(named: &Named, list: &str) -> Option<String> {
    let usual = match named.word {
        "FUNCTION" | "PROCEDURE" | "AGGREGATE" => "PUBLIC=X",
        "TYPE" | "DOMAIN" => "PUBLIC=U",
        _ => "",
    };
    between(named, Some(list), Some(usual))
}

fn on(named: &Named, word: &str) -> Option<String> {
    let Named {
        word: kind,
        name,
        table,
    } = named;
    Some(match *kind {
        "COLUMN" => format!("{word} ({name}) ON {}", table.as_deref()?),
        "TABLE" | "VIEW" | "MATERIALIZED VIEW" | "FOREIGN TABLE" => format!("{word} ON {name}"),
        "AGGREGATE" => format!("{word} ON FUNCTION {name}"),
        "SEQUENCE" | "FUNCTION" | "PROCEDURE" | "SCHEMA" | "TYPE" | "DOMAIN" => {
            format!("{word} ON {kind} {name}")
        }
        _ => return None,
    })
}

/// All but the owner's.
fn grants(list: &str) -> BTreeSet<Grant> {
    let mut found = BTreeSet::new();
    for (grantee, rest) in granted(list)
        .into_iter()
        .filter(|(grantee, _)| *grantee != "owner")
    {
        let letters = rest.split('/').next().unwrap_or(rest);
        let mut signs = letters.chars().peekable();
        while let Some(sign) = signs.next() {
            let with_option = signs.next_if_eq(&'*').is_some();
            let word = WORDS.iter().find(|(letter, _)| *letter == sign);
            found.extend(word.map(|(_, word)| (role(grantee), *word, with_option)));
        }
    }
    found
}

fn role(name: &str) -> String {
    let is_plain = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '_';
    if name == "PUBLIC" || name.chars().all(is_plain) {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}
