//! `rehearse`: what a way back does not restore is found on a real server, and nothing else.
//!
//! The file is long because each kind of difference is a case.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Outcome, directory, file, run};

/// Roles belong to the server, so another database may have made it.
const PRELUDE: &str = "DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;";

const CASES: &str = include_str!("rehearse.sql");

/// One pair, behind what was there before it, with a right way back and a broken one.
struct Case<'a> {
    title: &'a str,
    before: &'a str,
    up: &'a str,
    down: &'a str,
    broken: &'a str,
    finds: Vec<&'a str>,
}

fn cases() -> Vec<Case<'static>> {
    let cases = CASES.split("-- case: ").skip(1);
    let cases: Vec<_> = cases
        .map(|part| case(part).expect("a whole case"))
        .collect();
    assert!(cases.len() >= 60);
    cases
}

fn case(part: &str) -> Option<Case<'_>> {
    let (title, rest) = part.split_once('\n')?;
    let (before, rest) = rest.split_once("-- up:\n")?;
    let (up, rest) = rest.split_once("-- down:\n")?;
    let (down, rest) = rest.split_once("-- broken:\n")?;
    let (broken, finds) = rest.split_once("-- finds: ").unwrap_or((rest, ""));
    let finds = finds
        .trim()
        .split("\n-- finds: ")
        .filter(|line| !line.is_empty())
        .collect();
    Some(Case {
        title,
        before,
        up,
        down,
        broken: broken.trim_end(),
        finds,
    })
}

/// First all that was there, without a way back; then a migration a case.
fn migrations(cases: &[Case<'static>], down: fn(&Case<'static>) -> &'static str) -> TempDir {
    let dir = directory(&[]);
    let write = |version: u64, direction: &str, text: &str| {
        let name = format!("{version:03}_case.{direction}.sql");
        file(&dir, &name, text);
    };
    write(
        1,
        "up",
        &cases.iter().map(|case| case.before).collect::<String>(),
    );
    write(
        1,
        "down",
        "-- pgstrata: irreversible what all others build on\n",
    );
    for (version, case) in (2..).zip(cases) {
        write(version, "up", case.up);
        write(version, "down", down(case));
    }
    file(&dir, "tests/prelude.sql", PRELUDE);
    dir
}

fn json(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome:#?}"))
}

/// When, and in what; the server's own words differ from one version to the next.
fn places(findings: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let place = |finding: &Value| match finding.get("object") {
        Some(object) => format!(
            "{}: {} {}: {}",
            text(&finding["after"]),
            text(&object["kind"]),
            text(&object["name"]),
            text(&finding["differs"]["in"])
        ),
        None => format!("{} fails", text(&finding["after"])),
    };
    findings
        .as_array()
        .expect("a list")
        .iter()
        .map(place)
        .collect()
}

/// What was found, by version.
fn found(outcome: &Outcome) -> BTreeMap<u64, Vec<String>> {
    let report = json(outcome);
    let steps = report["migrations"].as_array().expect("a list").iter();
    let of_step = |step: &Value| {
        (
            step["version"].as_u64().expect("a version"),
            places(&step["findings"]),
        )
    };
    steps.map(of_step).collect()
}

/// After a change, write what is found with `PGSTRATA_OVERWRITE=1`, and read it.
#[test]
fn every_broken_way_back_is_found() {
    let cases = cases();
    let dir = migrations(&cases, |case| case.broken);
    let outcome = run(dir.path(), &["rehearse", "--format", "json"]);
    assert_eq!(outcome.code, 3, "{outcome:#?}");
    let found = found(&outcome);
    if std::env::var_os("PGSTRATA_OVERWRITE").is_some() {
        let mut written = CASES
            .split("\n-- case: ")
            .next()
            .unwrap_or_default()
            .to_owned();
        for (
            version,
            Case {
                title,
                before,
                up,
                down,
                broken,
                ..
            },
        ) in (2..).zip(&cases)
        {
            let _ = write!(
                written,
                "\n-- case: {title}\n{before}-- up:\n{up}-- down:\n{down}-- broken:\n{broken}\n"
            );
            for place in &found[&version] {
                let _ = writeln!(written, "-- finds: {place}");
            }
        }
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/commands/rehearse.sql");
        std::fs::write(file, written).expect("the cases are written");
        return;
    }
    for (version, case) in (2..).zip(&cases) {
        assert_eq!(found[&version], case.finds, "{}", case.title);
        assert!(!case.finds.is_empty(), "{}", case.title);
    }
}

