//! A minimal service on pgstrata.

#[path = "../../measure.rs"]
mod measure;
mod schema {
    pgstrata::embed_migrations!("migrations");
}

use std::error::Error;
use std::process::ExitCode;

use measure::Verb;
use pgstrata::{Goal, Migrator};
use postgres::Client;

fn main() -> ExitCode {
    measure::main(|url| Ok(pgstrata::connect(url)?), act)
}

fn act(client: &mut Client, verb: Verb) -> Result<(), Box<dyn Error>> {
    let mut migrator = Migrator::new(&schema::MIGRATIONS);
    match verb {
        Verb::Up => drop(migrator.up(client)?),
        Verb::UpSingle => drop(migrator.single_transaction().up(client)?),
        Verb::Down => drop(migrator.down_to(client, 0_u64)?),
        Verb::Plan => drop(migrator.plan(client, Goal::All)?),
        Verb::Ask => return Err("only the floor asks".into()),
    }
    Ok(())
}
