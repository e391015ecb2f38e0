//! A table that somebody else has locked: retried, and named when it stays so.

use std::time::Duration;

use pgstrata::{Event, Migrator};

use crate::support::{assert_says, fresh_database, migrations, source};

fn list() -> &'static pgstrata::Migrations<'static> {
    migrations([
        source("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;"),
        source(
            "0002_b",
            "SELECT 1;\nALTER TABLE a ADD b int;",
            "ALTER TABLE a DROP b;",
        ),
    ])
}

#[test]
fn retried_until_it_is_free() {
    let database = fresh_database();
    Migrator::new(list())
        .up_to(&mut database.connect(), 1_u64)
        .unwrap();
    let mut blocker = Some(database.connect());
    let reader = blocker.as_mut().unwrap();
    reader.batch_execute("BEGIN; SELECT * FROM a").unwrap();
    let mut retried = Vec::new();
    let mut observer = |event: &Event<'_>| {
        if let Event::Retried { cause, .. } = event {
            retried.push(cause.to_string());
            // Ends the session that is in the way.
            blocker = None;
        }
    };
    Migrator::new(list())
        .lock_timeout(Duration::from_millis(100))
        .observe(&mut observer)
        .up(&mut database.connect())
        .unwrap();
    assert!(retried[0].contains("55P03"));
    assert_eq!(database.applied(), "1 2");
}

#[test]
fn the_deadline_error_names_statement_and_blocker() {
    let database = fresh_database();
    Migrator::new(list())
        .up_to(&mut database.connect(), 1_u64)
        .unwrap();
    let mut blocker = database.connect();
    blocker
        .batch_execute("SET application_name = 'a long report'; BEGIN; SELECT * FROM a")
        .unwrap();
    let mut retries = 0;
    let mut observer = |event: &Event<'_>| {
        retries += u32::from(matches!(event, Event::Retried { .. }));
    };
    let error = Migrator::new(list())
        .lock_timeout(Duration::from_millis(100))
        .retry_deadline(Duration::from_millis(500))
        .observe(&mut observer)
        .up(&mut database.connect())
        .unwrap_err();
    assert_says(
        &error,
        &[
            "0002_b.up.sql:2:1, statement 2 of 2",
            "55P03",
            "a long report",
            "SELECT * FROM a",
        ],
    );
    assert!(retries > 0);
    assert_eq!(database.applied(), "1");
}

/// The application's own settings count for nothing here and are there afterwards.
#[test]
fn timeouts_of_the_session_do_not_leak_in() {
    let database = fresh_database();
    let mut client = database.connect();
    client
        .batch_execute("SET statement_timeout = '200ms'; SET lock_timeout = '7s'")
        .unwrap();
    let record = "CREATE TABLE s AS SELECT current_setting('lock_timeout') AS l, \
                  current_setting('statement_timeout') AS t;";
    let list = migrations([
        source(
            "0001_s",
            &format!("SELECT pg_sleep(0.4);\n{record}"),
            "DROP TABLE s;",
        ),
        source("0002_n", "SELECT pg_sleep(0.4);", "SELECT 1;").no_transaction(),
    ]);
    Migrator::new(list).up(&mut client).unwrap();
    assert_eq!(database.ask("SELECT l || ' ' || t FROM s"), "5s 0");
    assert_eq!(crate::support::ask(&mut client, "SHOW lock_timeout"), "7s");
    assert_eq!(
        crate::support::ask(&mut client, "SHOW statement_timeout"),
        "200ms"
    );
}
