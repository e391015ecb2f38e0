//! `plan`: what `up` would run, and what it would lock; writes nothing.

mod json;
mod text;

use std::collections::BTreeMap;

use pgstrata::{Direction, Plan, Step};
use pgstrata_compiler::Compiled;
use pgstrata_compiler::forecast::of_versions;
use pgstrata_compiler::locks::Locks;
use pgstrata_compiler::migration::Migration;
use pgstrata_compiler::span::Span;

use crate::connect::connect;
use crate::context::Context;
use crate::failure::{Failure, of_run};
use crate::pending::goal::Target;
use crate::words::said;
use crate::workspace;

choices! {
    /// How a plan is written.
    pub(crate) enum Format {
        /// A line a statement, and its locks below.
        Human = "human",
        /// One object a migration and line.
        Json = "json",
    }
}

/// Prints the pending steps, statement by statement.
pub(crate) fn run(context: &Context, target: &Target, format: Format) -> Result<(), Failure> {
    workspace::reading(context, workspace::Use::Look, |compiled, migrations| {
        let plan = target.plan(&mut connect(context)?, migrations, context)?;
        let plan = plan.map_err(|error| of_run(&error, Direction::Up))?;
        match format {
            Format::Json => print!("{}", json::lines(&forecasts(&plan, compiled))),
            Format::Human if plan.is_empty() || context.quiet => println!("{}", said(&plan)),
            Format::Human => {
                print!("{}", text::shown(&forecasts(&plan, compiled)));
                if let Some(held) = &plan.held_back {
                    println!("{}", said(held));
                }
            }
        }
        Ok(())
    })
}

/// A step that would run, and what it would lock.
struct Forecast<'a> {
    step: &'a Step,
    statements: Vec<Statement<'a>>,
}

/// One of its statements.
struct Statement<'a> {
    line: u32,
    sql: &'a str,
    locks: Locks,
}

fn forecasts<'a>(plan: &'a Plan, compiled: &'a Compiled) -> Vec<Forecast<'a>> {
    let pending = |version| plan.steps.iter().any(|step| step.version == Some(version));
    let mut locks = of_versions(
        &compiled.migrations,
        &compiled.settings.search_path,
        pending,
    );
    let by_version: BTreeMap<u64, &Migration> = compiled
        .migrations
        .iter()
        .map(|migration| (migration.version, migration))
        .collect();
    let forecast = |step: &'a Step| {
        let up = step
            .version
            .and_then(|version| by_version.get(&version))
            .map(|migration| &migration.up);
        let statements = up.into_iter().flat_map(|up| {
            up.boundaries()
                .map(|(span, line, _): (Span, _, _)| (line, span.of(&up.text)))
        });
        let locks = step
            .version
            .and_then(|version| locks.remove(&version))
            .unwrap_or_default();
        let statements = statements.zip(locks);
        let statements = statements
            .map(|((line, sql), locks)| Statement { line, sql, locks })
            .collect();
        Forecast { step, statements }
    };
    plan.steps.iter().map(forecast).collect()
}
