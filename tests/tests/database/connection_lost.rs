//! A connection that breaks while a migration runs: nobody claims to know the outcome.

use std::thread;

use pgstrata::Migrator;

use crate::support::{assert_says, fresh_database, migrations, source, up};

#[test]
fn the_outcome_is_unknown() {
    let database = fresh_database();
    let sleeps = "CREATE TABLE a (id int);\nSELECT pg_sleep(20);";
    let list = migrations([source("0001_a", sleeps, "DROP TABLE a;")]);
    let error = thread::scope(|scope| {
        let run = scope.spawn(|| Migrator::new(list).up(&mut database.connect()));
        database.wait_for_query("pg_sleep(20)");
        database.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        run.join().unwrap().unwrap_err()
    });
    assert!(error.is_outcome_unknown());
    assert_says(&error, &["outcome unknown", "0001_a", "reads the history"]);
    assert_eq!(database.ask("SELECT to_regclass('a')"), "NULL");
    let short = migrations([source(
        "0001_a",
        "CREATE TABLE a (id int);",
        "DROP TABLE a;",
    )]);
    up(&database, short).unwrap();
}
