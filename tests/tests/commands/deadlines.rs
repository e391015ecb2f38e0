//! `--lock-deadline` and `--retry-deadline` end what their names say.

use tempfile::TempDir;

use crate::support::{connect, database, directory, run};

/// One migration that gives up a lock quickly.
fn shop() -> TempDir {
    directory(&[
        (
            "0001_add.up.sql",
            "-- pgstrata: lock-timeout 50ms\nALTER TABLE customer ADD note text;\n",
        ),
        (
            "0001_add.down.sql",
            "ALTER TABLE customer DROP COLUMN note;\n",
        ),
    ])
}

#[test]
fn another_run_is_waited_for_until_the_lock_deadline() {
    let (dir, url) = (shop(), database());
    let mut holder = connect(&url);
    let key = format!(
        "CREATE TABLE customer (); SET application_name = 'the other run'; \
         SELECT pg_advisory_lock({})",
        "hashtextextended(concat('pgstrata ', current_database(), ' ', \
         '\"public\".\"pgstrata_history\"'::text), 0)"
    );
    holder.batch_execute(&key).expect("the lock");
    let up = |more: &[&str]| {
        run(
            dir.path(),
            &[&["up", "--database-url", &url], more].concat(),
        )
    };
    let says = "the migration lock for \"public\".\"pgstrata_history\" was not free within ";
    let ended = up(&["--lock-deadline", "1"]);
    assert_ne!(ended.code, 0, "{ended:#?}");
    for part in [format!("{says}1."), "application the other run".to_owned()] {
        assert!(ended.stderr.contains(&part), "{ended:#?}");
    }
    assert!(
        ended.stderr.contains("SELECT pg_terminate_backend("),
        "{ended:#?}"
    );
    drop(holder);
    up(&["--lock-deadline", "30"]).succeeds();
}

#[test]
fn a_table_is_waited_for_until_the_retry_deadline() {
    let (dir, url) = (shop(), database());
    let mut holder = connect(&url);
    for hold in [
        "CREATE TABLE customer (); SET application_name = 'report'",
        "BEGIN; SELECT FROM customer",
    ] {
        holder.batch_execute(hold).expect("the lock");
    }
    let logs = tempfile::tempdir().expect("a folder");
    let tries = |deadline: &str| {
        let log = logs.path().join(format!("{deadline}.jsonl"));
        let log = log.to_string_lossy().into_owned();
        let arguments = ["up", "--database-url", &url, "--retry-deadline", deadline];
        let ended = run(dir.path(), &[&arguments[..], &["--log", &log]].concat());
        ended.fails(
            2,
            &["55P03", "in the way may be pid ", "application report"],
        );
        let log = std::fs::read_to_string(log).expect("a log");
        log.matches("\"retried\"").count()
    };
    // With a minute it would try again and again.
    assert_eq!(tries("0"), 0);
    assert!(tries("2") > 0);
}

#[test]
fn who_keeps_the_history_is_told_and_named() {
    let (dir, url) = (shop(), database());
    let mut holder = connect(&url);
    holder
        .batch_execute("CREATE TABLE customer ()")
        .expect("a table");
    let arguments = ["up", "--database-url", &url, "--lock-deadline", "3"];
    run(dir.path(), &arguments).succeeds();
    for hold in [
        "SET application_name = 'report'",
        "BEGIN; LOCK TABLE pgstrata_history",
    ] {
        holder.batch_execute(hold).expect("the lock");
    }
    let ended = run(dir.path(), &arguments);
    assert_ne!(ended.code, 0, "{ended:#?}");
    for part in [
        "another session kept a lock on the history",
        "application report",
        "SELECT pg_terminate_backend(",
    ] {
        assert!(ended.stderr.contains(part), "{part:?} is not in {ended:#?}");
    }
    let told = "waiting for the history's tables since ";
    assert!(ended.stderr.contains(told), "{ended:#?}");
}
