//! A minimal service on sqlx, on one thread.

#[path = "../../measure.rs"]
mod measure;

use std::error::Error;
use std::process::ExitCode;

use measure::Verb;
use sqlx::migrate::Migrator;
use sqlx::{Connection as _, PgConnection};
use tokio::runtime::{Builder, Runtime};

static MIGRATOR: Migrator = sqlx::migrate!("./migrations");

fn main() -> ExitCode {
    measure::main(connect, act)
}

fn connect(url: &str) -> Result<(Runtime, PgConnection), Box<dyn Error>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let connection = runtime.block_on(PgConnection::connect(url))?;
    Ok((runtime, connection))
}

fn act(
    (runtime, connection): &mut (Runtime, PgConnection),
    verb: Verb,
) -> Result<(), Box<dyn Error>> {
    match verb {
        Verb::Up => runtime.block_on(MIGRATOR.run(connection))?,
        Verb::UpSingle => return Err("sqlx has a transaction for each migration".into()),
        Verb::Down => runtime.block_on(MIGRATOR.undo(connection, 0))?,
        Verb::Ask | Verb::Plan => return Err("the others do not do this".into()),
    }
    Ok(())
}