#[test]
fn nothing_is_said_of_a_right_way_back() {
    let cases = cases();
    let dir = migrations(&cases, |case| case.down);
    let outcome = run(dir.path(), &["rehearse", "--format", "json"]);
    let report = json(&outcome);
    let steps = report["migrations"]
        .as_array()
        .expect("a list")
        .iter()
        .skip(1);
    for (step, Case { title, .. }) in steps.zip(&cases) {
        let failures = step["findings"].as_array().expect("a list").iter();
        let failures: Vec<_> = failures
            .filter(|finding| finding["note"] == false)
            .collect();
        assert!(failures.is_empty(), "{title}: {failures:#?}");
    }
    assert_eq!(report["whole"], serde_json::json!([]), "{outcome:#?}");
    assert_eq!(outcome.code, 0, "{outcome:#?}");
}

/// A table, rows in it, and a view that goes with every change.
fn shop() -> TempDir {
    directory(&[
        (
            "001_create.up.sql",
            "CREATE TABLE item (id bigint PRIMARY KEY, price int CHECK (price > 0));\n",
        ),
        ("001_create.down.sql", "DROP TABLE item;\n"),
        (
            "002_seed.up.sql",
            "INSERT INTO item VALUES (1, 5) ON CONFLICT DO NOTHING;\n",
        ),
        ("002_seed.down.sql", "DELETE FROM item;\n"),
        (
            "003_index.up.sql",
            "-- pgstrata: no-transaction\nCREATE INDEX CONCURRENTLY item_price ON item (price);\n",
        ),
        (
            "003_index.down.sql",
            "-- pgstrata: no-transaction\nDROP INDEX CONCURRENTLY item_price;\n",
        ),
    ])
}

#[test]
fn a_rehearsal_reads_well() {
    let dir = shop();
    let outcome = run(dir.path(), &["rehearse"]);
    let printed = outcome.succeeds();
    for part in [
        "on a throw-away PostgreSQL ",
        "001_create  ",
        "3 migrations up, down and up again in ",
        ": every one comes back",
    ] {
        assert!(printed.contains(part), "{part:?} is not in {printed}");
    }
    assert_eq!(run(dir.path(), &["rehearse", "--quiet"]).succeeds(), "");

    file(&dir, "003_index.down.sql", "SELECT 1;\n");
    let outcome = run(dir.path(), &["rehearse", "--quiet"]);
    outcome.fails(
        3,
        &["the rehearsal has 2 findings; no database of yours was touched"],
    );
    assert!(
        outcome
            .stdout
            .contains("  after down: index item_price is left over\n"),
        "{outcome:#?}"
    );
    let report = run(dir.path(), &["rehearse", "--format", "junit"]).stdout;
    assert!(
        report.starts_with("<?xml ") && report.ends_with("</testsuites>\n"),
        "{report}"
    );
    assert_eq!(report.matches("<?xml ").count(), 1, "{report}");
    let page = run(dir.path(), &["rehearse", "--format", "markdown"]).stdout;
    assert!(
        page.contains("| `003_index` | after down: index item_price is left over |"),
        "{page}"
    );
}

#[test]
fn where_it_begins_can_be_said() {
    let dir = shop();
    file(&dir, "001_create.down.sql", "SELECT 1;\n");
    run(dir.path(), &["rehearse"]).fails(3, &["findings"]);
    let printed = run(dir.path(), &["rehearse", "--from", "2"]);
    assert!(
        printed
            .succeeds()
            .contains("2 migrations up, down and up again"),
        "{printed:#?}"
    );
    run(dir.path(), &["rehearse", "--from", "9"]).fails(5, &["--from 9: there is no such version"]);
}

#[test]
fn tests_in_sql_run_behind_their_migration() {
    let dir = shop();
    file(
        &dir,
        "tests/001_price.sql",
        "INSERT INTO item VALUES (2, 1);\n-- pgstrata: expect-error 23514\nINSERT INTO item VALUES (3, 0);\n",
    );
    file(
        &dir,
        "tests/002_seed.sql",
        "DO $$ BEGIN ASSERT (SELECT count(*) FROM item) = 1; END $$;\n",
    );
    let printed = run(dir.path(), &["rehearse"]);
    assert!(printed.succeeds().contains(", 2 SQL tests"), "{printed:#?}");

    let failing = [
        (
            "INSERT INTO item VALUES (3, 0);",
            "line 1: new row for relation \"item\" violates",
        ),
        (
            "\n-- pgstrata: expect-error 23514\nSELECT 1;",
            "line 3: the statement succeeds, expected is SQLSTATE 23514",
        ),
        (
            "-- pgstrata: expect-error 23514\nSELECT 1 / 0;",
            "line 2: expected is SQLSTATE 23514, but division by zero",
        ),
    ];
    for (test, message) in failing {
        file(&dir, "tests/001_price.sql", test);
        let outcome = run(dir.path(), &["rehearse"]);
        outcome.fails(3, &["the rehearsal has 1 finding;"]);
        let line = format!("  tests/001_price.sql fails: {message}");
        assert!(
            outcome.stdout.contains(&line),
            "{line:?} is not in {outcome:#?}"
        );
    }
    file(&dir, "tests/001_price.sql", "SELECT 1");
    file(&dir, "tests/004_later.sql", "SELECT 1;\n");
    run(dir.path(), &["rehearse"])
        .fails(5, &["tests/004_later.sql: no migration has the version 4"]);
    std::fs::remove_file(dir.path().join("tests/004_later.sql")).expect("the test");
    file(
        &dir,
        "tests/001_price.sql",
        "-- pgstrata: expect-eror 23505\nSELECT 1;\n",
    );
    run(dir.path(), &["rehearse"]).fails(1, &["tests/001_price.sql", "expect-error"]);
}

