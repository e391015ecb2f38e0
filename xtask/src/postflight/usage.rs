//! Indexes that no query uses, and what has become too large, as far as statistics tell.

use postgres::{Client, Error};

use crate::preflight::finding::{Evidence, Finding, Severity, bytes};

/// Smaller ones are not worth a word.
const LARGE: i64 = 1024 * 1024;

pub(super) fn check(client: &mut Client) -> Result<Vec<Finding>, Error> {
    let since: Option<String> = client
        .query_one(include_str!("since.sql"), &[])?
        .try_get(0)?;
    let mut unused = Vec::new();
    for row in client.query(include_str!("unused.sql"), &[&LARGE])? {
        let (index, table, size): (String, String, i64) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        unused.push(
            Evidence::new()
                .and("index", index)
                .and("table", table)
                .and("size", bytes(size)),
        );
    }
    let mut bloated = Vec::new();
    for row in client.query(include_str!("bloat.sql"), &[&LARGE])? {
        let (name, size, least): (String, i64, i64) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
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
            Finding::new("usage", Severity::Note, message)
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
            Finding::new("bloat", Severity::Note, message)
                .with(bloated)
                .advise(advice),
        );
    }
    Ok(findings)
}
