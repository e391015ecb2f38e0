//! Indexes that nobody can use.

use postgres::{Client, Error};

use crate::preflight::finding::{Evidence, Finding, Severity};

pub(super) fn check(client: &mut Client) -> Result<Vec<Finding>, Error> {
    let mut found = Vec::new();
    for row in client.query(include_str!("indexes.sql"), &[])? {
        let (index, table, is_left): (String, String, bool) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
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
        Finding::new("indexes", Severity::Error, message)
            .with(found)
            .advise(advice),
    ])
}
