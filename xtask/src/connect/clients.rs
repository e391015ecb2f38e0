//! PostgreSQL's own client programs, which restore a backup: those that are installed, wherever
//! packages put them. The npm packages of throw-away servers have none.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cluster::{leading_number, program_folders};
use crate::failure::Failure;

/// The program of this name that reads what `pg_dump` of the major version has written: the
/// oldest that is new enough, since a newer one says more that an old server does not know.
pub(crate) fn client(name: &'static str, dumped_by: Option<u32>) -> Result<PathBuf, Failure> {
    let wanted = dumped_by.unwrap_or_default();
    let found = found(name);
    if let Some((_, program)) = found.iter().find(|(major, _)| *major >= wanted) {
        return Ok(program.clone());
    }
    let there_is = match found.last() {
        None => "there is none on PATH or in the usual folders".to_owned(),
        Some((major, program)) => format!("{} is version {major}", program.display()),
    };
    let doing = if name == "pg_dump" {
        "a backup"
    } else {
        "restoring the backup"
    };
    let wanted = dumped_by.map(|major| format!(" of PostgreSQL {major} or newer"));
    Err(Failure::configuration(format!(
        "{doing} takes the program {name}{}: {there_is}; {}",
        wanted.unwrap_or_default(),
        advice(dumped_by)
    )))
}

/// The newest one there is.
pub(crate) fn newest(name: &'static str) -> Result<PathBuf, Failure> {
    match found(name).pop() {
        Some((_, program)) => Ok(program),
        None => client(name, None),
    }
}

/// All that are installed, the oldest first.
fn found(name: &str) -> Vec<(u32, PathBuf)> {
    let programs = program_folders(name)
        .into_iter()
        .map(|folder| folder.join(name));
    let mut found: Vec<(u32, PathBuf)> = programs
        .filter_map(|program| Some((major(&program)?, program)))
        .collect();
    found.sort();
    found
}

/// Asks a program for its version.
fn major(program: &Path) -> Option<u32> {
    let output = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let answer = String::from_utf8_lossy(&output.stdout).into_owned();
    // psql (PostgreSQL) 15.4 (Debian 15.4-1)
    leading_number(answer.split_once("(PostgreSQL) ")?.1)
}

fn advice(major: Option<u32>) -> String {
    let has = |program: &str| Path::new(program).exists();
    let suffix =
        |separator: &str| major.map_or_else(String::new, |major| format!("{separator}{major}"));
    if cfg!(target_os = "macos") {
        format!("install it with `brew install postgresql{}`", suffix("@"))
    } else if has("/usr/bin/apt-get") {
        format!(
            "install it with `apt-get install postgresql-client{}`, from apt.postgresql.org where Debian's own is older",
            suffix("-")
        )
    } else if has("/usr/bin/dnf") {
        format!("install it with `dnf install postgresql{}`", suffix(""))
    } else if has("/sbin/apk") {
        format!("install it with `apk add postgresql{}-client`", suffix(""))
    } else {
        "install the client programs of PostgreSQL".to_owned()
    }
}
