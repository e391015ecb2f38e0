//! SQL that would make an object of a database what it should be, where that can be said.

mod grant;
mod create;

use pgstrata_compiler::lexer::{TokenKind, tokens};

use super::Schema;
use crate::schema::snapshot::{Difference, Object, Properties, qualified};

/// What to run, or nothing where only a person can say it.
pub(super) fn of(expected: &Schema, found: &Schema, difference: &Difference) -> Option<String> {
    match difference {
        Difference::Missing(object) => create::of(expected, object, How::Beside),
        Difference::LeftOver(object) => dropped(found, object),
        Difference::Changed {
            object,
            property,
            was,
            is,
        } => changed(
            expected,
            found,
            object,
            property,
            [was.as_deref(), is.as_deref()],
        ),
    }
}

/// Whether others use the table meanwhile.
#[derive(Clone, Copy, Eq, PartialEq)]
enum How {
    Beside,
    Alone,
}

/// How SQL names an object: the kind's word, its own name, and the table that it is a part of.
struct Named {
    word: &'static str,
    name: String,
    table: Option<String>,
}

impl Named {
    fn of(schema: &Schema, object: &Object) -> Option<Self> {
        let Object { kind, name } = object;
        let word = match &**kind {
            "schema" => "SCHEMA",
            "table" => "TABLE",
            "foreign table" => "FOREIGN TABLE",
            "view" => "VIEW",
            "materialized view" => "MATERIALIZED VIEW",
            "sequence" => "SEQUENCE",
            "type" => "TYPE",
            "domain" => "DOMAIN",
            "index" => "INDEX",
            "function" => "FUNCTION",
            "procedure" => "PROCEDURE",
            "aggregate" => "AGGREGATE",
            "extension" => "EXTENSION",
            "statistics" => "STATISTICS",
            "publication" => "PUBLICATION",
            "collation" => "COLLATION",
            "event trigger" => "EVENT TRIGGER",
            "column" => "COLUMN",
            "constraint" => "CONSTRAINT",
            "trigger" | "constraint trigger" => "TRIGGER",
            "rule" => "RULE",
            "policy" => "POLICY",
            _ => return None,
        };
        let has_no_schema = ["SCHEMA", "EXTENSION", "PUBLICATION", "EVENT TRIGGER"];
        let goes_with = schema.properties(object)?.goes_with.as_deref();
        let (name, table) = match word {
            "COLUMN" => {
                let table = goes_with?;
                (
                    name.strip_prefix(table)?.strip_prefix('.')?.to_owned(),
                    Some(qualified(table)),
                )
            }
            "CONSTRAINT" | "TRIGGER" | "RULE" | "POLICY" => {
                let (own, of) = match goes_with {
                    Some(table) => (name.strip_suffix(table)?.strip_suffix(" of ")?, table),
                    None => name.split_once(" of ")?,
                };
                (own.to_owned(), Some(qualified(of)))
            }
            _ if has_no_schema.contains(&word) => (name.clone(), None),
            _ => {
                // Types of arguments have schemas, too.
                let (own, arguments) = name.split_at(name.find('(').unwrap_or(name.len()));
                (format!("{}{arguments}", qualified(own)), None)
            }
        };
        Some(Self { word, name, table })
    }

    /// As `COMMENT ON` and `DROP` have it.
    fn whole(&self) -> String {
        let Self { word, name, table } = self;
        match table {
            Some(table) if *word == "COLUMN" => format!("COLUMN {table}.{name}"),
            Some(table) => format!("{word} {name} ON {table}"),
            None => format!("{word} {name}"),
        }
    }
}

fn is_partitioned(schema: &Schema, table: &str) -> bool {
    let object = Object {
        kind: "table".to_owned(),
        name: table.to_owned(),
    };
    schema
        .properties(&object)
        .is_some_and(|it| it.values.contains_key("partition key"))
}

/// Indexes of partitioned tables cannot be made or dropped beside others' work.
fn concurrently(schema: &Schema, object: &Object) -> &'static str {
    let table = schema
        .properties(object)
        .and_then(|it| it.goes_with.as_deref());
    if table.is_some_and(|table| is_partitioned(schema, table)) {
        ""
    } else {
        " CONCURRENTLY"
    }
}

