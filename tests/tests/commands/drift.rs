//! `drift`: what somebody has changed by hand is found, and the SQL that is suggested repairs it.

use pgstrata_tools::{DriftKind, History, Schema, View};
use serde_json::Value;
use tempfile::TempDir;

use crate::fingerprint::{READER, base, cases, copy, name};
use crate::support::{Outcome, connect, database, directory, run, server};

/// Changes for which nobody but a person can say what to do.
const WITHOUT: [&str; 8] = [
    "another storage",
    "a generated column that is none",
    "a value of an enum more",
    "an attribute of a type",
    "an aggregate that begins elsewhere",
    "a publication less",
    "how a generated column is made",
    "what a publication sends",
];

fn schema(url: &str) -> Schema {
    Schema::read(&mut connect(url), &History::default()).expect("a schema")
}

#[test]
fn what_is_suggested_repairs_it() {
    let base = base();
    let expected = schema(&base);
    let whole = expected.fingerprint(View::Exact);
    let mut wrong = Vec::new();
    for (number, (title, sql, _)) in (1..).zip(cases().1) {
        let url = copy(&base, number);
        let mut client = connect(&url);
        client
            .batch_execute(sql)
            .unwrap_or_else(|error| panic!("{title}: {error:?}"));
        let drift = expected.drift(&schema(&url));
        assert!(!drift.is_empty(), "{title}");
        let complete = drift
            .iter()
            .all(|drift| drift.repair.is_some() || drift.is_note);
        let mut error = None;
        for statement in drift.iter().filter_map(|drift| drift.repair.as_deref()) {
            // One by one, since some refuse transactions.
            for statement in parts(statement) {
                error = error.or(client
                    .batch_execute(&statement)
                    .err()
                    .map(|it| format!("{statement}: {it:?}")));
            }
        }
        let left = expected.drift(&schema(&url));
        let left: Vec<_> = left.iter().filter(|drift| !drift.is_note).collect();
        let is_repaired = complete && error.is_none() && left.is_empty();
        if is_repaired == WITHOUT.contains(&title) {
            let left: Vec<String> = left.iter().map(ToString::to_string).collect();
            wrong.push(format!("{title}: {error:?}\nleft {left:?}\nof {drift:?}"));
        }
        drop(client);
        server()
            .drop_database(name(&url))
            .expect("one database less");
    }
    assert_eq!(schema(&base).fingerprint(View::Exact), whole);
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// The statements of a suggestion; bodies of functions hold semicolons, too.
fn parts(sql: &str) -> Vec<String> {
    let split = pgstrata_compiler::split::split("repair", sql);
    let text = |range: std::ops::Range<usize>| {
        let tokens = &split.tokens[range];
        sql[tokens[0].span.start..tokens[tokens.len() - 1].span.end].to_owned()
    };
    split.statements.iter().cloned().map(text).collect()
}

/// What migrations make that somebody will change.
fn shop() -> TempDir {
    let dir = directory(&[
        (
            "001_create.up.sql",
            "CREATE TABLE item (id bigint PRIMARY KEY, name text NOT NULL, price int CHECK (price > 0), owner int REFERENCES elsewhere);\n\
             CREATE INDEX item_name ON item (name);\n\
             CREATE FUNCTION twice(a int) RETURNS int LANGUAGE sql AS 'SELECT 2 * a';\n\
             GRANT SELECT ON item TO reader;\n",
        ),
        (
            "001_create.down.sql",
            "DROP FUNCTION twice(int);\nDROP TABLE item;\n",
        ),
        ("002_later.up.sql", "CREATE TABLE later (id int);\n"),
        ("002_later.down.sql", "DROP TABLE later;\n"),
    ]);
    std::fs::create_dir(dir.path().join("tests")).expect("a folder");
    let prelude = "CREATE TABLE elsewhere (id int PRIMARY KEY);\n";
    std::fs::write(dir.path().join("tests/prelude.sql"), prelude).expect("a file");
    dir
}

/// The database of somebody else's table, with the first migration.
fn shopped(dir: &TempDir) -> String {
    let url = database();
    let mut client = connect(&url);
    client.batch_execute(READER).expect("a role");
    client
        .batch_execute("CREATE TABLE elsewhere (id int PRIMARY KEY, more text)")
        .expect("a table");
    run(dir.path(), &["up", "--to", "1", "--database-url", &url]).succeeds();
    url
}

const BY_HAND: &str = "ALTER TABLE item ALTER COLUMN price TYPE bigint;
    DROP INDEX item_name;
    CREATE OR REPLACE FUNCTION twice(a int) RETURNS int LANGUAGE sql AS 'SELECT 3 * a';
    CREATE TABLE scratch (a int);
    ALTER TABLE item ADD COLUMN note text";

fn differences(outcome: &Outcome) -> Vec<String> {
    let document: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    assert_eq!(document["format"], "pgstrata drift 1");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let line = |it: &Value| {
        format!(
            "{} {}: {}",
            text(&it["kind"]),
            text(&it["name"]),
            text(&it["what"])
        )
    };
    document["differences"]
        .as_array()
        .expect("a list")
        .iter()
        .map(line)
        .collect()
}

#[test]
fn what_was_changed_by_hand_is_found() {
    let dir = shop();
    let url = shopped(&dir);
    let drift = ["drift", "--database-url", &url];
    let clean = run(dir.path(), &drift);
    assert!(
        clean
            .succeeds()
            .contains("no drift from what 1 migration makes, 001_create"),
        "{clean:#?}"
    );
    run(
        dir.path(),
        &["fingerprint", "--write", "--database-url", &url],
    )
    .succeeds();
    let file = dir.path().join("schema.snapshot.json");
    let file = file.to_str().expect("a path");

    connect(&url).batch_execute(BY_HAND).expect("changes");
    let expected = [
        "column item.note: extra",
        "table scratch: extra",
        "column item.price: type",
        "function twice(a integer): definition",
        "index item_name: missing",
    ];
    let outcome = run(dir.path(), &["drift", "--json", "--database-url", &url]);
    outcome.fails(
        3,
        &["the database has 5 differences from what 1 migration makes"],
    );
    assert_eq!(differences(&outcome), expected);
    // A file beside the migrations says the same, without a second server.
    let outcome = run(
        dir.path(),
        &["drift", "--json", "--against", file, "--database-url", &url],
    );
    outcome.fails(3, &["the database has 5 differences from"]);
    assert_eq!(differences(&outcome), expected);
    let some = ["drift", "--ignore", "scratch,item*", "--database-url", &url];
    let outcome = run(dir.path(), &some);
    outcome.fails(3, &["the database has 1 difference from"]);

    let printed = run(dir.path(), &drift);
    printed.fails(3, &["nothing was changed"]);
    for part in [
        "index item_name is missing\n    CREATE INDEX CONCURRENTLY item_name ON public.item USING btree (name);\n",
        "table scratch is made by no migration\n    -- what is in it is lost\n    DROP TABLE public.scratch;\n",
        "column item.price: type is bigint, should be integer\n    ALTER TABLE public.item ALTER COLUMN price TYPE integer;\n",
    ] {
        assert!(
            printed.stdout.contains(part),
            "{part:?} is not in {}",
            printed.stdout
        );
    }
    assert!(
        printed
            .stdout
            .lines()
            .all(|line| line.chars().count() <= 90),
        "{}",
        printed.stdout
    );
    // The tests of a service, or its start, ask the library.
    let text = std::fs::read_to_string(file).expect("the file");
    let drift = Schema::from_json(&text)
        .expect("a schema")
        .drift(&schema(&url));
    assert!(matches!(drift[0].what, DriftKind::Extra), "{drift:#?}");
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let dir = shop();
    let url = shopped(&dir);
    let drift = ["drift", "--database-url", &url];
    std::fs::remove_file(dir.path().join("tests/prelude.sql")).expect("one file less");
    run(dir.path(), &drift).fails(
        5,
        &[
            "001_create",
            "elsewhere",
            "tests/prelude.sql",
            "--against FILE",
        ],
    );
    run(
        dir.path(),
        &["drift", "--against", "nowhere.json", "--database-url", &url],
    )
    .fails(5, &["cannot read nowhere.json"]);
    let other = directory(&[
        ("001_other.up.sql", "SELECT 1;\n"),
        ("001_other.down.sql", "SELECT 1;\n"),
    ]);
    run(dir.path(), &["up", "--database-url", &url]).succeeds();
    let drift = ["drift", "--database-url", &url];
    run(other.path(), &drift).fails(
        5,
        &["002_later is applied, and this directory does not have it"],
    );
}
