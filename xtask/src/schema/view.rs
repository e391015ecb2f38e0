//! What of a schema is compared: everything that one major version prints, or what is the same
//! from one to the next.

use std::collections::BTreeMap;

use super::{definition, privileges};
use crate::schema::snapshot::{Object, Properties, Snapshot};

/// Which words of the server count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum View {
    /// All of them: equal for all copies on servers of one major version.
    Exact,
    /// Without expressions, which each major version prints in its own way.
    Portable,
}

/// What belongs to a server or a role and not to the schema; `pg_dump` leaves most of it out.
const ELSEWHERE: [&str; 3] = ["setting", "user mapping", "default privileges"];
const OF_THE_PLACE: [&str; 3] = ["owner", "tablespace", "populated"];
const PRIVILEGES: &str = "privileges";

/// The same without owners and whatever else is another in a copy.
pub(super) fn without_place(mut snapshot: Snapshot) -> Snapshot {
    let owners: BTreeMap<Object, String> = snapshot
        .objects
        .iter()
        .filter_map(|(object, it)| Some((object.clone(), it.values.get("owner")?.clone())))
        .collect();
    let owner_of_table = |name: &str| {
        ["table", "foreign table"].iter().find_map(|kind| {
            owners.get(&Object {
                kind: (*kind).to_owned(),
                name: name.to_owned(),
            })
        })
    };
    snapshot.objects.retain(|object, properties| {
        !ELSEWHERE.contains(&&*object.kind) && !is_said_twice(object, properties)
    });
    for (object, properties) in &mut snapshot.objects {
        let table = properties.goes_with.as_deref();
        let owner = owners.get(object).or_else(|| owner_of_table(table?));
        if let Some(list) = properties.values.get_mut(PRIVILEGES) {
            *list = privileges::neutral(list, owner.map_or("", |owner| owner));
        }
        properties
            .values
            .retain(|property, _| !OF_THE_PLACE.contains(&&**property));
        match &*object.kind {
            // `pg_dump` writes none, so that a copy gets the newest one.
            "extension" => _ = properties.values.remove("version"),
            // Its owner comes last.
            "event trigger" => {
                for value in properties.values.values_mut() {
                    *value = value
                        .rsplit_once(' ')
                        .map_or("", |(rest, _)| rest)
                        .to_owned();
                }
            }
            _ => {}
        }
    }
    snapshot
}

/// Since PostgreSQL 17 NOT NULL of a domain is a constraint; the domain says the same.
fn is_said_twice(object: &Object, properties: &Properties) -> bool {
    let definition = properties.values.get("definition").map(String::as_str);
    object.kind == "constraint" && properties.goes_with.is_none() && definition == Some("NOT NULL")
}

/// What a view has of it, in words that stay.
pub(super) fn seen(snapshot: &Snapshot, view: View) -> Snapshot {
    let objects = snapshot.objects.iter().map(|(object, properties)| {
        let mut object = object.clone();
        let mut values = BTreeMap::new();
        for (property, value) in &properties.values {
            let value = match view {
                View::Exact => Some(exact(property, value)),
                View::Portable => portable(&object, property, value),
            };
            values.extend(value.map(|value| (property.clone(), value)));
        }
        if view == View::Portable && object.kind == "procedure" {
            // Since PostgreSQL 14 a procedure's arguments say so.
            object.name = object.name.replace("(IN ", "(").replace(", IN ", ", ");
        }
        let goes_with = properties.goes_with.clone();
        (object, Properties { goes_with, values })
    });
    Snapshot {
        objects: objects.collect(),
    }
}

fn exact(property: &str, value: &str) -> String {
    match property {
        "definition" | "default" | "generated" | "using" | "with check" | "partition key" => {
            definition::normal(value)
        }
        _ => value.to_owned(),
    }
}

/// Nothing where it is of no use.
fn portable(object: &Object, property: &str, value: &str) -> Option<String> {
    let exists = || Some("yes".to_owned());
    match (&*object.kind, property) {
        ("view" | "materialized view" | "rule" | "collation", "definition")
        | ("publication", "options" | "tables") => None,
        ("column", "default") | ("policy", "using" | "with check") => exists(),
        ("column", "generated") => Some(
            if value.ends_with(" stored") {
                "stored"
            } else {
                "virtual"
            }
            .to_owned(),
        ),
        ("index", "definition") => Some(definition::index(value)),
        ("constraint", "definition") => Some(definition::constraint(value)),
        ("trigger" | "constraint trigger", "definition") => Some(definition::trigger(value)),
        ("function" | "procedure", "definition") => Some(definition::function(value)),
        ("domain", "definition") => Some(definition::domain(value)),
        ("statistics", "definition") => Some(definition::statistics(value)),
        ("table", "partition key") => Some(definition::partition_key(value)),
        // What everybody may do in it has changed with PostgreSQL 15.
        ("schema", PRIVILEGES) if object.name == "public" => Some(privileges::of_roles(value)),
        (_, PRIVILEGES) => Some(privileges::portable(value)),
        _ => Some(value.to_owned()),
    }
}
