//! `check --format`: what programs read, and the colours that people see.

use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Outcome, directory, run, run_with, shop};

/// Three findings: one of a rule, with a place; one of two files; one of a strange name.
fn refused() -> TempDir {
    directory(&[
        ("0001_a.up.sql", "-- é\nSELECT 'é'; COMMIT;\n"),
        ("0001_a.down.sql", "SELECT 1;\n"),
        ("0002_b.up.sql", "SELECT 1;\n"),
        ("0002_c.down.sql", "SELECT 1;\n"),
        ("50%,a:b\nc.sql", "SELECT 1;\n"),
    ])
}

fn check(dir: &Path, format: &str) -> Outcome {
    run(dir, &["check", "--format", format])
}

/// Lines of JSON; everything that is not is a mistake.
fn objects(outcome: &Outcome) -> Vec<Value> {
    let lines = outcome.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("an object a line"))
        .collect()
}

fn find<'a>(findings: &'a [Value], key: &str, rule: &str) -> &'a Value {
    let found = findings.iter().find(|finding| finding[key] == rule);
    found.unwrap_or_else(|| panic!("{rule} is not in {findings:#?}"))
}

#[test]
fn json_holds_all_of_a_finding() {
    let dir = refused();
    let outcome = check(dir.path(), "json");
    outcome.fails(1, &["3 problems; nothing was changed"]);
    assert!(!outcome.stderr.contains("-->"), "{outcome:#?}");
    let findings = objects(&outcome);
    assert_eq!(findings.len(), 3);

    let commit = find(&findings, "rule", "transaction-control");
    assert_eq!(commit["severity"], "error");
    assert_eq!(
        commit["file"],
        format!("{}/0001_a.up.sql", dir.path().display())
    );
    let place = ["line", "column", "end_line", "end_column"].map(|key| commit[key].as_u64());
    assert_eq!(place, [Some(2), Some(13), Some(2), Some(19)]);
    for key in ["message", "why", "help"] {
        assert!(
            commit[key].as_str().is_some_and(|text| !text.is_empty()),
            "{commit:#}"
        );
    }
    assert_eq!(commit["labels"][0]["column"], 13);

    let pair = find(&findings, "rule", "pair-name");
    assert_eq!(pair["line"], Value::Null);
    assert_eq!(pair["labels"].as_array().map(Vec::len), Some(2));
    assert_eq!(pair["labels"][1]["text"], "the other");
    let name = find(&findings, "rule", "file-name");
    assert!(
        name["file"]
            .as_str()
            .is_some_and(|file| file.ends_with("/50%,a:b\nc.sql"))
    );
}

#[test]
fn annotations_are_escaped() {
    let dir = refused();
    let shown = dir.path().display().to_string();
    let outcome = check(dir.path(), "github");
    outcome.fails(1, &["3 problems"]);
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    assert_eq!(
        lines.len(),
        3,
        "a line break would end the annotation: {lines:#?}"
    );
    let starts = |start: String| lines.iter().find(|line| line.starts_with(&start));

    let commit = format!("::error file={shown}/0001_a.up.sql,line=2,col=13,title=transaction-");
    assert!(
        starts(commit).is_some_and(|line| line.contains("%0Awhy: ")),
        "{lines:#?}"
    );
    let name = format!("::error file={shown}/50%25%2Ca%3Ab%0Ac.sql,title=file-name::`50%25,a:b%0A");
    assert!(
        starts(name).is_some_and(|line| line.contains("%0Ahelp: ")),
        "{lines:#?}"
    );
    let pair = format!("::error file={shown}/0002_b.up.sql,title=pair-name::");
    let other = format!("%0A{shown}/0002_c.down.sql (the other)");
    assert!(
        starts(pair).is_some_and(|line| line.contains(&other)),
        "{lines:#?}"
    );
}

