//! `postflight`: whether a database is as a run should have left it; changes nothing.

mod format;

mod history;
mod objects;
mod constraints;
mod indexes;
mod usage;
mod sizes;

use std::path::PathBuf;

use pgstrata::{Direction, Migrations};
use pgstrata_compiler::Compiled;
use postgres::Error;

use crate::connect::connect_and_keep;
use crate::connect::identity::identity;
use crate::connect::lock_monitor::report_blockers;
use crate::context::Context;
use crate::evidence::Severity;
use crate::failure::of_run;
use crate::failure::{Failure, with_causes};
use crate::output::plural::plural;
use crate::schema::View;
use crate::schema::current_schema::Reach;
use crate::schema::read;
use crate::workspace;

/// What is asked, in the order in which it is told.
const CHECKS: [&str; 9] = [
    "history",
    "verify",
    "objects",
    "constraints",
    "indexes",
    "duration",
    "usage",
    "bloat",
    "growth",
];

/// What stands beside the findings.
struct Standing {
    applied: usize,
    pending: usize,
    held: usize,
    exact: String,
    portable: String,
}

/// What may be asked of it.
#[derive(Debug)]
pub(crate) struct Options {
    /// Tell of migrations that took longer than this.
    pub(crate) slow: u64,
    /// Write the sizes of tables and indexes to this file, for a later `--baseline`.
    pub(crate) write: Option<PathBuf>,
    /// Tell what has grown since this file was written.
    pub(crate) baseline: Option<PathBuf>,
    /// One object, for programs.
    pub(crate) json: bool,
}

/// Asks everything, and tells what was found.
pub(crate) fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    workspace::reading(context, workspace::Use::Verify, |compiled, migrations| {
        asked(context, options, compiled, migrations)
    })
}

fn asked(
    context: &Context,
    options: &Options,
    compiled: &Compiled,
    migrations: &Migrations<'_>,
) -> Result<(), Failure> {
    let (mut client, settings) = connect_and_keep(context)?;
    let mut migrator = context.migrator(migrations);
    let status = migrator
        .status(&mut client)
        .map_err(|error| of_run(&error, Direction::Up))?;
    let standing = {
        let schema = report_blockers(&mut client, &settings, |client| read::of(client, context))?;
        let is_applied = |it: &&pgstrata::Status| history::is_applied(it.state);
        let of = |state| status.iter().filter(|it| it.state == state).count();
        Standing {
            applied: status.iter().filter(is_applied).count(),
            pending: of(pgstrata::State::Pending),
            held: of(pgstrata::State::Held),
            exact: schema.fingerprint(View::Exact),
            portable: schema.fingerprint(View::Portable),
        }
    };
    let on_the_way_back = history::on_the_way_back(&mut client, context, &status)?;
    let mut findings = history::of_status(&status, &on_the_way_back);
    findings.extend(history::verified(&mut client, context, migrations)?);
    let reach = Reach::of(&mut client, compiled).map_err(asking)?;
    let schemas = reach.schemas(&mut client, context).map_err(asking)?;
    let schemas = schemas.as_deref();
    findings.extend(objects::check(&mut client, compiled, &status, &reach).map_err(asking)?);
    findings.extend(objects::besides(&mut client, compiled, context, &reach).map_err(asking)?);
    findings.extend(constraints::check(&mut client, schemas).map_err(asking)?);
    findings.extend(indexes::check(&mut client, schemas).map_err(asking)?);
    if standing.applied > 0 {
        findings.extend(history::slow(&mut client, context, options.slow)?);
    }
    findings.extend(usage::check(&mut client, schemas).map_err(asking)?);
    let identity = identity(&mut client).map_err(asking)?;
    let sizes = sizes::read(&mut client, schemas).map_err(asking)?;
    if let Some(file) = &options.baseline {
        findings.extend(sizes::grown(file, &identity, &sizes)?);
    }
    if let Some(file) = &options.write {
        sizes::write(file, &identity, &sizes)?;
    }
    if options.json {
        println!("{}", format::json(&identity, &standing, &findings));
    } else if !context.quiet {
        print_coloured!(
            "{}",
            format::text(&identity, &standing, &findings, options.baseline.is_some())
        );
    }
    match findings
        .iter()
        .filter(|found| found.severity == Severity::Error)
        .count()
    {
        0 => Ok(()),
        errors => {
            let plural = plural(errors);
            Err(Failure::unverified(format!(
                "postflight failed, {errors} error{plural}"
            )))
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn asking(error: Error) -> Failure {
    Failure::configuration(format!("asking the server: {}", with_causes(&error)))
}
