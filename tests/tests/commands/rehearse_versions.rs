//! `rehearse` on several versions side by side, and beside the time before.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Outcome, directory, file, run, run_with, shop};

/// Servers of its own, whatever else these tests run on.
fn on_versions(dir: &Path, arguments: &[&str]) -> Outcome {
    run_with(
        dir,
        &[&["rehearse"], arguments].concat(),
        &[("PGSTRATA_TEST_URL", "")],
    )
}

fn lines(text: &str) -> Vec<Value> {
    let value = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    text.lines().map(value).collect()
}

#[test]
fn versions_that_agree_are_a_line_each() {
    let printed = on_versions(shop().path(), &["--postgres", "13,18"]);
    let printed = printed.succeeds();
    for major in ["13", "18"] {
        let line = |line: &&str| {
            line.starts_with(&format!("PostgreSQL {major}."))
                && line.ends_with("every one comes back")
        };
        assert_eq!(printed.lines().filter(line).count(), 1, "{printed}");
    }
    assert!(!printed.contains("| migration "), "{printed}");
}

#[test]
fn versions_that_do_not_agree_stand_side_by_side() {
    let dir = shop();
    file(
        &dir,
        "0002_create_invoice.down.sql",
        "DO $$ BEGIN IF current_setting('server_version_num')::int > 140000 THEN DROP TABLE invoice; END IF; END $$;\n",
    );
    let outcome = on_versions(dir.path(), &["--postgres", "13,18"]);
    outcome.fails(3, &["the rehearsal has 2 findings;"]);
    assert!(outcome.stdout.contains("| migration "), "{outcome:#?}");
    assert!(
        !outcome.stdout.contains("| 0001_create_customer "),
        "{outcome:#?}"
    );

    let outcome = on_versions(dir.path(), &["--postgres", "13,18", "--format", "json"]);
    let [old, new, both] = &lines(&outcome.stdout)[..] else {
        panic!("{outcome:#?}")
    };
    for (document, format) in [
        (old, "rehearsal 1"),
        (new, "rehearsal 1"),
        (both, "rehearsals 1"),
    ] {
        assert_eq!(document["format"], format!("pgstrata {format}"));
    }
    assert_eq!(both["servers"], json!([old["server"], new["server"]]));
    let differs = json!([{
        "label": "0002_create_invoice",
        "verdicts": ["after down: table invoice: left over; up again fails", "comes back"],
    }]);
    assert_eq!(both["differs"], differs);

    let page = on_versions(dir.path(), &["--postgres", "13,18", "--format", "markdown"]).stdout;
    let row = "| `0002_create_invoice` | after down: table invoice: left over; up again fails | comes back |\n";
    assert!(
        page.contains("### The versions side by side\n") && page.contains(row),
        "{page}"
    );
    let report = on_versions(dir.path(), &["--postgres", "13,18", "--format", "junit"]).stdout;
    assert_eq!(
        report.matches("<testsuite name=\"PostgreSQL 1").count(),
        2,
        "{report}"
    );
    assert_eq!(report.matches("failures=\"1\"").count(), 1, "{report}");
}

/// The worst exit code counts, and what can be rehearsed is.
#[test]
fn a_version_that_is_not_there_keeps_nothing_from_the_others() {
    let dir = shop();
    let outcome = on_versions(dir.path(), &["--postgres", "99,18"]);
    outcome.fails(5, &["PostgreSQL 99"]);
    assert!(
        outcome.stdout.contains("\nPostgreSQL 99: not rehearsed: "),
        "{outcome:#?}"
    );
    assert!(
        outcome.stdout.contains(": every one comes back"),
        "{outcome:#?}"
    );
    file(&dir, "0002_create_invoice.down.sql", "SELECT 1;\n");
    let arguments = ["--postgres", "99,18", "--format", "junit"];
    let outcome = on_versions(dir.path(), &arguments);
    outcome.fails(5, &["PostgreSQL 99", "the rehearsal has 2 findings;"]);
    for part in [
        "<testsuite name=\"PostgreSQL 99\"",
        "<error message=\"",
        "<failure message=\"",
    ] {
        assert!(
            outcome.stdout.contains(part),
            "{part} is not in {outcome:#?}"
        );
    }
}

