//! What `allow` and the settings make of findings.
//!
//! The file is long because each way to silence a finding is a case here.

use std::fmt::Write as _;

use super::{Depth, check};
use crate::diagnostic::{Diagnostic, Severity};
use crate::file_name::Purpose;
use crate::migration::Migration;
use crate::repeatable::Repeatable;
use crate::rules::{Rule, certain, ids};
use crate::script::Script;
use crate::settings::{Level, Settings};
use crate::source::Source;
use crate::span::position;

#[cfg(feature = "full")]
const DEEPEST: Depth = Depth::Full;
#[cfg(not(feature = "full"))]
const DEEPEST: Depth = Depth::Certain;

/// Runs an example: earlier migrations above `-- then:`, and below `-- its down file:`
/// the way back; without one there is none. Files have the number of their version.
fn findings(text: &str) -> Vec<Diagnostic> {
    findings_with(&Settings::default(), text, DEEPEST)
}

fn findings_with(settings: &Settings, text: &str, depth: Depth) -> Vec<Diagnostic> {
    let (text, repeatables) = match text.split_once(REPEATABLE) {
        Some((text, repeatable)) => {
            let text_of = Some(repeatable.to_owned());
            let source = Source {
                name: "repeatable/r.sql".to_owned(),
                text: text_of,
            };
            (
                text,
                vec![Repeatable::read("r", &source).expect("a readable file")],
            )
        }
        None => (text, Vec::new()),
    };
    let migrations: Vec<Migration> = text
        .split("-- then:\n")
        .enumerate()
        .map(|(index, text)| {
            let down = text.split_once(DOWN);
            let (up, down) = down.unwrap_or((text, "-- pgstrata: irreversible an example"));
            let version = index as u64 + 1;
            let read = |file: &str, text, purpose| {
                Script::read(file, text, purpose).expect("a readable file")
            };
            Migration {
                version,
                label: format!("{version}_example"),
                up: read(&format!("{version}.up.sql"), up, Purpose::Up),
                down: read(&format!("{version}.down.sql"), down, Purpose::Down),
                verify: None,
            }
        })
        .collect();
    check(&migrations, &repeatables, settings, depth, None, &|_| false)
}

const REPEATABLE: &str = "-- in repeatable/r.sql:\n";

const DOWN: &str = "-- its down file:\n";

/// The settings under which an example is looked at: the rule is not off.
fn settings_for(rule: &Rule) -> Settings {
    let level = if rule.level == Level::Deny {
        "deny"
    } else {
        "warn"
    };
    let text = format!("postgres = '14'\n[rules]\n{} = '{level}'", rule.id);
    Settings::parse(&text, &ids()).expect("good settings")
}

/// Where a rule finds what in an example, `line:column-column message`.
fn found(rule: &Rule, text: &str) -> Vec<String> {
    let findings = findings_with(&settings_for(rule), text, DEEPEST);
    let found = findings
        .iter()
        .filter(|found| found.rule == rule.id)
        .map(|found| {
            let (label, span) = (&found.labels[0], found.labels[0].span.expect("a place"));
            let span = span.shifted(start_of(&label.file, text));
            let (begin, end) = (position(text, span.start), position(text, span.end));
            let line = text
                .lines()
                .nth(begin.line - 1)
                .expect("a line")
                .chars()
                .count();
            let last = if end.line == begin.line {
                end.column - 1
            } else {
                line
            };
            format!("{}:{}-{last} {}", begin.line, begin.column, found.message)
        });
    found.collect()
}

/// Where a file begins in its example.
fn start_of(file: &str, text: &str) -> usize {
    let behind = |text: &str, mark: &str| text.find(mark).expect("its part") + mark.len();
    let (number, rest) = file.split_once('.').expect("a version");
    let Ok(number) = number.parse::<usize>() else {
        return behind(text, REPEATABLE);
    };
    let part = text.split("-- then:\n").nth(number - 1).expect("its text");
    let start = part.as_ptr() as usize - text.as_ptr() as usize;
    start
        + if rest == "down.sql" {
            behind(part, DOWN)
        } else {
            0
        }
}

