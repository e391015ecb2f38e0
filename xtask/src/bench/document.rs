//! Results as a document in Markdown.

use super::case::Case;
use super::cases::compiler::{EXPANSION, STEPS};
use super::measurement::{Measurement, digits, spread};
use super::results::Measured;
use super::subject::Subject;
use super::targets::judged;
use std::fmt::Write as _;

/// What stands above the results: how to get them, and on what they were got.
pub(super) struct Preamble {
    pub(super) machine: Vec<String>,
    pub(super) versions: String,
}

/// The whole document, without the picture's file.
pub(super) fn markdown(preamble: &Preamble, all: &[Measured]) -> String {
    let mut text = include_str!("preamble.md").to_owned();
    for line in &preamble.machine {
        let _ = writeln!(text, "* {line}");
    }
    let _ = write!(text, "* {}\n\n", preamble.versions);
    text += &promises(all);
    text += "![The measurements as bars](benchmarks.svg)\n";
    for measured in all {
        let (heading, words) = introduced(measured.case);
        let _ = write!(text, "\n## {heading}\n\n");
        if !words.is_empty() {
            let _ = write!(text, "{words}\n\n");
        }
        if measured.case == Case::Compiler {
            text += &growth(&measured.measurements);
        } else {
            text += &compared(&measured.measurements, false);
            text += &compared(&measured.measurements, true);
        }
        let _ = writeln!(text, "{}", measured.circumstances);
    }
    text
}

fn promises(all: &[Measured]) -> String {
    let measurements: Vec<&Measurement> = all
        .iter()
        .flat_map(|measured| &measured.measurements)
        .collect();
    let verdicts = judged(&measurements);
    if verdicts.is_empty() {
        return String::new();
    }
    let mut rows = vec![["promise", "found", "holds"].map(str::to_owned).to_vec()];
    for verdict in verdicts {
        let holds = if verdict.holds { "yes" } else { "**no**" };
        rows.push(vec![
            verdict.promise.to_owned(),
            verdict.found,
            holds.to_owned(),
        ]);
    }
    table(&rows)
}

/// Heading and explanation.
fn introduced(case: Case) -> (&'static str, &'static str) {
    match case {
        Case::ColdBuild => (
            "Cold build",
            "diesel links the C library libpq, which is not built here.",
        ),
        Case::Rebuild => (
            "Rebuild",
            "The crate that embeds the migrations, after the newest was edited. diesel's client is a shared\n\
             library, which is not linked again.",
        ),
        Case::Binary => (
            "Binary",
            "The others bring their client with them; diesel loads libpq, with what that loads. Left\n\
             out is what every Rust program loads: the C library and libgcc.",
        ),
        Case::Start => (
            "Start with nothing pending",
            "The floor is a bare `SELECT version, up_checksum` on pgstrata's own history, which keeps the\n\
             way back of each migration and is wider than the others'; each time on a new connection. A plan\n\
             asks for the history, which is not there yet.",
        ),
        Case::Apply => (
            "First run",
            "Not measured is what takes too long: `psql` with many files, and refinery's release build with\n\
             10,000; and what a server with its usual lock table cannot do: 10,000 in one transaction.",
        ),
        Case::Latency => (
            "First run on a server far away",
            "Through a socket on which all that is sent arrives 10 ms later, each way. A round trip is\n\
             each time that a client sends something behind an answer; those of connecting do not count.",
        ),
        Case::Rollback => ("Rollback", "refinery has none."),
        Case::ConcurrentStart => (
            "Sixteen processes at once",
            "On an empty database, from the start of the first process to the end of the last. The floor takes an\n\
             advisory lock that it waits for on the server.",
        ),
        Case::Compiler => (
            "The compiler's steps",
            "Each step by itself, in a release build; `scripts` reads a file into its model with splitting\n\
             and checksum, `check` does everything, with reading the files and parsing every statement.",
        ),
    }
}

/// A line a measurement, a column a subject; of those that share one transaction, or of the others.
fn compared(measurements: &[Measurement], is_single: bool) -> String {
    let measured = |subject: &Subject| {
        subject.is_single() == is_single
            && measurements
                .iter()
                .any(|measurement| !measurement.of(*subject).is_empty())
    };
    let subjects: Vec<Subject> = Subject::ALL.into_iter().filter(measured).collect();
    if subjects.is_empty() {
        return String::new();
    }
    let (ours, floor, before) = if is_single {
        (
            Subject::PgstrataSingle,
            Subject::FloorSingle,
            Subject::BeforeSingle,
        )
    } else {
        (Subject::Pgstrata, Subject::Floor, Subject::Before)
    };
    let has_before = subjects.contains(&before);
    let labels = subjects.iter().map(|subject| subject.label().to_owned());
    let ratios = ["pgstrata to floor", "to the best peer"].map(str::to_owned);
    let mut rows: Vec<Vec<String>> = vec![
        [String::new()]
            .into_iter()
            .chain(labels)
            .chain(has_before.then(|| "pgstrata to before".to_owned()))
            .chain(ratios)
            .collect(),
    ];
    for measurement in measurements {
        if subjects
            .iter()
            .all(|subject| measurement.of(*subject).is_empty())
        {
            continue;
        }
        let to_peer = measurement.best_peer(ours).and_then(|peer| {
            Some(format!(
                "{} ({})",
                digits(measurement.ratio(ours, peer)?),
                peer.label()
            ))
        });
        let unit = if measurement.unit.is_empty() {
            ""
        } else {
            ", "
        };
        let mut row = vec![format!("{}{unit}{}", measurement.name, measurement.unit)];
        row.extend(subjects.iter().map(|subject| cell(measurement, *subject)));
        if has_before {
            row.push(measurement.ratio(ours, before).map_or_else(nothing, digits));
        }
        row.push(measurement.ratio(ours, floor).map_or_else(nothing, digits));
        row.push(to_peer.unwrap_or_else(nothing));
        rows.push(row);
    }
    table(&rows)
}