#[test]
fn what_takes_much_longer_than_the_last_time_is_noted() {
    let dir = directory(&[
        ("001_wait.up.sql", "SELECT pg_sleep(0.2);\n"),
        ("001_wait.down.sql", "SELECT 1;\n"),
        ("002_create.up.sql", "CREATE TABLE item (id bigint);\n"),
        ("002_create.down.sql", "DROP TABLE item;\n"),
    ]);
    let recorded = tempfile::tempdir().expect("a temporary directory");
    let path = recorded.path().join("timings.json");
    let known = || serde_json::from_str::<Value>(&std::fs::read_to_string(&path).expect("a file"));
    let rehearse = |more: &[&str]| {
        run(
            dir.path(),
            &[&["rehearse", "--timings", &path.to_string_lossy()], more].concat(),
        )
    };
    let printed = rehearse(&[]);
    assert!(
        printed
            .succeeds()
            .contains("\nslowest, with 0 rows a table: 001_wait "),
        "{printed:#?}"
    );
    assert!(!printed.stdout.contains("note:"), "{printed:#?}");
    let mut first: Value = known().expect("a document");
    let servers = first["servers"].as_object_mut().expect("an object");
    let (major, server) = servers.iter_mut().next().expect("a server");
    assert!(
        server["milliseconds"]["001_wait"].as_f64() > Some(200.0),
        "{server}"
    );
    let record = |major: &str, rows: u32, wait: f64, create: f64| {
        let took = json!({ "001_wait": wait, "002_create": create, "003_gone": 1.0 });
        let server = json!({ "rows": rows, "milliseconds": took });
        let document = json!({ "format": "pgstrata timings 1", "servers": { major: server } });
        std::fs::write(&path, document.to_string()).expect("a file");
    };

    // Of a short one the machine decides how long it takes.
    record(major, 0, 50.0, 0.0001);
    let outcome = rehearse(&["--quiet", "--format", "json"]);
    let report = &lines(outcome.succeeds())[0];
    let [wait, create] = &report["migrations"].as_array().expect("a list")[..] else {
        panic!("{report}")
    };
    assert_eq!(
        (&wait["recorded"], &create["findings"]),
        (&json!(50.0), &json!([]))
    );
    let [note] = &wait["findings"].as_array().expect("a list")[..] else {
        panic!("{report}")
    };
    assert_eq!(
        (&note["class"], &note["note"]),
        (&json!("slower"), &json!(true))
    );
    let text = note["message"].as_str().expect("a text");
    assert!(text.starts_with("up takes ") && text.ends_with(" times the 50.0ms of the last time"));
    let recorded = &known().expect("a document")["servers"][major.as_str()]["milliseconds"];
    assert!(recorded["001_wait"].as_f64() > Some(200.0), "{recorded}");
    assert_eq!(recorded["003_gone"], json!(1.0), "what was not tried stays");

    for (major, rows, wait) in [(major.as_str(), 0, 1e9), (major, 7, 50.0), ("1", 0, 50.0)] {
        record(major, rows, wait, 1e9);
        let printed = rehearse(&[]);
        assert!(!printed.succeeds().contains("note:"), "{printed:#?}");
    }
    file(&dir, "tests/seed.sql", "SELECT 1;\n");
    let printed = rehearse(&["--slow", "0", "--rows", "2"]);
    let slow = " with 2 rows a table, more than 0ns\n";
    assert!(printed.succeeds().contains(slow), "{printed:#?}");
    std::fs::write(&path, "{}").expect("a file");
    rehearse(&[]).fails(
        5,
        &["timings.json is not what `--timings` writes; remove it"],
    );
}
