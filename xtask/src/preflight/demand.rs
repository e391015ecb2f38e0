//! What `up --require-preflight` asks for before it begins.

use pgstrata::{Direction, Migrations, Migrator};
use postgres::Client;

use super::{asking, marker};
use crate::failure::Failure;
use crate::flags::{Common, Up};
use crate::up;

/// Refuses a run without a valid marker, unless it is forced; and then the history tells of that.
pub(crate) fn demand(
    client: &mut Client,
    migrations: &Migrations<'_>,
    common: &Common,
    flags: &Up,
) -> Result<(), Failure> {
    if flags.force {
        // The history and its events keep the name of the application with each step.
        let named = client.query_one(include_str!("forced.sql"), &[&" --force"]);
        named.map_err(|error| asking(&error))?;
        return Ok(());
    }
    let Some(file) = &flags.require_preflight else { return Ok(()) };
    let plan = up::configured(Migrator::new(migrations), common)
        .plan_for(client, flags.target.goal())
        .map_err(|error| up::failure(&error, Direction::Up))?;
    if plan.is_empty() {
        return Ok(());
    }
    let identity = marker::identity(client).map_err(|error| asking(&error))?;
    let max_age = flags.max_age.as_secs();
    match marker::refusal(file, max_age, &identity, common, &plan, migrations) {
        None => Ok(()),
        Some(reason) => Err(Failure::check(reason).and(format!(
            "nothing was changed; run `cargo pgstrata preflight --marker {}` again, or `up --force`, \
             which the history records",
            file.display()
        ))),
    }
}
