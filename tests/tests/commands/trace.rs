//! `trace`: what a server shows of each statement.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{directory, run};

/// A schema, and what changes it.
fn growing() -> TempDir {
    directory(&[
        (
            "001_create.up.sql",
            "CREATE TABLE customer (id bigint PRIMARY KEY, age int, code int NOT NULL);\n\
             CREATE TABLE heir () INHERITS (customer);\n\
             CREATE TABLE day (at date NOT NULL) PARTITION BY RANGE (at);\n\
             CREATE TABLE day_2024 (at date NOT NULL);\n\
             DO $$ BEGIN ALTER TABLE day ATTACH PARTITION day_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01'); END $$;\n\
             CREATE TABLE invoice (id bigint PRIMARY KEY, customer bigint, amount int);\n",
        ),
        (
            "001_create.down.sql",
            "DROP TABLE invoice;\nDROP TABLE day;\nDROP TABLE heir;\nDROP TABLE customer;\n",
        ),
        (
            "002_change.up.sql",
            "CREATE INDEX customer_age ON customer (age);\n\
             ALTER TABLE invoice ADD FOREIGN KEY (customer) REFERENCES customer NOT VALID;\n\
             ALTER TABLE invoice ALTER COLUMN amount TYPE numeric;\n\
             CREATE TABLE line (invoice bigint REFERENCES invoice);\n\
             SELECT 1;\n\
             ALTER TABLE line ADD CHECK (invoice > 0);\n",
        ),
        (
            "002_change.down.sql",
            "-- pgstrata: irreversible an example\n",
        ),
        (
            "003_children.up.sql",
            "ALTER TABLE customer ALTER COLUMN code TYPE bigint;\nALTER TABLE day ADD COLUMN hour int;\n",
        ),
        (
            "003_children.down.sql",
            "-- pgstrata: irreversible an example\n",
        ),
        (
            "004_alone.up.sql",
            "-- pgstrata: no-transaction\nCREATE INDEX CONCURRENTLY invoice_customer ON invoice (customer);\n",
        ),
        (
            "004_alone.down.sql",
            "-- pgstrata: irreversible an example\n",
        ),
    ])
}

#[test]
fn a_trace_shows_what_each_statement_takes() {
    let dir = growing();
    let outcome = run(
        dir.path(),
        &["trace", "--from", "2", "--rows", "20", "--format", "json"],
    );
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
        [
            "customer ACCESS EXCLUSIVE rewritten, heir ACCESS EXCLUSIVE rewritten",
            "day ACCESS EXCLUSIVE -, day_2024 ACCESS EXCLUSIVE -"
        ]
    );
    // That code has attached a table, the forecast does not know.
    assert_eq!(
        lines[1]["not_forecast"],
        json!([{ "schema": "public", "table": "day_2024", "mode": "ACCESS EXCLUSIVE", "rows": null }])
    );
    // How many rows were read outside a transaction the server tells later, if at all.
    let alone = &lines[2]["statements"][0];
    assert_eq!(alone["locks"][0]["mode"], "SHARE UPDATE EXCLUSIVE");
    assert_eq!(alone["locks"][0]["held"], false);
    assert_eq!(
        alone["indexes"],
        json!([{ "schema": "public", "index": "invoice_customer", "table": "invoice", "valid": true }])
    );
    let logged = lines[0]["statements"][2]["logged_bytes"].as_u64();
    assert!(logged.is_some_and(|bytes| bytes > 1000), "{logged:?}");

    let printed = run(dir.path(), &["trace", "--rows", "20"]);
    for part in [
        "on a throw-away PostgreSQL ",
        ", 20 rows a table\n001_create  ",
        "    1  CREATE INDEX customer_age ON customer (age)\n       ",
        "\n         SHARE on customer, reads every row\n",
        "\n         index customer_age on customer: valid\n",
        "\n  not forecast: ACCESS EXCLUSIVE on day_2024\n",
        "  outside a transaction: locks end with each statement\n",
        "\n         SHARE UPDATE EXCLUSIVE on invoice",
        "\n  line 1: blocking-index is right: SHARE on customer, reads every row\n",
    ] {
        assert!(
            printed.succeeds().contains(part),
            "{part:?} is not in {printed:#?}"
        );
    }
}

