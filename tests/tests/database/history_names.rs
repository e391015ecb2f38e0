//! History lives where the user says, whatever it is called.

use std::thread;
use std::time::Duration;

use pgstrata::{Goal, Migrator};

use crate::support::{assert_says, fresh_database, migrations, source, three, up};

#[test]
fn two_programs_share_a_database() {
    let database = fresh_database();
    let mut client = database.connect();
    let weird = "we\"ird {history} 'x\\";
    let other = migrations([source(
        "0001_other",
        "CREATE TABLE other (id int);",
        "DROP TABLE other;",
    )]);
    Migrator::new(three()).up(&mut client).unwrap();
    Migrator::new(other)
        .history("my \"schema\"", weird)
        .up(&mut client)
        .unwrap();
    Migrator::new(other)
        .history("my \"schema\"", weird)
        .validate(&mut client)
        .unwrap();
    assert_eq!(database.applied(), "1 2 3");
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'my \"schema\"'";
    assert_eq!(database.ask(tables), "3");
    let plan = Migrator::new(other)
        .history("my \"schema\"", weird)
        .plan(&mut client, Goal::Down(9))
        .unwrap();
    assert_eq!(plan.to_string(), "roll back 0001_other (1 statement)");
    Migrator::new(other)
        .history("my \"schema\"", weird)
        .down(&mut client, 1)
        .unwrap();
    assert_eq!(database.applied(), "1 2 3");
}

#[test]
fn a_name_that_postgresql_would_cut_off_is_refused() {
    let database = fresh_database();
    let mut client = database.connect();
    let name = "h".repeat(57);
    let error = Migrator::new(three())
        .history("public", &name)
        .up(&mut client)
        .unwrap_err();
    assert_says(&error, &["1 to 56 bytes"]);
    Migrator::new(three())
        .history("public", &name[1..])
        .up(&mut client)
        .unwrap();
}

#[test]
fn programs_with_other_histories_do_not_wait_for_each_other() {
    let database = fresh_database();
    let slow = migrations([source("0001_slow", "SELECT pg_sleep(3);", "SELECT 1;")]);
    thread::scope(|scope| {
        scope.spawn(|| up(&database, slow).unwrap());
        database.wait_for_query("pg_sleep(3)");
        let mut client = database.connect();
        let other = Migrator::new(three()).history("public", "other");
        let report = other.lock_deadline(Duration::ZERO).up(&mut client).unwrap();
        assert_eq!(report.steps.len(), 3);
    });
}
