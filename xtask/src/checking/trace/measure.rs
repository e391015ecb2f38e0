//! One statement, and what the server shows of it: the locks that it takes on what is there
//! before the migration, rows that it reads or rewrites, indexes, and how much it logs.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use pgstrata_compiler::cursor::Name;
use pgstrata_compiler::locks::{LockMode, RowAccess, TableLock};
use postgres::{Client, Error, GenericClient, Statement};

use super::send::Sent;
use super::watch::Wanted;
use crate::catalog_session::CatalogSession;
use crate::pending::locked::mode;
use crate::shadow::HISTORY;

/// What one statement did.
#[derive(Debug, Default)]
pub(super) struct Measured {
    pub(super) locks: Vec<Taken>,
    /// Those that are new, or valid now and were not before, or the other way round.
    pub(super) indexes: Vec<Index>,
    pub(super) duration: Duration,
    /// Bytes of write-ahead log.
    pub(super) logged: u64,
}

/// One lock, and what it stands on.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    pub(super) lock: TableLock,
    /// Of the table's rows, behind the statement.
    pub(super) bytes: u64,
    /// Whether it is there until the transaction ends; else it was gone with the statement, or
    /// within it.
    pub(super) is_held: bool,
    /// Whether somebody who reads, or writes to a table, has to wait.
    pub(super) is_in_the_way: bool,
}

/// An index.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Index {
    pub(super) name: Name,
    pub(super) table: String,
    pub(super) is_valid: bool,
}

/// The queries, prepared on one connection.
pub(super) struct Queries {
    state: Statement,
    indexes: Statement,
    wal: Statement,
}

/// A table at one moment.
#[derive(Clone, Debug)]
struct Table {
    name: Option<Name>,
    /// A materialized view, which nobody writes to but those who refresh it.
    is_stored_query: bool,
    filenode: Option<u32>,
    size: Option<i64>,
    scans: Option<i64>,
    modes: Vec<String>,
}

/// Tables and indexes by their numbers, since their names may change.
#[derive(Clone, Debug)]
pub(super) struct State {
    tables: BTreeMap<u32, Table>,
    indexes: BTreeMap<u32, Index>,
}

impl Queries {
    pub(super) fn prepare(client: &mut impl GenericClient) -> Result<Self, Error> {
        let mut own = CatalogSession::open(client)?;
        Ok(Self {
            state: own.prepared(include_str!("state.sql"))?,
            indexes: own.prepared(include_str!("indexes.sql"))?,
            wal: own.prepared(include_str!("wal.sql"))?,
        })
    }

    /// What is there now.
    pub(super) fn state(&self, client: &mut impl GenericClient) -> Result<State, Error> {
        let mut own = CatalogSession::open(client)?;
        let rows = own.rows(&self.state, &[&HISTORY])?;
        let tables = rows.iter().map(|row| {
            let (schema, name): (Option<String>, Option<String>) =
                (row.try_get(1)?, row.try_get(2)?);
            let table = Table {
                name: schema.zip(name).map(|(schema, name)| Name { schema, name }),
                is_stored_query: row.try_get::<_, Option<&str>>(3)? == Some("m"),
                filenode: row.try_get(4)?,
                size: row.try_get(5)?,
                scans: row.try_get(6)?,
                modes: row
                    .try_get::<_, Option<Vec<String>>>(7)?
                    .unwrap_or_default(),
            };
            Ok((row.try_get(0)?, table))
        });
        let tables = tables.collect::<Result<_, Error>>()?;
        let rows = own.rows(&self.indexes, &[&HISTORY])?;
        let indexes = rows.iter().map(|row| {
            let name = Name {
                schema: row.try_get(1)?,
                name: row.try_get(2)?,
            };
            let index = Index {
                name,
                table: row.try_get(3)?,
                is_valid: row.try_get(4)?,
            };
            Ok((row.try_get(0)?, index))
        });
        Ok(State {
            tables,
            indexes: indexes.collect::<Result<_, Error>>()?,
        })
    }

