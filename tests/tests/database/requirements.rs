//! What others have to make is asked for before anything is written.

use pgstrata::embedded::Requirement;
use pgstrata::{Fault, Goal, Migrations, Migrator};

use crate::support::{assert_says, fresh_database, migrations, source, up};

fn list() -> &'static Migrations<'static> {
    migrations([
        source("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;"),
        source("0002_b", "CREATE TABLE b (id int);", "DROP TABLE b;")
            .requires(Requirement::Version(1))
            .requires(Requirement::Table("public.\"it's theirs\""))
            .requires(Requirement::Extension("plpgsql"))
            .requires(Requirement::Extension("no such")),
        source("0003_c", "CREATE TABLE c (id int);", "DROP TABLE c;")
            .requires(Requirement::Table("d")),
    ])
}

const THREE: [&str; 3] = [
    "0002_b requires the extension no such, which is not installed: as a role that may, run CREATE EXTENSION \"no such\"",
    "0002_b requires the table public.\"it's theirs\", which is not there",
    "0003_c requires the table d, which is not there",
];

#[test]
fn all_that_is_missing_is_named_and_nothing_is_written() {
    let database = fresh_database();
    let error = up(&database, list()).unwrap_err();
    assert!(error.is_refused());
    assert_says(&error, &THREE);
    assert_eq!(error.findings().len(), 3);
    assert!(
        error
            .findings()
            .iter()
            .all(|it| matches!(it.fault, Fault::Requires(_)))
    );
    assert_eq!(
        database.ask("SELECT to_regclass('pgstrata_history')"),
        "NULL"
    );
    let error = Migrator::new(list())
        .plan(&mut database.connect(), Goal::All)
        .unwrap_err();
    assert_says(&error, &THREE);
    // Of what does not run, nothing is asked.
    Migrator::new(list())
        .up_to(&mut database.connect(), 1_u64)
        .unwrap();
    assert_eq!(database.applied(), "1");
}

#[test]
fn together_with_all_other_faults() {
    let database = fresh_database();
    let other = migrations([
        source("0001_a", "CREATE TABLE a (id bigint);", "DROP TABLE a;"),
        source("0002_b", "SELECT 1;", "SELECT 1;"),
    ]);
    Migrator::new(other)
        .up_to(&mut database.connect(), 1_u64)
        .unwrap();
    let error = up(&database, list()).unwrap_err();
    assert_says(
        &error,
        &["0001_a was changed", THREE[0], THREE[1], THREE[2]],
    );
}

#[test]
fn what_is_there_is_not_in_the_way() {
    let database = fresh_database();
    let theirs = "CREATE TABLE \"it's theirs\" (id int); CREATE TABLE d (id int)";
    database.connect().batch_execute(theirs).unwrap();
    let error = up(&database, list()).unwrap_err();
    assert_eq!(error.findings().len(), 1);
    let without = migrations([
        source("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;")
            .requires(Requirement::Table("public.\"it's theirs\"")),
        source("0002_b", "CREATE TABLE b (id int);", "DROP TABLE b;")
            .requires(Requirement::Extension("plpgsql")),
    ]);
    up(&database, without).unwrap();
    assert_eq!(database.applied(), "1 2");
    // Nor is anything asked for rolling back.
    database
        .connect()
        .batch_execute("DROP TABLE \"it's theirs\"")
        .unwrap();
    Migrator::new(without)
        .down(&mut database.connect(), 2)
        .unwrap();
}
