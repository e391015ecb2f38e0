//! What a database brings along, met behind PgBouncer: repeatables that follow, encodings, hooks.

use pgstrata::{Event, Migrations, Migrator, Report, Step};
use postgres::{Client, Transaction};

use crate::encodings::database_in;
use crate::pooler::{Pooler, pooler, pooler_of};
use crate::support::{ask, assert_says, migrations, source, with_repeatables};

const VIEWS: [(&str, &str); 2] = [
    ("v", "CREATE OR REPLACE VIEW v AS SELECT id FROM a"),
    (
        "w",
        "DO $$BEGIN EXECUTE 'CREATE OR REPLACE VIEW w AS SELECT id FROM v'; \
         EXCEPTION WHEN insufficient_privilege THEN NULL; END$$",
    ),
];

fn list(more: &[&str]) -> &'static Migrations<'static> {
    let labels = ["0002_b", "0003_c", "0004_d", "0005_e"];
    let first = source("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;");
    let more = labels
        .into_iter()
        .zip(more)
        .map(|(label, sql)| source(label, sql, "SELECT 1;"));
    with_repeatables(migrations([first].into_iter().chain(more)), &VIEWS)
}

fn labels(report: &Report) -> String {
    let labels: Vec<&str> = report.steps.iter().map(|step| &*step.label).collect();
    labels.join(" ")
}

fn prepared(pooler: &Pooler) -> Client {
    let mut client = pooler.connect();
    let mut migrator = Migrator::new(list(&[])).behind_pooler();
    migrator.up(&mut client).unwrap();
    client
}

#[test]
fn repeatables_follow() {
    let drops = [
        "DROP VIEW w;",
        "DROP VIEW v;",
        "ALTER TABLE a ALTER id TYPE bigint;",
        "SELECT 1;",
    ];
    for is_one in [false, true] {
        let Some(pooler) = pooler() else { return };
        let mut client = prepared(&pooler);
        let mut migrator = Migrator::new(list(&drops)).behind_pooler();
        if is_one {
            migrator = migrator.single_transaction();
        }
        let report = migrator.up(&mut client).unwrap();
        assert_eq!(labels(&report), "0002_b 0003_c 0004_d 0005_e v w");
        assert_eq!(ask(&mut client, "SELECT count(*) FROM w"), "0");
        assert!(migrator.up(&mut client).unwrap().is_empty());
        assert_eq!(
            ask(&mut client, "SELECT count(*) FROM pg_prepared_statements"),
            "0"
        );
    }
}

#[test]
fn one_transaction_is_taken_back_if_a_repeatable_no_longer_fits() {
    let Some(pooler) = pooler() else { return };
    let mut client = prepared(&pooler);
    let all = list(&["DROP VIEW v CASCADE; ALTER TABLE a RENAME id TO n;"]);
    let mut migrator = Migrator::new(all).behind_pooler().single_transaction();
    let error = migrator.up(&mut client).unwrap_err();
    assert_says(&error, &["repeating v failed", "repeatable/v.sql:1:36"]);
    assert_eq!(pooler.database.applied(), "1 NULL NULL");
    assert_eq!(ask(&mut client, "SELECT count(*) FROM w"), "0");
}

#[test]
fn another_encoding() {
    let Some(pooler) = pooler() else { return };
    let text = |text: &str| {
        let sql = format!("CREATE TABLE b AS SELECT '{text}'::text AS t;");
        migrations([source("0001_b", &sql, "DROP TABLE b;")])
    };
    let database = database_in("LATIN1");
    let mut client = pooler.connect_to(&database);
    let mut migrator = Migrator::new(text("5 €")).behind_pooler();
    let error = migrator.up(&mut client).unwrap_err();
    assert!(error.is_refused(), "{error}");
    assert_says(&error, &["0001_b.up.sql:1:29", "€"]);
    let mut migrator = Migrator::new(text("é")).behind_pooler();
    migrator.up(&mut client).unwrap();
    assert_eq!(database.ask("SELECT length(t) FROM b"), "1");
    assert!(migrator.up(&mut client).unwrap().is_empty());
}

#[test]
fn how_literals_are_read_is_put_back_in_the_pool() {
    let Some(pooler) = pooler() else { return };
    let off = "DO $$BEGIN PERFORM set_config('standard_conforming_strings', 'off', false); END$$;";
    let reads = r"CREATE TABLE b AS SELECT '\\'::text AS t;";
    let list = migrations([
        source("0001_a", off, "SELECT 1;"),
        source("0002_b", reads, "DROP TABLE b;"),
    ]);
    let mut observer = |_: &Event<'_>| {};
    let mut hook = |_: &Step, it: &mut Transaction<'_>| {
        Ok(it.batch_execute("SET LOCAL standard_conforming_strings = off")?)
    };
    let mut migrator = Migrator::new(list).behind_pooler().observe(&mut observer);
    migrator = migrator.before_each(&mut hook);
    let mut client = pooler.connect();
    migrator.up(&mut client).unwrap();
    assert_eq!(ask(&mut client, "SELECT length(t) FROM b"), "2");
    for _ in 0..8 {
        assert_eq!(ask(&mut client, "SHOW standard_conforming_strings"), "on");
    }
}

/// Whoever did not say that there is a pooler: what the run has prepared and set goes with its lock.
#[test]
fn an_undeclared_run_leaves_nothing_in_the_pool() {
    let Some(pooler) = pooler_of(2) else { return };
    let (mut first, mut second) = (pooler.connect(), pooler.connect());
    // The run has the other session for itself, until it is taken away.
    first.batch_execute("BEGIN").unwrap();
    let mut is_moved = false;
    let mut observer = |event: &Event<'_>| match event {
        Event::Finished { .. } if !is_moved => {
            is_moved = true;
            second.batch_execute("BEGIN").unwrap();
            first.batch_execute("ROLLBACK").unwrap();
        }
        Event::Failed { .. } => second.batch_execute("ROLLBACK").unwrap(),
        _ => {}
    };
    let more = ["SELECT 1;"; 4];
    let mut migrator = Migrator::new(list(&more)).observe(&mut observer);
    let error = migrator.up(&mut pooler.connect()).unwrap_err();
    assert_says(&error, &["so a transaction pooler lies between"]);
    drop(migrator);
    for client in [&mut first, &mut second] {
        client.batch_execute("BEGIN").unwrap();
    }
    let pids = [&mut first, &mut second].map(|client| {
        let prepared = "SELECT count(*) FROM pg_prepared_statements WHERE from_sql";
        assert_eq!(ask(client, prepared), "0");
        let interval =
            "SELECT COALESCE(current_setting('client_connection_check_interval', true), '0')";
        assert_eq!(ask(client, interval), "0");
        ask(client, "SELECT pg_backend_pid()")
    });
    assert_ne!(pids[0], pids[1]);
    let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = \
                (SELECT oid FROM pg_database WHERE datname = current_database())";
    assert_eq!(pooler.database.ask(held), "0");
}
