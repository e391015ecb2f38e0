//! What a database tells of migrations: how long each took, and all that happened to one.

use std::collections::BTreeMap;

use postgres::{Client, Error};

use crate::flags::Common;
use crate::own::Own;
use crate::preflight::pending::{history_tables, with_history};

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

/// How long the newest application of each took; nothing where there is no history.
pub(crate) fn took(client: &mut Client, common: &Common) -> Result<Past, Error> {
    if !is_there(client, common)? {
        return Ok(Past::new());
    }
    let rows = Own::open(client)?.rows(&with_history(include_str!("took.sql"), common), &[])?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}

/// What is recorded of a version.
pub(crate) fn record(
    client: &mut Client,
    common: &Common,
    version: u64,
) -> Result<Option<Record>, Error> {
    if !is_there(client, common)? {
        return Ok(None);
    }
    let sql = with_history(include_str!("record.sql"), common);
    let row =
        Own::open(client)?.row_if_any(&sql, &[&i64::try_from(version).unwrap_or(i64::MAX)])?;
    let record = row.map(|row| {
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
    });
    record.transpose()
}

/// All that happened to a version, the oldest first.
pub(crate) fn event_rows(
    client: &mut Client,
    common: &Common,
    version: u64,
) -> Result<Vec<Happened>, Error> {
    if !is_there(client, common)? {
        return Ok(Vec::new());
    }
    let sql = with_history(include_str!("events.sql"), common);
    let rows = Own::open(client)?.rows(&sql, &[&i64::try_from(version).unwrap_or(i64::MAX)])?;
    let events = rows.iter().map(|row| {
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
    });
    events.collect()
}

/// Every try of a version that failed, the oldest first; none where an earlier layout has no room for
/// them, or this role may not read it.
pub(crate) fn failure_rows(
    client: &mut Client,
    common: &Common,
    version: u64,
) -> Result<Vec<Failed>, Error> {
    let [_, _, table] = history_tables(common);
    let mut own = Own::open(client)?;
    let may_read: bool = own
        .row(include_str!("may_read.sql"), &[&table])?
        .try_get(0)?;
    if !may_read {
        return Ok(Vec::new());
    }
    let sql = with_history(include_str!("failures.sql"), common);
    let rows = own.rows(&sql, &[&i64::try_from(version).unwrap_or(i64::MAX)])?;
    let failures = rows.iter().map(|row| {
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
    });
    failures.collect()
}

fn is_there(client: &mut Client, common: &Common) -> Result<bool, Error> {
    let [table, ..] = history_tables(common);
    Own::open(client)?
        .row(include_str!("is_there.sql"), &[&table])?
        .try_get(0)
}
