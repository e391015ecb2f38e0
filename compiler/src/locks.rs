//! Which table-level locks a statement takes, and whether it reads or rewrites the table
//! under them: a pure function of the statement and the schema before it.
//!
//! The levels are those of the PostgreSQL manual, Explicit Locking; which command takes
//! which is said there and on each command's page. A test compares them with what servers
//! of several versions show in `pg_locks`. Not known here is what only a server can tell:
//! dependents of what is dropped, code that is run.

mod relatives;
mod domains;
mod volatile;
mod kept;
mod columns;
mod alter_table;
mod queries;
mod schema;

use std::fmt;

use crate::action::Action;
use crate::catalog::Catalog;
use crate::cursor::Name;
use crate::query::says_only;
use crate::statement::Statement;

pub(crate) use columns::work_of_column;
pub(crate) use domains::{is_constrained, tables as tables_of_domain};
pub(crate) use kept::keeps_rows;
pub(crate) use relatives::{is_born, is_taken_over};

/// Table-level lock modes, the weakest first (PostgreSQL manual: Explicit Locking).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum LockMode {
    /// Of queries; stands against `AccessExclusive` only.
    AccessShare,
    /// Of `SELECT … FOR UPDATE` and of foreign key checks.
    RowShare,
    /// Of everything that changes rows.
    RowExclusive,
    /// Of `VACUUM`, `CREATE INDEX CONCURRENTLY`, `VALIDATE CONSTRAINT`: one at a time, readers
    /// and writers go on.
    ShareUpdateExclusive,
    /// Of `CREATE INDEX`: nobody writes.
    Share,
    /// Of `CREATE TRIGGER` and `ADD FOREIGN KEY`: nobody writes, one at a time.
    ShareRowExclusive,
    /// Of `REFRESH MATERIALIZED VIEW CONCURRENTLY`: only reading goes on.
    Exclusive,
    /// Of most forms of `ALTER TABLE`: nobody reads or writes.
    AccessExclusive,
}

/// What happens to the rows that are there, while the lock is held.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum RowAccess {
    /// They are not looked at; for a statement that changes rows, those that it names.
    None,
    /// All are read.
    Scan,
    /// All are rewritten.
    Rewrite,
}

/// The strongest lock that a statement takes on a table or view.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TableLock {
    /// The table or view.
    pub table: Name,
    /// Its strength.
    pub mode: LockMode,
    /// How long it may take.
    pub work: RowAccess,
}

/// The locks that a statement takes on tables and views.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Locks {
    /// One a table, in the order in which the statement comes to them.
    pub tables: Vec<TableLock>,
    /// Runs code that is not read here, or drops what only the server knows of.
    pub is_incomplete: bool,
}

impl LockMode {
    /// As the manual and `LOCK TABLE` write it.
    pub fn words(self) -> &'static str {
        match self {
            Self::AccessShare => "ACCESS SHARE",
            Self::RowShare => "ROW SHARE",
            Self::RowExclusive => "ROW EXCLUSIVE",
            Self::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Self::Share => "SHARE",
            Self::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Self::Exclusive => "EXCLUSIVE",
            Self::AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }

    /// All modes, the weakest first.
    pub const ALL: [Self; 8] = [
        Self::AccessShare,
        Self::RowShare,
        Self::RowExclusive,
        Self::ShareUpdateExclusive,
        Self::Share,
        Self::ShareRowExclusive,
        Self::Exclusive,
        Self::AccessExclusive,
    ];
}

impl fmt::Display for LockMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

impl Locks {
    /// Keeps the strongest lock on each table, and the most work.
    fn take(&mut self, table: &Name, mode: LockMode, work: RowAccess) {
        match self.tables.iter_mut().find(|taken| taken.table == *table) {
            Some(taken) => {
                taken.mode = taken.mode.max(mode);
                taken.work = taken.work.max(work);
            }
            None => self.tables.push(TableLock {
                table: table.clone(),
                mode,
                work,
            }),
        }
    }
}

/// The locks of one statement, which runs on the schema of `catalog`.
pub fn of(statement: Statement<'_>, action: &Action, catalog: &Catalog) -> Locks {
    let mut taker = Taker {
        statement,
        catalog,
        locks: Locks::default(),
    };
    taker.statement(action);
    taker.locks
}

/// Collects the locks of one statement.
struct Taker<'a> {
    statement: Statement<'a>,
    catalog: &'a Catalog,
    locks: Locks,
}

impl Taker<'_> {
    fn take(&mut self, table: &Name, mode: LockMode, work: RowAccess) {
        // Nobody else sees a temporary table, and the rows of a foreign one are elsewhere.
        if table.is_temporary() {
            return;
        }
        let is_elsewhere = self.catalog.is_foreign_table(table);
        let work = if is_elsewhere { RowAccess::None } else { work };
        self.locks.take(table, mode, work);
    }

    /// The table, its partitions and, unless `ONLY` is said, the tables that inherit from it.
    fn take_with_children(&mut self, table: &Name, mode: LockMode, work: RowAccess) {
        self.take_with_partitions(table, mode, work);
        if !says_only(self.statement) {
            for heir in relatives::heirs(self.catalog, table) {
                self.take(&heir, mode, work);
            }
        }
    }

    /// The table, and its partitions, which the statement goes down to.
    fn take_with_partitions(&mut self, table: &Name, mode: LockMode, work: RowAccess) {
        let partitions = relatives::partitions(self.catalog, table);
        // Its rows are in them.
        self.take(
            table,
            mode,
            if partitions.is_empty() {
                work
            } else {
                RowAccess::None
            },
        );
        for partition in partitions {
            self.take(&partition, mode, work);
        }
    }
}
