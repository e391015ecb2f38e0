//! Indexes that no query uses, and what has become too large, as far as statistics tell.

use std::cmp::Reverse;

use postgres::{Client, Error};

use crate::catalog_session::{CatalogSession, Names};
use crate::evidence::{CheckFinding, Evidence, Severity, bytes};

/// Smaller ones are not worth a word.
const LARGE: i64 = 1024 * 1024;

pub(super) fn check(
    client: &mut Client,
    schemas: Option<&[String]>,
) -> Result<Vec<CheckFinding>, Error> {
    let since: Option<String> = CatalogSession::open(client)?
        .row(include_str!("since.sql"), &[])?
        .try_get(0)?;
    let mut unused = Vec::new();
    let rows =
        CatalogSession::open(client)?.rows(include_str!("unused.sql"), &[&LARGE, &schemas])?;
    let rows = rows
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)))
        .collect::<Result<Vec<(u32, u32, i64)>, Error>>()?;
    let numbers: Vec<u32> = rows
        .iter()
        .flat_map(|(index, table, _)| [*index, *table])
        .collect();
    let names = Names::of(client, &numbers)?;
    let rows = rows
        .iter()
        .map(|(index, table, size)| (Reverse(*size), names.placed(*index), names.name(*table)));
    let mut rows: Vec<_> = rows.collect();
    rows.sort();
    for (Reverse(size), (_, index), table) in rows {
        unused.push(
            Evidence::new()
                .and("index", index)
                .and("table", table)
                .and("size", bytes(size)),
        );
    }
    let mut bloated = Vec::new();
    let rows =
        CatalogSession::open(client)?.rows(include_str!("bloat.sql"), &[&LARGE, &schemas])?;
    let rows = rows
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)))
        .collect::<Result<Vec<(u32, i64, i64)>, Error>>()?;
    let numbers: Vec<u32> = rows.iter().map(|(number, ..)| *number).collect();
    let names = Names::of(client, &numbers)?;
    let rows = rows
        .iter()
        .map(|(number, size, least)| (Reverse(*size), names.placed(*number), *least));
    let mut rows: Vec<_> = rows.collect();
    rows.sort();
    for (Reverse(size), (_, name), least) in rows {
        bloated.push(
            Evidence::new()
                .and("index", name)
                .and("size", bytes(size))
                .and("would do with", bytes(least)),
        );
    }
    let since = since.unwrap_or_else(|| "an unknown time".to_owned());
    let mut findings = Vec::new();
    if !unused.is_empty() {
        let message = format!(
            "used by no query on this server since {since}: {}",
            unused.len()
        );
        let advice = "ask standbys, too, and wait for what runs once a month";
        findings.push(
            CheckFinding::new("usage", Severity::Note, message)
                .with(unused)
                .advise(advice),
        );
    }
    if !bloated.is_empty() {
        let message = format!(
            "twice as large as their rows need, by estimate: {}",
            bloated.len()
        );
        let advice = "`REINDEX INDEX CONCURRENTLY` makes them small again";
        findings.push(
            CheckFinding::new("bloat", Severity::Note, message)
                .with(bloated)
                .advise(advice),
        );
    }
    Ok(findings)
}
