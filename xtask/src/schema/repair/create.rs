//! An object made anew from what is known of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use pgstrata_compiler::lexer::tokens;

use super::{How, Named, concurrently, grant, is_partitioned, owner_of_constraint};
use crate::schema::Schema;
use crate::schema::snapshot::{Object, qualified};

/// Nothing where too little is known of its kind.
pub(super) fn of(schema: &Schema, object: &Object, how: How) -> Option<String> {
    let named = Named::of(schema, object)?;
    let properties = schema.properties(object)?;
    let values = &properties.values;
    let mut lines = vec![match named.word {
        "TABLE" => return table(schema, object, &named),
        "CONSTRAINT" => constraint(schema, object, &named, how)?,
        "INDEX" if how == How::Beside => {
            concurrent(values.get("definition")?, concurrently(schema, object))
        }
        "FUNCTION" | "PROCEDURE" | "INDEX" | "TRIGGER" | "STATISTICS" => {
            format!("{};", values.get("definition")?.trim_end())
        }
        "RULE" => values.get("definition")?.clone(),
        _ => simple(&named, values)?,
    }];
    if let ("TRIGGER", Some(enabled), Some(table)) =
        (named.word, values.get("enabled"), &named.table)
    {
        let how = if enabled == "no" {
            "DISABLE".to_owned()
        } else {
            format!("ENABLE {}", enabled.to_uppercase())
        };
        lines.push(format!("ALTER TABLE {table} {how} TRIGGER {};", named.name));
    }
    if named.word == "MATERIALIZED VIEW" {
        lines.extend(parts(schema, &object.name));
    }
    lines.extend(said(&named, values));
    Some(lines.join("\n"))
}

/// Its comment and privileges.
fn said(named: &Named, values: &BTreeMap<String, String>) -> Vec<String> {
    let comment = values.get("comment").map(|text| comment(named, Some(text)));
    let privileges = values
        .get("privileges")
        .and_then(|list| grant::of_new(named, list));
    comment.into_iter().chain(privileges).collect()
}

pub(super) fn comment(named: &Named, text: Option<&str>) -> String {
    let text = text.map_or("NULL".to_owned(), quoted);
    format!("COMMENT ON {} IS {text};", named.whole())
}

fn quoted(text: &str) -> String {
    let text = text.replace('\'', "''");
    if text.contains('\\') {
        format!("E'{}'", text.replace('\\', "\\\\"))
    } else {
        format!("'{text}'")
    }
}

fn simple(named: &Named, values: &BTreeMap<String, String>) -> Option<String> {
    let Named { word, name, table } = named;
    let value = |property: &str| values.get(property).map(String::as_str);
    let with = value("options").map_or(String::new(), |options| format!(" WITH ({options})"));
    Some(match *word {
        "SCHEMA" => format!("CREATE SCHEMA {name};"),
        "VIEW" | "MATERIALIZED VIEW" => {
            format!("CREATE {word} {name}{with} AS\n{}", value("definition")?)
        }
        "TYPE" => match (value("values"), value("attributes")) {
            (Some(values), _) => format!("CREATE TYPE {name} AS ENUM ({values});"),
            (_, Some(attributes)) => format!("CREATE TYPE {name} AS ({attributes});"),
            _ => return None,
        },
        "DOMAIN" => format!("CREATE DOMAIN {name} AS {};", value("definition")?),
        "SEQUENCE" => {
            let owned = value("owned by").map_or(String::new(), |column| {
                format!(" OWNED BY {}", owner(column))
            });
            format!(
                "CREATE SEQUENCE {name} AS {}{owned};",
                of_sequence(value("definition")?)
            )
        }
        "EXTENSION" => format!("CREATE EXTENSION {name} SCHEMA {};", value("schema")?),
        "COLUMN" => {
            format!(
                "ALTER TABLE {} ADD COLUMN {};",
                table.as_deref()?,
                column(name, values)?
            )
        }
        "POLICY" => {
            let clause = |word: &str, property| {
                value(property).map_or(String::new(), |it| format!("{word} ({it})"))
            };
            let kind = value("kind").map_or("", |_| " AS RESTRICTIVE");
            format!(
                "CREATE POLICY {name} ON {}{kind} FOR {} TO {}{}{};",
                table.as_deref()?,
                value("command")?,
                value("roles")?,
                clause(" USING", "using"),
                clause(" WITH CHECK", "with check"),
            )
        }
        _ => return None,
    })
}

/// `owner.column` of a table in `public` lacks the schema.
fn owner(column: &str) -> String {
    let mut quoted = false;
    let dots = column.chars().filter(|sign| {
        quoted ^= *sign == '"';
        *sign == '.' && !quoted
    });
    if dots.count() > 1 {
        column.to_owned()
    } else {
        format!("public.{column}")
    }
}

