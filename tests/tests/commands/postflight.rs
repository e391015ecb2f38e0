//! `postflight`: what a run should not leave is found, each with what to do.

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Outcome, connect, database, directory, run};

fn shop() -> TempDir {
    directory(&[
        (
            "001_create.up.sql",
            "CREATE TABLE item (id bigint PRIMARY KEY, name text, price int);\n\
             CREATE INDEX item_price ON item (price);\n\
             CREATE VIEW dear AS SELECT id FROM item WHERE price > 100;\n",
        ),
        ("001_create.down.sql", "DROP VIEW dear;\nDROP TABLE item;\n"),
        (
            "001_create.verify.sql",
            "DO $$ BEGIN IF EXISTS (SELECT FROM item WHERE price < 0) THEN RAISE 'a price below 0'; END IF; END $$;\n",
        ),
        (
            "002_shelf.up.sql",
            "CREATE TABLE shelf (id bigint PRIMARY KEY, item bigint);\n",
        ),
        ("002_shelf.down.sql", "DROP TABLE shelf;\n"),
        ("003_later.up.sql", "CREATE TABLE later (id int);\n"),
        ("003_later.down.sql", "DROP TABLE later;\n"),
    ])
}

/// With the first two.
fn shopped(dir: &TempDir) -> String {
    let url = database();
    run(dir.path(), &["up", "--to", "2", "--database-url", &url]).succeeds();
    url
}

fn report(outcome: &Outcome) -> Value {
    let report: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    assert_eq!(report["format"], "pgstrata postflight 1");
    report
}

/// Check and severity of each finding, with what it names.
fn found(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().expect("a list").iter();
    let name = |it: &Value| {
        let names = [
            "index",
            "constraint",
            "missing",
            "besides",
            "migration",
            "script",
            "grown",
        ];
        names
            .iter()
            .find_map(|name| it[name].as_str())
            .unwrap_or_default()
            .to_owned()
    };
    let lines = findings.map(|it| {
        let evidence = it["evidence"].as_array().expect("a list").iter().map(name);
        let text = |key: &str| it[key].as_str().unwrap_or_default().to_owned();
        format!(
            "{} {}: {}",
            text("check"),
            text("severity"),
            evidence.collect::<Vec<_>>().join(", ")
        )
    });
    lines.collect()
}

#[test]
fn after_a_run_all_is_good() {
    let dir = shop();
    let url = shopped(&dir);
    let printed = run(dir.path(), &["postflight", "--database-url", &url]);
    for part in [
        "2 applied, 1 pending\n",
        "note: history: pending: 1\n    migration 003_later\n",
        "good: verify, objects, constraints, indexes, duration, usage, bloat\n",
        "postflight passed\n",
    ] {
        assert!(
            printed.succeeds().contains(part),
            "{part:?} is not in {}",
            printed.stdout
        );
    }
    assert!(
        printed
            .stdout
            .lines()
            .all(|line| line.chars().count() <= 80),
        "{}",
        printed.stdout
    );
    let report = report(&run(
        dir.path(),
        &["postflight", "--json", "--database-url", &url],
    ));
    assert_eq!(
        (&report["passed"], &report["applied"]),
        (&Value::Bool(true), &Value::from(2))
    );
    let fingerprint = run(
        dir.path(),
        &["fingerprint", "--exact", "--database-url", &url],
    );
    assert_eq!(
        report["fingerprint"]["exact"],
        fingerprint.succeeds().trim()
    );
    // Also of a database in which nothing has run yet.
    run(dir.path(), &["postflight", "--database-url", &database()]).succeeds();
}

#[test]
fn what_should_not_be_is_found() {
    let dir = shop();
    let url = shopped(&dir);
    let mut client = connect(&url);
    client
        .batch_execute(
            "INSERT INTO item SELECT n, 'twice', n FROM generate_series(1, 3) AS n;
             ALTER TABLE shelf ADD CONSTRAINT shelf_item FOREIGN KEY (item) REFERENCES item NOT VALID;
             ALTER TABLE item ADD CONSTRAINT cheap CHECK (price < 9) NOT VALID;
             CREATE INDEX item_price_ccnew ON item (price);
             DROP VIEW dear;
             ALTER TABLE shelf DROP COLUMN item CASCADE;
             UPDATE item SET price = -1 WHERE id = 1;
             UPDATE pgstrata_history_events SET duration = '301 s' WHERE version = 1;
             UPDATE pgstrata_history SET up_checksum = '\\x00' WHERE version = 1",
        )
        .expect("faults");
    client
        .batch_execute("CREATE UNIQUE INDEX CONCURRENTLY item_name ON item (name)")
        .expect_err("two rows of one name");
    let outcome = run(
        dir.path(),
        &["postflight", "--json", "--database-url", &url],
    );
    outcome.fails(3, &["postflight failed, 4 errors"]);
    let report = report(&outcome);
    assert_eq!(report["passed"], false);
    let expected = [
        "history warning: 001_create",
        "history note: 003_later",
        "verify error: 001_create",
        "objects error: view dear, column item of shelf",
        "constraints error: cheap",
        "indexes error: item_name, item_price_ccnew",
        "duration warning: 001_create",
    ];
    assert_eq!(found(&report), expected, "{report:#}");
    let slower = [
        "postflight",
        "--json",
        "--slow",
        "302",
        "--database-url",
        &url,
    ];
    assert!(!run(dir.path(), &slower).stdout.contains("duration"));

    let printed = run(dir.path(), &["postflight", "--database-url", &url]).stdout;
    for part in [
        "run ALTER TABLE item VALIDATE CONSTRAINT cheap;",
        "run REINDEX INDEX CONCURRENTLY item_name;",
        "run DROP INDEX CONCURRENTLY item_price_ccnew;",
        "says a price below 0",
    ] {
        let printed = printed.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(printed.contains(part), "{part:?} is not in {printed}");
    }
    assert!(
        printed.lines().all(|line| line.chars().count() <= 80),
        "{printed}"
    );
}

