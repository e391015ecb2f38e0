//! Where nobody looks on, several migrations are one message, each a transaction of its own.

use std::time::Duration;

use pgstrata::Migrator;
use postgres::Client;

use crate::support::{Database, Source, ask, fresh_database, migrations, source};

/// Each notes the transaction that it is in.
fn notes(number: usize, more: &str) -> Source {
    let up = format!("INSERT INTO notes VALUES (pg_current_xact_id()::text);\n{more}");
    source(format!("{number:04}_note").leak(), &up, "SELECT 1;")
}

fn noted() -> (Database, Client) {
    let database = fresh_database();
    let mut client = database.connect();
    client
        .batch_execute("CREATE TABLE notes (id text)")
        .unwrap();
    (database, client)
}

#[test]
fn each_is_a_transaction() {
    let (_database, mut client) = noted();
    let list = migrations((1..=6).map(|number| notes(number, "")));
    let report = Migrator::new(list).up(&mut client).unwrap();
    assert_eq!(report.steps.len(), 6);
    assert_eq!(
        ask(&mut client, "SELECT count(DISTINCT id) FROM notes"),
        "6"
    );
}

#[test]
fn what_is_before_a_failure_is_kept_and_said() {
    let (_database, mut client) = noted();
    let list = migrations((1..=8).map(|number| {
        let more = if number == 5 {
            "SELECT 1;\n  SELECT no_such();"
        } else {
            ""
        };
        notes(number, more)
    }));
    let error = Migrator::new(list).up(&mut client).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("0005_note.up.sql:3:10, statement 3 of 3"),
        "{text}"
    );
    let report = error.report();
    let label = |step: &pgstrata::Step| step.label.clone();
    assert_eq!(
        report.steps.iter().map(label).collect::<Vec<_>>(),
        ["0001_note", "0002_note", "0003_note", "0004_note"]
    );
    assert_eq!(
        report.failed.as_ref().map(label).as_deref(),
        Some("0005_note")
    );
    assert_eq!(
        report.not_run.iter().map(label).collect::<Vec<_>>(),
        ["0006_note", "0007_note", "0008_note"]
    );
    assert_eq!(ask(&mut client, "SELECT count(*) FROM notes"), "4");
    let applied = "SELECT string_agg(version::text, ' ' ORDER BY version) FROM pgstrata_history";
    assert_eq!(ask(&mut client, applied), "1 2 3 4");
}

/// The failure of one is judged, and retried, as if it had come alone.
#[test]
fn one_that_has_to_wait_is_tried_again() {
    let (database, mut client) = noted();
    client.batch_execute("CREATE TABLE busy (id int)").unwrap();
    let mut other = database.connect();
    other.batch_execute("BEGIN; LOCK TABLE busy").unwrap();
    let list = migrations((1..=6).map(|number| {
        notes(
            number,
            if number == 3 {
                "ALTER TABLE busy ADD more int;"
            } else {
                ""
            },
        )
    }));
    let migrator = Migrator::new(list).lock_timeout(Duration::from_millis(100));
    let report = std::thread::scope(|scope| {
        scope.spawn(|| {
            const WAITS: &str = "SELECT count(*) > 0 FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'";
            database.wait_until(WAITS);
            // Its limit has passed: whatever comes to the end now has been tried again.
            database.wait_until(&WAITS.replace("> 0", "= 0"));
            other.batch_execute("COMMIT").unwrap();
        });
        { migrator }.up(&mut client).unwrap()
    });
    assert_eq!(report.steps.len(), 6);
    assert_eq!(ask(&mut client, "SELECT count(*) FROM notes"), "6");
}

/// What else takes a say between them keeps them apart.
#[test]
fn files_of_another_kind_are_between_them() {
    let (_database, mut client) = noted();
    let list = migrations((1..=9).map(|number| match number {
        4 => source("0004_alone", "VACUUM notes;", "SELECT 1;").no_transaction(),
        _ => notes(number, ""),
    }));
    assert_eq!(Migrator::new(list).up(&mut client).unwrap().steps.len(), 9);
    assert_eq!(
        ask(&mut client, "SELECT count(DISTINCT id) FROM notes"),
        "8"
    );
}
