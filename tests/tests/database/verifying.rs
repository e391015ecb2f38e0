//! A verify script runs behind its migration, in the same transaction, and leaves nothing.

use pgstrata::{Event, Migrator, Report};

use crate::support::{assert_says, fresh_database, migrations, source, up};

const UP: &str = "CREATE TABLE a (id int);\nINSERT INTO a VALUES (1);";

#[test]
fn it_leaves_nothing() {
    let database = fresh_database();
    let list = migrations([source("0001_a", UP, "DROP TABLE a;")
        .verify("INSERT INTO a VALUES (2);\nSELECT 1 / (count(*) - 1) FROM a; -- two")]);
    up(&database, list).unwrap();
    assert_eq!(database.ask("SELECT id FROM a"), "1");
    assert_eq!(database.applied(), "1");
}

#[test]
fn where_it_fails_the_migration_does() {
    let database = fresh_database();
    let fails = "SELECT 1;\nSELECT 1 / (count(*) - 1) FROM a;";
    let list = migrations([source("0001_a", UP, "DROP TABLE a;").verify(fails)]);
    let told = [
        "0001_a.verify.sql:2:1, statement 2 of 2",
        "SELECT 1 / (count(*)",
        "22012",
    ];
    assert_says(&up(&database, list).unwrap_err(), &told);
    assert_eq!(database.ask("SELECT to_regclass('a')"), "NULL");
    let list =
        migrations([source("0001_a", UP, "DROP TABLE a;").verify("SELECT 1;\nSELECT nix FROM a;")]);
    let error = up(&database, list).unwrap_err();
    assert_says(
        &error,
        &["0001_a.verify.sql:2:8, statement 2 of 2", "42703"],
    );
    let mut client = database.connect();
    Migrator::new(list)
        .single_transaction()
        .up(&mut client)
        .unwrap_err();
    assert_eq!(database.applied(), "");
}

/// There it runs behind the last statement, in the transaction that records the end.
#[test]
fn outside_a_transaction_it_keeps_the_record_back() {
    let database = fresh_database();
    let one = |verify| {
        let source = source("0001_a", UP, "DROP TABLE a;").no_transaction();
        migrations([source.verify(verify)])
    };
    let error = up(&database, one("SELECT 1 / (count(*) - 1) FROM a")).unwrap_err();
    assert_says(
        &error,
        &[
            "0001_a.verify.sql:1:1, statement 1 of 1",
            "22012",
            "2 of its 2 statements",
        ],
    );
    assert_eq!(database.applied(), "");
    up(&database, one("INSERT INTO a VALUES (2); -- one")).unwrap();
    assert_eq!(
        (database.applied(), database.ask("SELECT id FROM a")),
        ("1".into(), "1".into())
    );
}

/// Of all that is applied, whenever it is asked for.
#[test]
fn all_that_fail_are_named_at_once_and_nothing_is_written() {
    let database = fresh_database();
    let list = migrations([
        source("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;").verify("TABLE a;"),
        source("0002_b", "CREATE TABLE b (id int);", "DROP TABLE b;")
            .verify("SELECT 1;\nSELECT 1 / (1 - count(*)) FROM b;"),
        source("0003_c", "CREATE TABLE c (id int);", "DROP TABLE c;"),
        source("0004_d", "CREATE TABLE d (id int);", "DROP TABLE d;").verify("SELECT id FROM d;"),
        source("0005_e", "CREATE TABLE e (id int);", "DROP TABLE e;").verify("TABLE e;"),
    ]);
    let mut client = database.connect();
    Migrator::new(list).up_to(&mut client, 4_u64).unwrap();
    let labels = |report: &Report| -> Vec<String> {
        report.steps.iter().map(|step| step.label.clone()).collect()
    };
    let report = Migrator::new(list).verify(&mut client).unwrap();
    assert_eq!(labels(&report), ["0001_a", "0002_b", "0004_d"]);
    database.ask("INSERT INTO b VALUES (1); ALTER TABLE d RENAME id TO no");
    let history = "SELECT string_agg(h::text, ' ') FROM pgstrata_history h";
    let events = "SELECT string_agg(e::text, ' ') FROM pgstrata_history_events e";
    let before = (database.ask(history), database.ask(events));
    client
        .batch_execute("SET search_path = pg_catalog, public")
        .unwrap();
    let mut failed = Vec::new();
    let mut observer = |event: &Event<'_>| {
        if let Event::Failed { step, .. } = event {
            failed.push(step.label.clone());
        }
    };
    let error = Migrator::new(list)
        .observe(&mut observer)
        .verify(&mut client)
        .unwrap_err();
    assert_says(
        &error,
        &[
            "verifying 0002_b failed\n  --> migrations/0002_b.verify.sql:2:1, statement 2 of 2",
            "22012",
            "verifying 0004_d failed\n  --> migrations/0004_d.verify.sql:1:8, statement 1 of 1",
            "42703",
            "nothing was changed",
        ],
    );
    assert_eq!(failed, ["0002_b", "0004_d"]);
    assert_eq!((database.ask(history), database.ask(events)), before);
    assert_eq!(
        crate::support::ask(&mut client, "SHOW search_path"),
        "pg_catalog, public"
    );
}

/// What a script writes right behind its migration is rolled back; here it may not even try.
#[test]
fn the_scripts_only_read() {
    let database = fresh_database();
    let list = |verify| migrations([source("0001_a", UP, "DROP TABLE a;").verify(verify)]);
    let writes = "INSERT INTO a VALUES (2);\nSELECT 1 / (count(*) - 1) FROM a;";
    up(&database, list(writes)).unwrap();
    let mut client = database.connect();
    let error = Migrator::new(list(writes)).verify(&mut client).unwrap_err();
    assert_says(
        &error,
        &["0001_a.verify.sql:1:1, statement 1 of 2", "25006"],
    );
    let sets = "SELECT set_config('search_path', 'nowhere', false), set_config('role', 'pg_monitor', false)";
    Migrator::new(list(sets)).verify(&mut client).unwrap();
    assert_eq!(
        crate::support::ask(
            &mut client,
            "SELECT current_user || current_setting('search_path')"
        ),
        "postgres\"$user\", public"
    );
    let locks = "SELECT count(*) FROM pg_locks JOIN pg_database d ON database = d.oid \
                 WHERE locktype = 'advisory' AND datname = current_database()";
    assert_eq!(database.ask(locks), "0");
    assert_eq!(database.ask("SELECT id FROM a"), "1");
}

#[test]
fn a_transaction_of_the_callers_is_not_rolled_back() {
    let database = fresh_database();
    let list = migrations([source("0001_a", UP, "DROP TABLE a;").verify("SELECT id FROM a;")]);
    up(&database, list).unwrap();
    let mut client = database.connect();
    client
        .batch_execute("BEGIN; INSERT INTO a VALUES (2)")
        .unwrap();
    let error = Migrator::new(list).verify(&mut client).unwrap_err();
    assert_says(&error, &["the connection is inside a transaction"]);
    client.batch_execute("COMMIT").unwrap();
    assert_eq!(database.ask("SELECT id FROM a ORDER BY id"), "1 2");
    Migrator::new(list).verify(&mut client).unwrap();
}
