//! A rehearsal of the standard workflow and its emergencies, with twenty migrations, as an
//! operator goes through it: each step by its exit code.

use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Outcome, connect, database, directory, run};

/// Tables that refer to each other in a row.
fn twenty() -> TempDir {
    let dir = directory(&[("pgstrata.toml", "numbering = \"gaps\"\n")]);
    for number in 1..=20 {
        let before = match number {
            1 => String::new(),
            _ => format!(", before bigint REFERENCES part_{}", number - 1),
        };
        let up = format!("CREATE TABLE part_{number} (id bigint PRIMARY KEY{before});\n");
        write(&dir, number, "up", &up);
        write(
            &dir,
            number,
            "down",
            &format!("DROP TABLE part_{number};\n"),
        );
    }
    run(dir.path(), &["lock"]).succeeds();
    dir
}

fn path(dir: &TempDir, number: u64, direction: &str) -> std::path::PathBuf {
    dir.path()
        .join(format!("{number:03}_part_{number}.{direction}.sql"))
}

fn write(dir: &TempDir, number: u64, direction: &str, sql: &str) {
    std::fs::write(path(dir, number, direction), sql).expect("a file");
}

/// Nothing is sealed any more: for files that a test changes.
fn unlock(dir: &TempDir) {
    std::fs::remove_file(dir.path().join("migrations.lock")).expect("a lock");
}

fn on<'a>(dir: &'a TempDir, url: &'a str) -> impl Fn(&[&str]) -> Outcome + 'a {
    move |arguments: &[&str]| run(dir.path(), &[arguments, &["--database-url", url]].concat())
}

fn applied(url: &str) -> i64 {
    let count = "SELECT count(*) FROM pgstrata_history WHERE state = 'applied'";
    connect(url).query_one(count, &[]).expect("a count").get(0)
}

#[test]
fn the_standard_workflow() {
    let (dir, url) = (twenty(), database());
    let on_database = on(&dir, &url);
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (marker, log, report) = (
        file("preflight.json"),
        file("run.jsonl"),
        file("report.html"),
    );

    // Look, ask, run, look again.
    run(dir.path(), &["check", "--sealed"]).succeeds();
    let plan = on_database(&["plan"]);
    assert_eq!(plan.succeeds().matches("apply ").count(), 20);
    let demanded = [
        "up",
        "--require-preflight",
        &marker,
        "--log",
        &log,
        "--report",
        &report,
    ];
    on_database(&demanded).fails(1, &["there is no preflight marker"]);
    on_database(&["preflight", "--marker", &marker]).succeeds();
    on_database(&demanded).succeeds();
    assert_eq!(applied(&url), 20);
    on_database(&["status"]).succeeds();
    on_database(&["postflight"]).succeeds();
    on_database(&["drift"]).succeeds();
    assert!(Path::new(&report).is_file() && Path::new(&log).is_file());

    // Three back, as the emergency says, and on again.
    on_database(&["down", "--steps", "3"]).fails(5, &["pass --yes"]);
    on_database(&["down", "--steps", "3", "--yes"]).succeeds();
    assert_eq!(applied(&url), 17);
    on_database(&["status"]).fails(6, &[]);
    on_database(&["up", "--steps", "1"]).succeeds();
    on_database(&["up"]).succeeds();

    // Somebody has changed the database by hand.
    connect(&url)
        .batch_execute("ALTER TABLE part_7 ADD COLUMN by_hand text")
        .unwrap();
    on_database(&["drift"]).fails(3, &[]);
    on_database(&["status"]).succeeds();

    // What is misconfigured changes nothing.
    on_database(&["up", "--to", "99"]).fails(5, &["there is no version 99"]);
    on_database(&["up", "--expect-database", "production"]).fails(5, &["production"]);
}

#[test]
fn one_fails_in_the_middle() {
    let (dir, url) = (twenty(), database());
    unlock(&dir);
    let good = std::fs::read_to_string(path(&dir, 11, "up")).unwrap();
    write(&dir, 11, "up", &good.replace("part_10", "no_such"));
    let on_database = on(&dir, &url);
    let up = on_database(&["up"]);
    up.fails(
        2,
        &[
            "011_part_11.up.sql:1",
            "42P01",
            "nothing of 011_part_11 was kept",
        ],
    );
    assert_eq!(applied(&url), 10);
    on_database(&["status"]).fails(6, &[]);
    // All or nothing leaves nothing.
    let other = database();
    let single = on(&dir, &other);
    single(&["up", "--single-transaction"]).fails(2, &["011_part_11"]);
    single(&["status"]).fails(6, &[]);
    // Mended, it goes on behind the ten.
    write(&dir, 11, "up", &good);
    on_database(&["up"]).succeeds();
    single(&["up", "--single-transaction"]).succeeds();
    assert_eq!((applied(&url), applied(&other)), (20, 20));
}