fn dropped(found: &Schema, object: &Object) -> Option<String> {
    let named = Named::of(found, object)?;
    let Named { word, name, table } = &named;
    let values = &found.properties(object)?.values;
    let warning = match *word {
        "TABLE" | "COLUMN" => "-- what is in it is lost\n",
        _ => "",
    };
    Some(match (*word, table) {
        ("COLUMN", Some(table)) => format!("{warning}ALTER TABLE {table} DROP COLUMN {name};"),
        ("CONSTRAINT", _) if values.contains_key("inherited") => return None,
        ("CONSTRAINT", Some(table)) => {
            format!(
                "ALTER {} {table} DROP CONSTRAINT {name};",
                owner_of_constraint(found, object)
            )
        }
        ("INDEX", _) => format!("DROP INDEX{} {name};", concurrently(found, object)),
        // It goes with its column.
        ("SEQUENCE", _) if values.contains_key("owned by") => return None,
        _ => format!("{warning}DROP {};", named.whole()),
    })
}

/// A constraint belongs to a table or to a domain.
fn owner_of_constraint(schema: &Schema, object: &Object) -> &'static str {
    let goes_with = schema
        .properties(object)
        .and_then(|it| it.goes_with.as_ref());
    if goes_with.is_some() {
        "TABLE"
    } else {
        "DOMAIN"
    }
}

fn changed(
    expected: &Schema,
    found: &Schema,
    object: &Object,
    property: &str,
    [was, is]: [Option<&str>; 2],
) -> Option<String> {
    let named = Named::of(expected, object)?;
    match (property, &*object.kind) {
        ("comment", _) => return Some(create::comment(&named, was)),
        ("privileges", _) => return grant::between(&named, was, is),
        (_, "column") => return column(&named, expected.properties(object)?, property, [was, is]),
        ("options", "table" | "view" | "materialized view") => {
            return Some(options(&named, was, is));
        }
        ("row security", "table") => return Some(row_security(&named, was.unwrap_or_default())),
        _ => {}
    }
    let Named { word, name, table } = &named;
    let anew = || {
        Some(format!(
            "{}\n{}",
            dropped(found, object)?,
            create::of(expected, object, How::Beside)?
        ))
    };
    match (*word, property) {
        ("TABLE", "persistence") => {
            let how = if was.is_some() { "UNLOGGED" } else { "LOGGED" };
            Some(format!("ALTER TABLE {name} SET {how};"))
        }
        ("TABLE", "replica identity") => {
            let how = match was {
                None => "DEFAULT".to_owned(),
                Some("nothing") => "NOTHING".to_owned(),
                Some("full") => "FULL".to_owned(),
                Some(index) => format!("USING INDEX {}", index.rsplit('.').next()?),
            };
            Some(format!("ALTER TABLE {name} REPLICA IDENTITY {how};"))
        }
        ("TABLE", "partition bound") => {
            let parent = qualified(expected.properties(object)?.values.get("parents")?);
            Some(format!(
                "ALTER TABLE {parent} DETACH PARTITION {name};\nALTER TABLE {parent} ATTACH PARTITION {name} {};",
                was?
            ))
        }
        ("INDEX", "invalid") => Some(format!("REINDEX INDEX CONCURRENTLY {name};")),
        ("VIEW", "definition") => Some(format!("CREATE OR REPLACE VIEW {name} AS\n{}", was?)),
        ("FUNCTION" | "PROCEDURE", "definition") => Some(format!("{};", was?.trim_end())),
        ("TRIGGER", "enabled") => {
            let how = match was {
                None => "ENABLE",
                Some("no") => "DISABLE",
                Some("replica") => "ENABLE REPLICA",
                Some(_) => "ENABLE ALWAYS",
            };
            Some(format!(
                "ALTER TABLE {} {how} TRIGGER {name};",
                table.as_deref()?
            ))
        }
        ("SEQUENCE", "definition") => Some(format!(
            "ALTER SEQUENCE {name} AS {};",
            create::of_sequence(was?)
        )),
        ("TYPE", "values") => values_of_enum(name, was?, is?),
        ("DOMAIN", "definition") => domain(name, was?, is?),
        ("EXTENSION", "schema") => Some(format!("ALTER EXTENSION {name} SET SCHEMA {};", was?)),
        (
            "INDEX" | "CONSTRAINT" | "TRIGGER" | "RULE" | "POLICY" | "STATISTICS"
            | "MATERIALIZED VIEW",
            "definition" | "command" | "kind" | "roles" | "using" | "with check",
        ) => anew(),
        _ => None,
    }
}

