//! Status, plan and validate write nothing and create no table.

use pgstrata::{Goal, Migrator, State};

use crate::support::{fresh_database, migrations, source, three};

#[test]
fn they_leave_an_empty_database_empty() {
    let database = fresh_database();
    let mut client = database.connect();
    client
        .batch_execute("SET default_transaction_read_only = on")
        .unwrap();
    let mut migrator = Migrator::new(three());
    let plan = migrator.plan(&mut client, Goal::All).unwrap();
    assert_eq!(
        plan.to_string(),
        "apply 0001_a (1 statement)\napply 0002_b (2 statements)\napply 0003_c (1 statement)"
    );
    let statuses = migrator.status(&mut client).unwrap();
    assert!(statuses.iter().all(|status| status.state == State::Pending));
    migrator.validate(&mut client).unwrap();
    assert!(
        migrator
            .plan(&mut client, Goal::Down(1))
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        database.ask("SELECT count(*) FROM pg_class WHERE oid >= 16384"),
        "0"
    );
}

#[test]
fn status_says_where_each_migration_stands() {
    let database = fresh_database();
    let mut client = database.connect();
    let applied = migrations([
        source("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;"),
        source("0002_b", "CREATE TABLE b (id int);", "DROP TABLE b;"),
        source("0004_d", "CREATE TABLE d (id int);", "DROP TABLE d;"),
        source("0009_i", "CREATE TABLE i (id int);", "DROP TABLE i;"),
    ]);
    Migrator::new(applied).up(&mut client).unwrap();
    let program = migrations([
        source("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;"),
        source("0002_b", "CREATE TABLE b (id bigint);", "DROP TABLE b;"),
        source("0003_c", "CREATE TABLE c (id int);", "DROP TABLE c;"),
        source("0005_e", "CREATE TABLE e (id int);", "DROP TABLE e;"),
    ]);
    let statuses = Migrator::new(program).status(&mut client).unwrap();
    let states: Vec<String> = statuses
        .iter()
        .map(|status| format!("{} {}", status.version.unwrap_or(0), status.state))
        .collect();
    assert_eq!(
        states,
        [
            "1 applied",
            "2 changed",
            "3 out of order",
            "4 missing",
            "5 out of order",
            "9 newer"
        ]
    );
    assert!(
        statuses[0]
            .applied_at
            .as_ref()
            .is_some_and(|at| at.ends_with('Z'))
    );
}