/// `bigint start 1 increment 1 minimum 1 maximum 9 cache 1 cycle` as SQL has it.
pub(super) fn of_sequence(definition: &str) -> String {
    let words = definition.split(' ').map(|word| match word {
        "minimum" => "MINVALUE",
        "maximum" => "MAXVALUE",
        word => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A column as `CREATE TABLE` has it.
fn column(name: &str, values: &BTreeMap<String, String>) -> Option<String> {
    let value = |property: &str| values.get(property).map(String::as_str);
    let mut text = format!("{name} {}", value("type")?);
    if let Some(collation) = value("collation") {
        let _ = write!(text, " COLLATE {collation}");
    }
    if let Some(generated) = value("generated") {
        let (expression, kind) = match generated.strip_suffix(" stored") {
            Some(expression) => (expression, "STORED"),
            None => (generated, "VIRTUAL"),
        };
        let _ = write!(text, " GENERATED ALWAYS AS ({expression}) {kind}");
    } else if let Some(identity) = value("identity") {
        let _ = write!(text, " GENERATED {} AS IDENTITY", identity.to_uppercase());
    } else if let Some(default) = value("default") {
        let _ = write!(text, " DEFAULT {default}");
    }
    if value("not null").is_some() {
        text.push_str(" NOT NULL");
    }
    Some(text)
}

/// `CREATE INDEX` with the word that lets others work meanwhile.
fn concurrent(definition: &str, word: &str) -> String {
    let at = tokens(definition).find_map(|token| {
        let found = &definition[token.span.start..token.span.end];
        found
            .eq_ignore_ascii_case("index")
            .then_some(token.span.end)
    });
    let (create, rest) = definition.split_at(at.unwrap_or(definition.len()));
    format!("{create}{word}{rest};")
}

/// Rows that are there are looked at without keeping others from the table.
fn constraint(schema: &Schema, object: &Object, named: &Named, how: How) -> Option<String> {
    let properties = schema.properties(object)?;
    let (Named { name, table, .. }, definition) = (named, properties.values.get("definition")?);
    let table = table.as_deref()?;
    if properties.values.contains_key("inherited") {
        return None;
    }
    let owner = owner_of_constraint(schema, object);
    let add = format!("ALTER {owner} {table} ADD CONSTRAINT {name} {definition}");
    let first = definition.split(' ').next();
    let is_checked =
        matches!(first, Some("CHECK" | "FOREIGN")) && !definition.ends_with("NOT VALID");
    let goes_with = properties.goes_with.as_deref().unwrap_or_default();
    if how == How::Alone || !is_checked || is_partitioned(schema, goes_with) {
        return Some(format!("{add};"));
    }
    Some(format!(
        "{add} NOT VALID;\nALTER {owner} {table} VALIDATE CONSTRAINT {name};"
    ))
}

/// A table with all that is a part of it.
fn table(schema: &Schema, object: &Object, named: &Named) -> Option<String> {
    let values = &schema.properties(object)?.values;
    let of_column = |name: &str| {
        let object = Object {
            kind: "column".to_owned(),
            name: format!("{}.{name}", object.name),
        };
        schema.properties(&object)
    };
    let mut lines = Vec::new();
    // Those of identities come with the column.
    let is_sequence = |found: &Object| found.kind == "sequence";
    let sequences = schema.objects().filter(|(found, it)| {
        let column = it
            .values
            .get("owned by")
            .and_then(|column| of_column(column.strip_prefix(&object.name)?.strip_prefix('.')?));
        is_sequence(found) && column.is_some_and(|column| !column.values.contains_key("identity"))
    });
    let sequences: Vec<_> = sequences.collect();
    for (sequence, it) in &sequences {
        let name = qualified(&sequence.name);
        lines.push(format!(
            "CREATE SEQUENCE {name} AS {};",
            of_sequence(it.values.get("definition")?)
        ));
    }
    let unlogged = if values.contains_key("persistence") {
        "UNLOGGED "
    } else {
        ""
    };
    let mut create = format!("CREATE {unlogged}TABLE {}", named.name);
    match (values.get("parents"), values.get("partition bound")) {
        (Some(parent), Some(bound)) => {
            let _ = write!(create, " PARTITION OF {} {bound}", qualified(parent));
        }
        (parents, _) => {
            let columns: Option<Vec<String>> = values
                .get("column order")?
                .split(", ")
                .filter(|name| !name.is_empty())
                .map(|name| Some(format!("    {}", column(name, &of_column(name)?.values)?)))
                .collect();
            let _ = write!(create, " (\n{}\n)", columns?.join(",\n"));
            if let Some(parents) = parents {
                let _ = write!(create, " INHERITS ({parents})");
            }
        }
    }
    if let Some(key) = values.get("partition key") {
        let _ = write!(create, " PARTITION BY {key}");
    }
    if let Some(options) = values.get("options") {
        let _ = write!(create, " WITH ({options})");
    }
    lines.push(format!("{create};"));
    for (sequence, it) in &sequences {
        let column = owner(it.values.get("owned by")?);
        lines.push(format!(
            "ALTER SEQUENCE {} OWNED BY {column};",
            qualified(&sequence.name)
        ));
    }
    lines.extend(parts(schema, &object.name));
    if let Some(security) = values.get("row security") {
        lines.push(super::row_security(named, security));
    }
    lines.extend(said(named, values));
    Some(lines.join("\n"))
}

/// What goes with a table, but for its columns and sequences.
fn parts(schema: &Schema, table: &str) -> Vec<String> {
    let is_part = |object: &Object| !["column", "sequence"].contains(&&*object.kind);
    let own = schema
        .objects()
        .filter(|(object, it)| it.goes_with.as_deref() == Some(table) && is_part(object));
    let (constraints, others): (Vec<_>, Vec<_>) =
        own.partition(|(object, _)| object.kind == "constraint");
    let key = |object: &Object| {
        let definition = schema
            .properties(object)
            .and_then(|it| it.values.get("definition"));
        // A foreign key of the table to itself needs its primary key.
        definition.is_some_and(|it| it.split(' ').next() == Some("FOREIGN"))
    };
    let (foreign, own): (Vec<_>, Vec<_>) =
        constraints.into_iter().partition(|(object, _)| key(object));
    let columns = schema
        .objects()
        .filter(|(object, it)| object.kind == "column" && it.goes_with.as_deref() == Some(table));
    let of_columns = columns.filter_map(|(object, it)| {
        Some(said(&Named::of(schema, object)?, &it.values).join("\n"))
            .filter(|text| !text.is_empty())
    });
    let made = own.into_iter().chain(foreign).chain(others);
    let made = made.filter_map(|(object, _)| of(schema, object, How::Alone));
    made.chain(of_columns).collect()
}
