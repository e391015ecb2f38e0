//! `plan`: what `up` would run; writes nothing.

use pgstrata::{Direction, Migrator};
use pgstrata_compiler::Depth;

use crate::connect::connect;
use crate::failure::Failure;
use crate::flags::{Common, Target};
use crate::{embed, up, workspace};

/// Prints the pending steps.
pub(crate) fn run(common: &Common, target: &Target) -> Result<(), Failure> {
    let compiled = workspace::checked(&common.dir, Depth::Certain)?;
    let mut client = connect(common)?;
    embed::with_migrations(&compiled, |migrations| {
        let mut migrator = up::configured(Migrator::new(migrations), common);
        let plan = match target.to {
            Some(version) => migrator.plan_to(&mut client, version),
            None => migrator.plan(&mut client),
        };
        println!("{}", plan.map_err(|error| up::failure(&error, Direction::Up))?);
        Ok(())
    })
}