#[test]
fn a_rollback_fails() {
    let (dir, url) = (twenty(), database());
    let on_database = on(&dir, &url);
    on_database(&["up"]).succeeds();
    connect(&url)
        .batch_execute("CREATE VIEW by_hand AS SELECT * FROM part_19")
        .unwrap();
    let down = on_database(&["down", "--steps", "3", "--yes"]);
    down.fails(
        4,
        &["019_part_19.down.sql:1", "2BP01", "rolled back 020_part_20"],
    );
    // The one before it is back, nothing else; and the rest can be when the view is gone.
    assert_eq!(applied(&url), 19);
    on_database(&["status"]).fails(6, &[]);
    connect(&url).batch_execute("DROP VIEW by_hand").unwrap();
    on_database(&["down", "--steps", "2", "--yes"]).succeeds();
    assert_eq!(applied(&url), 17);
}

#[test]
fn a_file_without_a_transaction_is_interrupted() {
    let (dir, url) = (twenty(), database());
    unlock(&dir);
    let index = "-- pgstrata: no-transaction\nCREATE INDEX CONCURRENTLY one ON part_1 (id);\nCREATE UNIQUE INDEX CONCURRENTLY two ON part_20 (before);\n";
    write(&dir, 21, "up", index);
    write(&dir, 21, "down", "DROP INDEX one, two;\n");
    let on_database = on(&dir, &url);
    on_database(&["up", "--to", "20"]).succeeds();
    let rows = "INSERT INTO part_1 VALUES (1)";
    connect(&url).batch_execute(rows).unwrap();
    for number in 2..=20 {
        let rows = format!("INSERT INTO part_{number} SELECT g, 1 FROM generate_series(1, 2) AS g");
        connect(&url).batch_execute(&rows).unwrap();
    }
    on_database(&["up"]).fails(2, &["021_part_21.up.sql:3:1, statement 2 of 2", "23505"]);
    let status = on_database(&["status", "--json"]);
    status.fails(8, &[]);
    let status: Value = serde_json::from_str(&status.stdout).unwrap();
    assert_eq!(status["migrations"][20]["state"], "interrupted");
    let preflight = on_database(&["preflight", "--json"]);
    assert!(
        preflight
            .succeeds()
            .contains("an earlier run was interrupted"),
        "{preflight:?}"
    );
    // The rows are mended; the invalid index of ours is built anew.
    connect(&url)
        .batch_execute("DELETE FROM part_20 WHERE id = 2")
        .unwrap();
    on_database(&["up"]).succeeds();
    on_database(&["status"]).succeeds();
    on_database(&["postflight"]).succeeds();
}

#[test]
fn the_fifth_was_never_applied() {
    let (dir, url) = (twenty(), database());
    unlock(&dir);
    let on_database = on(&dir, &url);
    // A release went out without it.
    let alone = "CREATE TABLE part_6 (id bigint PRIMARY KEY);\n";
    write(&dir, 6, "up", alone);
    let fifth = ["up", "down"].map(|direction| {
        let file = path(&dir, 5, direction);
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        (file, text)
    });
    on_database(&["up"]).succeeds();
    for (file, text) in &fifth {
        std::fs::write(file, text).unwrap();
    }
    // It is found: by the status, by a run, by the preflight.
    on_database(&["status"]).fails(7, &[]);
    on_database(&["up"]).fails(1, &["005_part_5"]);
    let preflight = on_database(&["preflight"]);
    preflight.fails(1, &["preflight failed"]);
    assert!(preflight.stdout.contains("005_part_5"), "{preflight:?}");
    assert_eq!(applied(&url), 19);
    // And mended, alone.
    on_database(&["preflight", "--only", "5"]).succeeds();
    on_database(&["up", "--only", "5"]).succeeds();
    on_database(&["status"]).succeeds();
    on_database(&["postflight"]).succeeds();
    assert_eq!(applied(&url), 20);
}
