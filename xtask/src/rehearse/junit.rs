//! A rehearsal in the XML of `junit`, in the form that build servers read: a `testsuite` a server, a
//! `testcase` a migration.

use std::fmt::Write as _;

use super::finding::Finding;
use super::{Pages, Rehearsal, Step};

/// The document of all servers.
pub(crate) fn document(pages: &[Pages]) -> String {
    let suites: Vec<&str> = pages.iter().map(|pages| pages.junit.as_str()).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n{}</testsuites>\n",
        suites.concat()
    )
}

pub(super) fn suite(rehearsal: &Rehearsal<'_>) -> String {
    let all = failures(&rehearsal.whole);
    let failed = rehearsal.steps.iter().filter(|step| !failures(&step.findings).is_empty()).count();
    let mut suite = format!(
        "<testsuite name=\"PostgreSQL {}\" tests=\"{}\" failures=\"{}\" time=\"{:.3}\">\n",
        escaped(&rehearsal.server),
        rehearsal.steps.len() + 1,
        failed + usize::from(!all.is_empty()),
        rehearsal.duration.as_secs_f64(),
    );
    for step in &rehearsal.steps {
        suite.push_str(&case(step));
    }
    let _ = writeln!(suite, "  <testcase classname=\"migrations\" name=\"all\">{all}</testcase>");
    suite + "</testsuite>\n"
}

fn case(step: &Step<'_>) -> String {
    let time = step.duration.unwrap_or_default().as_secs_f64();
    let (label, failures) = (escaped(step.migration.label), failures(&step.findings));
    format!(
        "  <testcase classname=\"migrations\" name=\"{label}\" time=\"{time:.3}\">{failures}</testcase>\n"
    )
}

fn failures(findings: &[Finding]) -> String {
    let mut failures = String::new();
    for finding in findings.iter().filter(|finding| !finding.is_note()) {
        let _ = write!(failures, "<failure message=\"{}\"/>", escaped(&finding.to_string()));
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