#[test]
fn what_is_there_before_comes_from_the_prelude() {
    let dir = directory(&[
        (
            "001_use.up.sql",
            "-- pgstrata: requires-table other\nALTER TABLE other ADD COLUMN mine int;\n",
        ),
        ("001_use.down.sql", "ALTER TABLE other DROP COLUMN mine;\n"),
    ]);
    assert_eq!(run(dir.path(), &["rehearse"]).code, 3);
    file(
        &dir,
        "tests/prelude.sql",
        "CREATE TABLE other (id bigint);\nSET search_path = nowhere;\n",
    );
    run(dir.path(), &["rehearse"]).succeeds();
    file(
        &dir,
        "tests/prelude.sql",
        "CREATE TABLE other (id nothing);\n",
    );
    run(dir.path(), &["rehearse"]).fails(
        5,
        &["tests/prelude.sql fails: type \"nothing\" does not exist (SQLSTATE 42704)"],
    );
}

#[test]
fn repeatables_run_again_and_ups_do_when_asked() {
    let dir = shop();
    file(
        &dir,
        "repeatable/prices.sql",
        "CREATE OR REPLACE VIEW prices AS SELECT price FROM item;\n",
    );
    run(dir.path(), &["rehearse"]).succeeds();
    file(
        &dir,
        "repeatable/prices.sql",
        "CREATE VIEW prices AS SELECT price FROM item;\n",
    );
    let outcome = run(dir.path(), &["rehearse"]);
    assert_eq!(outcome.code, 3);
    let line =
        "repeatable/prices.sql fails: repeatable/prices.sql:1: relation \"prices\" already exists";
    assert!(outcome.stdout.contains(line), "{outcome:#?}");
    std::fs::remove_dir_all(dir.path().join("repeatable")).expect("the folder");

    let outcome = run(dir.path(), &["rehearse", "--twice"]);
    assert_eq!(outcome.code, 3);
    assert!(
        outcome
            .stdout
            .contains("  up twice fails: 001_create.up.sql:1: relation \"item\""),
        "{outcome:#?}"
    );
    assert!(!outcome.stdout.contains("002_seed.up.sql"), "{outcome:#?}");
}

/// What one transaction refuses is tried in two.
#[test]
fn a_way_back_that_needs_a_transaction_of_its_own_has_one() {
    let dir = directory(&[
        (
            "001_create.up.sql",
            "CREATE TABLE parent (id bigint PRIMARY KEY);\n\
             CREATE TABLE child (parent bigint REFERENCES parent DEFERRABLE INITIALLY DEFERRED);\n",
        ),
        (
            "001_create.down.sql",
            "DROP TABLE child;\nDROP TABLE parent;\n",
        ),
        (
            "002_move.up.sql",
            "ALTER TABLE child ADD COLUMN note text;\n",
        ),
        (
            "002_move.down.sql",
            "ALTER TABLE child DROP COLUMN note;\nINSERT INTO parent VALUES (1);\n\
             INSERT INTO child VALUES (1);\nDELETE FROM child;\nDELETE FROM parent;\n",
        ),
    ]);
    run(dir.path(), &["rehearse"]).succeeds();
}

#[test]
fn of_rust_code_only_the_sql_is_tried() {
    let dir = shop();
    file(
        &dir,
        "004_code.up.sql",
        "-- pgstrata: code crate::up\nALTER TABLE item ADD note text;\n",
    );
    file(
        &dir,
        "004_code.down.sql",
        "-- pgstrata: code crate::down\nALTER TABLE item DROP note;\n",
    );
    let printed = run(dir.path(), &["rehearse"]);
    let note = "  note: up without the Rust function crate::up, which only a program has\n";
    assert!(printed.succeeds().contains(note), "{printed:#?}");
    file(
        &dir,
        "004_code.down.sql",
        "-- pgstrata: code crate::down\nSELECT 1;\n",
    );
    run(dir.path(), &["rehearse"]).fails(3, &["the rehearsal has 2 findings"]);
    let printed = run(dir.path(), &["trace"]);
    assert!(
        printed
            .succeeds()
            .contains("  without the Rust function crate::up\n"),
        "{printed:#?}"
    );
}
