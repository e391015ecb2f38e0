//! One run of `pg_dump`, and the look at what it has written.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use postgres::Client;
use tempfile::NamedTempFile;

use super::record::{PARTIAL, Record, safe, sha256_of};
use super::{Wanted, database, tables};
use crate::catalog_session::CatalogSession;
use crate::choice::Choice as _;
use crate::connect::Settings;
use crate::connect::clients::client;
use crate::failure::{Failure, with_causes};
use crate::operating::backup::Scope;
use crate::schema::{Schema, View};

/// The words at the end of a dump in SQL.
const COMPLETE: &str = "-- PostgreSQL database dump complete";

/// The dump under a name of its own, and beside it what is known of it.
pub(super) fn write(
    link: &mut Client,
    settings: &Settings,
    dir: &Path,
    schema: &Schema,
    wanted: &Wanted<'_>,
) -> Result<Record, Failure> {
    let program = client("pg_dump", Some(schema.major()))?;
    let all = tables::all(link)?;
    // The rows are counted as the dump sees them.
    let mut own = CatalogSession::at_one_moment(link).map_err(|error| asking(&error))?;
    let row = own
        .row(include_str!("snapshot.sql"), &[])
        .map_err(|error| asking(&error))?;
    let [snapshot, at, server, encoding]: [String; 4] =
        [0, 1, 2, 3].map(|index| row.try_get(index).unwrap_or_default());
    let mut rows = BTreeMap::new();
    for table in wanted.tables {
        let query = include_str!("count.sql").replace("{table}", &table.name);
        let count: i64 = own
            .row(&*query, &[])
            .and_then(|row| row.try_get(0))
            .map_err(|error| asking(&error))?;
        rows.insert(table.name.clone(), count);
    }
    let file = tempfile::Builder::new()
        .prefix(PARTIAL)
        .tempfile_in(dir)
        .map_err(|error| Failure::file("write into", dir, &error))?;
    let mut command = Command::new(&program);
    command.args(["--no-password", "--lock-wait-timeout=60s"]);
    command.arg(format!("--snapshot={snapshot}"));
    let mut has_foreign_names = false;
    match wanted.scope {
        Scope::Full => {}
        Scope::Schema => _ = command.arg("--schema-only"),
        Scope::Affected => {
            let others = all
                .iter()
                .filter(|it| !wanted.tables.iter().any(|kept| kept.name == it.name));
            let others: Vec<&str> = others.map(|table| &*table.name).collect();
            has_foreign_names = !others.iter().all(|name| name.is_ascii());
            command.args(
                others
                    .iter()
                    .map(|name| format!("--exclude-table-data={name}")),
            );
        }
    }
    // What the environment, the role or the database sets may lack characters, and what is not
    // converted lacks none. The names above are UTF-8, and pg_dump reads them in what it is told here.
    let is_converted = has_foreign_names && encoding != "SQL_ASCII";
    let encoding = if is_converted { "UTF8" } else { &encoding };
    command.arg(format!("--encoding={encoding}"));
    dumped(command, settings, file.path(), wanted.is_sql)?;
    drop(own);
    let entries = readable(file.path(), wanted.is_sql)?;
    let (bytes, sha256) = sha256_of(file.path())?;
    let (name, extension) = (
        safe(database(settings)),
        if wanted.is_sql { "sql.gz" } else { "dump" },
    );
    let stamp: String = at
        .chars()
        .filter(|sign| !matches!(sign, '-' | ':'))
        .collect();
    let record = Record {
        file: format!("{name}-{stamp}-{}.{extension}", wanted.scope.name()),
        database: database(settings).to_owned(),
        server,
        at,
        scope: wanted.scope,
        bytes,
        sha256,
        entries,
        exact: schema.fingerprint(View::Exact),
        portable: schema.fingerprint(View::Portable),
        major: schema.major(),
        rows,
    };
    keep(file, dir, &record)?;
    Ok(record)
}

fn keep(file: NamedTempFile, dir: &Path, record: &Record) -> Result<(), Failure> {
    let path = dir.join(&record.file);
    file.as_file()
        .sync_all()
        .map_err(|error| Failure::file("write", &path, &error))?;
    // A second one of the same second is no replacement of the first.
    file.persist_noclobber(&path)
        .map_err(|error| Failure::file("write", &path, &error.error))?;
    record.write(dir)
}

