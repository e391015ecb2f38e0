//! What psql makes of the same files, in a database of its own.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::database::Database;
use crate::directory::{List, by_hand, up_file};

/// Everything but the history, in words.
pub(crate) fn described(database: &Database) -> Result<Vec<String>, String> {
    database.rows(include_str!("schema.sql"))
}

/// Runs the newest list's files in their order; returns what is there then.
pub(crate) fn make(folder: &Path, list: &List, database: &Database) -> Result<Vec<String>, String> {
    database.reset();
    let mut script = String::new();
    for change in &list.changes {
        let file = up_file(folder, change);
        let is_batch = change.has_batch();
        let text = if is_batch {
            // psql knows nothing of batches: whoever runs the file repeats the statement.
            let texts = change.up.iter().flat_map(by_hand);
            texts.fold(String::new(), |all, sql| all + &sql + ";\n")
        } else {
            format!("\\i '{}'\n", file.display())
        };
        let (begin, end) = if change.is_transaction {
            ("BEGIN;\n", "COMMIT;\n")
        } else {
            ("", "")
        };
        let _ = writeln!(script, "{begin}{text}{end}RESET search_path;");
    }
    for (name, _) in &list.repeatables {
        let file = folder.join(format!("repeatable/{name}.sql"));
        let _ = writeln!(script, "BEGIN;\n\\i '{}'\nCOMMIT;", file.display());
    }
    let mut psql = Command::new("psql");
    let config = database.config();
    psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-h"])
        .arg(database.socket())
        .args(["-d", config.get_dbname().unwrap()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let Ok(mut child) = psql.spawn() else {
        // Where it is not installed, its part is played.
        by_statement(folder, list, database)?;
        return described(database);
    };
    let mut input = child.stdin.take().unwrap();
    input.write_all(script.as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("psql refuses the files: {said}"));
    }
    described(database)
}

/// The same by simple queries: those of a transaction at once, all others one by one.
fn by_statement(folder: &Path, list: &List, database: &Database) -> Result<(), String> {
    let mut all = Vec::new();
    for change in &list.changes {
        let texts = change.up.iter().flat_map(by_hand);
        if change.is_transaction {
            let texts: Vec<_> = texts.collect();
            all.push(format!("BEGIN; {}; COMMIT", texts.join("; ")));
        } else {
            all.extend(texts);
        }
        all.push("RESET search_path".to_owned());
    }
    for (name, _) in &list.repeatables {
        all.push(fs::read_to_string(folder.join(format!("repeatable/{name}.sql"))).unwrap());
    }
    database.look(|client| {
        let mut all = all.iter();
        all.try_for_each(|sql| {
            let done = client.batch_execute(sql);
            done.map_err(|error| format!("{sql}: {error:?}"))
        })
    })
}
