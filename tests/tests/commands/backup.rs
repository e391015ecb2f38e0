//! `backup` and `restore`: what was kept comes back, compared, in a database of its own.
//!
//! The file is long because one backup serves many checks.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use pgstrata_tools::cluster::Cluster;
use postgres::{Client, NoTls};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Outcome, connect, contents, database, directory, run, run_with, server};

/// A table with rows, one that refers to it, and a migration that changes the first.
fn shop() -> TempDir {
    directory(&[
        (
            "001_create.up.sql",
            "CREATE TABLE customer (id bigint PRIMARY KEY, status varchar(9) CHECK (status IN ('new', 'old')));\n\
             CREATE TABLE invoice (id bigint PRIMARY KEY, customer bigint REFERENCES customer);\n\
             CREATE TABLE \"Odd name\" (id int);\n",
        ),
        (
            "001_create.down.sql",
            "DROP TABLE \"Odd name\";\nDROP TABLE invoice;\nDROP TABLE customer;\n",
        ),
        (
            "002_change.up.sql",
            "UPDATE invoice SET customer = NULL WHERE id = 1;\n",
        ),
        (
            "002_change.down.sql",
            "-- pgstrata: irreversible nobody knows who it was\n",
        ),
        ("003_more.up.sql", "CREATE TABLE more (id int);\n"),
        ("003_more.down.sql", "DROP TABLE more;\n"),
    ])
}

const ROWS: &str = "INSERT INTO customer SELECT n, 'new' FROM generate_series(1, 500) AS n;
    INSERT INTO invoice SELECT n, n FROM generate_series(1, 300) AS n;
    INSERT INTO \"Odd name\" VALUES (1)";

/// The database with the first migration and rows.
fn shopped(dir: &TempDir) -> String {
    let url = database();
    run(dir.path(), &["up", "--to", "1", "--database-url", &url]).succeeds();
    connect(&url).batch_execute(ROWS).expect("rows");
    url
}

fn folder(dir: &TempDir) -> PathBuf {
    dir.path().join(".backups")
}

fn json(outcome: &Outcome) -> Value {
    serde_json::from_str(outcome.succeeds()).expect("JSON")
}

fn count(client: &mut Client, table: &str) -> i64 {
    client
        .query_one(&format!("SELECT count(*) FROM {table}"), &[])
        .expect("a count")
        .get(0)
}

fn name(url: &str) -> String {
    crate::fingerprint::name(url).to_owned()
}

fn other(name: &str) -> Client {
    server()
        .config(name)
        .connect(NoTls)
        .expect("the other database")
}

#[test]
fn a_whole_backup_comes_back() {
    let dir = shop();
    for format in [&[][..], &["--sql"]] {
        let url = shopped(&dir);
        let backup = [&["backup", "--json", "--database-url", &url][..], format].concat();
        let record = json(&run(dir.path(), &backup));
        assert_eq!(record["format"], "pgstrata backup 1");
        assert_eq!(record["rows"]["public.customer"], 500, "{record:#}");
        let file = folder(&dir).join(record["file"].as_str().expect("a name"));
        assert_eq!(
            std::fs::metadata(&file).expect("the file").len(),
            record["bytes"].as_u64().expect("bytes")
        );
        let pointer =
            std::fs::read_to_string(folder(&dir).join(format!("latest-{}.txt", name(&url))));
        assert_eq!(pointer.expect("a pointer").trim(), record["file"]);

        let mut client = connect(&url);
        client
            .batch_execute("TRUNCATE customer CASCADE")
            .expect("a mistake");
        let copy = format!("{}_copy", name(&url));
        let outcome = run(
            dir.path(),
            &["restore", "--into", &copy, "--database-url", &url],
        );
        let printed = outcome.succeeds();
        for part in [
            "the schema is the same, and ",
            "RENAME TO ",
            "with all programs stopped",
        ] {
            assert!(printed.contains(part), "{part:?} is not in {printed}");
        }
        let mut restored = other(&copy);
        assert_eq!(count(&mut restored, "customer"), 500);
        assert_eq!(
            count(&mut client, "customer"),
            0,
            "nothing is replaced unasked"
        );
        let again = run(
            dir.path(),
            &["restore", "--into", &copy, "--database-url", &url],
        );
        again.fails(5, &["already exists", "--into"]);
    }
}

