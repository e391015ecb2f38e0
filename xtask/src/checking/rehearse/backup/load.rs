//! One run of the program that restores, and what it says.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::process::{Command, Stdio};

use super::{Backup, BackupFormat, unzip};
use crate::cluster::Cluster;
use crate::failure::Failure;

/// The errors of a restore; it goes on behind each.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Roles that are not there: of a database they are no part, so no dump makes them.
    pub(super) roles: BTreeSet<String>,
    /// What the copy would lack.
    pub(super) errors: Vec<String>,
}

pub(super) fn load(
    backup: &Backup,
    database: &str,
    cluster: &Cluster,
    only_schema: bool,
) -> Result<Said, Failure> {
    let unrun = |error: std::io::Error| Failure::file("run", &backup.program, &error);
    let mut command = Command::new(&backup.program);
    command
        .arg("--no-password")
        .arg("--dbname")
        .arg(cluster.url(database));
    // The errors are read below.
    command
        .env("PGOPTIONS", "-c lc_messages=C")
        .env("LC_ALL", "C");
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    if backup.kind == BackupFormat::Archive {
        if only_schema {
            command.arg("--schema-only");
        }
        let output = command
            .arg(&backup.path)
            .stdin(Stdio::null())
            .output()
            .map_err(unrun)?;
        return Ok(Said::read(&output.stderr, output.status.success()));
    }
    command
        .args(["--no-psqlrc", "--quiet"])
        .stdin(Stdio::piped());
    let mut psql = command.spawn().map_err(unrun)?;
    let errors = psql.stderr.take();
    // It may say more than a pipe holds while we still write.
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        errors.map(|mut errors| errors.read_to_end(&mut bytes));
        bytes
    });
    let fed = match psql.stdin.take() {
        Some(stdin) => feed(backup, stdin),
        None => Ok(()),
    };
    let status = psql.wait().map_err(unrun)?;
    let bytes = reader.join().unwrap_or_default();
    fed?;
    Ok(Said::read(&bytes, status.success()))
}

/// Gives psql the file, line by line: it must not go to another database, of which the same
/// server may have one that matters.
fn feed(backup: &Backup, mut psql: std::process::ChildStdin) -> Result<(), Failure> {
    let unread = |error: std::io::Error| Failure::file("read", &backup.path, &error);
    let mut gzip = None;
    let file: Box<dyn Read> = if backup.kind == BackupFormat::Compressed {
        let mut child = unzip(&backup.path)?;
        let stdout = child.stdout.take();
        gzip = Some(child);
        stdout.map_or_else(
            || Box::new(std::io::empty()) as Box<dyn Read>,
            |it| Box::new(it),
        )
    } else {
        Box::new(File::open(&backup.path).map_err(unread)?)
    };
    let mut file = BufReader::new(file);
    let mut line = Vec::new();
    while file.read_until(b'\n', &mut line).map_err(unread)? > 0 {
        // Data has its backslashes doubled.
        if line.starts_with(b"\\c") {
            return Err(Failure::configuration(format!(
                "{} goes to a database of its own (`{}`); dump one database, without --create",
                backup.path.display(),
                String::from_utf8_lossy(&line).trim_end()
            )));
        }
        // psql has ended and says why.
        if psql.write_all(&line).is_err() {
            return Ok(());
        }
        line.clear();
    }
    match gzip.map(|mut gzip| gzip.wait()) {
        Some(Ok(status)) if !status.success() => Err(Failure::configuration(format!(
            "gzip cannot read {}",
            backup.path.display()
        ))),
        _ => Ok(()),
    }
}

impl Said {
    fn read(bytes: &[u8], succeeded: bool) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let mut said = Self::default();
        for line in text.lines() {
            let error = line.split_once("ERROR:  ").map(|(_, error)| error);
            match error {
                Some(error) => match missing_role(error) {
                    Some(role) => {
                        said.roles.insert(role.to_owned());
                    }
                    // Settings that only newer servers have, at the top of each dump.
                    None if error.starts_with("unrecognized configuration parameter") => {}
                    None => said.errors.push(error.to_owned()),
                },
                None if line.contains("FATAL:  ") || line.starts_with("invalid command ") => {
                    said.errors.push(line.to_owned());
                }
                None => {}
            }
        }
        let is_explained = text.contains("ERROR:  ") || !said.errors.is_empty();
        if !succeeded && !is_explained {
            said.errors.push(text.trim().to_owned());
        }
        said
    }
}

fn missing_role(error: &str) -> Option<&str> {
    error
        .strip_prefix("role \"")?
        .strip_suffix("\" does not exist")
}
