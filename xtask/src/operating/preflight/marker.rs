//! The file that says that a preflight was passed: on which database, of which plan, and when.
//!
//! It keeps people from skipping a step, and is no proof against who would forge it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use pgstrata::{Migrations, Plan, Step};
use serde_json::{Value, json};

use crate::connect::identity::Identity;
use crate::context::Context;
use crate::failure::Failure;

/// What a marker begins with.
const FORMAT: &str = "pgstrata preflight marker 1";

/// Writes it as a whole or not at all.
pub(super) fn write(
    file: &Path,
    identity: &Identity,
    context: &Context,
    plan: &Plan,
    migrations: &Migrations<'_>,
) -> Result<(), Failure> {
    let pending = plan
        .steps
        .iter()
        .map(|step| (step.label.clone(), checksum(step, migrations)));
    let marker = json!({
        "format": FORMAT,
        "passed_at": identity.at,
        "passed_at_epoch": identity.epoch,
        "database": { "system": identity.system, "oid": identity.oid, "name": identity.database },
        "history": history(context),
        "pending": pending.collect::<BTreeMap<_, _>>(),
    });
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut new| {
        std::io::Write::write_all(&mut new, format!("{marker:#}\n").as_bytes())?;
        new.persist(file).map_err(|error| error.error)
    });
    written
        .map(|_| ())
        .map_err(|error| Failure::file("write", file, &error))
}

/// An older marker must not outlive a preflight that failed.
pub(super) fn remove(file: &Path) -> Result<(), Failure> {
    match std::fs::read_to_string(file) {
        Ok(text) if text.contains(FORMAT) => {
            std::fs::remove_file(file).map_err(|error| Failure::file("remove", file, &error))
        }
        _ => Ok(()),
    }
}

/// Why a marker does not allow this plan on this database now; `None` where it does.
pub(super) fn refusal(
    file: &Path,
    max_age: i64,
    identity: &Identity,
    context: &Context,
    plan: &Plan,
    migrations: &Migrations<'_>,
) -> Option<String> {
    let shown = file.display();
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => return Some(format!("there is no preflight marker {shown}: {error}")),
    };
    let marker: Value = serde_json::from_str(&text).unwrap_or_default();
    if marker["format"] != FORMAT {
        return Some(format!("{shown} is no preflight marker of this version"));
    }
    let Some(passed_at) = marker["passed_at_epoch"].as_i64() else {
        return Some(format!(
            "{shown} does not say when the preflight was passed"
        ));
    };
    let is_same = |name: &str, value: Value| marker["database"][name] == value;
    if !(is_same("system", json!(identity.system))
        && is_same("oid", json!(identity.oid))
        && is_same("name", json!(identity.database)))
    {
        let name = marker["database"]["name"].as_str().unwrap_or_default();
        return Some(format!(
            "{shown} is of another database: {name}, on server {}",
            marker["database"]["system"].as_str().unwrap_or("unknown")
        ));
    }
    if marker["history"] != history(context) {
        return Some(format!(
            "{shown} is of another history: {}",
            marker["history"]
        ));
    }
    let age = identity.epoch - passed_at;
    if !(0..=max_age).contains(&age) {
        return Some(format!(
            "{shown} is stale: passed {age} s ago, by the server's clock, and {max_age} s are allowed"
        ));
    }
    let is_new = |step: &&Step| marker["pending"][&*step.label] != checksum(step, migrations);
    let new: Vec<&str> = plan
        .steps
        .iter()
        .filter(is_new)
        .map(|step| &*step.label)
        .collect();
    (!new.is_empty()).then(|| {
        let labels = new.join(", ");
        format!("{shown} is of another plan: {labels} has come or changed since the preflight")
    })
}

fn history(context: &Context) -> String {
    format!("{}.{}", context.history.schema, context.history.table)
}

/// What would run; a step that applies nothing has none.
fn checksum(step: &Step, migrations: &Migrations<'_>) -> String {
    let migration = step.version.and_then(|version| migrations.find(version));
    let migration = migration.map(|migration| migration.up);
    let mut repeatables = migrations.repeatables.iter();
    let script = migration.or_else(|| {
        repeatables
            .find(|it| it.name == step.label)
            .map(|it| it.script)
    });
    let bytes = script.map_or([0; 32], |script| *script.checksum.sha256);
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