#[test]
fn a_restored_database_takes_the_place_of_the_other() {
    let dir = shop();
    let url = shopped(&dir);
    run(dir.path(), &["backup", "--database-url", &url]).succeeds();
    let mut client = connect(&url);
    client
        .batch_execute("DELETE FROM invoice")
        .expect("a mistake");
    let swap = ["restore", "--swap", "--database-url", &url];
    let copy = format!("{}_copy", name(&url));
    run(dir.path(), &[&swap[..], &["--into", &copy]].concat())
        .fails(1, &["ends all sessions", "--yes"]);
    let printed = run(
        dir.path(),
        &[&swap[..], &["--into", &format!("{copy}_2"), "--yes"]].concat(),
    );
    assert!(
        printed
            .succeeds()
            .contains("_before_restore, closed for connections"),
        "{printed:#?}"
    );
    assert!(
        client.batch_execute("SELECT 1").is_err(),
        "the session was ended"
    );
    assert_eq!(count(&mut connect(&url), "invoice"), 300);
    run(dir.path(), &["status", "--database-url", &url]).fails(6, &[]);
}

#[test]
fn one_table_comes_back_beside_the_others() {
    let dir = shop();
    let url = shopped(&dir);
    run(dir.path(), &["backup", "--database-url", &url]).succeeds();
    let copy = format!("{}_table", name(&url));
    let restore = [
        "restore",
        "--table",
        "invoice",
        "--into",
        &copy,
        "--database-url",
        &url,
    ];
    let printed = run(dir.path(), &restore);
    assert!(
        printed.succeeds().contains("300 rows of 1 tables"),
        "{printed:#?}"
    );
    let mut restored = other(&copy);
    assert_eq!(
        (
            count(&mut restored, "invoice"),
            count(&mut restored, "customer")
        ),
        (300, 0)
    );
    let again = format!("{copy}_again");
    let told = [
        "restore",
        "--json",
        "--table",
        "invoice",
        "--into",
        &again,
        "--database-url",
        &url,
    ];
    let told = json(&run(dir.path(), &told));
    assert_eq!(told["format"], "pgstrata restore 1");
    assert_eq!(
        (&told["restored"], &told["swapped"]),
        (&Value::from(again), &Value::Bool(false))
    );
    assert_eq!(told["rows"], serde_json::json!({ "public.invoice": 300 }));
    assert!(
        told["next"]
            .as_str()
            .is_some_and(|next| next.starts_with("pg_dump --data-only"))
    );
    let restore = ["restore", "--table", "nothing", "--database-url", &url];
    run(dir.path(), &restore).fails(5, &["has no rows of a table nothing"]);
}

#[test]
fn up_keeps_what_it_changes() {
    let dir = shop();
    let fresh = run(
        dir.path(),
        &["up", "--to", "1", "--database-url", &database()],
    );
    assert!(
        fresh
            .succeeds()
            .contains("no backup: no table that has rows is changed"),
        "{fresh:#?}"
    );
    let url = shopped(&dir);
    assert!(!folder(&dir).exists());
    let first = run(dir.path(), &["up", "--to", "2", "--database-url", &url]);
    assert!(
        first
            .succeeds()
            .contains("the schema, and 300 rows of 1 tables"),
        "{first:#?}"
    );
    let record = std::fs::read_dir(folder(&dir))
        .expect("a folder")
        .filter_map(|entry| {
            let path = entry.expect("an entry").path();
            (path.extension()? == "json").then(|| std::fs::read_to_string(&path).expect("a record"))
        });
    let record: Vec<Value> = record
        .map(|text| serde_json::from_str(&text).expect("JSON"))
        .collect();
    assert_eq!(
        record[0]["rows"],
        serde_json::json!({ "public.invoice": 300 })
    );
    let copy = format!("{}_before", name(&url));
    run(
        dir.path(),
        &["restore", "--into", &copy, "--database-url", &url],
    )
    .succeeds();
    let mut restored = other(&copy);
    let null = "invoice WHERE customer IS NULL";
    assert_eq!(
        (count(&mut restored, null), count(&mut restored, "customer")),
        (0, 0)
    );
    assert_eq!(count(&mut connect(&url), null), 1);
    // What only makes something new takes nothing from anybody.
    let second = run(dir.path(), &["up", "--database-url", &url]);
    assert!(second.succeeds().contains("no backup: "), "{second:#?}");
}

