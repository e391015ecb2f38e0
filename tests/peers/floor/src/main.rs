//! As little as can be done: one message a migration, and one query to see what is applied.

#[path = "../../measure.rs"]
mod measure;
/// Written by the benchmark, with a constant of `include_str!` a file.
mod list;

use std::error::Error;
use std::process::ExitCode;

use list::MIGRATIONS;
use measure::Verb;
use postgres::error::SqlState;
use postgres::{Client, NoTls, SimpleQueryMessage};

fn main() -> ExitCode {
    measure::main(|url| Ok(Client::connect(url, NoTls)?), act)
}

fn act(client: &mut Client, verb: Verb) -> Result<(), Box<dyn Error>> {
    let applied = applied(client)?;
    match verb {
        Verb::Up => {
            for (label, up, _) in &MIGRATIONS[applied..] {
                client.batch_execute(&format!(
                    "BEGIN; {up}; INSERT INTO floor_history VALUES ('{label}'); COMMIT"
                ))?;
            }
        }
        Verb::UpSingle => {
            let pending = &MIGRATIONS[applied..];
            let each = pending.iter().map(|(label, up, _)| {
                format!("{up}; INSERT INTO floor_history VALUES ('{label}');\n")
            });
            client.batch_execute(&format!("BEGIN; {} COMMIT", each.collect::<String>()))?;
        }
        Verb::Down => {
            for (label, _, down) in MIGRATIONS[..applied].iter().rev() {
                client.batch_execute(&format!(
                    "BEGIN; {down}; DELETE FROM floor_history WHERE label = '{label}'; COMMIT"
                ))?;
            }
        }
    }
    Ok(())
}

/// How many are applied, each one compared by its name.
fn applied(client: &mut Client) -> Result<usize, Box<dyn Error>> {
    let rows = match client.simple_query("SELECT label FROM floor_history ORDER BY label") {
        Ok(rows) => rows,
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => {
            client.batch_execute("CREATE TABLE floor_history (label text PRIMARY KEY)")?;
            return Ok(0);
        }
        Err(error) => return Err(error.into()),
    };
    let labels = rows.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    let mut count = 0;
    for (label, (known, ..)) in labels.zip(MIGRATIONS) {
        if label != *known {
            return Err(format!("{label} is applied instead of {known}").into());
        }
        count += 1;
    }
    Ok(count)
}
