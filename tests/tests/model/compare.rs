//! Compares a database in which all is applied with what psql makes of the same files, and its
//! history with the list.

use std::path::Path;

use pgstrata::Migrations;

use crate::database::Database;
use crate::directory::List;
use crate::psql::{Psql, described, make};

/// The history's rows, with the checksums of the list.
pub(crate) fn rows(database: &Database, embedded: &Migrations<'_>) -> Result<(), String> {
    let mut found = database.rows(
        "SELECT coalesce(version::text, '') || ' ' || label || CASE state WHEN 'baselined' THEN ' applied ' ELSE ' ' || state || ' ' END || encode(up_checksum, 'hex') \
         FROM public.pgstrata_history",
    )?;
    let hex = |bytes: &[u8; 32]| {
        bytes
            .iter()
            .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
    };
    let versioned = embedded.iter().map(|migration| {
        let sum = hex(migration.up.checksum.sha256);
        format!("{} {} applied {sum}", migration.version, migration.label)
    });
    let again = embedded.repeatables.iter().map(|again| {
        let sum = hex(again.script.checksum.sha256);
        format!(" {} applied {sum}", again.name)
    });
    let mut expected: Vec<String> = versioned.chain(again).collect();
    found.sort();
    expected.sort();
    same("the history", &expected, &found)
}

/// The schema and its rows; the ledger also where nothing was undone or done twice.
pub(crate) fn with_psql(
    database: &Database,
    (other, psql): (&Database, &Psql),
    (list, folder): (&List, &Path),
    is_plain: bool,
) -> Result<(), String> {
    let ours = described(database)?;
    let theirs = make(folder, list, other, psql)?;
    same("the schema, as psql makes it,", &theirs, &ours)?;
    if !is_plain || list.edited().next().is_some() {
        return Ok(());
    }
    let ledger = "SELECT key || ' x' || count(*) FROM public.ledger \
         WHERE key NOT LIKE 'again%' GROUP BY key ORDER BY key COLLATE \"C\"";
    let [theirs, ours] = [other.rows(ledger)?, database.rows(ledger)?];
    same("the ledger, as psql fills it,", &theirs, &ours)
}

fn same(what: &str, expected: &[String], found: &[String]) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    let only = |one: &[String], other: &[String]| -> Vec<String> {
        let lines = one.iter().filter(|line| !other.contains(line));
        lines.cloned().collect()
    };
    Err(format!(
        "{what} had to have {:#?}\nand has {:#?}",
        only(expected, found),
        only(found, expected)
    ))
}