#[test]
fn what_is_kept_can_be_said() {
    let dir = shop();
    let settings =
        |text: &str| std::fs::write(dir.path().join("pgstrata.toml"), text).expect("a file");
    settings("backup = \"none\"\n");
    let url = shopped(&dir);
    run(dir.path(), &["up", "--to", "2", "--database-url", &url]).succeeds();
    settings("backup = \"full\"\n");
    let skipped = run(dir.path(), &["up", "--skip-backup", "--database-url", &url]);
    skipped.succeeds();
    assert!(!folder(&dir).exists(), "{skipped:#?}");
    let url = shopped(&dir);
    let limit = ["up", "--backup-limit", "10", "--database-url", &url];
    run(dir.path(), &limit).fails(
        1,
        &["--backup-limit", "nothing was changed", "--skip-backup"],
    );
    run(dir.path(), &["status", "--database-url", &url]).fails(6, &[]);
    assert!(
        run(dir.path(), &["up", "--database-url", &url])
            .succeeds()
            .contains("rows of 5 tables")
    );
    settings("backup = \"some\"\n");
    run(dir.path(), &["up", "--database-url", &url]).fails(1, &["backup"]);
}

#[test]
fn a_backup_that_was_touched_is_refused() {
    let dir = shop();
    let url = shopped(&dir);
    let record = json(&run(
        dir.path(),
        &["backup", "--json", "--database-url", &url],
    ));
    let file = folder(&dir).join(record["file"].as_str().expect("a name"));
    let bytes = std::fs::read(&file).expect("the file");
    std::fs::write(&file, &bytes[..bytes.len() / 2]).expect("half of it");
    run(dir.path(), &["restore", "--database-url", &url]).fails(5, &["is not as it was written"]);
    let nobody = run(shop().path(), &["restore", "--database-url", &url]);
    nobody.fails(5, &["latest-", "cargo pgstrata restore FILE"]);
}

/// As on a disk that is full before the end.
#[test]
fn a_backup_that_cannot_be_written_leaves_nothing() {
    let dir = shop();
    let url = shopped(&dir);
    let program = env!("CARGO_BIN_EXE_pgstrata");
    let limited = std::process::Command::new("sh")
        .args([
            "-c",
            "ulimit -f 4; exec \"$@\"",
            "sh",
            program,
            "backup",
            "--database-url",
            &url,
        ])
        .args(["--backup-dir".as_ref(), folder(&dir).as_os_str()])
        .args(["--dir".as_ref(), dir.path().as_os_str()])
        .output()
        .expect("a shell");
    Outcome::from(limited).fails(5, &["the backup has failed; nothing was changed"]);
    assert_eq!(
        contents(&folder(&dir)).into_keys().collect::<Vec<_>>(),
        [""; 0]
    );
}

/// What a run that was killed has left goes with the old ones, unless it may still be written.
#[test]
fn half_written_backups_of_yesterday_go() {
    let dir = shop();
    let url = shopped(&dir);
    run(dir.path(), &["backup", "--database-url", &url]).succeeds();
    let [old, new] = [".partial-old", ".partial-new"].map(|name| folder(&dir).join(name));
    for path in [&old, &new] {
        std::fs::write(path, "half").expect("a file");
    }
    let touched = std::process::Command::new("touch")
        .args(["-d", "2 days ago"])
        .arg(&old)
        .status();
    assert!(touched.expect("touch runs").success());
    let prune = [
        "backup",
        "--prune",
        "--keep",
        "3",
        "--yes",
        "--database-url",
        &url,
    ];
    run(dir.path(), &prune).succeeds();
    assert!(!old.exists() && new.exists());
}