#[test]
fn sarif_is_a_document_of_its_schema() {
    let dir = refused();
    let outcome = check(dir.path(), "sarif");
    outcome.fails(1, &["3 problems"]);
    let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(document["version"], "2.1.0");
    let run = &document["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!((rules.len(), results.len()), (3, 3));
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(
            rule["help"]["text"]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "{rule:#}"
        );
        assert!(result["message"]["text"].is_string(), "{result:#}");
        assert_eq!(result["level"], "error");
    }

    let physical = |location: &Value| location["physicalLocation"].clone();
    let commit = physical(&find(results, "ruleId", "transaction-control")["locations"][0]);
    let region = serde_json::json!(
        { "startLine": 2, "startColumn": 13, "endLine": 2, "endColumn": 19 }
    );
    assert_eq!(commit["region"], region);
    let name = physical(&find(results, "ruleId", "file-name")["locations"][0]);
    let uri = name["artifactLocation"]["uri"].as_str().unwrap();
    assert!(
        uri.starts_with('/') && uri.ends_with("/50%25%2Ca%3Ab%0Ac.sql"),
        "{uri}"
    );
    assert_eq!(name["region"], Value::Null);
    let related = &find(results, "ruleId", "pair-name")["relatedLocations"][0];
    assert_eq!(related["message"]["text"], "the other");
    let uri = physical(related)["artifactLocation"]["uri"].clone();
    assert!(
        uri.as_str()
            .is_some_and(|uri| uri.ends_with("/0002_c.down.sql"))
    );
}

#[test]
fn nothing_found_says_nothing() {
    let dir = shop();
    let warned = check(dir.path(), "json");
    warned.succeeds();
    assert_eq!(
        find(&objects(&warned), "rule", "no-lock")["severity"],
        "warning"
    );
    assert!(
        check(dir.path(), "github")
            .succeeds()
            .starts_with("::warning file=")
    );
    run(dir.path(), &["lock"]).succeeds();
    assert_eq!(check(dir.path(), "json").succeeds(), "");
    assert_eq!(check(dir.path(), "github").succeeds(), "");
    let document: Value = serde_json::from_str(check(dir.path(), "sarif").succeeds()).unwrap();
    assert_eq!(document["runs"][0]["results"], serde_json::json!([]));
    assert!(
        check(dir.path(), "human")
            .succeeds()
            .contains("no problem found")
    );
    check(dir.path(), "xml").fails(5, &["invalid value 'xml'", "sarif"]);
}

#[test]
fn what_is_not_sealed_is_a_finding() {
    let dir = shop();
    run(dir.path(), &["lock"]).succeeds();
    for path in run(dir.path(), &["new", "third"]).succeeds().lines() {
        std::fs::write(path, "SELECT 1;\n").unwrap();
    }
    let outcome = run(dir.path(), &["check", "--sealed", "--format", "json"]);
    outcome.fails(1, &["not sealed: 0003_third"]);
    let findings = objects(&outcome);
    let open = find(&findings, "rule", "not-sealed");
    assert_eq!(
        (open["line"].as_u64(), open["column"].as_u64()),
        (Some(4), Some(1))
    );
    assert!(
        open["file"]
            .as_str()
            .is_some_and(|file| file.ends_with("/migrations.lock"))
    );
}

#[test]
fn colours_are_for_terminals() {
    let dir = refused();
    let coloured = |arguments: &[&str], variables: &[(&str, &str)]| {
        let outcome = run_with(dir.path(), &[&["check"], arguments].concat(), variables);
        assert!(!outcome.stdout.contains('\u{1b}'), "{outcome:#?}");
        outcome.stderr.contains('\u{1b}')
    };
    // Forced, as there is no terminal in a test.
    let forced = ("CLICOLOR_FORCE", "1");
    assert!(coloured(&[], &[forced]));
    assert!(!coloured(&[], &[]), "standard error is a pipe here");
    assert!(!coloured(&[], &[forced, ("NO_COLOR", "1")]));
    assert!(!coloured(&["--no-color"], &[forced]));
}
