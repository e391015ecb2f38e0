//! A minimal service on diesel, which links libpq.

#[path = "../../measure.rs"]
mod measure;

use std::error::Error;
use std::process::ExitCode;

use diesel::{Connection as _, PgConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};
use measure::Verb;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

fn main() -> ExitCode {
    measure::main(|url| Ok(PgConnection::establish(url)?), act)
}

fn act(connection: &mut PgConnection, verb: Verb) -> Result<(), Box<dyn Error>> {
    let done = match verb {
        Verb::Up => connection.run_pending_migrations(MIGRATIONS).map(drop),
        Verb::UpSingle => return Err("diesel has a transaction for each migration".into()),
        Verb::Down => connection.revert_all_migrations(MIGRATIONS).map(drop),
        Verb::Ask | Verb::Plan => return Err("the others do not do this".into()),
    };
    done.map_err(|error| error as Box<dyn Error>)
}