    /// Runs the statement in a transaction; `first` is what was there before the migration,
    /// `last` before the statement, and afterwards behind it.
    pub(super) fn run(
        &self,
        client: &mut impl GenericClient,
        sent: &Sent<'_>,
        first: &State,
        last: &mut State,
    ) -> Result<Measured, Error> {
        let begin_of_log = self.logged(client)?;
        let begin = Instant::now();
        sent.run(client)?;
        let duration = begin.elapsed();
        let logged = u64::try_from(self.logged(client)? - begin_of_log).unwrap_or_default();
        let now = self.state(client)?;
        let tables = first.tables.iter().filter_map(|(number, known)| {
            held(known, last.tables.get(number), now.tables.get(number)?)
        });
        let locks = tables.collect();
        let indexes = now.changed_since(last);
        *last = now;
        Ok(Measured {
            locks,
            indexes,
            duration,
            logged,
        })
    }

    /// The same outside a transaction, where what it asks for is seen by those who watch.
    pub(super) fn run_alone(
        &self,
        client: &mut Client,
        first: &State,
        last: &mut State,
        run: impl FnOnce(&mut Client) -> Result<(Vec<Wanted>, Duration), Error>,
    ) -> Result<Measured, Error> {
        let begin_of_log = self.logged(client)?;
        let (wanted, duration) = run(client)?;
        let logged = u64::try_from(self.logged(client)? - begin_of_log).unwrap_or_default();
        let now = self.state(client)?;
        let locks = first.gone(&wanted, last, &now);
        let indexes = now.changed_since(last);
        *last = now;
        Ok(Measured {
            locks,
            indexes,
            duration,
            logged,
        })
    }

    fn logged(&self, client: &mut impl GenericClient) -> Result<i64, Error> {
        CatalogSession::open(client)?
            .row(&self.wal, &[])?
            .try_get(0)
    }
}

impl State {
    /// Of what was asked for, that which is not held now.
    pub(super) fn gone(&self, wanted: &[Wanted], last: &Self, now: &Self) -> Vec<Taken> {
        let gone = wanted.iter().filter_map(
            |Wanted {
                 table: number,
                 mode,
             }| {
                let known = self.tables.get(number)?;
                let (was, is) = (last.tables.get(number), now.tables.get(number));
                let held = is.and_then(|is| strongest(&is.modes));
                let table = known
                    .name
                    .clone()
                    .filter(|_| held.is_none_or(|held| held < *mode))?;
                let work = is.map_or(RowAccess::None, |is| work(was, is));
                let bytes = is.or(was).map_or(0, Table::bytes);
                let is_in_the_way = known.minds(*mode);
                let lock = TableLock {
                    table,
                    mode: *mode,
                    work,
                };
                Some(Taken {
                    lock,
                    bytes,
                    is_held: false,
                    is_in_the_way,
                })
            },
        );
        gone.collect()
    }

    fn changed_since(&self, last: &Self) -> Vec<Index> {
        let was_valid = |number| last.indexes.get(number).map(|index| index.is_valid);
        let indexes = self.indexes.iter();
        let changed = indexes.filter(|(number, now)| was_valid(number) != Some(now.is_valid));
        changed.map(|(_, index)| index.clone()).collect()
    }
}

impl Table {
    fn minds(&self, mode: LockMode) -> bool {
        mode >= if self.is_stored_query {
            LockMode::AccessExclusive
        } else {
            LockMode::Share
        }
    }

    fn bytes(&self) -> u64 {
        self.size
            .and_then(|size| u64::try_from(size).ok())
            .unwrap_or_default()
    }
}

/// The strongest lock that is new, or what was done with the rows under one that was there.
fn held(known: &Table, was: Option<&Table>, is: &Table) -> Option<Taken> {
    let held = was.and_then(|was| strongest(&was.modes));
    let mode = strongest(&is.modes)?;
    let work = work(was, is);
    let is_new = held.is_none_or(|held| held < mode) || work != RowAccess::None;
    let table = known.name.clone().filter(|_| is_new)?;
    // What was dropped has no size any more.
    let bytes = if is.size.is_some() {
        is.bytes()
    } else {
        was.map_or(0, Table::bytes)
    };
    let is_in_the_way = known.minds(mode);
    Some(Taken {
        lock: TableLock { table, mode, work },
        bytes,
        is_held: true,
        is_in_the_way,
    })
}

fn work(was: Option<&Table>, is: &Table) -> RowAccess {
    let has_rows = is.bytes() > 0;
    match was {
        Some(was) if has_rows && was.filenode != is.filenode => RowAccess::Rewrite,
        Some(was) if has_rows && was.scans < is.scans => RowAccess::Scan,
        _ => RowAccess::None,
    }
}

fn strongest(modes: &[String]) -> Option<LockMode> {
    modes.iter().filter_map(|it| mode(it)).max()
}
