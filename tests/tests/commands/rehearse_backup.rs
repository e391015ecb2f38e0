//! `rehearse --from-backup`: what is pending runs on a copy of real rows.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use pgstrata_tools::cluster::Cluster;
use tempfile::TempDir;

use crate::support::{Outcome, connect, directory, file, run, run_with};

/// A server of the version of the `pg_dump` that is installed; nothing where there is none.
fn source() -> Option<&'static Cluster> {
    static SOURCE: OnceLock<Option<Cluster>> = OnceLock::new();
    let source = SOURCE.get_or_init(|| {
        let output = Command::new("pg_dump").arg("--version").output().ok()?;
        let answer = String::from_utf8_lossy(&output.stdout).into_owned();
        let version = answer.split_once("(PostgreSQL) ")?.1;
        Cluster::start(version.split('.').next()?.parse().ok()).ok()
    });
    if source.is_none() {
        pgstrata_tests::skip("rehearsing backups", "pg_dump and a server of its version");
    }
    source.as_ref()
}

fn dump(url: &str, arguments: &[&str], path: &Path) -> PathBuf {
    let output = Command::new("pg_dump")
        .arg(url)
        .args(arguments)
        .arg("-f")
        .arg(path)
        .output();
    let output = output.expect("pg_dump runs");
    assert!(output.status.success(), "{output:?}");
    path.to_owned()
}

/// On a server of its own.
fn from_backup(dir: &Path, backup: &Path, more: &[&str]) -> Outcome {
    let backup = backup.to_string_lossy();
    let arguments = [&["rehearse", "--from-backup", &*backup], more].concat();
    run_with(dir, &arguments, &[("PGSTRATA_TEST_URL", "")])
}

/// Of the third migration only real rows say what is wrong.
fn shop() -> TempDir {
    let dir = directory(&[
        (
            "001_create.up.sql",
            "CREATE TABLE item (id bigint PRIMARY KEY, price int);\n",
        ),
        ("001_create.down.sql", "SELECT 'nobody may try this' / 0;\n"),
        ("002_note.up.sql", "ALTER TABLE item ADD note text;\n"),
        ("002_note.down.sql", "ALTER TABLE item DROP note;\n"),
        ("003_drop.up.sql", "ALTER TABLE item DROP note;\n"),
        ("003_drop.down.sql", "ALTER TABLE item ADD note text;\n"),
    ]);
    file(&dir, "tests/seed.sql", "INSERT INTO nowhere VALUES (1);\n");
    file(&dir, "tests/prelude.sql", "SELECT 1 / 0;\n");
    dir
}

/// A database where two are applied, with rows and a role that no dump makes.
fn filled(source: &Cluster, name: &str, dir: &Path, history: &[&str]) -> String {
    let url = source.create_database(name).expect("a database");
    run(
        dir,
        &[&["up", "--to", "2", "--database-url", &url], history].concat(),
    )
    .succeeds();
    let role = format!("keeper_{name}");
    let rows = "INSERT INTO item SELECT g, 5, 'big' FROM generate_series(1, 100) AS g";
    let sql = format!(
        "CREATE ROLE {role}; {rows}; ALTER TABLE item OWNER TO {role}; GRANT SELECT ON item TO {role};"
    );
    connect(&url).batch_execute(&sql).expect("rows");
    url
}