fn hazardous() -> TempDir {
    directory(&[
        (
            "001_create.up.sql",
            "CREATE TABLE customer (id bigint PRIMARY KEY, age int, name text);\n\
             CREATE TABLE closed (id bigint CHECK (id < 0));\n\
             CREATE TABLE note (id bigint);\n\
             CREATE TABLE day (at date NOT NULL) PARTITION BY RANGE (at);\n\
             CREATE TABLE day_2024 PARTITION OF day FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');\n\
             INSERT INTO day VALUES ('2024-05-05');\n",
        ),
        (
            "001_create.down.sql",
            "-- pgstrata: irreversible an example\n",
        ),
        (
            "002_change.up.sql",
            "ALTER TABLE customer ALTER COLUMN age TYPE bigint;\n\
             CREATE INDEX customer_name ON customer (name);\n\
             ALTER TABLE closed ALTER COLUMN id TYPE numeric;\n\
             -- pgstrata: allow blocking-index: few rows\n\
             CREATE INDEX note_id ON note (id);\n\
             CREATE INDEX day_at ON ONLY day (at);\n\
             ALTER TABLE customer SET TABLESPACE pg_default;\n",
        ),
        (
            "002_change.down.sql",
            "-- pgstrata: irreversible an example\n",
        ),
        (
            "003_code.up.sql",
            "DO $$ BEGIN\n\
               ALTER TABLE note ALTER COLUMN id TYPE numeric;\n\
               BEGIN LOCK TABLE customer; RAISE division_by_zero;\n\
               EXCEPTION WHEN division_by_zero THEN NULL; END;\n\
             END $$;\n",
        ),
        (
            "003_code.down.sql",
            "-- pgstrata: irreversible an example\n",
        ),
    ])
}

/// Every lock rule that a small directory can provoke, and what no rule can see.
#[test]
fn findings_are_judged_by_what_was_seen() {
    let dir = hazardous();
    let arguments = ["trace", "--from", "2", "--rows", "20"];
    let outcome = run(
        dir.path(),
        &[&arguments[..], &["--format", "json"]].concat(),
    );
    let lines: Vec<Value> = outcome
        .succeeds()
        .lines()
        .map(|line| serde_json::from_str(line).expect("an object a line"))
        .collect();
    let all = |line: &Value, key: &str, keys: [&str; 3]| -> Vec<String> {
        let list = line[key].as_array().expect("a list").iter();
        let shown = list.map(|entry| {
            let words = keys.map(|key| entry[key].to_string().replace('"', ""));
            format!(
                "{} {}",
                words.join(" "),
                entry["lock"]["table"].as_str().unwrap_or("-")
            )
        });
        shown.collect()
    };
    assert_eq!(
        all(&lines[0], "findings", ["line", "rule", "verdict"]),
        [
            "1 column-type right customer",
            "2 blocking-index right customer",
            "2 long-lock right customer",
            "3 column-type no rows closed",
            "3 several-tables-locked right closed",
            "7 access-method not confirmed -",
        ]
    );
    assert_eq!(
        all(&lines[0], "hazards", ["line", "what", "rule"]),
        [
            "1 rewritten column-type customer",
            "2 read blocking-index customer",
            "5 read blocking-index note",
            "5 locked meanwhile several-tables-locked customer",
        ]
    );
    let accepted = lines[0]["hazards"].as_array().expect("a list").iter();
    let accepted: Vec<_> = accepted.map(|hazard| hazard["allowed"] == true).collect();
    assert_eq!(accepted, [false, false, true, false]);
    assert_eq!(
        lines[0]["statements"][4]["indexes"],
        json!([{ "schema": "public", "index": "day_at", "table": "day", "valid": false }])
    );
    assert_eq!(
        all(&lines[1], "findings", ["line", "rule", "verdict"]),
        [""; 0]
    );
    assert_eq!(
        all(&lines[1], "hazards", ["line", "what", "rule"]),
        ["1 rewritten null note"]
    );
    let locks = lines[1]["statements"][0]["locks"]
        .as_array()
        .expect("a list")
        .iter();
    let locks: Vec<String> = locks
        .map(|lock| format!("{} {} {}", lock["table"], lock["mode"], lock["held"]))
        .collect();
    assert_eq!(
        locks,
        [
            "\"note\" \"ACCESS EXCLUSIVE\" true",
            "\"customer\" \"ACCESS EXCLUSIVE\" false"
        ]
    );

    let path = dir.path().join("tests");
    std::fs::create_dir(&path).expect("a folder");
    let path = path.join("trace.html");
    let printed = run(
        dir.path(),
        &[&arguments[..], &["--html", &path.to_string_lossy()]].concat(),
    );
    for part in [
        "  line 3: column-type cannot be judged: closed has no rows here\n",
        "  line 7: access-method is not confirmed: nothing of it was seen\n",
        "  line 5: every row of note is read under SHARE, which `allow blocking-index` accepts\n",
        "         index day_at on day: NOT VALID: queries do not use it\n",
        "         ACCESS EXCLUSIVE on customer, given back within the statement\n",
        "  line 1: every row of note is rewritten under ACCESS EXCLUSIVE, and no rule says so\n",
        "2 migrations: of 6 findings about locks 4 right, 1 not confirmed, 1 without rows to judge by; \
         1 hazard that no rule saw; 0 locks not forecast\n",
    ] {
        assert!(
            printed.succeeds().contains(part),
            "{part:?} is not in {}",
            printed.stdout
        );
    }
    let page = std::fs::read_to_string(&path).expect("a page");
    for part in [
        "<svg ",
        ">customer</text>",
        ">ACCESS EXCLUSIVE</text>",
        "ALTER COLUMN age TYPE bigint</title>",
        ">ACCESS EXCLUSIVE: nobody reads or writes</span>",
        "<li class=\"bad\">line 1: every row of note is rewritten",
        "<td><a href=\"#s0m3\">003_code</a></td>",
        "<h2 id=\"s0m3\">003_code</h2>",
    ] {
        assert!(page.contains(part), "{part:?} is not in {page}");
    }
    // It loads nothing: the one address is the name of SVG's elements.
    assert_eq!(
        page.matches("://").count(),
        page.matches("http://www.w3.org/2000/svg").count()
    );
    assert!(!page.contains("<script") && !page.contains("<link"));
}

