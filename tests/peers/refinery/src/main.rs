//! A minimal service on refinery, with its synchronous driver.

#[path = "../../measure.rs"]
mod measure;
mod schema {
    refinery::embed_migrations!("migrations");
}

use std::error::Error;
use std::process::ExitCode;

use measure::Verb;
use postgres::{Client, NoTls};

fn main() -> ExitCode {
    measure::main(|url| Ok(Client::connect(url, NoTls)?), act)
}

fn act(client: &mut Client, verb: Verb) -> Result<(), Box<dyn Error>> {
    let runner = schema::migrations::runner();
    match verb {
        Verb::Up => runner.run(client)?,
        Verb::UpSingle => runner.set_grouped(true).run(client)?,
        Verb::Down => return Err("refinery has no way back".into()),
        Verb::Ask | Verb::Plan => return Err("the others do not do this".into()),
    };
    Ok(())
}
