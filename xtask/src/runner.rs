//! The course of a run: a connection that is watched, what listens, and what ends it.

pub(crate) mod interrupt;

use pgstrata::{Direction, Event, Goal, Migrations, Migrator, Observer};

use crate::connect::{Settings, expect};
use crate::context::Context;
use crate::failure::{Failure, of_run};
use crate::journal::Journal;
use crate::journal::Records;
use crate::output::progress::Progress;

/// What a run is to be.
pub(crate) struct Runner<'a> {
    pub(crate) context: &'a Context,
    pub(crate) settings: &'a Settings,
    pub(crate) records: &'a Records,
    pub(crate) direction: Direction,
    /// Whether to send and tell one statement at a time.
    pub(crate) is_per_statement: bool,
}

/// Everybody who is told.
struct Listeners {
    progress: Progress,
    journal: Journal,
    /// Whether only the report is to have each statement.
    keeps_statements: bool,
}

impl Observer for Listeners {
    fn observe(&mut self, event: &Event<'_>) {
        self.journal.observe(event);
        if !(self.keeps_statements && matches!(event, Event::StatementFinished { .. })) {
            self.progress.observe(event);
        }
    }
}

impl Runner<'_> {
    /// Does the work, and leaves the records that were asked for, whatever came of it.
    pub(crate) fn run(
        &self,
        migrations: &Migrations<'_>,
        configure: impl for<'m> FnOnce(Migrator<'m>) -> Migrator<'m>,
        (goal, reason): (Goal, Option<&str>),
    ) -> Result<(), Failure> {
        let Self {
            context,
            settings,
            records,
            direction,
            is_per_statement,
        } = *self;
        let mut listeners = Listeners {
            progress: Progress::new(context.quiet),
            journal: Journal::open(records, &settings.config, direction)?,
            keeps_statements: !is_per_statement,
        };
        let migrator = context.migrator(migrations).observe(&mut listeners);
        // Only so does a report have the time of each.
        let wants_statements = is_per_statement || !records.report.is_empty();
        let migrator = if wants_statements {
            migrator.per_statement()
        } else {
            migrator
        };
        let mut migrator = configure(migrator);
        let connected = migrator.connect(&settings.with_others(), settings.tls.clone());
        let mut client = connected.map_err(Failure::configuration)?;
        expect(&mut client, context)?;
        interrupt::cancels(&client, &settings.tls)?;
        let result = migrator.run(&mut client, goal, reason);
        drop(migrator);
        let kept = listeners.journal.end(&result);
        let report = result.map_err(|error| of_run(&error, direction))?;
        listeners.progress.finished(&report);
        kept
    }
}
