//! `up`: applies what is pending.

use std::time::Duration;

use pgstrata::{Direction, Error, Goal, Migrator};
use pgstrata_compiler::Depth;

use crate::connect::connect;
use crate::failure::Failure;
use crate::flags::{Common, PlanFormat, Up};
use crate::progress::Progress;
use crate::{embed, plan, preflight, workspace};

/// Applies all, or as far as the flags say.
pub(crate) fn run(common: &Common, flags: &Up) -> Result<(), Failure> {
    if flags.dry_run {
        return plan::run(common, &flags.target, PlanFormat::Human);
    }
    let compiled = workspace::checked(&common.dir, Depth::Certain)?;
    let mut client = connect(common)?;
    embed::with_migrations(&compiled, |migrations| {
        preflight::demand(&mut client, migrations, common, flags)?;
        let mut progress = Progress::new(common.quiet);
        let migrator = configured(Migrator::new(migrations), common).observe(&mut progress);
        let migrator = if flags.per_statement { migrator.per_statement() } else { migrator };
        let single = flags.single_transaction;
        let mut migrator = if single { migrator.single_transaction() } else { migrator };
        let report = match flags.target.goal() {
            Goal::To(version) => migrator.up_to(&mut client, version),
            Goal::Steps(steps) => migrator.up_steps(&mut client, steps),
            Goal::Only(version) => migrator.up_only(&mut client, version),
            _ => migrator.up(&mut client),
        };
        let report = report.map_err(|error| failure(&error, Direction::Up))?;
        progress.finished(&report);
        Ok(())
    })
}

/// The migrator as the common flags want it.
pub(crate) fn configured<'a>(migrator: Migrator<'a>, common: &Common) -> Migrator<'a> {
    migrator
        .history(&common.history_schema, &common.history_table)
        .lock_deadline(Duration::from_secs(common.lock_deadline))
}

/// Refused before anything ran, or failed on the way, or could not even begin.
pub(crate) fn failure(error: &Error, direction: Direction) -> Failure {
    if error.is_refused() || error.is_lock_deadline() {
        Failure::check(error)
    } else if error.label().is_none() {
        Failure::configuration(error)
    } else {
        match direction {
            Direction::Up => Failure::migration(error),
            Direction::Down => Failure::rollback(error),
        }
    }
}