/// `1.20 (1.10–1.40)`; without the spread where there is none, and of what is counted whole.
fn cell(measurement: &Measurement, subject: Subject) -> String {
    let Some(median) = measurement.median(subject) else {
        return nothing();
    };
    let is_count =
        measurement.unit.is_empty() && measurement.of(subject).iter().all(|one| one.fract() == 0.0);
    let shown = |number| {
        if is_count {
            format!("{number:.0}")
        } else {
            digits(number)
        }
    };
    match spread(measurement.of(subject)) {
        Some((least, greatest)) if least < greatest => {
            format!("{} ({}–{})", shown(median), shown(least), shown(greatest))
        }
        _ => shown(median),
    }
}

/// A line a step, a column a number of migrations.
fn growth(measurements: &[Measurement]) -> String {
    let counts: Vec<&str> = measurements
        .iter()
        .filter_map(|measurement| measurement.name.strip_prefix(EXPANSION)?.strip_prefix(", "))
        .collect();
    let mut rows = vec![
        [""].iter()
            .chain(&counts)
            .map(|count| (*count).to_owned())
            .collect(),
    ];
    for step in STEPS.into_iter().chain([EXPANSION]) {
        let named = |count| {
            measurements
                .iter()
                .find(|measurement| measurement.name == format!("{step}, {count}"))
        };
        let found: Vec<&Measurement> = counts.iter().filter_map(named).collect();
        let Some(first) = found.first() else { continue };
        let mut row = vec![format!("{step}, {}", first.unit)];
        row.extend(
            found
                .iter()
                .map(|measurement| cell(measurement, Subject::Pgstrata)),
        );
        rows.push(row);
    }
    table(&rows)
}

fn nothing() -> String {
    "–".to_owned()
}

/// The first row is the heading; a blank line follows.
fn table(rows: &[Vec<String>]) -> String {
    let mut lines: Vec<String> = rows
        .iter()
        .map(|row| format!("| {} |\n", row.join(" | ")))
        .collect();
    let columns = rows.first().map_or(0, Vec::len);
    lines.insert(1, format!("|{}\n", " --- |".repeat(columns)));
    lines.concat() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_medians_spreads_and_ratios() {
        let measurements = [Measurement {
            name: "first run".to_owned(),
            unit: "ms".to_owned(),
            samples: vec![
                (Subject::Floor, vec![10.0, 12.0, 11.0]),
                (Subject::Pgstrata, vec![11.0, 12.0, 11.0]),
                (Subject::Sqlx, vec![20.0, 24.0, 22.0]),
                (Subject::PsqlSingle, vec![9.0]),
            ],
        }];
        assert_eq!(
            compared(&measurements, false),
            "|  | floor | pgstrata | sqlx | pgstrata to floor | to the best peer |\n\
             | --- | --- | --- | --- | --- | --- |\n\
             | first run, ms | 11.0 (10.0–12.0) | 11.0 (11.0–12.0) | 22.0 (20.0–24.0) | 1.00 | 0.50 (sqlx) |\n\n"
        );
        assert_eq!(
            compared(&measurements, true),
            "|  | psql -1 -f | pgstrata to floor | to the best peer |\n\
             | --- | --- | --- | --- |\n| first run, ms | 9.00 | – | – |\n\n"
        );
        assert_eq!(compared(&[], false), "");
        let measurements = [Measurement {
            name: "first run".to_owned(),
            unit: "ms".to_owned(),
            samples: vec![
                (Subject::Before, vec![10.0]),
                (Subject::Pgstrata, vec![12.0]),
            ],
        }];
        assert_eq!(
            compared(&measurements, false),
            "|  | before | pgstrata | pgstrata to before | pgstrata to floor | to the best peer |\n\
             | --- | --- | --- | --- | --- | --- |\n| first run, ms | 10.0 | 12.0 | 1.20 | – | – |\n\n"
        );
    }

    #[test]
    fn growth_has_a_column_for_each_number_of_migrations() {
        let measurement = |name: &str, unit: &str, number| Measurement {
            name: name.to_owned(),
            unit: unit.to_owned(),
            samples: vec![(Subject::Pgstrata, vec![number])],
        };
        let measurements = [
            measurement("lexer, 10 migrations", "MB/s", 100.0),
            measurement(
                &format!("{EXPANSION}, 10 migrations"),
                "ms a migration",
                0.25,
            ),
            measurement("lexer, 100 migrations", "MB/s", 120.0),
            measurement(
                &format!("{EXPANSION}, 100 migrations"),
                "ms a migration",
                0.2,
            ),
        ];
        assert_eq!(
            growth(&measurements),
            format!(
                "|  | 10 migrations | 100 migrations |\n| --- | --- | --- |\n\
                 | lexer, MB/s | 100 | 120 |\n| {EXPANSION}, ms a migration | 0.25 | 0.20 |\n\n"
            )
        );
    }
}