fn column(
    named: &Named,
    properties: &Properties,
    property: &str,
    [was, is]: [Option<&str>; 2],
) -> Option<String> {
    let value = |property: &str| properties.values.get(property).map(String::as_str);
    let alteration = match (property, was) {
        ("type", Some(kind)) => format!("TYPE {kind}"),
        ("collation", was) => {
            format!(
                "TYPE {} COLLATE {}",
                value("type")?,
                was.unwrap_or("\"default\"")
            )
        }
        ("not null", Some(_)) => "SET NOT NULL".to_owned(),
        ("not null", None) => "DROP NOT NULL".to_owned(),
        ("default", Some(default)) => format!("SET DEFAULT {default}"),
        ("default", None) => "DROP DEFAULT".to_owned(),
        ("generated", None) => "DROP EXPRESSION".to_owned(),
        ("identity", None) => "DROP IDENTITY".to_owned(),
        ("identity", Some(how)) if is.is_some() => format!("SET GENERATED {}", how.to_uppercase()),
        ("identity", Some(how)) => format!("ADD GENERATED {} AS IDENTITY", how.to_uppercase()),
        ("statistics target", was) => format!("SET STATISTICS {}", was.unwrap_or("-1")),
        ("storage", Some(how)) => format!("SET STORAGE {}", storage(how)?),
        ("options", Some(options)) => format!("SET ({options})"),
        _ => return None,
    };
    let Named { name, table, .. } = named;
    Some(format!(
        "ALTER TABLE {} ALTER COLUMN {name} {alteration};",
        table.as_deref()?
    ))
}

fn storage(letter: &str) -> Option<&'static str> {
    Some(match letter {
        "p" => "PLAIN",
        "e" => "EXTERNAL",
        "m" => "MAIN",
        "x" => "EXTENDED",
        _ => return None,
    })
}

fn options(Named { word, name, .. }: &Named, was: Option<&str>, is: Option<&str>) -> String {
    let names = |list: Option<&str>| -> Vec<String> {
        let list = list
            .unwrap_or_default()
            .split(", ")
            .filter(|option| !option.is_empty());
        list.map(|option| option.split('=').next().unwrap_or(option).to_owned())
            .collect()
    };
    let kept = names(was);
    let gone: Vec<String> = names(is)
        .into_iter()
        .filter(|name| !kept.contains(name))
        .collect();
    let mut lines = Vec::new();
    if !gone.is_empty() {
        lines.push(format!("ALTER {word} {name} RESET ({});", gone.join(", ")));
    }
    lines.extend(was.map(|was| format!("ALTER {word} {name} SET ({was});")));
    lines.join("\n")
}

fn row_security(Named { name, .. }: &Named, was: &str) -> String {
    let has = |word: &str| was.split(", ").any(|it| it == word);
    let enabled = if has("enabled") { "ENABLE" } else { "DISABLE" };
    let forced = if has("forced") { "FORCE" } else { "NO FORCE" };
    format!("ALTER TABLE {name} {enabled} ROW LEVEL SECURITY, {forced} ROW LEVEL SECURITY;")
}

/// Values can be added; none can be taken away.
fn values_of_enum(name: &str, was: &str, is: &str) -> Option<String> {
    let list = |values: &str| -> Vec<String> {
        let strings = tokens(values).filter(|token| token.kind == TokenKind::String);
        strings
            .map(|token| values[token.span.start..token.span.end].to_owned())
            .collect()
    };
    let (wanted, mut there) = (list(was), list(is));
    let mut lines = Vec::new();
    for (at, value) in wanted.iter().enumerate() {
        if !there.contains(value) {
            let place = match at.checked_sub(1) {
                Some(before) => format!("AFTER {}", wanted[before]),
                None => format!("BEFORE {}", there.first()?),
            };
            lines.push(format!("ALTER TYPE {name} ADD VALUE {value} {place};"));
            there.push(value.clone());
        }
    }
    (there.len() == wanted.len() && !lines.is_empty()).then(|| lines.join("\n"))
}

/// `<type>[ not null][ default …]`: what of it can be altered.
fn domain(name: &str, was: &str, is: &str) -> Option<String> {
    let [
        (was_type, was_null, was_default),
        (is_type, is_null, is_default),
    ] = [was, is].map(|text| {
        let (rest, default) = text
            .split_once(" default ")
            .map_or((text, None), |(rest, it)| (rest, Some(it)));
        let kind = rest.strip_suffix(" not null");
        (kind.unwrap_or(rest), kind.is_none(), default)
    });
    let mut lines = Vec::new();
    if was_null != is_null {
        let how = if was_null { "DROP" } else { "SET" };
        lines.push(format!("ALTER DOMAIN {name} {how} NOT NULL;"));
    }
    if was_default != is_default {
        let how = was_default.map_or("DROP DEFAULT".to_owned(), |it| format!("SET DEFAULT {it}"));
        lines.push(format!("ALTER DOMAIN {name} {how};"));
    }
    (was_type == is_type && !lines.is_empty()).then(|| lines.join("\n"))
}