/// Every rule that finds anything in this build.
fn asked() -> impl Iterator<Item = &'static Rule> {
    crate::rules::all().filter(|rule| rule.id != super::SYNTAX || cfg!(feature = "syntax"))
}

/// Where its files lie.
fn folder(rule: &Rule) -> &'static str {
    let is_certain = certain::RULES.iter().any(|other| other.id == rule.id);
    if is_certain { "certain" } else { "full" }
}

/// What the lines of carets say: `--   ^^^^ message` under the place. Carets right
/// behind the dashes begin at the first column.
fn expected(text: &str) -> Vec<String> {
    let mut line_of_code = 0;
    let mut expected = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let Some((marks, message)) = carets(line) else {
            line_of_code = index + 1;
            continue;
        };
        let (first, last) = (marks.find('^').expect("a caret") + 1, marks.len());
        let first = if first == 3 { 1 } else { first };
        expected.push(format!("{line_of_code}:{first}-{last} {message}"));
    }
    expected
}

/// A line of carets, and what stands behind them.
fn carets(line: &str) -> Option<(&str, &str)> {
    let rest = line.strip_prefix("--")?.trim_start();
    let message = rest.trim_start_matches('^');
    let marks = &line[..line.len() - message.len()];
    (rest.starts_with('^')).then_some((marks, message.trim()))
}

/// The example with the carets that belong there.
fn marked(text: &str, found: &[String]) -> String {
    let mut marked = String::new();
    for (index, line) in text
        .lines()
        .enumerate()
        .filter(|(_, line)| carets(line).is_none())
    {
        marked.push_str(line);
        marked.push('\n');
        let of_line = |found: &&String| found.split(':').next() == Some(&(index + 1).to_string());
        for found in found.iter().filter(of_line) {
            let (place, message) = found.split_once(' ').expect("a message");
            let (first, last) = place
                .split_once(':')
                .expect("a column")
                .1
                .split_once('-')
                .expect("an end");
            let (first, last): (usize, usize) = (
                first.parse().expect("a column"),
                last.parse().expect("a column"),
            );
            let first = if first == 1 { 3 } else { first };
            let _ = writeln!(
                marked,
                "--{}{} {message}",
                " ".repeat(first - 3),
                "^".repeat(last + 1 - first)
            );
        }
    }
    marked
}

fn examples(text: &str) -> Vec<&str> {
    text.split("-- or:\n").collect()
}