#[test]
fn a_statement_that_fails_is_named() {
    let dir = directory(&[
        (
            "001_create.up.sql",
            "CREATE TABLE t (id int);\nSELECT 1 / 0;\n",
        ),
        ("001_create.down.sql", "DROP TABLE t;\n"),
    ]);
    run(dir.path(), &["trace"]).fails(
        2,
        &["001_create.up.sql:2: division by zero (SQLSTATE 22012)"],
    );
}

/// What it waits for is our doing. A build asks for its table at first and at last, and works in between.
#[test]
fn a_statement_that_waits_again_and_again_took_as_long_as_it_worked() {
    let dir = directory(&[
        (
            "001_create.up.sql",
            "CREATE FUNCTION slow(n int) RETURNS int IMMUTABLE LANGUAGE sql\n\
             AS 'SELECT n FROM pg_sleep(0.3)';\n\
             CREATE TABLE t (n int);\n\
             INSERT INTO t VALUES (1), (2);\n",
        ),
        (
            "001_create.down.sql",
            "DROP TABLE t;\nDROP FUNCTION slow(int);\n",
        ),
        (
            "002_index.up.sql",
            "-- pgstrata: no-transaction\n\
             SELECT pg_sleep(0.2);\n\
             CREATE INDEX CONCURRENTLY t_slow ON t (slow(n));\n",
        ),
        (
            "002_index.down.sql",
            "-- pgstrata: no-transaction\nDROP INDEX CONCURRENTLY t_slow;\n",
        ),
    ]);
    let traced = run(
        dir.path(),
        &["trace", "--from", "2", "--rows", "0", "--format", "json"],
    );
    let object: Value = serde_json::from_str(traced.succeeds()).expect("an object");
    let took = |index: usize| object["statements"][index]["milliseconds"].as_f64();
    // It sleeps once a row.
    assert!(took(1) > took(0), "{object:#}");
}
