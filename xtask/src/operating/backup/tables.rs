//! Which tables a backup keeps the rows of.

use pgstrata::Direction;
use pgstrata_compiler::locks::LockMode;
use postgres::Client;

use crate::catalog_session::CatalogSession;
use crate::context::Context;
use crate::failure::{Failure, of_run};
use crate::names::quoted;
use crate::pending::Pending;
use crate::pending::goal::Target;
use crate::schema::current_schema::Reach;
use crate::workspace;

/// A table with rows.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// With its schema, quoted.
    pub(crate) name: String,
    pub(crate) bytes: u64,
}

/// What pending statements change.
#[derive(Default)]
pub(crate) struct Affected {
    pub(crate) tables: Vec<Table>,
    /// Whether there may be more.
    pub(crate) is_incomplete: bool,
}

/// Every table with rows.
pub(crate) fn all(client: &mut Client) -> Result<Vec<Table>, Failure> {
    read(client, None)
}

/// Those that `up` would change.
pub(super) fn pending(client: &mut Client, context: &Context) -> Result<Affected, Failure> {
    let all = Target {
        to: None,
        steps: None,
        only: None,
        phase: None,
        allow_contract: true,
    };
    workspace::reading(context, workspace::Use::Look, |compiled, migrations| {
        let plan = all.plan(client, migrations, context)?;
        let plan = plan.map_err(|error| of_run(&error, Direction::Up))?;
        let reach = Reach::of(client, compiled).map_err(|error| Failure::caused(&error))?;
        affected(
            client,
            &Pending::of(compiled, context, &Ok(plan), &[], reach),
        )
    })
}

/// Those that are changed on the way: by their rows, or by what they are.
pub(super) fn affected(client: &mut Client, pending: &Pending<'_>) -> Result<Affected, Failure> {
    let changes = |lock: LockMode| {
        matches!(
            lock,
            LockMode::RowExclusive | LockMode::Exclusive | LockMode::AccessExclusive
        )
    };
    let locks = || pending.locks.values().flatten();
    let names: Vec<String> = locks()
        .flat_map(|locks| &locks.tables)
        .filter(|lock| changes(lock.mode))
        .flat_map(|lock| pending.reach.places(&lock.table))
        .map(|table| quoted(&table))
        .collect();
    Ok(Affected {
        tables: read(client, Some(&names))?,
        is_incomplete: locks().any(|locks| locks.is_incomplete),
    })
}

/// Those of these names that are there and not empty, partitions instead of what they are parts of.
fn read(client: &mut Client, names: Option<&[String]>) -> Result<Vec<Table>, Failure> {
    let ask = |client: &mut Client| {
        let mut own = CatalogSession::patient(client)?;
        own.rows(include_str!("tables.sql"), &[&names])
    };
    let rows = ask(client).map_err(|error: postgres::Error| Failure::caused(&error))?;
    let table = |row: &postgres::Row| {
        let bytes: i64 = row.try_get(1)?;
        Ok(Table {
            name: row.try_get(0)?,
            bytes: u64::try_from(bytes).unwrap_or(0),
        })
    };
    let tables: Result<_, postgres::Error> = rows.iter().map(table).collect();
    tables.map_err(|error| Failure::caused(&error))
}
