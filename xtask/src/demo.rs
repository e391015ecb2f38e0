//! `demo`: the whole tour on a throw-away server.

use comfy_table::{Table, presets};
use pgstrata::{Direction, Error, Goal, Migrations, Migrator};
use pgstrata_compiler::Depth;
use postgres::{Client, NoTls};

use crate::catalog_session::CatalogSession;
use crate::cluster::Cluster;
use crate::context::Context;
use crate::failure::{Failure, of_run};
use crate::operating::status;
use crate::output::progress::Progress;
use crate::workspace;
use crate::workspace::embed;

/// Plan, up, status, all the way down, up again, and what the history says of it.
pub(crate) fn run(context: &Context) -> Result<(), Failure> {
    let compiled = workspace::checked(&context.project.dir, Depth::Certain)?;
    let cluster = Cluster::start(None).map_err(|error| Failure::caused(&error))?;
    println!(
        "A throw-away PostgreSQL {} from {}",
        cluster.server_version(),
        cluster.origin()
    );
    let url = cluster
        .create_database("demo")
        .map_err(|error| Failure::caused(&error))?;
    let mut client = Client::connect(&url, NoTls).map_err(|error| Failure::caused(&error))?;
    embed::with_migrations(&compiled, |migrations| {
        tour(migrations, &mut client, context.quiet)
    })?;
    cluster.stop().map_err(|error| Failure::caused(&error))
}

fn tour(migrations: &Migrations<'_>, client: &mut Client, quiet: bool) -> Result<(), Failure> {
    let failed = |error: Error| of_run(&error, Direction::Up);
    let all = migrations.iter().count();

    heading("plan");
    println!(
        "{}",
        Migrator::new(migrations)
            .plan(client, Goal::All)
            .map_err(failed)?
    );

    heading("up");
    apply(migrations, client, quiet)?;

    heading("status");
    println!(
        "{}",
        status::table(&Migrator::new(migrations).status(client).map_err(failed)?)
    );

    heading(&format!("down --steps {all}"));
    let mut progress = Progress::new(quiet);
    let report = Migrator::new(migrations)
        .observe(&mut progress)
        .down(client, all);
    let report = report.map_err(|error| of_run(&error, Direction::Down))?;
    progress.finished(&report);

    heading("up, once more");
    apply(migrations, client, quiet)?;

    heading("history");
    println!(
        "{}",
        history(client).map_err(|error| Failure::caused(&error))?
    );
    Ok(())
}

fn apply(migrations: &Migrations<'_>, client: &mut Client, quiet: bool) -> Result<(), Failure> {
    let mut progress = Progress::new(quiet);
    let report = Migrator::new(migrations).observe(&mut progress).up(client);
    let report = report.map_err(|error| of_run(&error, Direction::Up))?;
    progress.finished(&report);
    Ok(())
}

fn heading(command: &str) {
    println!("\n── {command}");
}

fn history(client: &mut Client) -> Result<Table, postgres::Error> {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_header(["At (UTC)", "Action", "Migration", "Duration"]);
    for row in CatalogSession::open(client)?.rows(include_str!("demo/history.sql"), &[])? {
        let columns = (0..4).map(|column| row.try_get::<_, String>(column));
        table.add_row(columns.collect::<Result<Vec<_>, _>>()?);
    }
    Ok(table)
}
