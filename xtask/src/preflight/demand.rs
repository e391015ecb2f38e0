//! What `up --require-preflight` asks for before it begins.

use pgstrata::{Direction, Migrations};
use postgres::Client;

use super::{asking, marker};
use crate::context::Context;
use crate::failure::{Failure, of_run};
use crate::flags::Up;
use crate::identity::identity;

/// Refuses a run without a valid marker, unless it is forced.
pub(crate) fn demand(
    client: &mut Client,
    migrations: &Migrations<'_>,
    context: &Context,
    flags: &Up,
) -> Result<(), Failure> {
    let required = flags.require_preflight.as_ref().filter(|_| !flags.force);
    let Some(file) = required else { return Ok(()) };
    let plan = flags.target.plan(client, migrations, context)?;
    let plan = plan.map_err(|error| of_run(&error, Direction::Up))?;
    if plan.is_empty() {
        return Ok(());
    }
    let identity = identity(client).map_err(|error| asking(&error))?;
    let max_age = flags.max_age.as_secs();
    match marker::refusal(file, max_age, &identity, context, &plan, migrations) {
        None => Ok(()),
        Some(reason) => Err(Failure::check(reason).and(format!(
            "nothing was changed; run `cargo pgstrata preflight --marker {}` again, or `up --force`, \
             which the history records",
            file.display()
        ))),
    }
}
