//! `trace`: what each statement really locks, reads, writes anew and logs, on a throw-away
//! server with rows in its tables; and where that is not what `plan` says.

mod format;
mod measure;

use std::collections::BTreeMap;
use std::time::Duration;

use pgstrata::{Migration, Migrations, Mode};
use pgstrata_compiler::Depth;
use pgstrata_compiler::forecast::of_versions;
use pgstrata_compiler::locks::{Lock, Locks, TableLock};

use crate::cluster::Cluster;
use crate::failure::Failure;
use crate::flags::{Common, Trace, TraceFormat, majors};
use crate::rehearse::stage::{Link, Stage, caused, sentence};
use crate::rehearse::{prelude, split};
use crate::{embed, workspace};
use measure::{Measured, Queries};

/// One migration, measured.
#[derive(Debug)]
struct Traced<'m> {
    migration: &'m Migration<'m>,
    /// Nothing of a migration whose statements run one by one: their locks are gone with them.
    statements: Vec<(u32, &'m str, Measured)>,
    /// Of the migration as a whole, as a service applies it.
    duration: Option<Duration>,
    /// Locks that writers notice and `plan` does not name.
    unforeseen: Vec<TableLock>,
}

/// Traces on each of the servers that were asked for.
pub(crate) fn run(common: &Common, flags: &Trace) -> Result<(), Failure> {
    let compiled = workspace::checked(&common.dir, Depth::Certain)?;
    let prelude = prelude(&common.dir)?;
    let forecasts = of_versions(&compiled.migrations, |_| true);
    embed::with_sql_only(&compiled, |migrations| {
        for major in majors(&flags.postgres) {
            let cluster = Cluster::start(major).map_err(|error| Failure::caused(&error))?;
            let server = cluster.server_version().to_owned();
            if flags.format == TraceFormat::Human && !common.quiet {
                println!("on a throw-away PostgreSQL {server}, {} rows a table", flags.rows);
            }
            let stage = Stage::open(&cluster, prelude.as_deref())?;
            trace(stage, migrations, &forecasts, flags, &mut |traced| match flags.format {
                TraceFormat::Human => print!("{}", format::lines(traced)),
                TraceFormat::Json => println!("{}", format::json(traced, &server)),
            })?;
            cluster.stop().map_err(|error| Failure::caused(&error))?;
        }
        Ok(())
    })
}

fn trace<'m>(
    mut stage: Stage<'_>,
    migrations: &Migrations<'m>,
    forecasts: &BTreeMap<u64, Vec<Locks>>,
    flags: &Trace,
    each: &mut dyn FnMut(&Traced<'m>),
) -> Result<(), Failure> {
    let (applied, traced) = split(migrations, flags.from)?;
    for migration in applied {
        stage.up(migrations, migration.version).map_err(Failure::migration)?;
        stage.fill(flags.rows)?;
    }
    for migration in traced {
        let statements = match migration.up.mode {
            Mode::Transaction if migration.up.special.is_empty() => {
                measured(&mut stage, migration)?
            }
            _ => Vec::new(),
        };
        let duration = stage.up(migrations, migration.version).map_err(Failure::migration)?;
        stage.fill(flags.rows)?;
        let forecast = forecasts.get(&migration.version).map(Vec::as_slice).unwrap_or_default();
        let unforeseen = unforeseen(&statements, forecast);
        each(&Traced { migration, statements, duration, unforeseen });
    }
    Ok(())
}

/// Statement by statement, in a transaction that is rolled back.
fn measured<'m>(
    stage: &mut Stage<'_>,
    migration: &'m Migration<'m>,
) -> Result<Vec<(u32, &'m str, Measured)>, Failure> {
    let Link { client, .. } = stage.link()?;
    let queries = Queries::prepare(client).map_err(caused)?;
    let mut transaction = client.transaction().map_err(caused)?;
    let first = queries.state(&mut transaction).map_err(caused)?;
    let mut last = first.clone();
    let mut measured = Vec::new();
    for statement in migration.up.statements {
        let sql = migration.up.text(statement);
        let run = queries.run(&mut transaction, sql, &first, &mut last);
        let run = run.map_err(|error| {
            let (label, line) = (migration.label, statement.line);
            Failure::migration(format!("{label}.up.sql:{line}: {}", sentence(&error)))
        })?;
        measured.push((statement.line, sql, run));
    }
    transaction.rollback().map_err(caused)?;
    Ok(measured)
}

/// Locks in the way of writers that no forecast of the migration has, or a weaker one only.
fn unforeseen(statements: &[(u32, &str, Measured)], forecast: &[Locks]) -> Vec<TableLock> {
    if forecast.iter().any(|locks| locks.is_incomplete) {
        return Vec::new();
    }
    let is_forecast = |taken: &TableLock| {
        let mut tables = forecast.iter().flat_map(|locks| &locks.tables);
        tables.any(|lock| lock.table == taken.table && lock.mode >= taken.mode)
    };
    let taken = statements.iter().flat_map(|(_, _, measured)| &measured.locks.tables);
    let strong = taken.filter(|lock| lock.mode >= Lock::Share && !is_forecast(lock));
    strong.cloned().collect()
}
