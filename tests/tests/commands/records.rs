//! Logs and reports of runs, and that no password is in them.

use std::path::Path;
use std::thread;

use serde_json::Value;

use crate::support::{Outcome, connect, database, run, shop};

/// The database, as a user whom trust lets in with any password.
fn with_password(url: &str) -> String {
    url.replace("postgres@", "postgres:s3cret%21@")
}

fn lines(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).expect("a log");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("an object a line"))
        .collect()
}

fn events(lines: &[Value]) -> Vec<String> {
    let name = |line: &Value| {
        let label = line["label"]
            .as_str()
            .map(|label| format!(" {label}"))
            .unwrap_or_default();
        format!("{}{label}", line["event"].as_str().expect("a name"))
    };
    lines.iter().map(name).collect()
}

#[test]
fn a_run_that_is_kept_in_every_form() {
    let (dir, url) = (shop(), database());
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let url = with_password(&url);
    let run_with_records = |command: &[&str]| -> Outcome {
        let mut arguments = [command, &["--database-url", &url]].concat();
        let names = [
            "run.jsonl",
            "run.log",
            "report.json",
            "report.md",
            "report.html",
        ];
        let files: Vec<String> = names
            .iter()
            .map(|name| file(name).display().to_string())
            .collect();
        for path in &files {
            arguments.extend([
                if path.contains("report") {
                    "--report"
                } else {
                    "--log"
                },
                path,
            ]);
        }
        let outcome = run(dir.path(), &arguments);
        for name in names {
            let text = std::fs::read_to_string(file(name)).unwrap();
            assert!(!text.contains("s3cret"), "{name}: {text}");
        }
        assert!(!format!("{outcome:?}").contains("s3cret"), "{outcome:?}");
        outcome
    };
    run_with_records(&["up"]).succeeds();
    let log = lines(&file("run.jsonl"));
    let expected = [
        "run",
        "planned",
        "started 0001_create_customer",
        "statement_finished 0001_create_customer",
        "finished 0001_create_customer",
        "started 0002_create_invoice",
        "statement_finished 0002_create_invoice",
        "finished 0002_create_invoice",
        "end",
    ];
    assert_eq!(events(&log), expected);
    assert_eq!(log[0]["format"], "pgstrata log 1");
    assert_eq!(log[8]["outcome"], "success");
    let text = std::fs::read_to_string(file("run.log")).unwrap();
    assert!(
        text.contains("Z finished 0002_create_invoice action=apply milliseconds="),
        "{text}"
    );
    let report = std::fs::read_to_string(file("report.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(
        (&report["format"], &report["outcome"]),
        (&"pgstrata report 1".into(), &"success".into())
    );
    assert_eq!(report["steps"][1]["statements"][0]["statement"], 1);
    assert_eq!(report["events"].as_array().map(Vec::len), Some(log.len()));
    let html = std::fs::read_to_string(file("report.html")).unwrap();
    assert!(
        html.contains("<svg") && html.contains(">0002_create_invoice<"),
        "{html}"
    );
    assert!(
        !html.contains("http://") || !html.contains("src="),
        "it loads nothing: {html}"
    );

    // A script says the password aloud, and fails.
    let raises = "DO $$ BEGIN RAISE 'it is s3cret! <b>&'; END $$;\n";
    std::fs::write(dir.path().join("0003_fail.up.sql"), raises).unwrap();
    std::fs::write(dir.path().join("0003_fail.down.sql"), "SELECT 1;\n").unwrap();
    let failed = run_with_records_raw(dir.path(), &url, &file("raw.jsonl"));
    failed.fails(2, &["it is s3cret!"]);
    let log = lines(&file("raw.jsonl"));
    assert_eq!(
        events(&log)[2..],
        ["started 0003_fail", "failed 0003_fail", "end"]
    );
    let message = log[4]["message"].as_str().unwrap();
    assert!(message.contains("it is ******** <b>&"), "{message}");

    let down = run_with_records(&["down", "--yes"]);
    down.succeeds();
    let markdown = std::fs::read_to_string(file("report.md")).unwrap();
    assert!(
        markdown.contains("| `0002_create_invoice` | roll back | "),
        "{markdown}"
    );
    // A log goes on, a report is of one run.
    assert_eq!(lines(&file("run.jsonl")).len(), 9 + 6);
}

fn run_with_records_raw(dir: &Path, url: &str, log: &Path) -> Outcome {
    run(
        dir,
        &[
            "up",
            "--database-url",
            url,
            "--log",
            log.to_str().unwrap_or_default(),
        ],
    )
}

#[test]
fn what_cannot_be_written_is_found_before_anything_runs() {
    let (dir, url) = (shop(), database());
    let up = |flag: &str, file: &str| run(dir.path(), &["up", "--database-url", &url, flag, file]);
    up("--log", "/nowhere/run.log").fails(5, &["cannot write /nowhere/run.log"]);
    up("--report", "/nowhere/report.html").fails(5, &["cannot write /nowhere/report.html"]);
    up("--report", "report.pdf").fails(5, &["a report is a file .json, .md or .html"]);
    run(dir.path(), &["status", "--database-url", &url]).fails(6, &[]);
}

#[test]
fn who_is_in_the_way_is_told_and_drawn() {
    let (dir, url) = (shop(), database());
    run(dir.path(), &["up", "--database-url", &url]).succeeds();
    let change = "ALTER TABLE customer ADD COLUMN email text;\n";
    std::fs::write(dir.path().join("0003_change.up.sql"), change).unwrap();
    let back = "ALTER TABLE customer DROP COLUMN email;\n";
    std::fs::write(dir.path().join("0003_change.down.sql"), back).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (log, html) = (
        folder.path().join("run.jsonl"),
        folder.path().join("report.html"),
    );
    let mut holder = connect(&url);
    let mut transaction = holder.transaction().unwrap();
    transaction.batch_execute("LOCK TABLE customer").unwrap();
    let files = [log.to_str().unwrap(), html.to_str().unwrap()];
    let outcome = thread::scope(|scope| {
        let up = scope.spawn(|| {
            let records = ["--skip-backup", "--log", files[0], "--report", files[1]];
            run(
                dir.path(),
                &[&["up", "--database-url", &url], &records[..]].concat(),
            )
        });
        // Let go when the log has it.
        while !std::fs::read_to_string(&log)
            .is_ok_and(|text| text.contains("\"event\":\"blocked\""))
        {
            assert!(!up.is_finished(), "it waits for nobody");
            thread::yield_now();
        }
        transaction.rollback().unwrap();
        up.join().unwrap()
    });
    assert!(
        outcome.succeeds().contains("0003_change: waiting since"),
        "{outcome:?}"
    );
    let log = lines(&log);
    let blocked = log.iter().find(|line| line["event"] == "blocked").unwrap();
    assert_eq!(blocked["blockers"][0]["query"], "LOCK TABLE customer");
    assert!(
        std::fs::read_to_string(html)
            .unwrap()
            .contains("<title>waited, ")
    );
}
