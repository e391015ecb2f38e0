//! `check --format github`: workflow commands, which GitHub Actions shows beside the lines
//! of a pull request (GitHub's manual, Workflow commands for GitHub Actions).

use std::fmt::Write as _;

use pgstrata_compiler::Compiled;
use pgstrata_compiler::diagnostic::Diagnostic;
use pgstrata_compiler::location::Location;

use crate::workspace::severity;

/// Every finding as one annotation.
pub(super) fn annotations(compiled: &Compiled) -> String {
    let annotations = compiled
        .diagnostics
        .iter()
        .map(|found| annotation(found, &compiled.locations(found)));
    annotations.collect()
}

fn annotation(found: &Diagnostic, locations: &[Location]) -> String {
    let mut properties = Vec::new();
    if let Some(Location { path, range, .. }) = locations.first() {
        properties.push(format!("file={}", property(path)));
        if let Some((start, _)) = range {
            properties.push(format!("line={},col={}", start.line, start.column));
        }
    }
    properties.push(format!("title={}", property(found.rule)));
    format!(
        "::{} {}::{}\n",
        severity(found),
        properties.join(","),
        data(&message(found, locations))
    )
}

/// An annotation shows one place; the others are named in its text.
fn message(found: &Diagnostic, locations: &[Location]) -> String {
    let mut message = found.message.clone();
    for Location { path, range, text } in locations.iter().skip(1) {
        let _ = write!(message, "\n{path}");
        if let Some((start, _)) = range {
            let _ = write!(message, ":{}:{}", start.line, start.column);
        }
        if !text.is_empty() {
            let _ = write!(message, " ({text})");
        }
    }
    for (what, sentence) in [("why", found.why), ("help", found.help.as_deref())] {
        if let Some(sentence) = sentence {
            let _ = write!(message, "\n{what}: {sentence}");
        }
    }
    message
}

/// The escapes of `@actions/core`, `toolkit/packages/core/src/command.ts`.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
