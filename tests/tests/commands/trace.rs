//! `trace`: what a server shows of each statement.

use serde_json::{Value, json};

use crate::support::{directory, run};

#[test]
fn a_trace_shows_what_each_statement_takes() {
    let dir = directory(&[
        (
            "001_create.up.sql",
            "CREATE TABLE customer (id bigint PRIMARY KEY, age int, code int NOT NULL);\n\
             CREATE TABLE heir () INHERITS (customer);\n\
             CREATE TABLE invoice (id bigint PRIMARY KEY, customer bigint, amount int);\n",
        ),
        ("001_create.down.sql", "DROP TABLE invoice;\nDROP TABLE heir;\nDROP TABLE customer;\n"),
        (
            "002_change.up.sql",
            "CREATE INDEX customer_age ON customer (age);\n\
             ALTER TABLE invoice ADD FOREIGN KEY (customer) REFERENCES customer NOT VALID;\n\
             ALTER TABLE invoice ALTER COLUMN amount TYPE numeric;\n\
             CREATE TABLE line (invoice bigint REFERENCES invoice);\n\
             SELECT 1;\n\
             ALTER TABLE line ADD CHECK (invoice > 0);\n",
        ),
        ("002_change.down.sql", "-- pgstrata: irreversible an example\n"),
        ("003_children.up.sql", "ALTER TABLE customer ALTER COLUMN code TYPE bigint;\n"),
        ("003_children.down.sql", "-- pgstrata: irreversible an example\n"),
        (
            "004_alone.up.sql",
            "-- pgstrata: no-transaction\nCREATE INDEX CONCURRENTLY invoice_customer ON invoice (customer);\n",
        ),
        ("004_alone.down.sql", "-- pgstrata: irreversible an example\n"),
    ]);
    let outcome = run(dir.path(), &["trace", "--from", "2", "--rows", "20", "--format", "json"]);
    let lines: Vec<Value> = outcome
        .succeeds()
        .lines()
        .map(|line| serde_json::from_str(line).expect("an object a line"))
        .collect();
    let versions: Vec<_> = lines.iter().map(|line| line["version"].as_u64()).collect();
    assert_eq!(versions, [Some(2), Some(3), Some(4)]);

    let taken = |line: &Value| -> Vec<String> {
        let statements = line["statements"].as_array().expect("a list").iter();
        let locks = |statement: &Value| {
            let locks = statement["locks"].as_array().expect("a list").iter();
            let shown = locks.map(|lock| {
                let text = |key: &str| lock[key].as_str().unwrap_or("-");
                format!("{} {} {}", text("table"), text("mode"), text("rows"))
            });
            shown.collect::<Vec<_>>().join(", ")
        };
        statements.map(locks).collect()
    };
    assert_eq!(
        taken(&lines[0]),
        [
            "customer SHARE read",
            "customer SHARE ROW EXCLUSIVE -, invoice SHARE ROW EXCLUSIVE -",
            "invoice ACCESS EXCLUSIVE rewritten",
            "",
            "",
            "",
        ]
        .map(str::to_owned)
    );
    assert_eq!(
        taken(&lines[1]),
        ["customer ACCESS EXCLUSIVE rewritten, heir ACCESS EXCLUSIVE rewritten"]
    );
    assert_eq!(
        lines[1]["not_forecast"],
        json!([{ "schema": "public", "table": "heir", "mode": "ACCESS EXCLUSIVE", "rows": "rewritten" }])
    );
    assert_eq!(taken(&lines[2]), [""; 0]);
    let logged = lines[0]["statements"][2]["logged_bytes"].as_u64();
    assert!(logged.is_some_and(|bytes| bytes > 1000), "{logged:?}");

    let printed = run(dir.path(), &["trace", "--rows", "20"]);
    for part in [
        "on a throw-away PostgreSQL ",
        ", 20 rows a table\n001_create  ",
        "    1  CREATE INDEX customer_age ON customer (age)  ",
        "\n         SHARE on customer, reads every row\n",
        "\n  not forecast: ACCESS EXCLUSIVE on heir\n",
        "  outside a transaction, so its locks are gone with each statement\n",
    ] {
        assert!(printed.succeeds().contains(part), "{part:?} is not in {printed:#?}");
    }
}

#[test]
fn a_statement_that_fails_is_named() {
    let dir = directory(&[
        ("001_create.up.sql", "CREATE TABLE t (id int);\nSELECT 1 / 0;\n"),
        ("001_create.down.sql", "DROP TABLE t;\n"),
    ]);
    run(dir.path(), &["trace"])
        .fails(2, &["001_create.up.sql:2: division by zero (SQLSTATE 22012)"]);
}
