//! A schema in a file beside the migrations, for a later comparison.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};

use super::{ALGORITHM, Schema, View};
use crate::schema::current_schema::CurrentSchema;
use crate::schema::snapshot::{Object, Properties, Snapshot};

const FORMAT: &str = "pgstrata schema 1";

/// Why a text is no snapshot of a schema.
#[derive(Debug)]
pub struct UnreadableSnapshot(String);

impl Schema {
    /// As the text of a file, an object a line, so that git shows what has changed.
    pub fn to_json(&self) -> String {
        let objects = self.snapshot.objects.iter().map(|(object, it)| {
            json!({
                "kind": object.kind,
                "name": object.name,
                "table": it.goes_with,
                "properties": it.values,
            })
            .to_string()
        });
        let objects = objects.collect::<Vec<_>>().join(",\n");
        format!(
            "{{\"format\":\"{FORMAT}\",\"postgres\":{},\"exact\":\"{}\",\"portable\":\"{}\",\"objects\":[\n{objects}\n]}}\n",
            self.major,
            self.fingerprint(View::Exact),
            self.fingerprint(View::Portable),
        )
    }

    /// From the text of such a file.
    ///
    /// # Errors
    ///
    /// When it is none, is of a newer version of this library, or was edited.
    pub fn from_json(text: &str) -> Result<Self, UnreadableSnapshot> {
        let wrong = |what: &str| UnreadableSnapshot(what.to_owned());
        let value: Value = serde_json::from_str(text).map_err(|error| wrong(&error.to_string()))?;
        match value["format"].as_str() {
            Some(FORMAT) => {}
            Some(other) => return Err(wrong(&format!("its format is `{other}`, not `{FORMAT}`"))),
            None => return Err(wrong("it has no format")),
        }
        let major = value["postgres"]
            .as_u64()
            .and_then(|major| u32::try_from(major).ok());
        let objects = value["objects"]
            .as_array()
            .ok_or_else(|| wrong("it has no objects"))?;
        let objects: Option<BTreeMap<_, _>> = objects.iter().map(object).collect();
        let snapshot = Snapshot {
            objects: objects.ok_or_else(|| wrong("an object has no name"))?,
        };
        let schema = Self {
            major: major.ok_or_else(|| wrong("it names no server"))?,
            snapshot,
            home: CurrentSchema::usual(),
        };
        if value["exact"].as_str() != Some(&schema.fingerprint(View::Exact)) {
            return Err(wrong(&format!(
                "its fingerprint (algorithm {ALGORITHM}) is not that of its objects"
            )));
        }
        Ok(schema)
    }
}

fn object(value: &Value) -> Option<(Object, Properties)> {
    let text = |key: &str| value[key].as_str().map(str::to_owned);
    let object = Object {
        kind: text("kind")?,
        name: text("name")?,
    };
    let values = value["properties"].as_object()?.iter();
    let values =
        values.map(|(property, value)| Some((property.clone(), value.as_str()?.to_owned())));
    let values: Option<BTreeMap<_, _>> = values.collect();
    Some((
        object,
        Properties {
            goes_with: text("table"),
            values: values?,
        },
    ))
}

impl fmt::Display for UnreadableSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the snapshot of the schema cannot be read: {}; write it anew with `cargo pgstrata fingerprint --write`",
            self.0
        )
    }
}

impl std::error::Error for UnreadableSnapshot {}
