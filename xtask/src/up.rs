//! `up`: applies what is pending.

use pgstrata::{Direction, Migrator};

use crate::connect::connect_and_keep;
use crate::context::Context;
use crate::course::Course;
use crate::failure::Failure;
use crate::flags::{PlanFormat, Up};
use crate::home::Reach;
use crate::lookout::look_out;
use crate::pending::Pending;
use crate::{backup, plan, preflight, workspace};

/// Who looks at the history sees that a run was forced: it keeps the application with each step.
const FORCED: &str = " --force";

/// PostgreSQL cuts longer names (`NAMEDATALEN`).
const LONGEST_NAME: usize = 63;

/// Applies all, or as far as the flags say.
pub(crate) fn run(context: &Context, flags: &Up) -> Result<(), Failure> {
    if flags.dry_run {
        return plan::run(context, &flags.target, PlanFormat::Human);
    }
    workspace::with_migrations(context, |compiled, migrations| {
        let (mut client, mut settings) = connect_and_keep(context)?;
        preflight::demand(&mut client, migrations, context, flags)?;
        if !flags.force
            && let Ok(plan) = flags.target.plan(&mut client, migrations, context)?
        {
            let reach =
                Reach::of(&mut client, compiled).map_err(|error| preflight::asking(&error))?;
            let pending = Pending::of(compiled, context, &Ok(plan), &[], reach);
            preflight::refuse_views(&mut client, &pending)?;
        }
        look_out(&mut client, &settings, |client| {
            backup::before_up(client, &settings, compiled, migrations, context, flags)
        })?;
        let goal = flags.target.goal(&mut client, migrations, context)?;
        drop(client);
        if flags.force {
            let name = settings.config.get_application_name().unwrap_or_default();
            let kept: String = name.chars().take(LONGEST_NAME - FORCED.len()).collect();
            settings.config.application_name(&(kept + FORCED));
        }
        let direction = Direction::Up;
        let course = Course {
            context,
            settings: &settings,
            records: &flags.records,
            direction,
            is_per_statement: flags.per_statement,
        };
        course.run(
            migrations,
            |migrator| flags.configured(migrator),
            (goal, None),
        )
    })
}

impl Up {
    fn configured<'m>(&self, migrator: Migrator<'m>) -> Migrator<'m> {
        let migrator = self.target.configured(migrator);
        if self.single_transaction {
            migrator.single_transaction()
        } else {
            migrator
        }
    }
}
