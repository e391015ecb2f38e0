//! One statement, and what the server shows of it: the locks that it takes on what is there
//! before the migration, rows that it reads or writes anew, and how much it logs.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use pgstrata_compiler::cursor::Name;
use pgstrata_compiler::locks::{Lock, Locks, TableLock, Work};
use postgres::{Error, GenericClient, Statement};

use crate::rehearse::stage::HISTORY;

/// What one statement did.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) locks: Locks,
    pub(super) duration: Duration,
    /// Bytes of write-ahead log.
    pub(super) logged: u64,
}

/// The queries, prepared on one connection.
pub(super) struct Queries {
    state: Statement,
    wal: Statement,
}

/// A table at one moment.
#[derive(Clone, Debug)]
struct Table {
    name: Option<Name>,
    filenode: Option<u32>,
    size: Option<i64>,
    scans: Option<i64>,
    modes: Vec<String>,
}

/// By the table's number, since its name may change.
#[derive(Clone, Debug)]
pub(super) struct State(BTreeMap<u32, Table>);

impl Queries {
    pub(super) fn prepare(client: &mut impl GenericClient) -> Result<Self, Error> {
        let state = client.prepare(include_str!("state.sql"))?;
        Ok(Self { state, wal: client.prepare(include_str!("wal.sql"))? })
    }

    /// What is there now.
    pub(super) fn state(&self, client: &mut impl GenericClient) -> Result<State, Error> {
        let rows = client.query(&self.state, &[&HISTORY])?;
        let tables = rows.iter().map(|row| {
            let (schema, name): (Option<String>, Option<String>) =
                (row.try_get(1)?, row.try_get(2)?);
            let table = Table {
                name: schema.zip(name).map(|(schema, name)| Name { schema, name }),
                filenode: row.try_get(3)?,
                size: row.try_get(4)?,
                scans: row.try_get(5)?,
                modes: row.try_get::<_, Option<Vec<String>>>(6)?.unwrap_or_default(),
            };
            Ok((row.try_get(0)?, table))
        });
        Ok(State(tables.collect::<Result<_, Error>>()?))
    }

    /// Runs the statement; `first` is what was there before the migration, `last` before the
    /// statement, and afterwards behind it.
    pub(super) fn run(
        &self,
        client: &mut impl GenericClient,
        sql: &str,
        first: &State,
        last: &mut State,
    ) -> Result<Measured, Error> {
        let begin_of_log = self.logged(client)?;
        let begin = Instant::now();
        client.batch_execute(sql)?;
        let duration = begin.elapsed();
        let logged = u64::try_from(self.logged(client)? - begin_of_log).unwrap_or_default();
        let now = self.state(client)?;
        let tables = first.0.iter().filter_map(|(number, known)| {
            let (was, is) = (last.0.get(number), now.0.get(number)?);
            lock(known, was, is)
        });
        let locks = Locks { tables: tables.collect(), is_incomplete: false };
        *last = now;
        Ok(Measured { locks, duration, logged })
    }

    fn logged(&self, client: &mut impl GenericClient) -> Result<i64, Error> {
        client.query_one(&self.wal, &[])?.try_get(0)
    }
}

/// The strongest lock that is new, or what was done with the rows under one that was there.
fn lock(known: &Table, was: Option<&Table>, is: &Table) -> Option<TableLock> {
    let strongest = |modes: &[String]| modes.iter().filter_map(|mode| mode_of(mode)).max();
    let held = was.and_then(|was| strongest(&was.modes));
    let mode = strongest(&is.modes)?;
    let has_rows = is.size.is_some_and(|size| size > 0);
    let work = match was {
        Some(was) if has_rows && was.filenode != is.filenode => Work::Rewrite,
        Some(was) if has_rows && was.scans != is.scans => Work::Scan,
        _ => Work::None,
    };
    let is_new = held.is_none_or(|held| held < mode) || work != Work::None;
    let table = known.name.clone().filter(|_| is_new)?;
    Some(TableLock { table, mode, work })
}

/// `AccessExclusiveLock` to its mode.
fn mode_of(shown: &str) -> Option<Lock> {
    Lock::ALL.into_iter().find(|mode| shown.strip_suffix("Lock") == Some(&format!("{mode:?}")))
}
