//! `preflight`: whether this is a good moment to run what is pending; changes nothing.

pub(crate) mod format;

mod blocking;
mod connections;
mod disk;
mod extensions;
mod history;
mod privileges;
mod replication;
mod server;
mod tables;
mod transactions;
mod views;
mod wraparound;

pub(crate) mod marker;

mod require_marker;

use std::path::PathBuf;

use pgstrata::Direction;
use postgres::{Client, Error};

use crate::catalog_session::is_of_encoding;
use crate::connect::connect;
use crate::connect::identity::identity;
use crate::context::Context;
use crate::evidence::{CheckFinding, Severity};
use crate::failure::of_run;
use crate::failure::{Failure, with_causes};
use crate::output::plural::plural;
use crate::pending::Pending;
use crate::pending::goal::Target;
use crate::schema::current_schema::Reach;
use crate::workspace;
pub(crate) use require_marker::require_marker;

/// One kind of question, its name, and who asks it.
type Check = (
    &'static str,
    fn(&mut Client, &Pending<'_>, &Options) -> Result<Vec<CheckFinding>, Error>,
);

/// In the order in which they are told.
const CHECKS: [Check; 11] = [
    ("server", server::check),
    ("extensions", extensions::check),
    ("tables", tables::check),
    ("privileges", privileges::check),
    ("views", |_, pending, _| Ok(views::found(pending))),
    ("transactions", transactions::check),
    ("blocking", blocking::check),
    ("connections", connections::check),
    ("disk", disk::check),
    ("replication", replication::check),
    ("wraparound", wraparound::check),
];

/// What these ask of the server is what pending migrations need.
const OF_PENDING: [&str; 5] = ["extensions", "tables", "privileges", "views", "disk"];

/// What may be asked of it.
#[derive(Debug)]
pub(crate) struct Options {
    /// How far the run will go.
    pub(crate) target: Target,
    /// Where nothing is in the way, say so in this file, for `up --require-preflight`.
    pub(crate) marker: Option<PathBuf>,
    /// Tell of transactions that are open for so many seconds.
    pub(crate) long_transaction: f64,
    /// How many bytes are free on the server's disk, where that cannot be seen from here.
    pub(crate) free_disk: Option<i64>,
    /// One object, for programs.
    pub(crate) json: bool,
    /// How many seconds to take everything for older: for tests, which do not wait.
    pub(crate) clock_ahead: f64,
}

/// Asks everything, tells what was found, and leaves a marker where nothing is in the way.
pub(crate) fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    workspace::reading(context, workspace::Use::Look, |compiled, migrations| {
        let mut client = connect(context)?;
        let mut migrator = options.target.migrator(migrations, context);
        let failure = |error| of_run(&error, Direction::Up);
        let untrusted = match migrator.check_history(&mut client) {
            Err(error) if error.is_refused() => Some(history::untrusted(&error)),
            Err(error) if is_denied(&error) => Some(history::unreadable(&error)),
            checked => checked.map_err(failure).map(|()| None)?,
        };
        let status = match migrator.status(&mut client) {
            // It cannot be read, which the finding says.
            Err(error) if untrusted.is_some() && (error.is_refused() || is_denied(&error)) => {
                Vec::new()
            }
            status => status.map_err(failure)?,
        };
        let plan = match options.target.plan(&mut client, migrations, context)? {
            Err(error) if untrusted.is_some() && is_denied(&error) => Err(error),
            Err(error)
                if !error.is_refused() || error.findings().is_empty() && untrusted.is_none() =>
            {
                return Err(failure(error));
            }
            plan => plan,
        };
        let reach = Reach::of(&mut client, compiled).map_err(|error| asking(&error))?;
        let pending = Pending::of(compiled, context, &plan, &status, reach);
        let mut findings: Vec<CheckFinding> = untrusted.into_iter().collect();
        findings.extend(history::findings(&plan, &status));
        for (name, check) in CHECKS {
            match check(&mut client, &pending, options) {
                // The plan is refused for them.
                Err(error) if plan.is_err() && is_of_encoding(&error) => {
                    let message = "not asked: pending names have characters that the database's encoding lacks";
                    findings.push(CheckFinding::new(name, Severity::Note, message));
                }
                found => findings.extend(found.map_err(|error| asking(&error))?),
            }
        }
        let identity = identity(&mut client).map_err(|error| asking(&error))?;
        let mut names: Vec<&str> = CHECKS.iter().map(|(name, _)| *name).collect();
        names.retain(|name| !pending.is_unknown || !OF_PENDING.contains(name));
        if options.json {
            println!("{}", format::json(&identity, &pending, &findings));
        } else if !context.quiet {
            print_coloured!("{}", format::text(&identity, &pending, &findings, &names));
        }
        let errors = findings
            .iter()
            .filter(|found| found.severity == Severity::Error)
            .count();
        match (&plan, errors) {
            (Ok(plan), 0) => match &options.marker {
                Some(file) => marker::write(file, &identity, context, plan, migrations),
                None => Ok(()),
            },
            _ => {
                options
                    .marker
                    .as_ref()
                    .map_or(Ok(()), |file| marker::remove(file))?;
                let plural = plural(errors);
                let message =
                    format!("preflight failed, {errors} error{plural}; nothing was changed");
                Err(Failure::check(message))
            }
        }
    })
}

/// Whether this role lacks a right.
fn is_denied(error: &pgstrata::Error) -> bool {
    error.code() == Some("42501")
}

pub(crate) fn asking(error: &Error) -> Failure {
    Failure::configuration(format!("asking the server: {}", with_causes(error)))
}
