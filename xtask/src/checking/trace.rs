//! `trace`: what each statement really locks, reads, rewrites and logs, on a throw-away
//! server with rows in its tables; where that is not what `plan` says; and whether the rules about
//! locks were right.

mod send;
mod watch;
mod measure;
mod claims;
mod format;
mod markdown;
mod page;

use std::path::PathBuf;

use std::collections::BTreeMap;
use std::time::Duration;

use pgstrata::Migrations;
use pgstrata::embedded::{Migration, Mode};
use pgstrata_compiler::forecast::of_versions;
use pgstrata_compiler::locks::{LockMode, Locks, TableLock};
use pgstrata_compiler::{Compiled, Depth, compile};

use crate::cluster::Cluster;
use crate::context::Context;
use crate::failure::Failure;
use crate::shadow::before;
use crate::shadow::search_path::SearchPath;
use crate::shadow::servers::majors;
use crate::shadow::start::{prelude, split};
use crate::shadow::{Link, ShadowDatabase, caused, sentence};
use crate::workspace;
use crate::workspace::embed;
use claims::{Findings, Hazard, Judged};
use measure::{Measured, Queries, Taken};
use send::Sent;
use watch::Watch;

/// One migration, measured.
#[derive(Debug)]
struct Traced<'m> {
    migration: Migration<'m>,
    statements: Vec<Statement<'m>>,
    /// Of the migration as a whole, as a service applies it.
    duration: Option<Duration>,
    /// Locks that writers notice and `plan` does not name.
    unforeseen: Vec<TableLock>,
    judged: Vec<Judged>,
    hazards: Vec<Hazard>,
}

/// One of its statements.
#[derive(Debug)]
struct Statement<'m> {
    line: u32,
    sql: &'m str,
    measured: Measured,
}

/// Where it was measured.
#[derive(Debug)]
struct Scale {
    /// The server's own words.
    server: String,
    /// How many rows each table was given.
    rows: u32,
}

choices! {
    /// How a trace is written.
    pub(crate) enum Format {
        /// A line a statement, and its locks.
        Human = "human",
        /// For a pull request.
        Markdown = "markdown",
        /// One object a migration and line.
        Json = "json",
    }
}

/// What may be asked of it.
#[derive(Debug)]
pub(crate) struct Options {
    /// The first version to trace; those before it are only applied.
    pub(crate) from: Option<u64>,
    /// How many rows each new table is filled with before the next migration.
    pub(crate) rows: u32,
    /// The major versions to trace on, such as 13,18; else the newest that is installed.
    pub(crate) postgres: Vec<u32>,
    /// How to say what was measured.
    pub(crate) format: Format,
    /// Also write a page with pictures to this file: statements along their time, and a lane a
    /// table.
    pub(crate) html: Option<PathBuf>,
}

/// Traces on each of the servers that were asked for.
pub(crate) fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    let compiled = workspace::checked(&context.project.dir, Depth::Certain)?;
    // What the rules warn of is judged here, so it need not be printed first.
    let reviewed = compile(
        &context.project.dir,
        &context.project.dir.to_string_lossy(),
        Depth::Full,
    );
    perform(context, options, &compiled, &reviewed, &mut String::new())
}

/// The same, and leaves what a pull request should know, as Markdown.
pub(crate) fn perform(
    context: &Context,
    options: &Options,
    compiled: &Compiled,
    reviewed: &Compiled,
    markdown: &mut String,
) -> Result<(), Failure> {
    let prelude = prelude(&context.project.dir)?;
    let forecasts = of_versions(&compiled.migrations, &compiled.settings.search_path, |_| {
        true
    });
    let required = before::required(compiled);
    embed::with_sql_only(compiled, |migrations| {
        let mut servers = Vec::new();
        for major in majors(&options.postgres) {
            let cluster = Cluster::start(major).map_err(|error| Failure::caused(&error))?;
            let scale = Scale {
                server: cluster.server_version().to_owned(),
                rows: options.rows,
            };
            if options.format == Format::Human && !context.quiet {
                println!(
                    "on a throw-away PostgreSQL {}, {} rows a table",
                    scale.server, scale.rows
                );
            }
            let shadow =
                ShadowDatabase::open(&cluster, prelude.as_deref(), &SearchPath::of(compiled))?;
            let all = trace(
                shadow,
                migrations,
                (&forecasts, &required),
                reviewed,
                options,
                &mut |traced| match options.format {
                    Format::Human => print!("{}", format::lines(traced)),
                    Format::Json => println!("{}", format::json(traced, &scale)),
                    Format::Markdown => {}
                },
            )?;
            let page = markdown::page(&scale, &all);
            if options.format == Format::Markdown {
                print!("{page}");
            }
            markdown.push_str(&page);
            if options.format == Format::Human && !context.quiet {
                println!("{}", format::summary(&all));
            }
            servers.push((scale, all));
            cluster.stop().map_err(|error| Failure::caused(&error))?;
        }
        let Some(path) = &options.html else {
            return Ok(());
        };
        let page = page::document(migrations.directory, &servers);
        std::fs::write(path, page).map_err(|error| Failure::file("write", path, &error))
    })
}

