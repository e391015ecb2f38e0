//! Ctrl-C while something runs: what `status` says then, and how it goes on.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use postgres::Client;

use crate::support::{Outcome, WAITING, connect, database, directory, run, shop};

/// A run that is stopped by SIGINT once somebody waits for a lock.
fn interrupted(dir: &Path, url: &str, observer: &mut Client) -> Outcome {
    let mut up: Child = Command::new(env!("CARGO_BIN_EXE_pgstrata"))
        // A backup would wait as well, before there is anything to cancel.
        .args(["up", "--skip-backup", "--database-url", url, "--dir"])
        .arg(dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    while observer
        .query_one(WAITING, &[])
        .expect("a count")
        .get::<_, i64>(0)
        == 0
    {
        assert!(
            up.try_wait().expect("a child").is_none(),
            "it ended by itself"
        );
    }
    let killed = Command::new("kill")
        .args(["-INT", &up.id().to_string()])
        .status();
    assert!(killed.expect("kill runs").success());
    let output = up.wait_with_output().expect("an end");
    output.into()
}

#[test]
fn of_a_migration_in_a_transaction_nothing_stays() {
    let (dir, url) = (shop(), database());
    let on_database =
        |arguments: &[&str]| run(dir.path(), &[arguments, &["--database-url", &url]].concat());
    on_database(&["up"]).succeeds();
    for (name, text) in [
        (
            "0003_more.up.sql",
            "CREATE TABLE more (id int);\nALTER TABLE customer ADD COLUMN email text;\n",
        ),
        (
            "0003_more.down.sql",
            "ALTER TABLE customer DROP COLUMN email;\nDROP TABLE more;\n",
        ),
    ] {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    let (mut holder, mut observer) = (connect(&url), connect(&url));
    let mut transaction = holder.transaction().unwrap();
    transaction.batch_execute("LOCK TABLE customer").unwrap();
    let stopped = interrupted(dir.path(), &url, &mut observer);
    stopped.fails(
        2,
        &[
            "stopping: what runs is cancelled",
            "57014",
            "nothing of 0003_more was kept",
        ],
    );
    // The server has given up as well.
    transaction.rollback().unwrap();
    let status = on_database(&["status"]);
    status.fails(6, &[]);
    let words = status
        .stdout
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(words.contains("0003_more pending"), "{status:?}");
    on_database(&["up"]).succeeds();
    on_database(&["status"]).succeeds();
}

#[test]
fn a_file_without_a_transaction_is_interrupted_and_goes_on() {
    let url = database();
    connect(&url)
        .batch_execute("CREATE TABLE t (a int)")
        .unwrap();
    let dir = directory(&[
        (
            "001_index.up.sql",
            "-- pgstrata: no-transaction\nCREATE TABLE first (a int);\nCREATE INDEX CONCURRENTLY i ON t (a);\n",
        ),
        ("001_index.down.sql", "DROP INDEX i;\nDROP TABLE first;\n"),
    ]);
    let on_database =
        |arguments: &[&str]| run(dir.path(), &[arguments, &["--database-url", &url]].concat());
    let (mut holder, mut observer) = (connect(&url), connect(&url));
    let mut transaction = holder.transaction().unwrap();
    transaction.batch_execute("LOCK TABLE t").unwrap();
    interrupted(dir.path(), &url, &mut observer).fails(2, &["001_index.up.sql:3:1"]);
    let status = on_database(&["status"]);
    status.fails(8, &[]);
    assert!(
        status.stdout.contains("001_index  interrupted"),
        "{status:?}"
    );
    transaction.rollback().unwrap();
    on_database(&["up"]).succeeds();
    on_database(&["status"]).succeeds();
}

/// On a watched connection as well: the claim of what did nothing is taken back.
#[test]
fn a_first_statement_that_is_refused_leaves_it_pending() {
    let url = database();
    let dir = directory(&[
        (
            "001_index.up.sql",
            "-- pgstrata: no-transaction\nCREATE INDEX CONCURRENTLY i ON nix (a);\nCREATE TABLE t (a int);\n",
        ),
        (
            "001_index.down.sql",
            "-- pgstrata: no-transaction\nDROP TABLE nix;\nDROP TABLE t;\n",
        ),
    ]);
    let on_database =
        |arguments: &[&str]| run(dir.path(), &[arguments, &["--database-url", &url]].concat());
    let up = on_database(&["up"]);
    up.fails(
        2,
        &[
            "001_index.up.sql:2:1, statement 1 of 2",
            "nothing of 001_index was kept",
        ],
    );
    on_database(&["status"]).fails(6, &[]);
    let corrected = "-- pgstrata: no-transaction\nCREATE TABLE t (a int);\nCREATE INDEX CONCURRENTLY i ON t (a);\n";
    std::fs::write(dir.path().join("001_index.up.sql"), corrected).unwrap();
    on_database(&["up"]).succeeds();
    // The same on the way back, which `repair` replaces.
    on_database(&["down", "--yes"]).fails(4, &["nothing of 001_index was kept"]);
    on_database(&["status"]).succeeds();
    let corrected = "-- pgstrata: no-transaction\nDROP TABLE t;\n";
    std::fs::write(dir.path().join("001_index.down.sql"), corrected).unwrap();
    on_database(&["repair", "1", "--yes", "--reason", "a wrong name"]).succeeds();
    on_database(&["down", "--yes"]).succeeds();
}
