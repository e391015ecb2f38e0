//! On a database in use, a contract step waits for a later run than its expand step's.

use pgstrata::{Migrations, Migrator, Phase, Requirement};

use crate::support::{fresh_database, migrations, source, up};

fn list(requires: Requirement<'static>) -> &'static Migrations<'static> {
    migrations([
        source("0001_a", "CREATE TABLE a (old int);", "DROP TABLE a;"),
        source(
            "0002_b",
            "ALTER TABLE a ADD new int;",
            "ALTER TABLE a DROP new;",
        )
        .phase(Phase::Expand),
        source(
            "0003_c",
            "ALTER TABLE a DROP old;",
            "ALTER TABLE a ADD old int;",
        )
        .phase(Phase::Contract)
        .requires(requires),
        source("0004_d", "CREATE TABLE d (id int);", "DROP TABLE d;"),
    ])
}

#[test]
fn the_run_stops_before_it_and_says_so() {
    let database = fresh_database();
    let mut client = database.connect();
    let list = list(Requirement::Version(2));
    Migrator::new(list).up_to(&mut client, 1_u64).unwrap();
    let report = up(&database, list).unwrap();
    assert_eq!(database.applied(), "1 2");
    let held_back = report.held_back.as_ref().unwrap();
    let labels: Vec<&str> = held_back.steps.iter().map(|step| &*step.label).collect();
    assert_eq!(
        (labels, &*held_back.expand),
        (vec!["0003_c", "0004_d"], "0002_b")
    );
    assert!(
        report.to_string().contains("held back: 0003_c, 0004_d"),
        "{report}"
    );
    assert!(up(&database, list).unwrap().held_back.is_none());
    assert_eq!(database.applied(), "1 2 3 4");
}

#[test]
fn a_new_database_and_a_policy_take_it_at_once() {
    let database = fresh_database();
    let list = list(Requirement::Version(2));
    up(&database, list).unwrap();
    assert_eq!(database.applied(), "1 2 3 4");
    let database = fresh_database();
    let mut client = database.connect();
    Migrator::new(list).up_to(&mut client, 1_u64).unwrap();
    Migrator::new(list)
        .allow_contract()
        .up(&mut client)
        .unwrap();
    assert_eq!(database.applied(), "1 2 3 4");
}

#[test]
fn what_it_requires_is_its_expand_step() {
    let database = fresh_database();
    let list = list(Requirement::Version(1));
    Migrator::new(list)
        .up_to(&mut database.connect(), 1_u64)
        .unwrap();
    assert!(up(&database, list).unwrap().held_back.is_none());
    assert_eq!(database.applied(), "1 2 3 4");
}
