//! `down`: rolls back, newest first.

use std::io::{IsTerminal as _, Write as _};

use pgstrata::{Direction, Goal, Migrator, Plan};

use crate::connect::connect_and_keep;
use crate::course::Course;
use crate::failure::Failure;
use crate::flags::{Common, Down, Records};
use crate::{up, workspace};

/// Shows what will be rolled back, asks, and does it.
pub(crate) fn run(common: &Common, flags: &Down) -> Result<(), Failure> {
    let goal = flags.to.map_or(Goal::Down(flags.steps), Goal::DownTo);
    after_asking(common, (goal, None), flags.yes, &flags.records)
}

/// Shows the plan, asks unless `yes`, and does it.
pub(crate) fn after_asking(
    common: &Common,
    (goal, reason): (Goal, Option<&str>),
    yes: bool,
    records: &Records,
) -> Result<(), Failure> {
    workspace::with_migrations(common, |_, migrations| {
        let (mut client, settings) = connect_and_keep(common)?;
        let direction = Direction::Down;
        let plan = up::configured(Migrator::new(migrations), common).plan(&mut client, goal);
        let plan = plan.map_err(|error| up::failure(&error, direction))?;
        if !plan.is_empty() && !yes {
            ask(&plan)?;
        }
        drop(client);
        let settings = &settings;
        let course = Course {
            common,
            settings,
            records,
            direction,
            is_per_statement: false,
        };
        course.run(migrations, |migrator| migrator, (goal, reason))
    })
}

fn ask(plan: &Plan) -> Result<(), Failure> {
    println!("{plan}");
    if !std::io::stdin().is_terminal() {
        return Err(Failure::configuration(
            "pass --yes to do this without being asked",
        ));
    }
    print!("Do this? [y/N] ");
    let mut answer = String::new();
    let read = std::io::stdout()
        .flush()
        .and_then(|()| std::io::stdin().read_line(&mut answer));
    match read {
        Ok(_) if answer.trim().eq_ignore_ascii_case("y") => Ok(()),
        _ => Err(Failure::check("nothing was changed")),
    }
}
