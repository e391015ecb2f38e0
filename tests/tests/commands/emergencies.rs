//! The runbook of an operator from end to end, with what goes wrong on the way.

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Outcome, connect, database, directory, run};

/// Twenty migrations; the twelfth cannot run where an order has no price, and nobody can go back
/// behind the sixteenth while its table has rows.
fn twenty() -> TempDir {
    let dir = directory(&[]);
    for version in 1..=20 {
        let (up, down) = match version {
            1 => (
                "CREATE TABLE orders (id bigint PRIMARY KEY, price int);\nCREATE INDEX orders_price ON orders (price);\n".to_owned(),
                "DROP TABLE orders;\n".to_owned(),
            ),
            12 => (
                "ALTER TABLE orders ALTER COLUMN price SET NOT NULL;\n".to_owned(),
                "ALTER TABLE orders ALTER COLUMN price DROP NOT NULL;\n".to_owned(),
            ),
            16 => (
                "CREATE TABLE step_16 (id int);\n".to_owned(),
                "DO $$ BEGIN IF EXISTS (SELECT FROM step_16) THEN RAISE 'step_16 has rows'; END IF; END $$;\nDROP TABLE step_16;\n".to_owned(),
            ),
            _ => (format!("CREATE TABLE step_{version} (id int);\n"), format!("DROP TABLE step_{version};\n")),
        };
        for (direction, text) in [("up", up), ("down", down)] {
            std::fs::write(
                dir.path()
                    .join(format!("{version:03}_step.{direction}.sql")),
                text,
            )
            .expect("a file");
        }
    }
    dir
}

fn formats(outcome: &Outcome) -> String {
    let document: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    document["format"].as_str().expect("a format").to_owned()
}

#[test]
fn twenty_migrations_and_all_that_goes_wrong() {
    let dir = twenty();
    let url = database();
    let pgstrata =
        |arguments: &[&str]| run(dir.path(), &[arguments, &["--database-url", &url]].concat());
    let marker = dir.path().join(".marker");
    let marker = marker.to_str().expect("a path");

    // The first part was deployed long ago, and has rows.
    pgstrata(&["up", "--to", "10"]).succeeds();
    let rows = "INSERT INTO orders SELECT n, CASE WHEN n = 7 THEN NULL ELSE n END FROM generate_series(1, 100) AS n";
    let mut client = connect(&url);
    client.batch_execute(rows).expect("rows");

    // No run without a preflight; the one in the middle fails, and all before it stays.
    pgstrata(&["up", "--require-preflight", marker]).fails(1, &[]);
    let preflight = pgstrata(&["preflight", "--json", "--marker", marker]);
    preflight.succeeds();
    assert_eq!(formats(&preflight), "pgstrata preflight 1");
    let failed = pgstrata(&["up", "--require-preflight", marker]);
    failed.fails(2, &["012_step", "23502"]);
    assert!(
        failed.stdout.contains("100 rows of 1 tables"),
        "a backup comes first: {failed:#?}"
    );
    pgstrata(&["status"]).fails(6, &[]);
    client
        .batch_execute("UPDATE orders SET price = 0 WHERE price IS NULL")
        .expect("a price");
    pgstrata(&["up", "--skip-backup"]).succeeds();
    let postflight = pgstrata(&["postflight", "--json"]);
    postflight.succeeds();
    assert_eq!(formats(&postflight), "pgstrata postflight 1");

    // Three back, and a fourth that cannot go.
    pgstrata(&["down", "--steps", "3", "--yes"]).succeeds();
    client
        .batch_execute("INSERT INTO step_16 VALUES (1)")
        .expect("a row");
    pgstrata(&["down", "--steps", "2", "--yes"]).fails(4, &["016_step", "step_16 has rows"]);
    pgstrata(&["up"]).succeeds();

    // Drift by hand is found, and mended by what is suggested.
    client
        .batch_execute("ALTER TABLE orders ALTER COLUMN price TYPE bigint; DROP INDEX orders_price")
        .expect("a change");
    let drift = pgstrata(&["drift", "--json"]);
    drift.fails(3, &["2 differences"]);
    assert_eq!(formats(&drift), "pgstrata drift 1");
    let document: Value = serde_json::from_str(&drift.stdout).expect("JSON");
    for difference in document["differences"].as_array().expect("a list") {
        client
            .batch_execute(difference["repair"].as_str().expect("SQL"))
            .expect("it runs");
    }
    pgstrata(&["drift"]).succeeds();
    pgstrata(&["postflight"]).succeeds();

    // The last resort.
    let backup = pgstrata(&["backup", "--json"]);
    backup.succeeds();
    assert_eq!(formats(&backup), "pgstrata backup 1");
    client
        .batch_execute("DROP TABLE orders CASCADE")
        .expect("a disaster");
    pgstrata(&["postflight"]).fails(3, &["postflight failed"]);
    pgstrata(&["restore", "--swap", "--yes"]).succeeds();
    let orders = connect(&url)
        .query_one("SELECT count(*) FROM orders", &[])
        .expect("rows");
    assert_eq!(orders.get::<_, i64>(0), 100);
    pgstrata(&["status"]).succeeds();
    pgstrata(&["postflight"]).succeeds();
}