/// Each record with another day; the files stay what they are.
fn dated(dir: &Path, days: &[i32], client: &mut Client) -> Vec<String> {
    let template = std::fs::read_dir(dir).expect("a folder").find_map(|entry| {
        let path = entry.expect("an entry").path();
        (path.extension()? == "dump").then_some(path)
    });
    let template = template.expect("a backup");
    let beside = |path: &Path| PathBuf::from(format!("{}.json", path.display()));
    let record = std::fs::read_to_string(beside(&template)).expect("a record");
    let names = days.iter().map(|days| {
        let at = "SELECT to_char(now() AT TIME ZONE 'UTC' - make_interval(days => $1), 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')";
        let at: String = client.query_one(at, &[days]).expect("a time").get(0);
        let mut record: Value = serde_json::from_str(&record).expect("JSON");
        let name = format!("day{days:03}.dump");
        record["at"] = Value::from(at);
        record["file"] = Value::from(name.clone());
        std::fs::copy(&template, dir.join(&name)).expect("a copy");
        std::fs::write(beside(&dir.join(&name)), record.to_string()).expect("a record");
        name
    });
    let names = names.collect();
    std::fs::remove_file(beside(&template)).expect("one less");
    std::fs::remove_file(&template).expect("one less");
    names
}

#[test]
fn old_backups_go_but_never_the_last_good_one() {
    let dir = shop();
    let url = shopped(&dir);
    run(dir.path(), &["backup", "--database-url", &url]).succeeds();
    let names = dated(&folder(&dir), &[40, 30, 20, 10], &mut connect(&url));
    let there = || -> Vec<String> {
        contents(&folder(&dir))
            .into_keys()
            .filter(|name| Path::new(name).extension().is_some_and(|it| it == "dump"))
            .collect()
    };
    let prune = |arguments: &[&str]| {
        run(
            dir.path(),
            &[&["backup", "--prune", "--database-url", &url], arguments].concat(),
        )
    };
    prune(&[]).fails(5, &["--keep N"]);
    prune(&["--keep", "1"]).fails(
        1,
        &["removes day040.dump, day030.dump, day020.dump", "--yes"],
    );
    assert_eq!(there().len(), 4);
    // Both must say so.
    prune(&["--keep", "1", "--keep-days", "35", "--yes"]).succeeds();
    assert_eq!(there(), ["day010.dump", "day020.dump", "day030.dump"]);
    // The two newest were touched, so that the third is the last good one.
    for name in &names[2..] {
        std::fs::write(folder(&dir).join(name), "nothing").expect("a touch");
    }
    prune(&["--keep-days", "1", "--yes"]).succeeds();
    assert_eq!(there(), ["day030.dump"]);
}

/// On a server for which no installed `pg_dump` is new enough.
#[test]
fn the_password_is_nobody_elses_and_nothing_half_is_left() {
    let cluster = Cluster::start(Some(18)).expect("a server");
    let dir = shop();
    let url = cluster.create_database("shop").expect("a database");
    run(dir.path(), &["up", "--to", "1", "--database-url", &url]).succeeds();
    let outcome = run(dir.path(), &["backup", "--database-url", &url]);
    outcome.fails(5, &["pg_dump of PostgreSQL 18 or newer", "install"]);

    // One that tells how it was called, and stops half-way.
    let programs = tempfile::tempdir().expect("a folder");
    let log = programs.path().join("log");
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" = --version ]; then echo 'pg_dump (PostgreSQL) 99.1'; exit 0; fi\n\
         echo \"$*\" > '{0}'; echo \"$PGPASSWORD\" >> '{0}'; echo broken >&2; exit 1\n",
        log.display()
    );
    let program = programs.path().join("pg_dump");
    std::fs::write(&program, script).expect("a program");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("a program");
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", programs.path().display());
    let outcome = run_with(
        dir.path(),
        &["backup", "--database-url", &url],
        &[("PATH", &path), ("PGPASSWORD", "hushhush")],
    );
    outcome.fails(5, &["the backup has failed; nothing was changed", "broken"]);
    let told = std::fs::read_to_string(&log).expect("how it was called");
    let (arguments, password) = told.split_once('\n').expect("two lines");
    assert!(
        arguments.contains("--format=custom") && !arguments.contains("hushhush"),
        "{told}"
    );
    assert_eq!(password.trim(), "hushhush");
    assert!(!format!("{outcome:?}").contains("hushhush"), "{outcome:#?}");
    assert!(
        contents(&folder(&dir)).is_empty(),
        "{:?}",
        contents(&folder(&dir)).keys()
    );
    cluster.stop().expect("the end of the server");
}
