//! Every fault is found before the first write, and all come at once.

use pgstrata::{Fault, Goal, Migrator, StoredDown};

use crate::support::{
    Database, Source, assert_says, fresh_database, migrations, source, three, up,
};

fn a() -> Source {
    source(
        "0001_a",
        "CREATE TABLE a (id int PRIMARY KEY);",
        "DROP TABLE a;",
    )
}

fn b() -> Source {
    source(
        "0002_b",
        "CREATE TABLE b (id int);\nCREATE INDEX b_id ON b (id);",
        "DROP TABLE b;",
    )
}

fn c() -> Source {
    source("0003_c", "CREATE TABLE c (id int);", "DROP TABLE c;")
}

fn d() -> Source {
    source("0004_d", "CREATE TABLE d (id int);", "DROP TABLE d;")
}

fn migrated() -> Database {
    let database = fresh_database();
    up(&database, three()).unwrap();
    database
}

/// Refused with these faults and nothing written.
fn check(database: &Database, sources: Vec<Source>, expected: &[&str]) {
    let state =
        "SELECT count(*) || ' ' || coalesce(max(xmin::text), '') FROM public.pgstrata_history";
    let before = database.ask(state);
    let list = migrations(sources);
    let error = up(database, list).unwrap_err();
    assert!(error.is_refused());
    let found: Vec<String> = error
        .findings()
        .iter()
        .map(|finding| {
            let debug = format!("{:?}", finding.fault);
            format!(
                "{} {}",
                debug.split(['(', ' ']).next().unwrap(),
                finding.label
            )
        })
        .collect();
    assert_eq!(found, expected, "{error}");
    assert_eq!(database.ask(state), before);
    assert_eq!(database.ask("SELECT to_regclass('d')"), "NULL");
    let mut client = database.connect();
    assert!(Migrator::new(list).validate(&mut client).is_err());
    assert!(Migrator::new(list).plan(&mut client, Goal::All).is_err());
}

#[test]
fn a_changed_file() {
    let changed = source("0002_b", "CREATE TABLE b (id bigint);", "DROP TABLE b;");
    check(
        &migrated(),
        vec![a(), changed, c(), d()],
        &["Changed 0002_b"],
    );
}

#[test]
fn a_changed_down_file() {
    let changed = source(
        "0001_a",
        "CREATE TABLE a (id int PRIMARY KEY);",
        "DROP TABLE IF EXISTS a;",
    );
    let database = migrated();
    let list = migrations([changed, b(), c()]);
    let error = up(&database, list).unwrap_err();
    let [finding] = error.findings() else {
        panic!("{error}")
    };
    assert_eq!((finding.version, &*finding.label), (Some(1), "0001_a"));
    assert_eq!(
        finding.fault,
        Fault::Changed(vec![pgstrata::Direction::Down])
    );
    assert_says(
        &error,
        &["0001_a.down.sql", "refused before anything was written"],
    );
    // The stored one runs, if it is accepted.
    Migrator::new(list)
        .stored_down(StoredDown::Trust)
        .down(&mut database.connect(), 3)
        .unwrap();
}

#[test]
fn a_missing_file() {
    check(&migrated(), vec![a(), c(), d()], &["Missing 0002_b"]);
}

#[test]
fn an_older_file_that_is_not_applied() {
    let database = fresh_database();
    up(&database, migrations([a(), c()])).unwrap();
    check(&database, vec![a(), b(), c(), d()], &["OutOfOrder 0002_b"]);
}

#[test]
fn everything_at_once() {
    let database = fresh_database();
    up(&database, migrations([a(), c(), d()])).unwrap();
    let changed = source("0001_a", "CREATE TABLE a ();", "DROP TABLE a;");
    let list = migrations([changed, b()]);
    let error = up(&database, list).unwrap_err();
    assert_eq!(error.findings().len(), 4, "{error}");
    assert_says(&error, &["0001_a", "0002_b", "0003_c", "0004_d"]);
}

#[test]
fn a_newer_database() {
    let database = migrated();
    let mut client = database.connect();
    let older = migrations([a(), b()]);
    let mut newer = Vec::new();
    let mut observer = |event: &pgstrata::Event<'_>| {
        if let pgstrata::Event::NewerDatabase { newer: labels } = event {
            newer.extend(labels.iter().cloned());
        }
    };
    let report = Migrator::new(older)
        .observe(&mut observer)
        .up(&mut client)
        .unwrap();
    assert!(report.is_empty());
    assert_eq!(newer, ["0003_c"]);

    let error = Migrator::new(older)
        .deny_newer_database()
        .up(&mut client)
        .unwrap_err();
    assert_says(&error, &["0003_c", "newer"]);

    let changed = source("0002_b", "CREATE TABLE b (id bigint);", "DROP TABLE b;");
    let error = up(&database, migrations([a(), changed])).unwrap_err();
    assert_eq!(error.findings().len(), 2);
}
