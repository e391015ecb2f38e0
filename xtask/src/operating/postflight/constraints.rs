//! Constraints that hold for new rows only.

use postgres::{Client, Error};

use crate::catalog_session::{CatalogSession, Names};
use crate::evidence::{CheckFinding, Evidence, Severity};

pub(super) fn check(
    client: &mut Client,
    schemas: Option<&[String]>,
) -> Result<Vec<CheckFinding>, Error> {
    let mut found = Vec::new();
    let rows = CatalogSession::open(client)?.rows(include_str!("constraints.sql"), &[&schemas])?;
    let tables = rows
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<Vec<u32>, _>>()?;
    let names = Names::of(client, &tables)?;
    let mut rows: Vec<_> = tables
        .iter()
        .map(|table| names.placed(*table))
        .zip(rows)
        .collect();
    // Those of one table stay in order.
    rows.sort_by_key(|((place, _), _)| *place);
    for ((_, table), row) in rows {
        let (name, kind): (String, String) = (row.try_get(1)?, row.try_get(2)?);
        let command = format!("ALTER TABLE {table} VALIDATE CONSTRAINT {name};");
        found.push(
            Evidence::new()
                .and("table", table)
                .and("constraint", name)
                .and("kind", kind)
                .and("run", command),
        );
    }
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let message = format!("not validated: {}", found.len());
    let advice = "old rows may break them; write a migration that mends the rows and validates";
    Ok(vec![
        CheckFinding::new("constraints", Severity::Error, message)
            .with(found)
            .advise(advice),
    ])
}
