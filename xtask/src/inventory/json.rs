//! An inventory as programs read it; documented in `docs/json.md`.

use pgstrata_compiler::catalog::Key;
use serde_json::{Value, json};

use super::{Entry, Inventory};

const FORMAT: &str = "pgstrata list 1";

pub(super) fn document(inventory: &Inventory) -> Value {
    let migrations = inventory.entries.iter().map(|entry| {
        let mut value = migration(entry);
        if let Some(took) = &inventory.took {
            value["seconds"] = json!(took.get(&entry.label));
        }
        value
    });
    json!({ "format": FORMAT, "migrations": migrations.collect::<Vec<_>>() })
}

/// One migration, without what a database tells.
pub(crate) fn migration(entry: &Entry) -> Value {
    json!({
        "version": entry.version,
        "label": entry.label,
        "name": entry.name(),
        "description": entry.description,
        "requires": entry.requires,
        "uses": entry.uses,
        "objects": entry.objects.iter().map(object).collect::<Vec<_>>(),
        "seed_rows": entry.seed_rows,
        "reversible": entry.irreversible.is_none(),
        "irreversible": entry.irreversible,
    })
}

fn object(key: &Key) -> Value {
    json!({
        "kind": key.kind.word(),
        "schema": key.name.schema,
        "name": key.name.name,
        "part": if key.part.is_empty() { Value::Null } else { json!(key.part) },
    })
}
