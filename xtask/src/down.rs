//! `down`: rolls back, newest first.

use std::io::{IsTerminal as _, Write as _};

use pgstrata::{Direction, Error, Goal, Migrator, Plan, Report};
use pgstrata_compiler::Depth;
use postgres::Client;

use crate::connect::connect;
use crate::failure::Failure;
use crate::flags::{Common, Down};
use crate::progress::Progress;
use crate::{embed, up, workspace};

/// Shows what will be rolled back, asks, and does it.
pub(crate) fn run(common: &Common, flags: &Down) -> Result<(), Failure> {
    let goal = flags.to.map_or(Goal::Down(flags.steps), Goal::DownTo);
    after_asking(common, goal, flags.yes, |migrator, client| match flags.to {
        Some(version) => migrator.down_to(client, version),
        None => migrator.down(client, flags.steps),
    })
}

/// Shows the plan, asks unless `yes`, and does it.
pub(crate) fn after_asking(
    common: &Common,
    goal: Goal,
    yes: bool,
    work: impl FnOnce(&mut Migrator<'_>, &mut Client) -> Result<Report, Error>,
) -> Result<(), Failure> {
    let compiled = workspace::checked(&common.dir, Depth::Certain)?;
    let mut client = connect(common)?;
    embed::with_migrations(&compiled, |migrations| {
        let migrator = || up::configured(Migrator::new(migrations), common);
        let failure = |error: Error| up::failure(&error, Direction::Down);
        let plan = migrator().plan_for(&mut client, goal).map_err(failure)?;
        if !plan.is_empty() && !yes {
            ask(&plan)?;
        }
        let mut progress = Progress::new(common.quiet);
        let report = work(&mut migrator().observe(&mut progress), &mut client);
        progress.finished(&report.map_err(failure)?);
        Ok(())
    })
}

fn ask(plan: &Plan) -> Result<(), Failure> {
    println!("{plan}");
    if !std::io::stdin().is_terminal() {
        return Err(Failure::configuration("pass --yes to do this without being asked"));
    }
    print!("Do this? [y/N] ");
    let mut answer = String::new();
    let read = std::io::stdout().flush().and_then(|()| std::io::stdin().read_line(&mut answer));
    match read {
        Ok(_) if answer.trim().eq_ignore_ascii_case("y") => Ok(()),
        _ => Err(Failure::check("nothing was changed")),
    }
}
