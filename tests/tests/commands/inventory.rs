//! `list`, `graph`, `info` and `status --json`.
//!
//! The file is long because the four commands show one directory.

use std::path::Path;

use pgstrata::Migrations;
use pgstrata_tools::Inventory;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{connect, database, directory, run};

mod schema {
    pgstrata::embed_migrations!("../migrations");
}

/// One of each: what is required, what is only used, seed rows, no way back, a finding.
fn shop() -> TempDir {
    directory(&[
        (
            "0001_create_customer.up.sql",
            "-- Creates customers, who buy things. Depends on nothing.\n-- More of it.\n\n\
             CREATE TYPE mood AS ENUM ('sad', 'glad');\n\
             CREATE TABLE customer (id bigint PRIMARY KEY, note text, mood mood);\n\
             CREATE INDEX customer_note ON customer (note);\n",
        ),
        (
            "0001_create_customer.down.sql",
            "DROP TABLE customer;\nDROP TYPE mood;\n",
        ),
        (
            "0002_fill_customer.up.sql",
            "-- Fills it: a | b <c>.\n-- pgstrata: requires 0001\n\
             INSERT INTO customer (id) VALUES (1), (2) ON CONFLICT DO NOTHING;\n",
        ),
        (
            "0002_fill_customer.down.sql",
            "-- pgstrata: irreversible rows may have been there\n",
        ),
        (
            "0003_create_invoice_and_a_name_that_is_much_longer_than_a_line_has_room_for.up.sql",
            "CREATE TABLE invoice (id bigint PRIMARY KEY, customer bigint REFERENCES customer);\n\
             ALTER TABLE customer ADD COLUMN feeling mood;\n",
        ),
        (
            "0003_create_invoice_and_a_name_that_is_much_longer_than_a_line_has_room_for.down.sql",
            "ALTER TABLE customer DROP COLUMN feeling;\nDROP TABLE invoice;\n",
        ),
        (
            "0004_change.up.sql",
            "-- pgstrata: requires 0003\nALTER TABLE customer\n  ALTER COLUMN note TYPE int USING 1;\n",
        ),
        (
            "0004_change.down.sql",
            "ALTER TABLE customer ALTER COLUMN note TYPE text;\n",
        ),
    ])
}

fn document(text: &str) -> Value {
    serde_json::from_str(text).expect("one document")
}

