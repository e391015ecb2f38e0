//! `redo` goes both ways: what it says, and its exit code, are those of the way that failed.

use crate::support::{Outcome, connect, database, directory, file, run};
use std::io::{BufRead as _, BufReader, Error};
use std::process::{Command, Stdio};
use std::thread;

use tempfile::TempDir;

fn two(second: &str, way_back: &str) -> TempDir {
    directory(&[
        ("0001_a.up.sql", "CREATE TABLE a (n int);\n"),
        ("0001_a.down.sql", "DROP TABLE a;\n"),
        ("0002_b.up.sql", second),
        ("0002_b.down.sql", way_back),
    ])
}

fn on(dir: &TempDir, url: &str, arguments: &[&str]) -> Outcome {
    run(dir.path(), &[arguments, &["--database-url", url]].concat())
}

#[test]
fn what_fails_on_the_way_up_again_is_applied_by_up() {
    let (dir, url) = (
        two("CREATE TABLE b (n int);\n", "DROP TABLE b;\n"),
        database(),
    );
    on(&dir, &url, &["up"]).succeeds();
    file(&dir, "0002_b.up.sql", "CREATE TABLE b (n int, m nix);\n");
    let failed = on(&dir, &url, &["redo", "--yes"]);
    failed.fails(
        2,
        &[
            "applying 0002_b failed",
            "nothing of 0002_b was kept; the way back is done: correct it, and `cargo pgstrata up` \
             applies it; another `cargo pgstrata redo` would roll back what is below it",
        ],
    );
    assert!(!failed.stderr.contains("run again"), "{failed:#?}");
    file(&dir, "0002_b.up.sql", "CREATE TABLE b (n int, m int);\n");
    on(&dir, &url, &["up"]).succeeds();
    on(&dir, &url, &["status"]).succeeds();
}

#[test]
fn what_is_interrupted_on_the_way_up_again_goes_on() {
    let first = "-- pgstrata: no-transaction\nCREATE INDEX CONCURRENTLY i ON a (n);\n";
    let (dir, url) = (
        two(
            first,
            "-- pgstrata: no-transaction\nDROP INDEX CONCURRENTLY i;\n",
        ),
        database(),
    );
    on(&dir, &url, &["up"]).succeeds();
    let more = format!("{first}CREATE INDEX CONCURRENTLY j ON a (nix);\n");
    file(&dir, "0002_b.up.sql", &more);
    on(&dir, &url, &["redo", "--yes"]).fails(
        2,
        &[
            "1 of its 2 statements are finished and stay",
            "the way back is done: go on with `cargo pgstrata up`, and not with `cargo pgstrata redo`",
        ],
    );
    connect(&url)
        .batch_execute("ALTER TABLE a ADD nix int")
        .expect("a change by hand");
    on(&dir, &url, &["up"]).succeeds();
}

#[test]
fn a_way_back_that_fails_is_a_rollback() {
    let (dir, url) = (
        two("CREATE TABLE b (n int);\n", "DROP TABLE b;\n"),
        database(),
    );
    on(&dir, &url, &["up"]).succeeds();
    connect(&url)
        .batch_execute("ALTER TABLE b RENAME TO c")
        .expect("a change by hand");
    on(&dir, &url, &["redo", "--yes"]).fails(4, &["rolling back 0002_b failed"]);
}

#[test]
fn the_summary_counts_both_ways() {
    let (dir, url) = (
        two("CREATE TABLE b (n int);\n", "DROP TABLE b;\n"),
        database(),
    );
    on(&dir, &url, &["up"]).succeeds();
    let redo = on(&dir, &url, &["redo", "--yes"]);
    assert!(
        redo.succeeds()
            .contains("\n1 migration rolled back, 1 applied in "),
        "{redo:#?}"
    );
}

/// What runs is the stored text, so the file alone does not help.
#[test]
fn a_refused_way_back_is_corrected_by_a_repair() {
    let (dir, url) = (
        two(
            "-- pgstrata: no-transaction\nCREATE INDEX CONCURRENTLY i ON a (n);\n",
            "-- pgstrata: no-transaction\nDROP INDEX CONCURRENTLY public.i, nix.nix;\n",
        ),
        database(),
    );
    on(&dir, &url, &["up"]).succeeds();
    let refused = on(&dir, &url, &["down", "--yes"]);
    refused.fails(
        4,
        &[
            "nothing of 0002_b was kept; what ran is stored in the history, so a corrected file alone \
             changes nothing: correct the down file, store it with `cargo pgstrata repair 2 --reason …`, \
             and roll back again",
        ],
    );
    assert!(!refused.stderr.contains("run again"), "{refused:#?}");
    file(
        &dir,
        "0002_b.down.sql",
        "-- pgstrata: no-transaction\nDROP INDEX CONCURRENTLY public.i;\n",
    );
    on(&dir, &url, &["down", "--yes"]).fails(1, &["0002_b"]);
    on(
        &dir,
        &url,
        &["repair", "2", "--yes", "--reason", "a typing error"],
    )
    .succeeds();
    on(&dir, &url, &["down", "--yes"]).succeeds();
}

/// Who is second rolls back nothing: that is a refusal, and no rollback that failed.
#[test]
fn two_at_once_go_one_step_back() {
    let (dir, url) = (
        two("CREATE TABLE b (n int);\n", "DROP TABLE b;\n"),
        database(),
    );
    on(&dir, &url, &["up"]).succeeds();
    let mut holder = connect(&url);
    holder.batch_execute("BEGIN; LOCK TABLE b").expect("a lock");
    let down = || {
        Command::new(env!("CARGO_BIN_EXE_pgstrata"))
            .args(["down", "--yes", "--database-url", &url, "--dir"])
            .arg(dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs")
    };
    let first = down();
    let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted \
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let mut observer = connect(&url);
    while observer
        .query_one(held, &[])
        .expect("a count")
        .get::<_, i64>(0)
        == 0
    {
        thread::yield_now();
    }
    let mut second = down();
    let mut printed = BufReader::new(second.stdout.take().expect("its output")).lines();
    let waits =
        |line: Result<String, Error>| line.is_ok_and(|it| it.contains("waiting for another run"));
    assert!(printed.any(waits), "it waits for the first");
    holder.batch_execute("COMMIT").expect("the end");
    let first = Outcome::from(first.wait_with_output().expect("an end"));
    first.succeeds();
    printed.for_each(drop);
    let second = Outcome::from(second.wait_with_output().expect("an end"));
    second.fails(1, &["0002_b changed while this run was at work"]);
}
