//! Down scripts are stored with the history, and the way back is looked at first.

use pgstrata::Migrator;

use crate::support::{assert_says, fresh_database, migrations, source, three, up};

#[test]
fn an_older_program_rolls_back_what_a_newer_one_did() {
    let database = fresh_database();
    // Text that tells wrong quoting at once.
    let down = "-- größe: \\ and '\nSELECT 'it''s \\', E'\\'', $$a'b\\$$;\nDROP TABLE d;";
    let newer = migrations([
        source(
            "0001_a",
            "CREATE TABLE a (id int PRIMARY KEY);",
            "DROP TABLE a;",
        ),
        source("0002_d", "CREATE TABLE d (id int);", down),
    ]);
    let mut client = database.connect();
    Migrator::new(newer).up(&mut client).unwrap();
    assert_eq!(
        database.ask("SELECT down_sql FROM pgstrata_history WHERE version = 2"),
        down
    );

    let older = migrations([source(
        "0001_a",
        "CREATE TABLE a (id int PRIMARY KEY);",
        "DROP TABLE a;",
    )]);
    let report = Migrator::new(older).down(&mut client, 1).unwrap();
    assert_eq!(report.steps[0].label, "0002_d");
    assert_eq!(database.ask("SELECT to_regclass('d')"), "NULL");
    assert_eq!(database.applied(), "1");
}

/// What undoes a migration was written for what was applied, not for what its file says now.
#[test]
fn the_stored_script_runs_although_the_program_has_another() {
    let database = fresh_database();
    let with_down = |down| migrations([source("0001_a", "CREATE TABLE a (id int);", down)]);
    up(&database, with_down("DROP TABLE a;")).unwrap();
    Migrator::new(with_down("SELECT 1 / 0;"))
        .down(&mut database.connect(), 1)
        .unwrap();
    assert_eq!(database.ask("SELECT to_regclass('a')"), "NULL");
}

#[test]
fn quoting_does_not_depend_on_the_session() {
    let database = fresh_database();
    let down = "DROP TABLE a;\n-- a\\'b";
    let list = migrations([source("0001_a", "CREATE TABLE a (id int);", down)]);
    let mut client = database.connect();
    client
        .batch_execute("SET standard_conforming_strings = off; SET escape_string_warning = off")
        .unwrap();
    Migrator::new(list).up(&mut client).unwrap();
    assert_eq!(database.ask("SELECT down_sql FROM pgstrata_history"), down);
    Migrator::new(list)
        .validate(&mut database.connect())
        .unwrap();
}

#[test]
fn irreversible_is_refused_before_anything_is_written() {
    let database = fresh_database();
    let list = migrations([
        source("0001_a", "CREATE TABLE a (id int);", "").irreversible("the old values are gone"),
        source("0002_b", "CREATE TABLE b (id int);", "DROP TABLE b;"),
    ]);
    up(&database, list).unwrap();
    let error = Migrator::new(list)
        .down(&mut database.connect(), 2)
        .unwrap_err();
    assert!(error.is_refused());
    assert_says(&error, &["0001_a", "the old values are gone"]);
    assert_eq!(database.applied(), "1 2");
    assert_eq!(
        Migrator::new(list)
            .down(&mut database.connect(), 1)
            .unwrap()
            .steps
            .len(),
        1
    );
}

/// Nothing is skipped silently, and the others are not rolled back before it is found.
#[test]
fn a_damaged_row_is_refused_before_anything_is_written() {
    let database = fresh_database();
    up(&database, three()).unwrap();
    database.ask("UPDATE public.pgstrata_history SET down_ends = '{99}' WHERE version = 2");
    let error = Migrator::new(three())
        .down(&mut database.connect(), 3)
        .unwrap_err();
    assert_says(
        &error,
        &[
            "the down script stored for 0002_b",
            "is damaged",
            "from a backup",
        ],
    );
    assert_eq!(database.applied(), "1 2 3");
}

#[test]
fn a_failing_down_keeps_its_migration() {
    let database = fresh_database();
    let list = three();
    up(&database, list).unwrap();
    database
        .connect()
        .batch_execute("CREATE VIEW v AS SELECT * FROM c")
        .unwrap();
    let error = Migrator::new(list)
        .down(&mut database.connect(), 1)
        .unwrap_err();
    assert_says(
        &error,
        &[
            "rolling back 0003_c",
            "migrations/0003_c.down.sql:1:1 as stored in the history, statement 1 of 1",
            "2BP01",
            "view v",
        ],
    );
    assert_eq!(database.applied(), "1 2 3");
    let events = "SELECT count(*) FROM pgstrata_history_events WHERE action = 'rolled back'";
    assert_eq!(database.ask(events), "0");
}
