//! `ci`: one command for a pull request, with a summary and a report for the build server.

use std::fs::{read_to_string, write};

use crate::lock_rebase::Repository;
use crate::support::{run, run_with};

#[test]
fn what_is_new_is_rehearsed_and_written_down() {
    let repository = Repository::new(&["one"], &[]);
    let dir = repository.dir();
    let (summary, junit) = (dir.join("../summary.md"), dir.join("../junit.xml"));
    let ci = |more: &[&str]| {
        let pages = [
            "--summary",
            &summary.to_string_lossy(),
            "--junit",
            &junit.to_string_lossy(),
        ];
        run(
            &dir,
            &[&["ci", "--base", "main"][..], &pages, more].concat(),
        )
    };

    ci(&[]).fails(1, &["not sealed: 0003_one"]);
    let report = read_to_string(&junit).expect("a report");
    assert!(
        report.contains("name=\"check\" tests=\"1\" failures=\"1\""),
        "{report}"
    );
    let page = read_to_string(&summary).expect("a summary");
    assert!(page.contains("not sealed: 0003_one"), "{page}");
    std::fs::remove_file(&summary).expect("the summary");

    let outcome = ci(&["--open"]);
    let printed = outcome.succeeds();
    assert!(
        printed.contains("1 migration up, down and up again"),
        "{printed}"
    );
    let page = read_to_string(&summary).expect("a summary");
    for part in [
        "### Migrations in `",
        "### Rehearsal on PostgreSQL ",
        ": every one comes back.",
        "### Locks on PostgreSQL ",
        ", with 1000 rows a table\n\n1 migration: ",
    ] {
        assert!(page.contains(part), "{part:?} is not in {page}");
    }
    assert!(!page.contains("| in the way of others |"), "{page}");
    let report = read_to_string(&junit).expect("a report");
    let start = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"check\" tests=\"1\" failures=\"0\">";
    assert!(
        report.starts_with(start) && report.contains("tests=\"2\" failures=\"0\""),
        "{report}"
    );

    write(
        dir.join("0003_one.up.sql"),
        "CREATE TABLE \"a<b\" (id int);\n",
    )
    .expect("a file");
    ci(&["--open"]).fails(3, &["the rehearsal has 2 findings"]);
    let report = read_to_string(&junit).expect("a report");
    let failure = "<failure message=\"after down: table &quot;a&lt;b&quot; is left over\"/>";
    assert!(
        report.contains("failures=\"1\"") && report.contains(failure),
        "{report}"
    );
    assert!(
        read_to_string(&summary).expect("a summary").len() > page.len(),
        "it is appended"
    );
}

#[test]
fn without_anything_new_there_is_nothing_to_rehearse() {
    let repository = Repository::new(&[], &[]);
    let summary = repository.dir().join("../summary.md");
    let variables = [("GITHUB_STEP_SUMMARY", &*summary.to_string_lossy())];
    run_with(&repository.dir(), &["ci", "--base", "main"], &variables).succeeds();
    let page = read_to_string(&summary).expect("a summary");
    assert!(page.contains("No migration is new."), "{page}");
    run(&repository.dir(), &["ci", "--base", "nowhere"]).fails(5, &["`nowhere`"]);
}

#[test]
fn on_github_findings_are_annotations() {
    let repository = Repository::new(&[], &[]);
    let dir = repository.dir();
    write(dir.join("0003_drop.up.sql"), "DROP TABLE invoice;\n").expect("a file");
    write(
        dir.join("0003_drop.down.sql"),
        "-- pgstrata: irreversible gone\n",
    )
    .expect("a file");
    repository.lock(&[]).succeeds();
    let outcome = run_with(
        &dir,
        &["ci", "--base", "main"],
        &[("GITHUB_ACTIONS", "true")],
    );
    let printed = outcome.succeeds();
    assert!(
        printed.contains("::warning file=") && printed.contains("title=drop-table"),
        "{printed}"
    );
}

/// What keeps others waiting, and how long all took, is in the summary, and fails nothing.
#[test]
fn locks_and_times_are_written_down() {
    let repository = Repository::new(&[], &[]);
    let dir = repository.dir();
    write(
        dir.join("0003_note.up.sql"),
        "ALTER TABLE invoice ADD note text DEFAULT 'a|b';\n",
    )
    .expect("a file");
    write(
        dir.join("0003_note.down.sql"),
        "ALTER TABLE invoice DROP note;\n",
    )
    .expect("a file");
    repository.lock(&[]).succeeds();
    let path = |name: &str| dir.join("..").join(name).to_string_lossy().into_owned();
    let (summary, html, timings) = (path("s.md"), path("s.html"), path("t.json"));
    let pages = [
        "--summary",
        &summary,
        "--html",
        &html,
        "--timings",
        &timings,
    ];
    let ci = |more: &[&str]| {
        run(
            &dir,
            &[&["ci", "--base", "main"][..], &pages, more].concat(),
        )
    };
    let outcome = ci(&[]);
    assert!(
        outcome.succeeds().contains("ACCESS EXCLUSIVE on invoice"),
        "{outcome:#?}"
    );
    let page = read_to_string(&summary).expect("a summary");
    let row = "| `0003_note` | 1: `ALTER TABLE invoice ADD note text DEFAULT 'a\\|b'` | ";
    for part in [
        row,
        " | ACCESS EXCLUSIVE on invoice |\n",
        "### Rehearsal on ",
    ] {
        assert!(page.contains(part), "{part:?} is not in {page}");
    }
    assert!(read_to_string(&html).expect("a page").contains("<svg"));
    let times = read_to_string(&timings).expect("times");
    assert!(
        times.contains("\"0003_note\"") && !times.contains("0002_"),
        "{times}"
    );
    std::fs::remove_file(&summary).expect("the summary");
    ci(&["--trace-rows", "0"]).succeeds();
    assert!(
        !read_to_string(&summary)
            .expect("a summary")
            .contains("### Locks on ")
    );
}