/// The names of an object's fields, in order.
fn fields(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn a_list_says_what_each_needs_and_makes() {
    let dir = shop();
    let json = run(dir.path(), &["list", "--format", "json"]);
    let list = document(json.succeeds());
    assert_eq!(list["format"], "pgstrata list 1");
    let all = list["migrations"].as_array().expect("migrations");
    assert_eq!(
        fields(&all[0]),
        [
            "description",
            "irreversible",
            "label",
            "name",
            "objects",
            "requires",
            "reversible",
            "seed_rows",
            "uses",
            "version"
        ]
    );
    assert_eq!(
        all[0]["description"],
        "Creates customers, who buy things. More of it."
    );
    let objects = |index: usize| -> Vec<String> {
        let objects = all[index]["objects"].as_array().expect("objects").iter();
        let words = objects.map(|it| {
            let word = |key: &str| it[key].as_str().unwrap_or("-");
            [word("kind"), word("schema"), word("name"), word("part")].join(" ")
        });
        words.collect()
    };
    assert_eq!(
        objects(0),
        [
            "table public customer -",
            "index public customer_note -",
            "type public mood -"
        ]
    );
    assert_eq!(
        objects(2),
        ["table public invoice -", "column public customer feeling"]
    );
    let facts = |index: usize| {
        let it = &all[index];
        json!([
            it["requires"],
            it["uses"],
            it["seed_rows"],
            it["reversible"],
            it["irreversible"]
        ])
    };
    assert_eq!(
        facts(1),
        json!([[1], [1], 2, false, "rows may have been there"])
    );
    assert_eq!(facts(2), json!([[], [1], 0, true, null]));
    assert_eq!(facts(3), json!([[3], [1], 0, true, null]));

    let table = run(dir.path(), &["list"]);
    for line in table.succeeds().lines() {
        assert!(line.chars().count() <= 80, "{line:?} is too wide");
    }
    for part in [
        "0002_fill_customer\n    Fills it: a | b <c>\n    2 seed rows; needs 0001; no way back\n",
        "\n0003_create_invoice_and_a_name_that_is_much_longer_than_a_line_has_room_for\n",
        "\n0004_change\n    needs 0003\n",
        "1 type",
    ] {
        assert!(
            table.stdout.contains(part),
            "{part:?} is not in {}",
            table.stdout
        );
    }
    assert!(!table.stdout.contains("took"), "{}", table.stdout);
    let markdown = run(dir.path(), &["list", "--format", "markdown"]);
    assert!(
        markdown.succeeds().contains(
            "| 0002 | fill_customer | Fills it: a \\| b &lt;c>. | 0001 |  | 2 | no: rows may have been there |\n"
        ),
        "{markdown:#?}"
    );
}

/// A program without its files says the same of the list that it embeds.
#[test]
fn an_embedded_list_has_the_same_inventory() {
    let embedded = Inventory::of(&schema::MIGRATIONS);
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    assert_eq!(
        embedded.json(),
        run(&dir, &["list", "--format", "json"]).succeeds()
    );
    assert_eq!(
        embedded.graph_json(),
        run(&dir, &["graph", "--format", "json"]).succeeds()
    );
    assert_eq!(
        embedded.svg(),
        run(&dir, &["graph", "--format", "svg"]).succeeds()
    );
    assert_eq!(embedded.len(), schema::MIGRATIONS.iter().count());
    let table = embedded.text(130);
    assert!(
        table.lines().all(|line| line.chars().count() <= 130),
        "{table}"
    );
    for part in [
        "What it does",
        " 0002_create_workflow_",
        "(needs 0001)",
        "1 table, 2 indexes",
    ] {
        assert!(table.contains(part), "{part:?} is not in {table}");
    }
}

#[test]
fn a_database_tells_how_long_each_took() {
    let (dir, url) = (shop(), database());
    let on_database =
        |arguments: &[&str]| run(dir.path(), &[arguments, &["--database-url", &url]].concat());
    // A database without a history, then one of the first layout.
    let empty = document(on_database(&["list", "--format", "json"]).succeeds());
    assert_eq!(empty["migrations"][0]["seconds"], Value::Null);
    on_database(&["up", "--to", "2"]).succeeds();
    let list = document(on_database(&["list", "--format", "json"]).succeeds());
    let seconds = |index: usize| list["migrations"][index]["seconds"].as_f64();
    assert!(seconds(0).is_some_and(|seconds| seconds > 0.0), "{list}");
    assert_eq!(seconds(2), None);
    assert!(on_database(&["list"]).succeeds().contains("; took "));
    let gone = run(
        dir.path(),
        &["list", "--database-url", "postgresql://127.0.0.1:1/x"],
    );
    assert!(!gone.succeeds().contains("took"));
    assert!(
        gone.stderr
            .contains("note: without durations: cannot connect"),
        "{gone:#?}"
    );
}

#[test]
fn a_graph_leads_from_what_is_needed_to_what_needs_it() {
    let dir = shop();
    let chart = run(dir.path(), &["graph"]);
    // That the fourth uses the first follows from the other arrows.
    assert!(
        chart
            .succeeds()
            .ends_with("  m1 --> m2\n  m1 -.-> m3\n  m3 --> m4\n"),
        "{}",
        chart.stdout
    );
    assert!(
        chart
            .stdout
            .starts_with("flowchart LR\n  m1[\"0001_create_customer\"]\n")
    );
    let graph = document(run(dir.path(), &["graph", "--format", "json"]).succeeds());
    assert_eq!(fields(&graph), ["edges", "format", "migrations"]);
    assert_eq!(graph["format"], "pgstrata graph 1");
    assert_eq!(
        graph["migrations"][0],
        json!({ "version": 1, "label": "0001_create_customer" })
    );
    assert_eq!(
        graph["edges"],
        json!([
            { "from": 1, "to": 2, "why": "requires" },
            { "from": 1, "to": 3, "why": "uses" },
            { "from": 1, "to": 4, "why": "uses" },
            { "from": 3, "to": 4, "why": "requires" },
        ])
    );
    let picture = run(dir.path(), &["graph", "--format", "svg"]);
    let svg = picture.succeeds();
    assert!(
        svg.starts_with("<svg ") && svg.ends_with("</svg>\n"),
        "{svg}"
    );
    for part in [
        ">create customer</text>",
        "Fills it: a | b &lt;c&gt;.",
        "stroke-dasharray",
    ] {
        assert!(svg.contains(part), "{part:?} is not in {svg}");
    }
    // It loads nothing: the one address is the name of SVG's elements.
    assert_eq!(svg.matches("://").count(), 1);
    let none = Inventory::of(&Migrations::new("", &[], &[]));
    assert_eq!(none.mermaid(), "flowchart LR\n");
    assert!(none.svg().ends_with("</svg>\n"));
    assert_eq!(none.text(80), "no migrations\n");
}

#[test]
fn info_tells_all_about_one() {
    let (dir, url) = (shop(), database());
    let told = run(dir.path(), &["info", "4"]);
    for part in [
        "0004_change\n",
        "\n  uses what these made: 1\n",
        "\ndirectives\n  pgstrata: requires 0003\n",
        "\n  2  ALTER TABLE customer …\n       ACCESS EXCLUSIVE on customer, rewrites every row\n",
        "warning[column-type]",
    ] {
        assert!(
            told.succeeds().contains(part),
            "{part:?} is not in {}",
            told.stdout
        );
    }
    assert!(!told.stdout.contains("in the database"));
    let info = document(run(dir.path(), &["info", "4", "--json"]).succeeds());
    assert_eq!(
        fields(&info),
        [
            "description",
            "directives",
            "files",
            "findings",
            "format",
            "irreversible",
            "label",
            "name",
            "objects",
            "requires",
            "reversible",
            "seed_rows",
            "statements",
            "uses",
            "version"
        ]
    );
    assert_eq!(info["format"], "pgstrata info 1");
    assert_eq!(fields(&info["files"][0]), ["path", "sha256"]);
    assert_eq!(info["files"][1]["sha256"].as_str().map(str::len), Some(64));
    assert_eq!(
        fields(&info["statements"][0]),
        ["complete", "line", "locks", "sql"]
    );
    assert_eq!(
        fields(&info["findings"][0]),
        ["file", "line", "message", "rule", "severity"]
    );
    assert_eq!(info["findings"][0]["line"], 3);

    let on_database =
        |arguments: &[&str]| run(dir.path(), &[arguments, &["--database-url", &url]].concat());
    let nothing = document(on_database(&["info", "1", "--json"]).succeeds());
    assert_eq!(
        (&nothing["recorded"], &nothing["events"]),
        (&Value::Null, &json!([]))
    );
    on_database(&["up", "--to", "1"]).succeeds();
    on_database(&["redo", "--yes"]).succeeds();
    let info = document(on_database(&["info", "1", "--json"]).succeeds());
    assert_eq!(
        fields(&info["recorded"]),
        [
            "application",
            "applied_at",
            "applied_by",
            "attempt",
            "program",
            "state",
            "statements",
            "statements_done"
        ]
    );
    assert_eq!(info["recorded"]["state"], "applied");
    assert_eq!(
        fields(&info["events"][0]),
        [
            "action",
            "application",
            "at",
            "attempt",
            "program",
            "reason",
            "seconds",
            "who"
        ]
    );
    let events = info["events"].as_array().expect("events").iter();
    let events: Vec<_> = events
        .map(|it| it["action"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(events, ["applied", "rolled back", "applied"]);
    assert_eq!(info["failures"], json!([]));
    connect(&url)
        .batch_execute("CREATE TABLE seeds (); ALTER TABLE customer DROP COLUMN id CASCADE")
        .expect("a change by hand");
    for _ in 0..2 {
        on_database(&["up", "--to", "2"]).fails(2, &["0002_fill_customer"]);
    }
    let info = document(on_database(&["info", "2", "--json"]).succeeds());
    assert_eq!(
        fields(&info["failures"][1]),
        [
            "action",
            "application",
            "at",
            "program",
            "reason",
            "sqlstate",
            "statement",
            "who"
        ]
    );
    let first = &info["failures"][0];
    assert_eq!(
        (&first["action"], &first["sqlstate"], &first["statement"]),
        (&json!("apply"), &json!("42703"), &json!(1))
    );
    let told = on_database(&["info", "2"]);
    assert!(
        told.succeeds().contains("\nwhat failed\n  ")
            && told
                .stdout
                .contains("  apply failed at statement 1 with 42703, by "),
        "{}",
        told.stdout
    );
    let told = on_database(&["info", "1"]);
    for part in [
        "\nin the database\n  applied, 3 of 3 statements, attempt ",
        "  rolled back in ",
    ] {
        assert!(
            told.succeeds().contains(part),
            "{part:?} is not in {}",
            told.stdout
        );
    }
    for line in told.stdout.lines() {
        assert!(line.chars().count() <= 80, "{line:?} is too wide");
    }
    run(dir.path(), &["info", "9"]).fails(5, &["there is no migration 9 in ", "pgstrata list"]);
}

#[test]
fn status_says_the_worst_to_programs() {
    let (dir, url) = (shop(), database());
    let status = |code: i32| {
        let outcome = run(dir.path(), &["status", "--json", "--database-url", &url]);
        outcome.fails(code, &[]);
        let status = document(&outcome.stdout);
        assert_eq!(fields(&status), ["code", "format", "migrations"]);
        assert_eq!(
            (&status["format"], &status["code"]),
            (&json!("pgstrata status 1"), &json!(code))
        );
        let first = &status["migrations"][0];
        assert_eq!(
            fields(first),
            ["applied_at", "applied_by", "label", "state", "version"]
        );
        first["state"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(status(6), "pending");
    run(dir.path(), &["up", "--database-url", &url]).succeeds();
    assert_eq!(status(0), "applied");
    let printed = run(dir.path(), &["status", "--database-url", &url]);
    assert!(
        printed.succeeds().ends_with("4 applied\n"),
        "{}",
        printed.stdout
    );
    for line in printed.stdout.lines() {
        assert!(line.chars().count() <= 80, "{line:?} is too wide");
    }
    let mut client = connect(&url);
    let changed = "UPDATE pgstrata_history SET up_checksum = '\\x00' WHERE version = 1";
    client.batch_execute(changed).expect("an update");
    assert_eq!(status(7), "changed");
    let half = "UPDATE pgstrata_history SET state = 'applying' WHERE version = 2";
    client.batch_execute(half).expect("an update");
    assert_eq!(status(8), "changed");
}
