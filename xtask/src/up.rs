//! `up`: applies what is pending.

use std::time::Duration;

use pgstrata::{Action, Direction, Error, Migrator};

use crate::connect::connect_and_keep;
use crate::course::Course;
use crate::failure::Failure;
use crate::flags::{Common, PlanFormat, Up};
use crate::home::Reach;
use crate::lookout::look_out;
use crate::preflight::pending::Pending;
use crate::progress::Waiting;
use crate::{backup, plan, preflight, workspace};

/// Who looks at the history sees that a run was forced: it keeps the application with each step.
const FORCED: &str = " --force";

/// PostgreSQL cuts longer names (`NAMEDATALEN`).
const LONGEST_NAME: usize = 63;

/// Applies all, or as far as the flags say.
pub(crate) fn run(common: &Common, flags: &Up) -> Result<(), Failure> {
    if flags.dry_run {
        return plan::run(common, &flags.target, PlanFormat::Human);
    }
    workspace::with_migrations(common, |compiled, migrations| {
        let (mut client, mut settings) = connect_and_keep(common)?;
        preflight::demand(&mut client, migrations, common, flags)?;
        if !flags.force
            && let Ok(plan) = flags.target.plan(&mut client, migrations, common)?
        {
            let reach =
                Reach::of(&mut client, compiled).map_err(|error| preflight::asking(&error))?;
            let pending = Pending::of(compiled, common, &Ok(plan), &[], reach);
            preflight::refuse_views(&mut client, &pending)?;
        }
        look_out(&mut client, &settings, |client| {
            backup::before_up(client, &settings, compiled, migrations, common, flags)
        })?;
        let goal = flags.target.goal(&mut client, migrations, common)?;
        drop(client);
        if flags.force {
            let name = settings.config.get_application_name().unwrap_or_default();
            let kept: String = name.chars().take(LONGEST_NAME - FORCED.len()).collect();
            settings.config.application_name(&(kept + FORCED));
        }
        let direction = Direction::Up;
        let course = Course {
            common,
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

/// A policy of a migrator.
type Set<'a> = fn(Migrator<'a>) -> Migrator<'a>;

/// The migrator as the common flags want it.
pub(crate) fn configured<'a>(migrator: Migrator<'a>, common: &Common) -> Migrator<'a> {
    let migrator = migrator
        .history(&common.history_schema, &common.history_table)
        .lock_deadline(Duration::from_secs(common.lock_deadline))
        .retry_deadline(Duration::from_secs(common.retry_deadline));
    // It has no size, so nothing is lost; a run has its own.
    let migrator = if common.quiet {
        migrator
    } else {
        migrator.observe(Box::leak(Box::new(Waiting)))
    };
    let owners = common.history_owner.iter();
    let migrator = owners.fold(migrator, |migrator, role| migrator.history_owner(role));
    let policies = &common.policies;
    let all: [(bool, Set<'a>); 6] = [
        (policies.behind_pooler, Migrator::behind_pooler),
        (policies.allow_changed, Migrator::allow_changed),
        (policies.allow_missing, Migrator::allow_missing),
        (policies.allow_out_of_order, Migrator::allow_out_of_order),
        (policies.allow_irreversible, Migrator::allow_irreversible),
        (policies.deny_newer_database, Migrator::deny_newer_database),
    ];
    let wanted = all.into_iter().filter(|(is_wanted, _)| *is_wanted);
    wanted.fold(migrator, |migrator, (_, set)| set(migrator))
}

/// Refused before anything ran, or failed on the way, or could not even begin.
pub(crate) fn failure(error: &Error, direction: Direction) -> Failure {
    // A redo goes both ways.
    let failed = error.report().failed.as_ref().map(|step| step.action);
    let direction = match failed {
        Some(Action::Apply | Action::Repeat) => Direction::Up,
        _ => direction,
    };
    if error.is_refused() || error.is_lock_deadline() || error.is_overtaken() {
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