#[test]
fn what_is_pending_runs_on_restored_rows() {
    let Some(source) = source() else { return };
    let dir = shop();
    let url = filled(source, "shop", dir.path(), &[]);
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = |name: &str| folder.path().join(name);
    let plain = dump(&url, &[], &path("plain.sql"));
    let packed = path("plain.sql.gz");
    let gzip = Command::new("gzip")
        .arg("-kc")
        .arg(&plain)
        .output()
        .expect("gzip runs");
    std::fs::write(&packed, gzip.stdout).expect("a file");
    let backups = [
        dump(&url, &["-Fc"], &path("custom.dump")),
        dump(&url, &["-Fd"], &path("folder")),
        dump(&url, &["-Ft"], &path("all.tar")),
        packed,
        plain.clone(),
    ];
    for backup in &backups {
        let outcome = from_backup(dir.path(), backup, &[]);
        outcome.fails(3, &["the rehearsal has 1 finding;"]);
        for part in [
            "the backup is restored: 2 applied, 1 pending\n",
            "\n  after down: item has other rows\n",
            "1 migration up, down and up again in ",
        ] {
            assert!(
                outcome.stdout.contains(part),
                "{part:?} is not in {outcome:#?}"
            );
        }
    }
    file(
        &dir,
        "003_drop.up.sql",
        "CREATE UNIQUE INDEX item_price ON item (price);\n",
    );
    file(&dir, "003_drop.down.sql", "DROP INDEX item_price;\n");
    let outcome = from_backup(dir.path(), &plain, &[]);
    outcome.fails(3, &["the rehearsal has 1 finding;"]);
    let line = "  up fails: 003_drop: could not create unique index \"item_price\"";
    assert!(outcome.stdout.contains(line), "{outcome:#?}");
    file(
        &dir,
        "003_drop.up.sql",
        "CREATE INDEX item_price ON item (price);\n",
    );
    from_backup(dir.path(), &plain, &[]).succeeds();

    // What the history says is asked as `up` would ask it.
    file(
        &dir,
        "002_note.up.sql",
        "ALTER TABLE item ADD note varchar;\n",
    );
    from_backup(dir.path(), &plain, &[]).fails(5, &["002_note"]);
    file(&dir, "002_note.up.sql", "ALTER TABLE item ADD note text;\n");
    run(dir.path(), &["up", "--database-url", &url]).succeeds();
    let done = dump(&url, &["-Fc"], &path("done.dump"));
    let outcome = from_backup(dir.path(), &done, &[]);
    assert!(
        outcome.succeeds().contains("\nnothing to rehearse\n"),
        "{outcome:#?}"
    );
}

#[test]
fn the_history_of_a_backup_may_have_another_name() {
    let Some(source) = source() else { return };
    let dir = shop();
    let named = ["--history-schema", "own", "--history-table", "past"];
    let url = filled(source, "named", dir.path(), &named);
    let folder = tempfile::tempdir().expect("a temporary directory");
    let backup = dump(&url, &["-Fc"], &folder.path().join("a.dump"));
    from_backup(dir.path(), &backup, &named).fails(3, &["the rehearsal has 1 finding;"]);
    from_backup(dir.path(), &backup, &[]).fails(5, &["no table public.pgstrata_history"]);
}

#[test]
fn what_keeps_a_backup_from_being_restored_is_said() {
    let dir = shop();
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("backup");
    let refused = |text: &[u8], parts: &[&str]| {
        std::fs::write(&path, text).expect("a file");
        from_backup(dir.path(), &path, &[]).fails(5, parts);
    };
    from_backup(dir.path(), &path, &[]).fails(5, &["cannot read ", "backup"]);
    if source().is_none() {
        return;
    }
    refused(b"SELECT 1;\n", &["has no table public.pgstrata_history"]);
    refused(
        b"CREATE DATABASE a;\n\\connect a\n",
        &["goes to a database of its own (`\\connect a`)"],
    );
    refused(b"PGDMP and nothing else", &["cannot read"]);
    refused(b"\x1f\x8b is no gzip", &["gzip cannot read "]);
    refused(
        b"CREATE EXTENSION nothing_of_the_kind;\nSELECT 1;\n",
        &[
            "nothing_of_the_kind",
            "must be installed beside the throw-away server",
        ],
    );
    refused(
        b"-- Dumped from database version 15.1\n-- Dumped by pg_dump version 99.1\n",
        &[
            "takes the program psql of PostgreSQL 99 or newer: ",
            " is version ",
            "; install ",
        ],
    );
    refused(
        b"-- Dumped from database version 99.1\n",
        &["PostgreSQL 99"],
    );
    std::fs::write(&path, "-- Dumped from database version 15.1\n").expect("a file");
    from_backup(dir.path(), &path, &["--postgres", "13"]).fails(
        5,
        &[
            "comes from PostgreSQL 15, which 13.",
            "take a server of 15 or newer",
        ],
    );
}
