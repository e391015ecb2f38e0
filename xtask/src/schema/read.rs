//! Reading the schema of the database that a command is about.

use postgres::Client;

use super::{History, Schema};
use crate::connect::connect_and_keep;
use crate::connect::lock_monitor::report_blockers;
use crate::context::Context;
use crate::failure::Failure;

/// The schema of the database that the user means.
pub(crate) fn read(context: &Context) -> Result<Schema, Failure> {
    let (mut client, settings) = connect_and_keep(context)?;
    report_blockers(&mut client, &settings, |client| of(client, context))
}

/// The same on a connection that there is; it may have to wait for a lock.
pub(crate) fn of(client: &mut Client, context: &Context) -> Result<Schema, Failure> {
    Schema::read(client, &history(context)).map_err(|error| Failure::caused(&error))
}

/// Where the program that the command is about keeps its history.
pub(crate) fn history(context: &Context) -> History {
    History {
        schema: context.history.schema.clone(),
        table: context.history.table.clone(),
    }
}
