//! `up`: applies what is pending.

use std::path::PathBuf;

use pgstrata::{Direction, Migrations, Migrator, Plan};
use pgstrata_compiler::Compiled;
use postgres::Client;

use crate::connect::lock_monitor::report_blockers;
use crate::connect::{Settings, connect_and_keep};
use crate::context::Context;
use crate::failure::{Failure, of_run};
use crate::journal::Records;
use crate::operating::backup::BackupFolder;
use crate::operating::{backup, plan, preflight};
use crate::pending::Pending;
use crate::pending::goal::Target;
use crate::runner::Runner;
use crate::schema::current_schema::Reach;
use crate::workspace;

/// Who looks at the history sees that a run was forced: it keeps the application with each step.
const FORCED: &str = " --force";

/// PostgreSQL cuts longer names (`NAMEDATALEN`).
const LONGEST_NAME: usize = 63;

/// What may be asked of it.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each may be wanted or not")]
pub(crate) struct Options {
    /// How far.
    pub(crate) target: Target,
    /// Show the plan and change nothing.
    pub(crate) dry_run: bool,
    /// Send one message a statement instead of one a migration.
    pub(crate) per_statement: bool,
    /// All or nothing: do everything in one transaction.
    pub(crate) single_transaction: bool,
    /// Only where `preflight --marker FILE` was passed, of this plan on this database.
    pub(crate) require_preflight: Option<PathBuf>,
    /// How old that may be, such as 30min.
    pub(crate) max_age: jiff::SignedDuration,
    /// Run without a valid preflight; the history records it.
    pub(crate) force: bool,
    /// Make no backup first, whatever the settings say.
    pub(crate) skip_backup: bool,
    /// Where backups are.
    pub(crate) place: BackupFolder,
    /// What to keep.
    pub(crate) records: Records,
}

/// Applies all, or as far as the options say.
pub(crate) fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    if options.dry_run {
        return plan::run(context, &options.target, plan::Format::Human);
    }
    workspace::with_migrations(context, |compiled, migrations| {
        let (mut client, mut settings) = connect_and_keep(context)?;
        let target = &options.target;
        let goal = target.goal(&mut client, migrations, context)?;
        let plan = target.plan_to(goal, &mut client, migrations, context)?;
        let wants_backup =
            !options.skip_backup && backup::is_wanted(compiled.settings.backup, context);
        match plan {
            Ok(plan) => {
                let asked = (context, options, wants_backup);
                before(&mut client, &settings, asked, (compiled, migrations), plan)?;
            }
            // What must come first needs a plan; the run may have one a moment later, and must not go without.
            Err(error) if wants_backup || options.demanded().is_some() => {
                return Err(of_run(&error, Direction::Up));
            }
            // The run says it itself, and keeps it in its records.
            Err(_) => {}
        }
        drop(client);
        if options.force {
            let name = settings.config.get_application_name().unwrap_or_default();
            let kept: String = name.chars().take(LONGEST_NAME - FORCED.len()).collect();
            settings.config.application_name(&(kept + FORCED));
        }
        let direction = Direction::Up;
        let runner = Runner {
            context,
            settings: &settings,
            records: &options.records,
            direction,
            is_per_statement: options.per_statement,
        };
        runner.run(
            migrations,
            |migrator| options.configured(migrator),
            (goal, None),
        )
    })
}

/// What must be there, and must not be in the way, before anything of this plan runs.
fn before(
    client: &mut Client,
    settings: &Settings,
    (context, options, wants_backup): (&Context, &Options, bool),
    (compiled, migrations): (&Compiled, &Migrations<'_>),
    plan: Plan,
) -> Result<(), Failure> {
    if let Some(file) = options.demanded() {
        preflight::require_marker(client, migrations, context, &plan, (file, options.max_age))?;
    }
    if !wants_backup {
        return Ok(());
    }
    let kept = compiled.settings.backup;
    let reach = Reach::of(client, compiled).map_err(|error| preflight::asking(&error))?;
    let pending = Pending::of(compiled, context, &Ok(plan), &[], reach);
    report_blockers(client, settings, |client| {
        backup::before_up(client, settings, context, (kept, &pending), &options.place)
    })
}

impl Options {
    /// The marker without which nothing runs.
    fn demanded(&self) -> Option<&PathBuf> {
        self.require_preflight.as_ref().filter(|_| !self.force)
    }

    fn configured<'m>(&self, migrator: Migrator<'m>) -> Migrator<'m> {
        let migrator = self.target.configured(migrator);
        if self.single_transaction {
            migrator.single_transaction()
        } else {
            migrator
        }
    }
}
