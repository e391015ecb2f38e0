//! `verify`: whether what is applied still is what its verify scripts ask for.

use pgstrata::{Direction, Event, Migrations, Step};
use serde_json::json;

use crate::connect::connect;
use crate::context::Context;
use crate::failure::{Failure, of_run};
use crate::operating::plan;
use crate::words::said;
use crate::workspace;

/// Runs every script, and says of each what came of it.
pub(crate) fn run(context: &Context, format: plan::Format) -> Result<(), Failure> {
    workspace::reading(context, workspace::Use::Verify, |_, migrations| {
        verified(context, format, migrations)
    })
}

fn verified(
    context: &Context,
    format: plan::Format,
    migrations: &Migrations<'_>,
) -> Result<(), Failure> {
    let mut failed = 0_usize;
    let mut print = |event: &Event<'_>| match (event, format) {
        (Event::Finished { step }, plan::Format::Json) => println!("{}", object(step, None)),
        (Event::Finished { step }, plan::Format::Human) if !context.quiet => println!("{step}"),
        (Event::Failed { step, error }, _) => {
            failed += 1;
            if format == plan::Format::Json {
                println!("{}", object(step, Some(error)));
            }
        }
        _ => {}
    };
    let mut client = connect(context)?;
    let migrator = context.migrator(migrations);
    match migrator.observe(&mut print).verify(&mut client) {
        Ok(report) if report.is_empty() && format == plan::Format::Human => {
            println!("no migration that is applied has a verify script");
            Ok(())
        }
        Ok(_) => Ok(()),
        Err(error) if failed > 0 => Err(Failure::unverified(error)),
        Err(error) => Err(of_run(&error, Direction::Up)),
    }
}

fn object(step: &Step, error: Option<&pgstrata::Error>) -> serde_json::Value {
    json!({
        "format": "pgstrata verify 1",
        "version": step.version,
        "label": step.label,
        "passed": error.is_none(),
        "code": error.and_then(|error| error.code()),
        "message": error.map(said),
    })
}
