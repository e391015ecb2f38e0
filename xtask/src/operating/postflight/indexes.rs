//! Indexes that nobody can use.

use postgres::{Client, Error};

use crate::catalog_session::{CatalogSession, Names};
use crate::evidence::{CheckFinding, Evidence, Severity};

pub(super) fn check(
    client: &mut Client,
    schemas: Option<&[String]>,
) -> Result<Vec<CheckFinding>, Error> {
    let mut found = Vec::new();
    let rows = CatalogSession::open(client)?.rows(include_str!("indexes.sql"), &[&schemas])?;
    let rows = rows
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)))
        .collect::<Result<Vec<(u32, u32, bool)>, Error>>()?;
    let numbers: Vec<u32> = rows
        .iter()
        .flat_map(|(index, table, _)| [*index, *table])
        .collect();
    let names = Names::of(client, &numbers)?;
    let rows = rows
        .iter()
        .map(|(index, table, is_left)| (names.placed(*index), names.name(*table), *is_left));
    let mut rows: Vec<_> = rows.collect();
    rows.sort();
    for ((_, index), table, is_left) in rows {
        let command = if is_left {
            format!("DROP INDEX CONCURRENTLY {index};")
        } else {
            format!("REINDEX INDEX CONCURRENTLY {index};")
        };
        found.push(
            Evidence::new()
                .and("index", index)
                .and("table", table)
                .and("run", command),
        );
    }
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let message = format!("invalid, or left by a build that failed: {}", found.len());
    let advice =
        "each costs every write and serves no query; a unique one does not keep rows apart";
    Ok(vec![
        CheckFinding::new("indexes", Severity::Error, message)
            .with(found)
            .advise(advice),
    ])
}
