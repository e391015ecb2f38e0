//! A failing statement is named by file, line, column and number, whatever kind of
//! error it is.

use std::thread;
use std::time::Duration;

use pgstrata::{Event, Migrator};

use crate::support::{assert_says, fresh_database, migrations, source};

/// Applies a script whose failing place is known, both ways of sending it.
fn check(up: &str, expected: &[&str]) {
    for per_statement in [false, true] {
        let database = fresh_database();
        let list = migrations([source("0001_prüfung", up, "SELECT 1;")]);
        let migrator = Migrator::new(list);
        let mut migrator = if per_statement {
            migrator.per_statement()
        } else {
            migrator
        };
        let error = migrator.up(&mut database.connect()).unwrap_err();
        assert_says(&error, expected);
        assert_says(
            &error,
            &[
                "applying 0001_prüfung failed",
                "migrations/0001_prüfung.up.sql",
            ],
        );
        assert_eq!(database.applied(), "");
    }
}

const HEAD: &str = "-- größe 🦀; a comment\nCREATE TABLE t (id int PRIMARY KEY, ä text);\n";

#[test]
fn syntax_error() {
    let up = format!("{HEAD}/* 🦀 */ SELECT 'ü' FORM t;\nSELECT 1;");
    check(&up, &[":3:25, statement 2 of 3", "42601"]);
}

#[test]
fn syntax_error_at_the_end() {
    check(
        &format!("{HEAD}SELECT 1 +;"),
        &[":3:11, statement 2 of 2", "42601"],
    );
}

#[test]
fn analysis_error() {
    let up = format!("{HEAD}\nSELECT 'ü',\n  nix FROM t;\nSELECT 1;");
    check(&up, &[":5:3, statement 2 of 3", "42703", "| SELECT 'ü',"]);
}

#[test]
fn execution_error() {
    let up = format!(
        "{HEAD}INSERT INTO t VALUES (1);\n-- again\n  INSERT INTO t VALUES (1);\nSELECT 1;"
    );
    check(
        &up,
        &[
            ":5:",
            "statement 3 of 4",
            "23505",
            "detail: Key (id)=(1)",
            "ON CONFLICT",
        ],
    );
}

#[test]
fn error_inside_a_function() {
    let up = format!("{HEAD}DO $$ BEGIN PERFORM nix FROM t; END $$;\nSELECT 1;");
    check(&up, &[":3:1, statement 2 of 3", "42703", "context:"]);
}

#[test]
fn deferred_constraint() {
    let up = "CREATE TABLE p (id int PRIMARY KEY);\n\
              CREATE TABLE q (p int REFERENCES p DEFERRABLE INITIALLY DEFERRED);\n\
              INSERT INTO q VALUES (7);";
    check(up, &["behind its last statement", "23503"]);
}

/// What a failure leaves to chance is settled by the repetition.
#[test]
fn a_failure_that_does_not_repeat_is_applied() {
    let database = fresh_database();
    database
        .connect()
        .batch_execute("CREATE SEQUENCE tries")
        .unwrap();
    let up = "DO $$ BEGIN IF nextval('tries') = 1 THEN RAISE 'the first time'; END IF; END $$;";
    let list = migrations([source("0001_a", up, "SELECT 1;")]);
    Migrator::new(list).up(&mut database.connect()).unwrap();
    assert_eq!(database.applied(), "1");
}

/// The script is repeated statement by statement to find it; nobody has asked to hear of that.
#[test]
fn the_repetition_is_not_told() {
    let list = migrations([source("0001_a", "SELECT 1;\nSELECT 1 / 0;", "SELECT 1;")]);
    let count = |per_statement: bool| {
        let mut told = 0;
        let mut observer = |event: &Event<'_>| {
            told += u32::from(matches!(event, Event::StatementFinished { .. }));
        };
        let migrator = Migrator::new(list).observe(&mut observer);
        let mut migrator = if per_statement {
            migrator.per_statement()
        } else {
            migrator
        };
        let error = migrator.up(&mut fresh_database().connect()).unwrap_err();
        assert_says(&error, &[":2:1, statement 2 of 2"]);
        drop(migrator);
        told
    };
    assert_eq!((count(false), count(true)), (0, 1));
}

/// A script that alters the history's tables: the record behind it fails, and has a place in what was sent.
#[test]
fn a_record_that_fails_is_not_shown_as_the_statement_before_it() {
    for statement in [
        "ALTER TABLE pgstrata_history_events DROP COLUMN action",
        "ALTER TABLE pgstrata_history_events DROP COLUMN label",
    ] {
        let database = fresh_database();
        let list = migrations([source("0001_a", &format!("{statement};"), "SELECT 1;")]);
        let error = Migrator::new(list).up(&mut database.connect()).unwrap_err();
        assert_says(
            &error,
            &["42703", "behind its last statement, at the commit"],
        );
        let text = error.to_string();
        assert!(
            !text.contains(statement) && !text.contains("statement 1 of 1"),
            "{text}"
        );
        assert_eq!(database.applied(), "");
    }
}

/// Outside a transaction each statement has a record before it, which waits for the history.
#[test]
fn a_record_outside_a_transaction_is_not_shown_as_the_statement_behind_it() {
    let database = fresh_database();
    let up = "SELECT pg_sleep(1);\nCREATE TABLE later (id int);\nSELECT 3;";
    let list = migrations([source("0001_a", up, "SELECT 1;").no_transaction()]);
    let error = thread::scope(|scope| {
        let run = scope.spawn(|| {
            let mut migrator = Migrator::new(list)
                .lock_timeout(Duration::from_millis(200))
                .retry_deadline(Duration::from_millis(500));
            migrator.up(&mut database.connect())
        });
        database.wait_for_query("pg_sleep(1)");
        let mut holder = database.connect();
        holder
            .batch_execute("BEGIN; LOCK TABLE pgstrata_history IN EXCLUSIVE MODE")
            .unwrap();
        run.join().unwrap().unwrap_err()
    });
    let text = error.to_string();
    assert!(
        text.contains("55P03") && !text.contains("| CREATE TABLE"),
        "{text}"
    );
}