/// After a change of a rule, write the carets with `PGSTRATA_OVERWRITE=1`, and read them.
#[test]
fn every_rule_finds_its_bad_examples_where_they_say_so() {
    let mut wrong = Vec::new();
    for rule in asked() {
        let examples = examples(rule.examples.bad);
        if std::env::var_os("PGSTRATA_OVERWRITE").is_some() {
            let marked: Vec<_> = examples
                .iter()
                .map(|text| marked(text, &found(rule, text)))
                .collect();
            let file = format!(
                "src/rules/{}/{}/bad.sql",
                folder(rule),
                rule.id.replace('-', "_")
            );
            std::fs::write(file, marked.join("-- or:\n")).expect("the example is written");
            continue;
        }
        for text in examples {
            let (mut found, mut expected) = (found(rule, text), expected(text));
            found.sort();
            expected.sort();
            if found != expected || found.is_empty() {
                wrong.push(format!(
                    "{}: found {found:#?}, expected {expected:#?}",
                    rule.id
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_passes_its_good_examples() {
    let mut wrong = Vec::new();
    for rule in asked() {
        for text in examples(rule.examples.good) {
            wrong.extend(
                found(rule, text)
                    .iter()
                    .map(|found| format!("{}: {found}", rule.id)),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_can_be_allowed_with_a_reason() {
    for rule in asked() {
        let allow = format!("-- pgstrata: allow {}: on purpose\n", rule.id);
        for bad in examples(rule.examples.bad) {
            // Everything in it is allowed, and all that is said is said of it.
            let text = ["-- then:\n", DOWN, REPEATABLE]
                .iter()
                .fold(allow.clone() + bad, |text, mark| {
                    text.replace(mark, &format!("{mark}{allow}"))
                });
            let findings = findings_with(&settings_for(rule), &text, DEEPEST);
            let of_it = findings
                .iter()
                .filter(|found| found.rule == rule.id)
                .count();
            assert_eq!(of_it, 0, "{}: {findings:?}", rule.id);
        }
    }
}

#[test]
#[cfg(feature = "full")]
fn a_finding_also_points_at_what_it_has_to_do_with() {
    let second = |text: &str| {
        let found = findings(text);
        let label = found[0]
            .labels
            .get(1)
            .unwrap_or_else(|| panic!("{found:?}"));
        let span = label.span.map(|span| (span.start, span.end));
        (label.file.clone(), span, label.text.clone())
    };
    let born = "SELECT 1;\nCREATE TABLE t (a int);\n-- then:\nALTER TABLE t ADD b int;\n-- then:\n";
    for statement in [
        "CREATE INDEX i ON t (a)",
        "ALTER TABLE t DROP COLUMN a",
        "TRUNCATE t",
    ] {
        let (file, span, text) = second(&format!("{born}{statement}"));
        let expected = "`t` is made here, so by now it may have rows";
        assert_eq!(
            (&*file, span, &*text),
            ("1.up.sql", Some((10, 32)), expected)
        );
    }
    let replaced = "CREATE MATERIALIZED VIEW t AS SELECT 1;\n-- then:\nREFRESH MATERIALIZED VIEW t";
    assert_eq!(second(replaced).1, Some((0, 38)));

    let (file, span, text) = second("COMMIT");
    assert_eq!((&*file, span), ("1.up.sql", None));
    assert!(text.contains("the whole file is one transaction"), "{text}");
    let (file, span, _) = second("-- pgstrata: no-transaction\nCOMMIT");
    assert_eq!((&*file, span), ("1.up.sql", Some((0, 27))));
}

#[test]
#[cfg(feature = "full")]
fn what_the_oldest_server_cannot_do_is_not_asked_for() {
    let text = "CREATE TABLE t (a date) PARTITION BY RANGE (a);\n-- then:\n\
                    ALTER TABLE t DETACH PARTITION p;";
    let detached = |settings: &str| {
        let settings = Settings::parse(settings, &ids()).expect("good settings");
        let found = findings_with(&settings, text, DEEPEST);
        found.iter().any(|found| found.rule == "blocking-detach")
    };
    assert!(detached("") && detached("postgres = '14'"));
    assert!(!detached("postgres = ['13', '18']"));
}

#[test]
#[cfg(feature = "full")]
fn names_are_looked_up_along_the_path_of_the_settings() {
    let text = "CREATE SCHEMA app;\nCREATE TABLE app.t (a int);\nCREATE TABLE public.u (a int);\n-- then:\n\
                ALTER TABLE t ADD b int;\nALTER TABLE u ADD b int;\nCREATE TABLE v (a int);\n\
                -- its down file:\nALTER TABLE app.t DROP b;\nALTER TABLE public.u DROP b;\nDROP TABLE app.v;";
    let found = |path: &str| {
        let settings = Settings::parse(path, &ids());
        let found = findings_with(&settings.expect("good settings"), text, DEEPEST);
        let asked = found
            .into_iter()
            .filter(|found| ["unknown-object", "not-reversed"].contains(&found.rule));
        asked.map(|found| found.message).collect::<Vec<_>>()
    };
    assert_eq!(found("search-path = ['app', 'public']"), [""; 0]);
    assert_eq!(
        found(""),
        [
            "no earlier migration makes table t",
            "no earlier migration makes column b of app.t",
            "no earlier migration makes table app.v",
            "after up and down, table v is still there; column b of t is still there",
        ]
    );
}

#[test]
fn allows_without_effect_are_reported() {
    let messages = |text: &str| {
        findings(text)
            .into_iter()
            .map(|found| found.message)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        messages("-- pgstrata: allow psql-variable: why\nSELECT 1"),
        ["`psql-variable` finds nothing here"]
    );
    assert_eq!(
        messages("-- pgstrata: allow psql-varable: why\nSELECT 1"),
        ["`psql-varable` is no rule that can be allowed"]
    );
    let below = "-- pgstrata: allow psql-variable: why\nSELECT 1;\nSELECT :a";
    assert!(
        messages(below).is_empty(),
        "an allow in the header is for the whole file"
    );
    let other = "SELECT 1;\n-- pgstrata: allow psql-variable: why\nSELECT 2;\nSELECT :a";
    assert_eq!(
        messages(other).len(),
        2,
        "an allow above a statement is for that one"
    );
}

#[test]
fn settings_decide_what_a_finding_comes_to() {
    let check = |settings: &str, text: &str, depth| {
        let settings = Settings::parse(settings, &ids()).expect("good settings");
        let found = findings_with(&settings, text, depth);
        found
            .into_iter()
            .map(|found| found.severity)
            .collect::<Vec<_>>()
    };
    let full = |settings: &str, text: &str| check(settings, text, DEEPEST);
    let level = |level: &str| format!("[rules]\npsql-variable = '{level}'");
    assert_eq!(full("", "GRANT a TO :a"), [Severity::Error]);
    assert_eq!(full(&level("deny"), "GRANT a TO :a"), [Severity::Error]);
    assert_eq!(full(&level("warn"), "GRANT a TO :a"), [Severity::Warning]);
    assert_eq!(full(&level("off"), "GRANT a TO :a"), []);
    let allowed = "-- pgstrata: allow psql-variable: why\nGRANT a TO :a";
    assert_eq!(
        full(&level("off"), allowed),
        [],
        "its allow is not called unused"
    );
}

#[test]
#[cfg(feature = "full")]
fn settings_decide_what_a_full_check_asks() {
    let check = |settings: &str, text: &str, depth| {
        let settings = Settings::parse(settings, &ids()).expect("good settings");
        let found = findings_with(&settings, text, depth);
        found
            .into_iter()
            .map(|found| found.severity)
            .collect::<Vec<_>>()
    };
    let drop = "CREATE TABLE account (id bigint);\n-- then:\nDROP TABLE account;";
    assert_eq!(
        check("", drop, Depth::Certain),
        [],
        "the macro leaves warnings to check"
    );
    let taste = |settings: &str| check(settings, "CREATE TYPE t AS ENUM ('a')", DEEPEST);
    assert_eq!(taste(""), [], "a matter of taste is off");
    assert_eq!(taste("[rules]\nnew-enum = 'warn'"), [Severity::Warning]);

    let denied = "[rules]\ndrop-table = 'deny'";
    assert_eq!(check(denied, drop, Depth::Certain), [Severity::Error]);
}

#[test]
#[cfg(not(feature = "full"))]
fn what_is_denied_and_cannot_be_asked_is_said() {
    let messages = |settings: &str| {
        let settings = Settings::parse(settings, &ids()).expect("good settings");
        let found = findings_with(&settings, "SELECT 1", Depth::Certain);
        found
            .into_iter()
            .map(|found| found.message)
            .collect::<Vec<_>>()
    };
    let said = ["`drop-table` is denied, but not asked here"];
    assert_eq!(messages("[rules]\ndrop-table = 'deny'"), said);
    assert!(messages("[rules]\ndrop-table = 'warn'\npsql-variable = 'deny'").is_empty());
}

#[test]
fn each_finding_of_one_rule_may_have_its_own_reason() {
    for (text, word) in [
        ("SET work_mem = '1GB'", "outlives"),
        ("DISCARD ALL", "without the lock"),
        (
            "SET LOCAL standard_conforming_strings = off",
            "is read otherwise",
        ),
    ] {
        let found = findings(text);
        let found = found.iter().find(|found| found.rule == "session-setting");
        let why = found.and_then(|found| found.why);
        assert!(why.is_some_and(|why| why.contains(word)), "{text}: {why:?}");
    }
}
