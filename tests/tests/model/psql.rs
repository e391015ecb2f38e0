//! What psql makes of the same files, in a database of its own.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::database::Database;
use crate::directory::{List, by_hand, up_file};

/// Everything but the history, in words.
pub(crate) fn described(database: &Database) -> Result<Vec<String>, String> {
    database.rows(include_str!("schema.sql"))
}

/// Runs the newest list's files in their order; returns what is there then.
pub(crate) fn make(
    folder: &Path,
    list: &List,
    database: &Database,
    psql: &Psql,
) -> Result<Vec<String>, String> {
    database.renew();
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
    if !psql.run(database, &script)? {
        // Where it is not installed, its part is played.
        by_statement(folder, list, database)?;
    }
    described(database)
}

/// A session of psql, for one history after the other: a process takes longer to start than most
/// files to run.
#[derive(Default)]
pub(crate) struct Psql(RefCell<Option<Session>>);

struct Session {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// Comes when all else was executed.
const END: &str = "model: all done";

impl Psql {
    /// Whether there is such a program.
    fn run(&self, database: &Database, script: &str) -> Result<bool, String> {
        let mut session = self.0.borrow_mut();
        if session.is_none() {
            *session = Session::start(database);
        }
        let Some(Session { input, output, .. }) = &mut *session else {
            return Ok(false);
        };
        // Where it fails, it ends and reads no more.
        let _ = write!(input, "{script}DISCARD ALL;\n\\echo {END}\n");
        let mut said = String::new();
        while output.read_line(&mut said).is_ok_and(|length| length > 0) {
            if said.ends_with(&format!("{END}\n")) {
                return Ok(true);
            }
        }
        let Session { process, .. } = session.take().unwrap();
        let output = process.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("psql refuses the files: {said}"))
    }
}

impl Session {
    fn start(database: &Database) -> Option<Self> {
        let config = database.config();
        let mut process = Command::new("psql")
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "postgres"])
            .arg("-h")
            .arg(database.socket())
            .args(["-d", config.get_dbname().unwrap()])
            // Nobody reads of what it does not fail by.
            .env("PGOPTIONS", "-c client_min_messages=error")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .ok()?;
        Some(Self {
            input: process.stdin.take()?,
            output: BufReader::new(process.stdout.take()?),
            process,
        })
    }
}

impl Drop for Psql {
    fn drop(&mut self) {
        if let Some(Session {
            input, mut process, ..
        }) = self.0.take()
        {
            drop(input);
            let _ = process.wait();
        }
    }
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
