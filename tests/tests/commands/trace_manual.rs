//! What `trace` sees, beside what the PostgreSQL manual documents for each major version.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{directory, run};

const MANUAL: &str = include_str!("trace_manual.sql");

/// What all of them run on.
const SCHEMA: &str = "\
CREATE TABLE customer (id bigint PRIMARY KEY, age int);
CREATE TABLE invoice (id bigint PRIMARY KEY, customer bigint);
CREATE TABLE line (invoice bigint, text text);
CREATE TABLE plain (id bigint, code int, note text);
CREATE TABLE event (id bigint, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE event_2024 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE event_2025 (id bigint, at date NOT NULL CHECK (at >= '2025-01-01' AND at < '2026-01-01'));
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
";

#[test]
fn locks_are_those_of_the_manual_of_13() {
    compare(13);
}

#[test]
fn locks_are_those_of_the_manual_of_15() {
    compare(15);
}

#[test]
fn locks_are_those_of_the_manual_of_18() {
    compare(18);
}

/// A statement with what the manual says of it.
#[derive(Debug)]
struct Form<'a> {
    sql: &'a str,
    outside: bool,
    /// The mode on each table.
    expected: BTreeMap<&'a str, &'a str>,
}

fn compare(major: u32) {
    let forms = forms(major);
    assert!(forms.len() > 50, "{} forms", forms.len());
    let mut files = vec![
        ("001_schema.up.sql".to_owned(), SCHEMA.to_owned()),
        (
            "001_schema.down.sql".to_owned(),
            "DROP TABLE customer;\n".to_owned(),
        ),
    ];
    for (index, form) in forms.iter().enumerate() {
        let label = format!("{:03}_form", index + 2);
        let head = if form.outside {
            "-- pgstrata: no-transaction\n"
        } else {
            ""
        };
        files.push((format!("{label}.up.sql"), format!("{head}{}\n", form.sql)));
        files.push((
            format!("{label}.down.sql"),
            "-- pgstrata: irreversible an example\n".to_owned(),
        ));
    }
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let dir = directory(&files);
    let (from, postgres) = ("2", major.to_string());
    let arguments = [
        "trace",
        "--from",
        from,
        "--postgres",
        &postgres,
        "--format",
        "json",
    ];
    let outcome = run(dir.path(), &[&arguments[..], &["--rows", "20"]].concat());
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let traced: Vec<Value> = outcome
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("an object a line"))
        .collect();
    assert_eq!(traced.len(), forms.len());
    let mut wrong = String::new();
    for (form, traced) in forms.iter().zip(&traced) {
        let locks = traced["statements"][0]["locks"].as_array().expect("a list");
        let text = |lock: &Value, key: &str| lock[key].as_str().expect("a text").to_owned();
        let taken: BTreeMap<String, String> = locks
            .iter()
            .map(|lock| (text(lock, "table"), text(lock, "mode")))
            .collect();
        let taken: BTreeMap<&str, &str> = taken
            .iter()
            .map(|(table, mode)| (table.as_str(), mode.as_str()))
            .collect();
        if taken != form.expected {
            let Form { sql, expected, .. } = form;
            let _ = write!(wrong, "\n{sql}\n  manual {expected:?}\n  traced {taken:?}");
        }
    }
    assert!(wrong.is_empty(), "PostgreSQL {major}:{wrong}");
}

/// The statements that this major has.
fn forms(major: u32) -> Vec<Form<'static>> {
    let mut forms = Vec::new();
    let (mut is_marked, mut outside, mut sql) = (false, false, "");
    for line in MANUAL.lines() {
        if let Some(expected) = line.strip_prefix("--> ") {
            if let Some(expected) = of_major(expected, major) {
                let locks = expected
                    .split(", ")
                    .map(|lock| lock.split_once(' ').expect("a mode"));
                forms.push(Form {
                    sql,
                    outside,
                    expected: locks.collect(),
                });
            }
        } else if line == "-- outside" {
            is_marked = true;
        } else if !line.is_empty() && !line.starts_with("--") {
            (sql, outside, is_marked) = (line, is_marked, false);
        }
    }
    forms
}

/// What is said of this major, without the words that say of which ones it is.
fn of_major(expected: &str, major: u32) -> Option<&str> {
    let Some((when, modes)) = expected.split_once(": ") else {
        return Some(expected);
    };
    let (word, bound) = when.split_once(' ').expect("a word and a major");
    let is_since = major >= bound.parse().expect("a major");
    (is_since == (word == "since")).then_some(modes)
}
