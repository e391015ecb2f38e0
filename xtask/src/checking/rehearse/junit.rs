//! A rehearsal in the XML of `junit`, in the form that build servers read: a `testsuite` a server, a
//! `testcase` a migration.

use std::fmt::Write as _;

use super::finding::RehearsalFinding;
use super::{ALL, Pages, Rehearsal, Step};
use crate::failure::Failure;

/// The document of all servers.
pub(crate) fn document(pages: &Pages) -> String {
    let suites = &pages.suites;
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n{suites}</testsuites>\n")
}

/// Of the check that comes before.
pub(super) fn check(checked: &Result<(), Failure>) -> String {
    let failed = usize::from(checked.is_err());
    let failure = checked
        .as_ref()
        .err()
        .map(|failure| format!("<failure message=\"{}\"/>", escaped(&failure.to_string())));
    format!(
        "<testsuite name=\"check\" tests=\"1\" failures=\"{failed}\">\n  \
         <testcase classname=\"check\" name=\"{ALL}\">{}</testcase>\n</testsuite>\n",
        failure.unwrap_or_default()
    )
}

/// Of a server on which nothing could be tried.
pub(super) fn without(server: &str, failure: &Failure) -> String {
    let (server, message) = (escaped(server), escaped(&failure.to_string()));
    format!(
        "<testsuite name=\"PostgreSQL {server}\" tests=\"1\" failures=\"0\" errors=\"1\">\n  \
         <testcase classname=\"PostgreSQL {server}\" name=\"all\"><error message=\"{message}\"/></testcase>\n\
         </testsuite>\n"
    )
}

pub(super) fn suite(rehearsal: &Rehearsal<'_>) -> String {
    let all = failures(&rehearsal.whole);
    let failed = rehearsal
        .steps
        .iter()
        .filter(|step| !failures(&step.findings).is_empty())
        .count();
    // Build servers tell cases apart by their class.
    let class = format!("PostgreSQL {}", escaped(&rehearsal.server));
    let mut suite = format!(
        "<testsuite name=\"{class}\" tests=\"{}\" failures=\"{}\" time=\"{:.3}\">\n",
        rehearsal.steps.len() + 1,
        failed + usize::from(!all.is_empty()),
        rehearsal.duration.as_secs_f64(),
    );
    for step in &rehearsal.steps {
        suite.push_str(&case(step, &class));
    }
    let _ = writeln!(
        suite,
        "  <testcase classname=\"{class}\" name=\"{ALL}\">{all}</testcase>"
    );
    suite + "</testsuite>\n"
}

fn case(step: &Step<'_>, class: &str) -> String {
    let time = step.duration.unwrap_or_default().as_secs_f64();
    let (label, failures) = (escaped(step.migration.label), failures(&step.findings));
    format!(
        "  <testcase classname=\"{class}\" name=\"{label}\" time=\"{time:.3}\">{failures}</testcase>\n"
    )
}

fn failures(findings: &[RehearsalFinding]) -> String {
    let mut failures = String::new();
    for finding in findings.iter().filter(|finding| !finding.is_note()) {
        let _ = write!(
            failures,
            "<failure message=\"{}\"/>",
            escaped(&finding.to_string())
        );
    }
    failures
}

/// XML 1.0 knows no other control characters than these, not even escaped.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for sign in text.chars() {
        match sign {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push_str("&#9;"),
            sign if sign.is_control() => escaped.push('\u{fffd}'),
            sign => escaped.push(sign),
        }
    }
    escaped
}
