//! What counts as an object of a repeatable: what its script made or replaced, however it did so, and
//! nothing that it only touched.

use pgstrata::{Migrations, Migrator, Report};

use crate::support::{
    Database, Source, assert_says, fresh_database, migrations, source, up, with_repeatables,
};

const MADE: &str = "CREATE TABLE a (id int PRIMARY KEY); \
    CREATE FUNCTION theirs() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE DOMAIN their AS int; \
    CREATE TABLE p (id int) PARTITION BY LIST (id); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); \
    CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';";

fn first() -> Source {
    source("0001_a", MADE, "DROP TABLE p; DROP TABLE a;")
}

fn list(more: &[&str], repeatables: &[(&'static str, &str)]) -> &'static Migrations<'static> {
    let labels = ["0002_b", "0003_c"];
    let more = labels
        .into_iter()
        .zip(more)
        .map(|(label, sql)| source(label, sql, "SELECT 1;"));
    with_repeatables(migrations([first()].into_iter().chain(more)), repeatables)
}

fn labels(report: &Report) -> String {
    let labels: Vec<&str> = report.steps.iter().map(|step| &*step.label).collect();
    labels.join(" ")
}

fn prepared(repeatables: &[(&'static str, &str)]) -> Database {
    let database = fresh_database();
    up(&database, list(&[], repeatables)).unwrap();
    database
}

#[test]
fn what_a_script_only_touches_is_not_its_own() {
    let cases = [
        (
            "GRANT EXECUTE ON FUNCTION theirs() TO pg_monitor; GRANT USAGE ON TYPE their TO pg_monitor; \
             COMMENT ON FUNCTION theirs() IS 'x'; ALTER FUNCTION theirs() COST 7; \
             ALTER DOMAIN their SET DEFAULT 1",
            "DROP FUNCTION theirs(); DROP DOMAIN their;",
        ),
        (
            "DROP TRIGGER IF EXISTS t ON p; \
             CREATE TRIGGER t AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION t()",
            "DROP TABLE p1;",
        ),
    ];
    for (script, dropped) in cases {
        let script = format!("CREATE OR REPLACE VIEW v AS SELECT id FROM a; {script}");
        let repeatables = [("it", &*script)];
        let database = prepared(&repeatables);
        let all = list(&[dropped], &repeatables);
        assert_eq!(labels(&up(&database, all).unwrap()), "0002_b", "{script}");
        assert!(up(&database, all).unwrap().is_empty());
    }
}

#[test]
fn what_is_there_already_stays_its_own() {
    for (script, dropped, is_there) in [
        (
            "DO $$BEGIN IF to_regtype('d') IS NULL THEN CREATE DOMAIN d AS int; END IF; END$$",
            "DROP DOMAIN d;",
            "to_regtype('d') IS NOT NULL",
        ),
        (
            "DO $$BEGIN CREATE TYPE d AS ENUM ('x'); EXCEPTION WHEN duplicate_object THEN NULL; END$$",
            "DROP TYPE d;",
            "to_regtype('d') IS NOT NULL",
        ),
    ] {
        let script = format!("{script}; CREATE OR REPLACE VIEW v AS SELECT id FROM a");
        let repeatables = [("it", &*script)];
        let database = prepared(&repeatables);
        let all = list(&["DROP VIEW v;"], &repeatables);
        assert_eq!(labels(&up(&database, all).unwrap()), "0002_b it");
        let all = list(&["DROP VIEW v;", dropped], &repeatables);
        assert_eq!(
            labels(&up(&database, all).unwrap()),
            "0003_c it",
            "{script}"
        );
        assert_eq!(database.ask(&format!("SELECT {is_there}")), "t", "{script}");
    }
}

/// A block with an EXCEPTION clause is a transaction within the transaction.
#[test]
fn what_a_block_makes_within_its_own_transaction_counts() {
    let script = "DO $$BEGIN EXECUTE 'CREATE OR REPLACE VIEW v AS SELECT id FROM a'; \
                  EXCEPTION WHEN insufficient_privilege THEN NULL; END$$";
    let repeatables = [("it", script)];
    let database = prepared(&repeatables);
    let all = list(&["DROP VIEW v;"], &repeatables);
    assert_eq!(labels(&up(&database, all).unwrap()), "0002_b it");
    assert_eq!(database.ask("SELECT to_regclass('v')"), "v");
}

/// A schema whose name begins as those of the server do, up to the underscore.
#[test]
fn a_schema_that_begins_with_pg_is_anyones() {
    let script =
        "CREATE SCHEMA IF NOT EXISTS pgapp; CREATE OR REPLACE VIEW pgapp.v AS SELECT id FROM a";
    let repeatables = [("it", script)];
    let database = prepared(&repeatables);
    let all = list(&["DROP VIEW pgapp.v;"], &repeatables);
    assert_eq!(labels(&up(&database, all).unwrap()), "0002_b it");
}

const TWO: [(&str, &str); 2] = [
    ("v", "CREATE OR REPLACE VIEW v AS SELECT id FROM a"),
    ("w", "CREATE OR REPLACE VIEW w AS SELECT id FROM v"),
];

fn as_one(database: &Database, list: &Migrations<'_>) -> Result<Report, pgstrata::Error> {
    let mut migrator = Migrator::new(list).single_transaction();
    migrator.up(&mut database.connect())
}

#[test]
fn in_one_transaction_they_come_back_within_it() {
    let changed = (
        "w",
        "CREATE OR REPLACE VIEW w AS SELECT id, 1 AS one FROM v",
    );
    for second in [TWO[1], changed] {
        let repeatables = [TWO[0], second];
        let database = prepared(&TWO);
        let all = list(&["DROP VIEW v CASCADE;", "SELECT 1;"], &repeatables);
        let report = as_one(&database, all).unwrap();
        assert_eq!(labels(&report), "0002_b 0003_c v w");
        assert_eq!(database.ask("SELECT to_regclass('w')"), "w");
        assert!(up(&database, all).unwrap().is_empty());
        // What it made again is followed as before.
        let fourth = source("0004_d", "DROP VIEW w;", "SELECT 1;");
        let sources = [
            first(),
            source("0002_b", "DROP VIEW v CASCADE;", "SELECT 1;"),
            source("0003_c", "SELECT 1;", "SELECT 1;"),
            fourth,
        ];
        let more = with_repeatables(migrations(sources), &repeatables);
        assert_eq!(labels(&as_one(&database, more).unwrap()), "0004_d w");
    }
}

#[test]
fn in_one_transaction_nothing_is_kept_if_one_no_longer_fits() {
    let database = prepared(&TWO);
    let all = list(
        &["DROP VIEW v CASCADE; ALTER TABLE a RENAME id TO n;"],
        &TWO,
    );
    let error = as_one(&database, all).unwrap_err();
    assert_says(&error, &["repeating v failed", "repeatable/v.sql:1:36"]);
    assert_eq!(database.applied(), "1 NULL NULL");
    assert_eq!(database.ask("SELECT to_regclass('w')"), "w");
}

/// The code of hooks sees each script once more where the transaction begins again.
#[test]
fn in_one_transaction_hooks_are_called_again() {
    let database = prepared(&TWO);
    let all = list(&["DROP VIEW v CASCADE;"], &TWO);
    let mut called = Vec::new();
    let mut hook = |step: &pgstrata::Step, _: &mut postgres::Transaction<'_>| {
        called.push(step.label.clone());
        Ok(())
    };
    let mut migrator = Migrator::new(all)
        .single_transaction()
        .before_each(&mut hook);
    migrator.up(&mut database.connect()).unwrap();
    assert_eq!(called.join(" "), "0002_b 0002_b v w");
}