fn trace<'m>(
    mut shadow: ShadowDatabase<'_>,
    migrations: &Migrations<'m>,
    (forecasts, required): (&BTreeMap<u64, Vec<Locks>>, &before::Required),
    reviewed: &Compiled,
    options: &Options,
    each: &mut dyn FnMut(&Traced<'m>),
) -> Result<Vec<Traced<'m>>, Failure> {
    let (applied, to_trace) = split(migrations, options.from)?;
    for migration in applied {
        shadow
            .up(migrations, migration.version)
            .map_err(Failure::migration)?;
        shadow.fill(options.rows)?;
    }
    let mut all = Vec::new();
    for migration in to_trace {
        let forecast = forecasts
            .get(&migration.version)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let blocked = before::stands_in_the_way(&mut shadow, migrations, required, &migration)?;
        let runs_code = forecast.iter().any(|locks| locks.is_incomplete);
        let statements = match migration.up.mode {
            Mode::NoTransaction => alone(&mut shadow, &migration)?,
            Mode::Transaction if runs_code => watched(&mut shadow, &migration)?,
            Mode::Transaction => in_transaction(&mut shadow, &migration)?,
        };
        let duration = shadow
            .up(migrations, migration.version)
            .map_err(Failure::migration)?;
        if let Some(text) = blocked {
            return Err(Failure::migration(format!(
                "{} fails on a database that has the repeatables of before: {text}",
                migration.label
            )));
        }
        shadow.fill(options.rows)?;
        let unforeseen = unforeseen(&statements, forecast);
        let (judged, hazards) = (Vec::new(), Vec::new());
        let mut traced = Traced {
            migration,
            statements,
            duration,
            unforeseen,
            judged,
            hazards,
        };
        let findings = Findings::of(reviewed, migration.version);
        traced.judged = findings.judged(&traced);
        traced.hazards = findings.hazards(reviewed, &traced);
        each(&traced);
        all.push(traced);
    }
    Ok(all)
}

/// Statement by statement, in a transaction that is rolled back.
fn in_transaction<'m>(
    shadow: &mut ShadowDatabase<'_>,
    migration: &Migration<'m>,
) -> Result<Vec<Statement<'m>>, Failure> {
    let Link { client, .. } = shadow.link()?;
    let queries = Queries::prepare(client).map_err(caused)?;
    let mut transaction = client.transaction().map_err(caused)?;
    let first = queries.state(&mut transaction).map_err(caused)?;
    let mut last = first.clone();
    let mut statements = Vec::new();
    for sent in Sent::all(&migration.up) {
        let measured = queries.run(&mut transaction, &sent, &first, &mut last);
        statements.push(
            measured
                .map_err(|error| failed(migration, &sent, &error))?
                .of(&sent),
        );
    }
    transaction.rollback().map_err(caused)?;
    Ok(statements)
}

/// Code may catch an error, and with it give back what it had locked; so the migration runs
/// again, in a copy, with somebody in its way.
fn watched<'m>(
    shadow: &mut ShadowDatabase<'_>,
    migration: &Migration<'m>,
) -> Result<Vec<Statement<'m>>, Failure> {
    let mut statements = in_transaction(shadow, migration)?;
    let copy = shadow.copy()?;
    let mut client = copy.connect()?;
    let queries = Queries::prepare(&mut client).map_err(caused)?;
    let mut watch = Watch::open(&copy, &mut client)?;
    let mut transaction = client.transaction().map_err(caused)?;
    let first = queries.state(&mut transaction).map_err(caused)?;
    let mut last = first.clone();
    for (sent, statement) in Sent::all(&migration.up).iter().zip(&mut statements) {
        // What cannot be waited for (NOWAIT) has been measured without.
        let Ok((wanted, _)) = watch.run(&mut transaction, sent) else {
            break;
        };
        let now = queries.state(&mut transaction).map_err(caused)?;
        statement
            .measured
            .locks
            .extend(first.gone(&wanted, &last, &now));
        last = now;
    }
    drop(transaction);
    drop((client, watch));
    copy.discard()?;
    Ok(statements)
}

/// Each by itself, in a copy; its locks are gone with it, so somebody watches.
fn alone<'m>(
    shadow: &mut ShadowDatabase<'_>,
    migration: &Migration<'m>,
) -> Result<Vec<Statement<'m>>, Failure> {
    let copy = shadow.copy()?;
    let mut client = copy.connect()?;
    let queries = Queries::prepare(&mut client).map_err(caused)?;
    let mut watch = Watch::open(&copy, &mut client)?;
    let first = queries.state(&mut client).map_err(caused)?;
    let mut last = first.clone();
    let mut statements = Vec::new();
    for sent in Sent::all(&migration.up) {
        let measured = queries.run_alone(&mut client, &first, &mut last, |client| {
            watch.run(client, &sent)
        });
        statements.push(
            measured
                .map_err(|error| failed(migration, &sent, &error))?
                .of(&sent),
        );
    }
    drop((client, watch));
    copy.discard()?;
    Ok(statements)
}

impl Measured {
    fn of<'m>(self, sent: &Sent<'m>) -> Statement<'m> {
        Statement {
            line: sent.line,
            sql: sent.sql,
            measured: self,
        }
    }
}

fn failed(migration: &Migration<'_>, sent: &Sent<'_>, error: &postgres::Error) -> Failure {
    let (label, line) = (migration.label, sent.line);
    Failure::migration(format!("{label}.up.sql:{line}: {}", sentence(error)))
}

/// Locks in the way of writers that no forecast of the migration has, or a weaker one only.
fn unforeseen(statements: &[Statement<'_>], forecast: &[Locks]) -> Vec<TableLock> {
    if forecast.iter().any(|locks| locks.is_incomplete) {
        return Vec::new();
    }
    let is_forecast = |taken: &TableLock| {
        let mut tables = forecast.iter().flat_map(|locks| &locks.tables);
        tables.any(|lock| lock.table == taken.table && lock.mode >= taken.mode)
    };
    let taken = statements
        .iter()
        .flat_map(|statement| &statement.measured.locks);
    let taken = taken.map(|Taken { lock, .. }| lock);
    let strong = taken.filter(|lock| lock.mode >= LockMode::Share && !is_forecast(lock));
    strong.cloned().collect()
}