#[test]
fn what_no_migration_names_is_told() {
    let dir = shop();
    let url = shopped(&dir);
    connect(&url)
        .batch_execute(
            "CREATE TABLE audit_copy AS TABLE item; CREATE SCHEMA side; CREATE VIEW side.cheap AS SELECT 1;
             CREATE TABLE part (at date) PARTITION BY LIST (at); CREATE TABLE part_1 PARTITION OF part DEFAULT;
             CREATE EXTENSION pg_stat_statements;",
        )
        .expect("tables of others");
    let report = report(&run(
        dir.path(),
        &["postflight", "--json", "--database-url", &url],
    ));
    let expected = [
        "objects note: table audit_copy, table part, view side.cheap",
        "history note: 003_later",
    ];
    let mut found = found(&report);
    found.sort();
    found.reverse();
    assert_eq!(found, expected, "{report:#}");
    assert_eq!(report["passed"], Value::Bool(true));
}

#[test]
fn what_was_interrupted_is_found() {
    let dir = shop();
    let url = shopped(&dir);
    connect(&url)
        .batch_execute(
            "UPDATE pgstrata_history SET state = 'applying' WHERE version = 2; DROP TABLE shelf",
        )
        .expect("a claim");
    let outcome = run(
        dir.path(),
        &["postflight", "--json", "--database-url", &url],
    );
    outcome.fails(3, &["postflight failed, 1 error"]);
    assert_eq!(
        found(&report(&outcome)),
        ["history error: 002_shelf", "history note: 003_later"]
    );
}

#[test]
fn what_has_grown_and_what_nobody_uses_is_told() {
    let dir = shop();
    let url = shopped(&dir);
    let file = dir.path().join(".sizes.json");
    let file = file.to_str().expect("a path");
    run(
        dir.path(),
        &["postflight", "--write", file, "--database-url", &url],
    )
    .succeeds();
    let mut client = connect(&url);
    client
        .batch_execute(
            "INSERT INTO item SELECT n, 'thing', n % 50000 FROM generate_series(1, 150000) AS n",
        )
        .expect("rows");
    client
        .batch_execute("DELETE FROM item WHERE id % 50 <> 0")
        .expect("fewer rows");
    client
        .batch_execute("VACUUM ANALYZE item")
        .expect("statistics");
    let postflight = [
        "postflight",
        "--json",
        "--baseline",
        file,
        "--database-url",
        &url,
    ];
    let report = report(&run(dir.path(), &postflight));
    let found = found(&report);
    assert_eq!(found[1], "usage note: item_price", "{report:#}");
    assert!(
        found[2].starts_with("bloat note: ") && found[2].contains("item_pkey"),
        "{report:#}"
    );
    assert!(
        found[3].starts_with("growth note: item, item_p"),
        "{report:#}"
    );
    assert_eq!(report["passed"], true);
    let other = [
        "postflight",
        "--baseline",
        file,
        "--database-url",
        &shopped(&dir),
    ];
    run(dir.path(), &other).fails(5, &["is of another database", "postflight --write FILE"]);
    std::fs::write(dir.path().join(".sizes.json"), "{}").expect("a file");
    run(dir.path(), &postflight).fails(5, &["holds no sizes"]);
}

/// `up` would refuse there.
#[test]
fn an_interrupted_way_back_is_not_for_up() {
    let dir = shop();
    let url = shopped(&dir);
    let postflight = || run(dir.path(), &["postflight", "--database-url", &url]);
    let mut client = connect(&url);
    for (state, verb, other) in [("applying", "up", "down"), ("rolling back", "down", "up")] {
        let set = format!("UPDATE pgstrata_history SET state = '{state}' WHERE version = 2");
        client.batch_execute(&set).expect("an update");
        let outcome = postflight();
        outcome.fails(3, &["postflight failed"]);
        assert!(
            outcome
                .stdout
                .contains(&format!("`cargo pgstrata {verb}` goes on")),
            "{state}: {outcome:#?}"
        );
        assert!(
            !outcome
                .stdout
                .contains(&format!("`cargo pgstrata {other}`")),
            "{state}: {outcome:#?}"
        );
    }
}
