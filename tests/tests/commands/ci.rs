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
        let pages = ["--summary", &summary.to_string_lossy(), "--junit", &junit.to_string_lossy()];
        run(&dir, &[&["ci", "--base", "main"][..], &pages, more].concat())
    };

    ci(&[]).fails(1, &["not sealed: 0003_one"]);
    let page = read_to_string(&summary).expect("a summary");
    assert!(page.contains("not sealed: 0003_one"), "{page}");
    std::fs::remove_file(&summary).expect("the summary");

    let outcome = ci(&["--open"]);
    let printed = outcome.succeeds();
    assert!(printed.contains("1 migration up, down and up again"), "{printed}");
    let page = read_to_string(&summary).expect("a summary");
    for part in ["### Migrations in `", "### Rehearsal on PostgreSQL ", ": every one comes back."] {
        assert!(page.contains(part), "{part:?} is not in {page}");
    }
    let report = read_to_string(&junit).expect("a report");
    let start =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"PostgreSQL ";
    assert!(report.starts_with(start) && report.contains("tests=\"2\" failures=\"0\""), "{report}");

    write(dir.join("0003_one.up.sql"), "CREATE TABLE \"a<b\" (id int);\n").expect("a file");
    ci(&["--open"]).fails(3, &["the rehearsal has 2 findings"]);
    let report = read_to_string(&junit).expect("a report");
    let failure = "<failure message=\"after down: table &quot;a&lt;b&quot; is left over\"/>";
    assert!(report.contains("failures=\"1\"") && report.contains(failure), "{report}");
    assert!(read_to_string(&summary).expect("a summary").len() > page.len(), "it is appended");
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
    write(dir.join("0003_drop.down.sql"), "-- pgstrata: irreversible gone\n").expect("a file");
    repository.lock(&[]).succeeds();
    let outcome = run_with(&dir, &["ci", "--base", "main"], &[("GITHUB_ACTIONS", "true")]);
    let printed = outcome.succeeds();
    assert!(
        printed.contains("::warning file=") && printed.contains("title=drop-table"),
        "{printed}"
    );
}
