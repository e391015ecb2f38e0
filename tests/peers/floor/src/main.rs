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
use postgres::{Client, NoTls};

fn main() -> ExitCode {
    measure::main(|url| Ok(Client::connect(url, NoTls)?), act)
}

fn act(client: &mut Client, verb: Verb) -> Result<(), Box<dyn Error>> {
    match verb {
        Verb::Ask => ask(client)?,
        Verb::Plan => return Err("only pgstrata plans".into()),
        Verb::Up => {
            // Only where many start at once: the end of the session releases it.
            if std::env::var_os("FLOOR_LOCKS").is_some() {
                client.batch_execute("SELECT pg_advisory_lock(1)")?;
            }
            for (index, (_, up, _)) in MIGRATIONS.iter().enumerate().skip(applied(client)?) {
                client.batch_execute(&format!("BEGIN; {up}; {}; COMMIT", record(index)))?;
            }
        }
        Verb::UpSingle => {
            let pending = MIGRATIONS.iter().enumerate().skip(applied(client)?);
            let each = pending.map(|(index, (_, up, _))| format!("{up}; {};\n", record(index)));
            client.batch_execute(&format!("BEGIN; {} COMMIT", each.collect::<String>()))?;
        }
        Verb::Down => {
            for (index, (_, _, down)) in MIGRATIONS.iter().enumerate().take(applied(client)?).rev()
            {
                let version = index + 1;
                client.batch_execute(&format!(
                    "BEGIN; {down}; DELETE FROM floor_history WHERE version = {version}; COMMIT"
                ))?;
            }
        }
    }
    Ok(())
}

/// The bare query that a start of pgstrata is held against.
fn ask(client: &mut Client) -> Result<(), Box<dyn Error>> {
    for row in client.query_typed("SELECT version, up_checksum FROM pgstrata_history", &[])? {
        let (version, checksum): (Option<i64>, &[u8]) = (row.try_get(0)?, row.try_get(1)?);
        std::hint::black_box((version, checksum));
    }
    Ok(())
}

/// How many are applied, each one compared by its checksum.
fn applied(client: &mut Client) -> Result<usize, Box<dyn Error>> {
    let rows = match client.query_typed("SELECT version, checksum FROM floor_history", &[]) {
        Ok(rows) => rows,
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => {
            client.batch_execute(
                "CREATE TABLE floor_history (version bigint PRIMARY KEY, checksum bytea NOT NULL)",
            )?;
            return Ok(0);
        }
        Err(error) => return Err(error.into()),
    };
    for row in &rows {
        let (version, checksum): (i64, &[u8]) = (row.try_get(0)?, row.try_get(1)?);
        if checksum != bytes(version) {
            return Err(format!("{version} has another checksum").into());
        }
    }
    Ok(rows.len())
}

/// In place of a digest, which a program would know without computing it.
fn bytes(version: i64) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&version.to_be_bytes());
    bytes
}

/// What records a migration, given as an index.
fn record(index: usize) -> String {
    let version = index as i64 + 1;
    let digits: String = bytes(version).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("INSERT INTO floor_history VALUES ({version}, '\\x{digits}')")
}
