//! Several rollbacks in one message.

use std::time::Duration;

use pgstrata::{Migrator, Step};

use crate::support::{assert_says, fresh_database, migrations, source, up};

/// Several rollbacks are one message. One that fails has its own error, whatever else the program's list
/// has against the history, and those before it are in the report.
#[test]
fn a_rollback_that_fails_among_others_says_so() {
    let database = fresh_database();
    let list = |first: &'static str| {
        let labels = ["0001_a", "0002_b", "0003_c", "0004_d", "0005_e", "0006_f"];
        migrations(labels.map(|label| {
            let up = if label == "0001_a" {
                first
            } else {
                "SELECT 1;"
            };
            let down = if label == "0003_c" {
                "SELECT 1;\nDROP TABLE nix;"
            } else {
                "SELECT 1;"
            };
            source(label, up, down)
        }))
    };
    up(&database, list("SELECT 1;")).unwrap();
    let edited = list("SELECT 2;");
    let error = Migrator::new(edited)
        .down_to(&mut database.connect(), 0_u64)
        .unwrap_err();
    assert_says(
        &error,
        &[
            "rolling back 0003_c failed",
            "0003_c.down.sql:2",
            "table \"nix\" does not exist",
        ],
    );
    let report = error.report();
    let done: Vec<&str> = report.steps.iter().map(|step| &*step.label).collect();
    assert_eq!(done, ["0006_f", "0005_e", "0004_d"]);
    let left: Vec<&str> = report.not_run.iter().map(|step| &*step.label).collect();
    assert_eq!(left, ["0002_b", "0001_a"]);
    assert_eq!(database.applied(), "1 2 3");
}

/// A list that nobody has checked may commit in the middle of a script. What fails after that is said, though
/// the row is there, or gone.
#[test]
fn what_fails_behind_a_commit_among_others_is_said() {
    let database = fresh_database();
    let labels = ["0001_a", "0002_b", "0003_c", "0004_d", "0005_e"];
    let list = migrations(labels.map(|label| {
        let down = if label == "0003_c" {
            "SELECT 1;\nCOMMIT;\nSELECT nix();"
        } else {
            "SELECT 1;"
        };
        source(label, "SELECT 1;", down)
    }));
    up(&database, list).unwrap();
    let error = Migrator::new(list)
        .down_to(&mut database.connect(), 0_u64)
        .unwrap_err();
    assert_says(
        &error,
        &[
            "rolling back 0003_c failed",
            "0003_c.down.sql:3",
            "function nix() does not exist",
        ],
    );
}

/// Nobody can read the history when one among several has failed: those before it are done.
#[test]
fn what_was_done_before_a_failure_is_known_without_the_history() {
    let database = fresh_database();
    let labels = ["0001_a", "0002_b", "0003_c", "0004_d", "0005_e"];
    let list = migrations(labels.map(|label| {
        let down = if label == "0003_c" {
            "SELECT pg_sleep(0.7);\nSELECT nix();"
        } else {
            "SELECT 1;"
        };
        source(label, "SELECT 1;", down)
    }));
    up(&database, list).unwrap();
    let error = std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut other = database.connect();
            database.wait_for_query("pg_sleep(0.7)");
            other
                .batch_execute("BEGIN; LOCK TABLE pgstrata_history; SELECT pg_sleep(2.5); COMMIT")
                .unwrap();
        });
        let mut migrator = Migrator::new(list).lock_deadline(Duration::from_millis(500));
        migrator
            .down_to(&mut database.connect(), 0_u64)
            .unwrap_err()
    });
    assert_says(
        &error,
        &[
            "rolling back 0003_c failed",
            "function nix() does not exist",
        ],
    );
    let report = error.report();
    let labels = |steps: &[Step]| {
        steps
            .iter()
            .map(|step| step.label.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(labels(&report.steps), ["0005_e", "0004_d"]);
    assert_eq!(labels(&report.not_run), ["0002_b", "0001_a"]);
}
