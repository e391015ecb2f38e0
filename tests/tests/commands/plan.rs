//! `plan`: statement by statement, with the locks on what is there already.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{database, directory, run};

/// The second migration changes what the first one made, and makes one more.
fn shop() -> TempDir {
    directory(&[
        (
            "0001_create.up.sql",
            "CREATE TABLE customer (id bigint PRIMARY KEY, note varchar(9));\n\
             CREATE TABLE invoice (id bigint PRIMARY KEY, customer bigint);\n",
        ),
        (
            "0001_create.down.sql",
            "DROP TABLE invoice;\nDROP TABLE customer;\n",
        ),
        (
            "0002_change.up.sql",
            "-- first\nALTER TABLE customer\n  ALTER COLUMN note TYPE int USING 1;\n\
             ALTER TABLE invoice ADD FOREIGN KEY (customer) REFERENCES customer (id);\n\
             CREATE TABLE line (invoice bigint REFERENCES invoice, a_rather_long_name_of_a_column text);\n\
             CREATE INDEX line_invoice ON line (invoice);\n\
             DO $$ BEGIN NULL; END $$;\n",
        ),
        ("0002_change.down.sql", "DROP TABLE line;\n"),
    ])
}

#[test]
fn each_statement_shows_what_it_locks() {
    let (dir, url) = (shop(), database());
    let on_database =
        |arguments: &[&str]| run(dir.path(), &[arguments, &["--database-url", &url]].concat());
    let expected = "\
apply 0001_create (2 statements)
  1  CREATE TABLE customer (id bigint PRIMARY KEY, note varchar(9))
  2  CREATE TABLE invoice (id bigint PRIMARY KEY, customer bigint)
apply 0002_change (5 statements)
  1  ALTER TABLE customer …
       ACCESS EXCLUSIVE on customer, rewrites every row
  2  ALTER TABLE invoice ADD FOREIGN KEY (customer) REFERENCES customer (id)
       SHARE ROW EXCLUSIVE on invoice, reads every row
       SHARE ROW EXCLUSIVE on customer
  3  CREATE TABLE line (invoice bigint REFERENCES invoice, a_rather_long_name_o…
       SHARE ROW EXCLUSIVE on invoice
  4  CREATE INDEX line_invoice ON line (invoice)
  5  DO $$ BEGIN NULL; END $$
       what else it locks only the server knows
";
    assert_eq!(on_database(&["plan"]).succeeds(), expected);
    let to = on_database(&["up", "--dry-run", "--to", "1"]);
    assert_eq!(
        to.succeeds(),
        expected.split_inclusive('\n').take(3).collect::<String>()
    );
    let quiet = on_database(&["plan", "--quiet"]);
    assert_eq!(
        quiet.succeeds(),
        "apply 0001_create (2 statements)\napply 0002_change (5 statements)\n"
    );

    on_database(&["up", "--to", "1"]).succeeds();
    let lines = on_database(&["plan", "--format", "json"]);
    let plan: Value = serde_json::from_str(lines.succeeds()).expect("one object");
    assert_eq!(
        (&plan["version"], &plan["label"]),
        (&json!(2), &json!("0002_change"))
    );
    assert_eq!(plan["transaction"], true);
    let statements = plan["statements"].as_array().expect("statements");
    let first = json!({
        "line": 2,
        "sql": "ALTER TABLE customer\n  ALTER COLUMN note TYPE int USING 1",
        "locks": [
            { "schema": "public", "table": "customer", "mode": "ACCESS EXCLUSIVE", "rows": "rewritten" }
        ],
        "complete": true,
    });
    assert_eq!(statements[0], first);
    assert_eq!(
        (statements.len(), &statements[4]["complete"]),
        (5, &json!(false))
    );
    assert_eq!(statements[1]["locks"][0]["rows"], Value::Null);

    on_database(&["up"]).succeeds();
    assert_eq!(on_database(&["plan"]).succeeds(), "nothing to do\n");
    assert_eq!(on_database(&["plan", "--format", "json"]).succeeds(), "");
}

#[test]
fn what_is_left_out_is_shown() {
    let up = "CREATE TABLE a (id int);\n\n-- pgstrata: optional\nCREATE EXTENSION no_such;\n";
    let down = "DROP EXTENSION IF EXISTS no_such;\nDROP TABLE a;\n";
    let dir = directory(&[("0001_a.up.sql", up), ("0001_a.down.sql", down)]);
    let url = database();
    let on_database =
        |arguments: &[&str]| run(dir.path(), &[arguments, &["--database-url", &url]].concat());
    let left_out = "without statement 2: the server does not have the extension no_such";
    let plan = on_database(&["plan"]);
    assert!(plan.succeeds().contains(left_out), "{plan:?}");
    let lines = on_database(&["plan", "--format", "json"]);
    let plan: Value = serde_json::from_str(lines.succeeds()).expect("one object");
    assert_eq!(
        plan["skipped"],
        json!([{ "statement": 2, "extension": "no_such" }])
    );
    let up = on_database(&["up"]);
    assert!(up.succeeds().contains(left_out), "{up:?}");
    on_database(&["down", "--yes"]).succeeds();
}

#[test]
fn the_plan_of_the_sample_fits_a_narrow_terminal() {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let plan = run(&migrations, &["plan", "--database-url", &database()]);
    let shown = plan.succeeds();
    let lock = "ACCESS EXCLUSIVE on workflow_executions";
    assert!(shown.contains(lock), "{shown}");
    let wide: Vec<&str> = shown
        .lines()
        .filter(|line| line.chars().count() > 80)
        .collect();
    assert!(wide.is_empty(), "{wide:#?}");
}