fn dumped(
    mut command: Command,
    settings: &Settings,
    file: &Path,
    is_sql: bool,
) -> Result<(), Failure> {
    settings
        .hand_to(&mut command)
        .stdin(Stdio::null())
        .stderr(Stdio::piped());
    let unrun =
        |error: std::io::Error| Failure::configuration(format!("cannot run pg_dump: {error}"));
    if !is_sql {
        command
            .arg("--format=custom")
            .arg("--file")
            .arg(file)
            .stdout(Stdio::null());
        let output = command.output().map_err(unrun)?;
        return said(output.status.success(), &output.stderr);
    }
    let out = File::create(file).map_err(|error| Failure::file("write", file, &error))?;
    let mut child = command
        .arg("--format=plain")
        .stdout(Stdio::piped())
        .spawn()
        .map_err(unrun)?;
    let Some(stdout) = child.stdout.take() else {
        return said(false, b"no output");
    };
    let gzip = Command::new("gzip").stdin(stdout).stdout(out).status();
    let output = child.wait_with_output().map_err(unrun)?;
    said(output.status.success(), &output.stderr)?;
    let gzip = gzip.map_err(|error| Failure::configuration(format!("cannot run gzip: {error}")))?;
    said(gzip.success(), b"gzip has failed")
}

fn said(success: bool, stderr: &[u8]) -> Result<(), Failure> {
    if success {
        return Ok(());
    }
    Err(Failure::configuration(format!(
        "the backup has failed; nothing was changed\n  {}",
        String::from_utf8_lossy(stderr).trim().replace('\n', "\n  ")
    )))
}

/// Reads all of it; how many entries the archive has, or lines the SQL.
pub(crate) fn readable(file: &Path, is_sql: bool) -> Result<u64, Failure> {
    let refused = |why: &str| {
        Failure::configuration(format!("{} cannot be read back: {why}", file.display()))
    };
    if is_sql {
        let mut gzip = unzipped(file)?;
        let (mut lines, mut is_complete) = (0, false);
        if let Some(stdout) = gzip.stdout.take() {
            for line in BufReader::new(stdout).split(b'\n') {
                let line = line.map_err(|error| refused(&error.to_string()))?;
                lines += 1;
                is_complete |= line == COMPLETE.as_bytes();
            }
        }
        let ended = gzip.wait().is_ok_and(|status| status.success());
        return if ended && is_complete {
            Ok(lines)
        } else {
            Err(refused("it ends too early"))
        };
    }
    let program = client("pg_restore", None)?;
    let listed = Command::new(&program)
        .arg("--list")
        .arg(file)
        .stdin(Stdio::null())
        .output();
    let listed = listed.map_err(|error| Failure::file("run", &program, &error))?;
    if !listed.status.success() {
        return Err(refused(String::from_utf8_lossy(&listed.stderr).trim()));
    }
    // The list stands at the beginning; the rows are read only by whoever writes them out.
    let mut all = Command::new(&program);
    all.arg("--file=-")
        .arg(file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let all = all
        .output()
        .map_err(|error| Failure::file("run", &program, &error))?;
    if !all.status.success() {
        return Err(refused(String::from_utf8_lossy(&all.stderr).trim()));
    }
    let entries = listed.stdout.split(|sign| *sign == b'\n');
    let is_entry = |line: &&[u8]| !line.is_empty() && line[0] != b';';
    Ok(u64::try_from(entries.filter(is_entry).count()).unwrap_or(u64::MAX))
}

/// `gzip` that writes the file as it was.
pub(crate) fn unzipped(file: &Path) -> Result<std::process::Child, Failure> {
    let mut command = Command::new("gzip");
    command.args(["--decompress", "--stdout"]).arg(file);
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    child.map_err(|error| Failure::configuration(format!("cannot run gzip: {error}")))
}

fn asking(error: &postgres::Error) -> Failure {
    Failure::configuration(format!("asking the server: {}", with_causes(error)))
}

/// Whether a file of that name holds SQL.
pub(crate) fn is_sql(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "gz")
}
