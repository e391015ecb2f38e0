//! Sessions that wait for each other already.

use postgres::{Client, Error};

use crate::catalog_session::{CatalogSession, Names};
use crate::evidence::{CheckFinding, Evidence, Severity, seconds, whole_seconds};
use crate::names::quoted;
use crate::operating::preflight::Options;
use crate::pending::Pending;

const CHECK: &str = "blocking";

pub(super) fn check(
    client: &mut Client,
    pending: &Pending<'_>,
    options: &Options,
) -> Result<Vec<CheckFinding>, Error> {
    let names: Vec<String> = pending
        .tables()
        .iter()
        .map(|(name, ..)| quoted(name))
        .collect();
    let rows = CatalogSession::open(client)?.rows(
        include_str!("blocking.sql"),
        &[&names, &options.clock_ahead],
    )?;
    let tables = rows
        .iter()
        .filter_map(|row| row.try_get(3).transpose())
        .collect::<Result<Vec<u32>, _>>()?;
    let names = Names::of(client, &tables)?;
    let mut findings = Vec::new();
    for row in &rows {
        let (blocked, blocking): (i32, Option<i32>) = (row.try_get(0)?, row.try_get(1)?);
        let (gid, owner): (Option<String>, Option<String>) = (row.try_get(6)?, row.try_get(7)?);
        let (waits, table): (Option<f64>, Option<u32>) = (row.try_get(2)?, row.try_get(3)?);
        let table = table.map(|table| names.name(table));
        let (blocked_query, blocking_query): (Option<String>, Option<String>) =
            (row.try_get(4)?, row.try_get(5)?);
        let for_so_long = waits
            .map(|it| format!(" since {}", seconds(it)))
            .unwrap_or_default();
        let (severity, what) = match &table {
            Some(table) => (
                Severity::Error,
                format!(", at {table}, which will be changed"),
            ),
            None => (Severity::Warning, String::new()),
        };
        let evidence = Evidence::new()
            .and("blocked_pid", blocked)
            .and("blocked_query", blocked_query)
            .and("blocking_pid", blocking)
            .and("blocking_query", blocking_query)
            .and("gid", gid.clone())
            .and("owner", owner)
            .and("seconds", waits.map(whole_seconds));
        let (by, advice) = match blocking {
            Some(pid) => (
                format!("pid {pid}"),
                format!(
                    "let them finish, or end the one in the way: SELECT pg_terminate_backend({pid});"
                ),
            ),
            None => (
                format!("the prepared transaction {}", gid.unwrap_or_default()),
                format!("only this ends it: {}", row.try_get::<_, String>(8)?),
            ),
        };
        let message = format!("pid {blocked} waits for {by}{for_so_long}{what}");
        findings.push(
            CheckFinding::new(CHECK, severity, message)
                .with([evidence])
                .advise(advice),
        );
    }
    Ok(findings)
}
