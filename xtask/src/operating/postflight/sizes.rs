//! How large tables and indexes are, kept in a file, and what has grown since.

use std::collections::BTreeMap;
use std::path::Path;

use postgres::{Client, Error};
use serde_json::{Value, json};

use crate::catalog_session::{CatalogSession, Names};
use crate::connect::identity::Identity;
use crate::evidence::{CheckFinding, Evidence, Severity, bytes};
use crate::failure::Failure;
use crate::workspace;

const FORMAT: &str = "pgstrata sizes 1";

/// What has grown by less is not told.
const WORTH: i64 = 64 * 1024;

/// Bytes by name.
pub(super) type Sizes = BTreeMap<String, i64>;

pub(super) fn read(client: &mut Client, schemas: Option<&[String]>) -> Result<Sizes, Error> {
    let rows = CatalogSession::open(client)?.rows(include_str!("sizes.sql"), &[&schemas])?;
    let sizes = rows
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect::<Result<Vec<(u32, i64)>, Error>>()?;
    let numbers: Vec<u32> = sizes.iter().map(|(number, _)| *number).collect();
    let names = Names::of(client, &numbers)?;
    let sizes = sizes
        .into_iter()
        .map(|(number, size)| (names.name(number), size));
    Ok(sizes.collect())
}

pub(super) fn write(file: &Path, identity: &Identity, sizes: &Sizes) -> Result<(), Failure> {
    let document = json!({
        "format": FORMAT,
        "at": identity.at,
        "database": { "system": identity.system, "oid": identity.oid, "name": identity.database },
        "relations": sizes,
    });
    workspace::write_whole(file, &format!("{document:#}\n"))
}

/// What has grown since the file was written.
pub(super) fn grown(
    file: &Path,
    identity: &Identity,
    now: &Sizes,
) -> Result<Vec<CheckFinding>, Failure> {
    let text =
        std::fs::read_to_string(file).map_err(|error| Failure::file("read", file, &error))?;
    let document: Value = serde_json::from_str(&text).unwrap_or_default();
    let refused = |why: &str| {
        Failure::configuration(format!(
            "{} {why}; write it before a run with `cargo pgstrata postflight --write FILE`",
            file.display()
        ))
    };
    let Some(relations) = document["relations"]
        .as_object()
        .filter(|_| document["format"] == FORMAT)
    else {
        return Err(refused("holds no sizes"));
    };
    if document["database"]["oid"] != identity.oid
        || document["database"]["name"] != *identity.database
    {
        return Err(refused("is of another database"));
    }
    let before = |name: &str| relations.get(name).and_then(Value::as_i64).unwrap_or(0);
    let mut grown: Vec<(i64, &String, i64)> = now
        .iter()
        .map(|(name, size)| (size - before(name), name, *size))
        .collect();
    grown.retain(|(growth, ..)| *growth >= WORTH);
    grown.sort_by_key(|(growth, ..)| -growth);
    let evidence = grown.iter().map(|(growth, name, size)| {
        Evidence::new()
            .and("grown", (*name).clone())
            .and("by", bytes(*growth))
            .and("to", bytes(*size))
    });
    let evidence: Vec<Evidence> = evidence.collect();
    if evidence.is_empty() {
        return Ok(Vec::new());
    }
    let at = document["at"].as_str().unwrap_or_default();
    let message = format!("larger than at {at}: {}", evidence.len());
    Ok(vec![
        CheckFinding::new("growth", Severity::Note, message).with(evidence),
    ])
}
