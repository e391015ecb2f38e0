//! What a database tells of migrations: how long each took, and all that happened to one.

use std::collections::BTreeMap;

use postgres::{Client, Error, Row};

use crate::catalog_session::CatalogSession;
use crate::context::Context;
use crate::failure::Failure;
use crate::history_tables::{self, Table};

/// Seconds, by label.
pub(crate) type Past = BTreeMap<String, f64>;

/// What the history says of one migration.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) state: String,
    pub(crate) attempt: i64,
    pub(crate) done: i32,
    pub(crate) total: i32,
    pub(crate) applied_at: String,
    pub(crate) applied_by: String,
    pub(crate) application: String,
    pub(crate) program: String,
}

/// Something that happened to it.
#[derive(Debug)]
pub(crate) struct Happened {
    pub(crate) attempt: i64,
    pub(crate) action: String,
    pub(crate) at: String,
    pub(crate) seconds: Option<f64>,
    pub(crate) who: String,
    pub(crate) application: String,
    pub(crate) program: String,
    pub(crate) reason: Option<String>,
}

/// A try that failed.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) action: String,
    pub(crate) at: String,
    pub(crate) statement: Option<i32>,
    pub(crate) sqlstate: Option<String>,
    pub(crate) who: String,
    pub(crate) application: String,
    pub(crate) program: String,
    pub(crate) reason: Option<String>,
}

/// How long the newest application of each took; nothing where there is no history, `None` where this
/// role may not read it.
pub(crate) fn took(client: &mut Client, context: &Context) -> Result<Option<Past>, Failure> {
    let query = context.history.fill(include_str!("took.sql"));
    let read = |own: &mut CatalogSession<'_>| {
        let rows = own.rows(&*query, &[])?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect()
    };
    let past: history_tables::Read<Past> =
        history_tables::read(client, context, &[Table::Events], read)?;
    Ok(past.or_noted("durations"))
}

/// What is recorded of a version.
pub(crate) fn record(
    client: &mut Client,
    context: &Context,
    version: u64,
) -> Result<Option<Record>, Failure> {
    let query = context.history.fill(include_str!("record.sql"));
    let record = |row: &Row| {
        Ok(Record {
            state: row.try_get(0)?,
            attempt: row.try_get(1)?,
            done: row.try_get(2)?,
            total: row.try_get(3)?,
            applied_at: row.try_get(4)?,
            applied_by: row.try_get(5)?,
            application: row.try_get(6)?,
            program: row.try_get(7)?,
        })
    };
    let rows = of_version(
        client,
        context,
        (Table::History, "what is recorded"),
        &query,
        version,
        record,
    )?;
    Ok(rows.unwrap_or_default().into_iter().next())
}

/// All that happened to a version, the oldest first; `None` where this role may not read it.
pub(crate) fn event_rows(
    client: &mut Client,
    context: &Context,
    version: u64,
) -> Result<Option<Vec<Happened>>, Failure> {
    let query = context.history.fill(include_str!("events.sql"));
    let event = |row: &Row| {
        Ok(Happened {
            attempt: row.try_get(0)?,
            action: row.try_get(1)?,
            at: row.try_get(2)?,
            seconds: row.try_get(3)?,
            who: row.try_get(4)?,
            application: row.try_get(5)?,
            program: row.try_get(6)?,
            reason: row.try_get(7)?,
        })
    };
    of_version(
        client,
        context,
        (Table::Events, "what happened"),
        &query,
        version,
        event,
    )
}

/// Every try of a version that failed, the oldest first; none where an earlier layout has no room for
/// them, and `None` where this role may not read it.
pub(crate) fn failure_rows(
    client: &mut Client,
    context: &Context,
    version: u64,
) -> Result<Option<Vec<Failed>>, Failure> {
    let query = context.history.fill(include_str!("failures.sql"));
    let failure = |row: &Row| {
        Ok(Failed {
            action: row.try_get(0)?,
            at: row.try_get(1)?,
            statement: row.try_get(2)?,
            sqlstate: row.try_get(3)?,
            who: row.try_get(4)?,
            application: row.try_get(5)?,
            program: row.try_get(6)?,
            reason: row.try_get(7)?,
        })
    };
    let table = (Table::Failures, "tries that failed");
    of_version(client, context, table, &query, version, failure)
}

/// The rows of a query for one version; none if its table is missing.
fn of_version<T>(
    client: &mut Client,
    context: &Context,
    (table, what): (Table, &str),
    query: &str,
    version: u64,
    made: impl Fn(&Row) -> Result<T, Error>,
) -> Result<Option<Vec<T>>, Failure> {
    let version = i64::try_from(version).unwrap_or(i64::MAX);
    let read =
        |own: &mut CatalogSession<'_>| own.rows(query, &[&version])?.iter().map(made).collect();
    let rows: history_tables::Read<Vec<T>> = history_tables::read(client, context, &[table], read)?;
    Ok(rows.or_noted(what))
}
