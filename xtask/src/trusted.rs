//! Reading the history's tables with queries of our own.
//!
//! Whoever may create in the schema could put a view, a policy or a rule in the way, whose code runs with
//! the rights of whoever reads. So the runtime looks at the tables first, as `status` has it do, and
//! refuses with its own sentence. Then what is read is looked at once more in the transaction that
//! reads it, under a lock that keeps it as it is.

use pgstrata::{Direction, Migrations, Migrator};
use postgres::{Client, Error};

use crate::failure::Failure;
use crate::flags::Common;
use crate::own::Own;
use crate::preflight::pending::history_tables;
use crate::up;

/// One of the history's tables.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Table {
    History,
    Events,
    /// Earlier layouts do not have it, and not everyone who may read the others may read it.
    Failures,
}

/// Whether there is a history; an error where it cannot be trusted.
pub(crate) fn inspect(client: &mut Client, common: &Common) -> Result<bool, pgstrata::Error> {
    migrator(common, &NO_LIST).inspect_history(client)
}

/// What `read` makes of these tables; nothing where they are not there.
pub(crate) fn read<T>(
    client: &mut Client,
    common: &Common,
    tables: &[Table],
    read: impl FnOnce(&mut Own<'_>) -> Result<T, Error>,
) -> Result<Option<T>, Failure> {
    let refused = |error: &pgstrata::Error| up::failure(error, Direction::Up);
    if !inspect(client, common).map_err(|error| refused(&error))? {
        return Ok(None);
    }
    let inspection = migrator(common, &NO_LIST).history_inspection();
    let locked = || {
        let mut own = Own::open(client)?;
        for table in tables {
            let name = &history_tables(common)[*table as usize];
            let query = match table {
                Table::Failures => include_str!("trusted/may_read.sql"),
                Table::History | Table::Events => include_str!("trusted/is_there.sql"),
            };
            if !own.row(query, &[name])?.try_get::<_, bool>(0)? {
                return Ok(None);
            }
            own.set(&include_str!("trusted/lock.sql").replace("{table}", name))?;
        }
        own.set(&inspection)?;
        read(&mut own).map(Some)
    };
    let asked: Result<Option<T>, Error> = locked();
    asked.map_err(|error| match inspect(client, common) {
        // They have changed in between.
        Err(error) if error.is_refused() => refused(&error),
        _ => Failure::caused(&error),
    })
}

/// What is read does not depend on it.
const NO_LIST: Migrations<'static> = Migrations::new("", &[], &[]);

fn migrator<'m>(common: &Common, list: &'m Migrations<'m>) -> Migrator<'m> {
    up::configured(Migrator::new(list), common)
}
