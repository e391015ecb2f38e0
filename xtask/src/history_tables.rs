//! Reading the history's tables with queries of our own.
//!
//! Whoever may create in the schema could put a view, a policy or a rule in the way, whose code runs with
//! the rights of whoever reads. So the runtime looks at the tables first, as `status` has it do, and
//! refuses with its own sentence. Then what is read is looked at once more in the transaction that
//! reads it, under a lock that keeps it as it is.

use pgstrata::embedded::Phase;
use pgstrata::{Direction, Migrations, Migrator};
use postgres::{Client, Error};

use crate::catalog_session::CatalogSession;
use crate::context::Context;
use crate::failure::{Failure, of_run};

/// One of the history's tables; earlier layouts do not have the failures.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Table {
    History,
    Events,
    Failures,
}

/// What became of reading.
pub(crate) enum Read<T> {
    Done(T),
    /// A table is not there.
    Missing,
    /// This role may not read one; it may read the history itself.
    Hidden(Hidden),
}

/// A table that a role may not read.
pub(crate) struct Hidden {
    /// In a sentence.
    pub(crate) why: String,
    /// The statement that lets it.
    pub(crate) grant: String,
}

impl<T: Default> Read<T> {
    /// Nothing where a table is missing; `None`, and a note with the way on, where one is hidden.
    pub(crate) fn or_noted(self, without: &str) -> Option<T> {
        match self {
            Self::Done(read) => Some(read),
            Self::Missing => Some(T::default()),
            Self::Hidden(Hidden { why, grant }) => {
                eprintln!(
                    "note: without {without}: {why}; as its owner or a superuser:\n  {grant}"
                );
                None
            }
        }
    }
}

/// Whether there is a history; an error where it cannot be trusted.
pub(crate) fn inspect(client: &mut Client, context: &Context) -> Result<bool, pgstrata::Error> {
    migrator(context, &NO_LIST).inspect_history(client)
}

/// What `read` makes of these tables.
pub(crate) fn read<T>(
    client: &mut Client,
    context: &Context,
    tables: &[Table],
    read: impl FnOnce(&mut CatalogSession<'_>) -> Result<T, Error>,
) -> Result<Read<T>, Failure> {
    let refused = |error: &pgstrata::Error| of_run(error, Direction::Up);
    if !inspect(client, context).map_err(|error| refused(&error))? {
        return Ok(Read::Missing);
    }
    let inspection = migrator(context, &NO_LIST).history_inspection();
    let locked = || {
        let mut own = CatalogSession::open(client)?;
        for table in tables {
            let name = &context.history.tables()[*table as usize];
            let Some(row) = own.row_if_any(include_str!("history_tables/may_read.sql"), &[name])?
            else {
                return Ok(Read::Missing);
            };
            let (may_read, role): (bool, String) = (row.try_get(0)?, row.try_get(1)?);
            if !may_read {
                let why = format!("the user {role} may not read {name}");
                let grant = row.try_get(2)?;
                return Ok(Read::Hidden(Hidden { why, grant }));
            }
            own.set(&include_str!("history_tables/lock.sql").replace("{table}", name))?;
        }
        own.set(&inspection)?;
        read(&mut own).map(Read::Done)
    };
    let asked: Result<Read<T>, Error> = locked();
    asked.map_err(|error| match inspect(client, context) {
        // They have changed in between.
        Err(error) if error.is_refused() => refused(&error),
        _ => Failure::caused(&error),
    })
}

/// The events tell which release applied an expand step. Where they are hidden, says so of a contract step
/// that is pending and may be held.
pub(crate) fn note_hidden(
    client: &mut Client,
    context: &Context,
    migrations: &Migrations<'_>,
    is_pending: impl Fn(&str) -> bool,
) -> Result<(), Failure> {
    let is_contract = |it: &pgstrata::embedded::Migration<'_>| it.phase == Some(Phase::Contract);
    if migrations
        .iter()
        .any(|it| is_contract(&it) && is_pending(it.label))
    {
        let there: Read<()> = read(client, context, &[Table::Events], |_| Ok(()))?;
        there.or_noted(
            "which release applied what, so a contract step that is held counts as pending",
        );
    }
    Ok(())
}

/// What is read does not depend on it.
const NO_LIST: Migrations<'static> = Migrations::new("", &[], &[]);

fn migrator<'m>(context: &Context, list: &'m Migrations<'m>) -> Migrator<'m> {
    context.migrator(list)
}
