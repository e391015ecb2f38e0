//! The program that restores, and which entries of the backup it is given.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::connect::Settings;
use crate::connect::clients::client;
use crate::failure::Failure;
use crate::operating::backup::Scope;
use crate::operating::backup::record::Record;
use crate::operating::backup::{is_sql, unzipped};

pub(super) fn load(
    file: &Path,
    target: &Settings,
    record: &Record,
    table: Option<&str>,
) -> Result<(), Failure> {
    let is_part = table.is_some() || record.scope == Scope::Affected;
    if is_sql(file) {
        if table.is_some() {
            return Err(Failure::configuration(
                "--table takes a backup in the custom format, without --sql",
            ));
        }
        return sql(file, target, is_part);
    }
    let program = client("pg_restore", None)?;
    let mut command = Command::new(&program);
    command
        .args(["--no-password", "--exit-on-error", "--dbname"])
        .arg(target.config.get_dbname().unwrap_or_default());
    // Lives as long as the program runs.
    let mut list = tempfile::NamedTempFile::new()
        .map_err(|error| Failure::file("write", Path::new("a list"), &error))?;
    if is_part {
        let listed = Command::new(&program).arg("--list").arg(file).output();
        let listed = listed.map_err(|error| Failure::file("run", &program, &error))?;
        let text = String::from_utf8_lossy(&listed.stdout).into_owned();
        let kept: Vec<&str> = text.lines().filter(|line| is_kept(line, table)).collect();
        let written = list.write_all(kept.join("\n").as_bytes());
        written.map_err(|error| Failure::file("write", list.path(), &error))?;
        command.arg("--use-list").arg(list.path());
    }
    let command = target.hand_to(&mut command).arg(file);
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| Failure::file("run", &program, &error))?;
    said(output.status.success(), &output.stderr)
}

/// `12; 0 16386 TABLE DATA public customer postgres`: without foreign keys, whose other tables are
/// empty, and with the rows of one table where only those were asked for.
fn is_kept(line: &str, table: Option<&str>) -> bool {
    let mut words = line.split(' ').skip(3);
    let (kind, more) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    if (kind, more) == ("FK", "CONSTRAINT") {
        return false;
    }
    let Some(table) = table.filter(|_| (kind, more) == ("TABLE", "DATA")) else {
        return true;
    };
    let name = [
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    ];
    let plain: String = table.chars().filter(|sign| *sign != '"').collect();
    name.join(".") == plain
}

fn sql(file: &Path, target: &Settings, is_part: bool) -> Result<(), Failure> {
    let program = client("psql", None)?;
    let mut gzip = unzipped(file)?;
    let mut command = Command::new(&program);
    let stop = if is_part {
        "ON_ERROR_STOP=0"
    } else {
        "ON_ERROR_STOP=1"
    };
    command.args(["--no-psqlrc", "--quiet", "--no-password", "--set", stop]);
    target.hand_to(&mut command);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    if let Some(stdout) = gzip.stdout.take() {
        command.stdin(stdout);
    }
    let output = command
        .output()
        .map_err(|error| Failure::file("run", &program, &error))?;
    let _ = gzip.wait();
    said(output.status.success(), &output.stderr)
}

fn said(success: bool, stderr: &[u8]) -> Result<(), Failure> {
    if success {
        return Ok(());
    }
    Err(Failure::configuration(format!(
        "the backup cannot be restored; the database that it was for is as it stopped\n  {}",
        String::from_utf8_lossy(stderr).trim().replace('\n', "\n  ")
    )))
}
