//! What `up --require-preflight` asks for before it begins.

use std::path::Path;

use jiff::SignedDuration;
use pgstrata::{Migrations, Plan};
use postgres::Client;

use super::{asking, marker};
use crate::connect::identity::identity;
use crate::context::Context;
use crate::failure::Failure;

/// Refuses a run of this plan unless the file is a valid marker, and no older.
pub(crate) fn require_marker(
    client: &mut Client,
    migrations: &Migrations<'_>,
    context: &Context,
    plan: &Plan,
    (file, max_age): (&Path, SignedDuration),
) -> Result<(), Failure> {
    if plan.is_empty() {
        return Ok(());
    }
    let identity = identity(client).map_err(|error| asking(&error))?;
    let max_age = max_age.as_secs();
    match marker::refusal(file, max_age, &identity, context, plan, migrations) {
        None => Ok(()),
        Some(reason) => Err(Failure::check(reason).and(format!(
            "nothing was changed; run `cargo pgstrata preflight --marker {}` again, or `up --force`, \
             which the history records",
            file.display()
        ))),
    }
}
