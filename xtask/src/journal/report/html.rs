//! A report for people: a picture of the run, and below it what was told.

use std::fmt::Write as _;

use super::{Span, Step, field, held};
use crate::journal::Entry;
use crate::output::picture::{Bar, Key, Lane, escaped, legend, page, time, timeline};
use crate::output::plural::plural;

const DONE: &str = "#74bd97";
const FAILED: &str = "#b1221d";
/// Of a migration, lighter.
const STATEMENT: [&str; 2] = ["#bfe3cf", "#e9a9a6"];
const WAIT: &str = "#f0a848";

const LEGEND: [Key; 5] = [
    (DONE, "migration"),
    (STATEMENT[0], "its statements"),
    (FAILED, "migration that failed"),
    (STATEMENT[1], "its statements"),
    (WAIT, "waited for a lock"),
];

pub(super) fn document(entries: &[Entry], steps: &[Step<'_>]) -> String {
    let (first, last) = (entries.first(), entries.last());
    let title = format!(
        "Migrations {} on {}",
        field(first, "direction"),
        field(first, "database")
    );
    let mut body = String::new();
    if let (Some(first), Some(last)) = (first, last) {
        let _ = writeln!(
            body,
            "<p class=\"note\">By {}, from {:.0} to {:.0}, {}.</p>",
            escaped(field(Some(first), "user")),
            first.at,
            last.at,
            time(last.elapsed.as_secs_f64())
        );
    }
    let done = steps.iter().filter(|step| step.duration.is_some()).count();
    let (class, outcome) = match field(last, "outcome") {
        "success" => ("", "ended well"),
        _ => (" class=\"bad\"", "failed"),
    };
    let plural = plural(done);
    let _ = writeln!(
        body,
        "<p{class}>The run {outcome}: {done} migration{plural} done.</p>"
    );
    let held = held(entries);
    if !held.is_empty() {
        let labels = escaped(&held.join(", "));
        let _ = writeln!(body, "<p>Held for a later release: {labels}.</p>");
    }
    let message = field(last, "message");
    if !message.is_empty() {
        let _ = writeln!(body, "<pre><code>{}</code></pre>", escaped(message));
    }
    if !steps.is_empty() {
        body += &legend(&LEGEND);
        body += &timeline(&title, &steps.iter().map(lane).collect::<Vec<_>>());
        body += &table(steps);
    }
    body += "<h2>What was told</h2>\n<table>\n";
    for entry in entries {
        let text = entry.text();
        let (at, rest) = text.split_once(' ').unwrap_or(("", &text));
        let _ = writeln!(
            body,
            "<tr><td class=\"number\">{}</td><td><code>{}</code></td></tr>",
            escaped(at),
            escaped(rest)
        );
    }
    page(&title, &(body + "</table>\n"))
}

/// A migration from its begin to its end, and over it its statements and its waits.
fn lane(step: &Step<'_>) -> Lane {
    let took = time(step.took().as_secs_f64());
    let (fill, lighter) = match step.error {
        Some(_) => (FAILED, STATEMENT[1]),
        None => (DONE, STATEMENT[0]),
    };
    let bar = |span: &Span<'_>, fill, what: String| Bar {
        begin: span.begin.max(step.begin),
        end: span.end,
        fill,
        title: format!("{what}, {}", time(span.took().as_secs_f64())),
        text: what,
    };
    let whole = Bar {
        begin: step.begin,
        end: step.end,
        fill,
        text: took.clone(),
        title: format!("{}, {took}", step.label),
    };
    let statements = step.statements.iter().map(|span| {
        let number = span.entry.fields.get("statement").map(ToString::to_string);
        bar(
            span,
            lighter,
            format!("statement {}", number.unwrap_or_default()),
        )
    });
    let waits = step
        .waits
        .iter()
        .map(|span| bar(span, WAIT, "waited".to_owned()));
    let bars = std::iter::once(whole).chain(statements).chain(waits);
    Lane {
        name: step.label.to_owned(),
        bars: bars.collect(),
    }
}

fn table(steps: &[Step<'_>]) -> String {
    let mut table = "<table>\n<tr><th>migration</th><th></th><th class=\"number\">time</th>\
                     <th class=\"number\">waited</th><th class=\"number\">retries</th></tr>\n"
        .to_owned();
    for step in steps {
        let took = step
            .duration
            .map_or_else(|| "failed".to_owned(), |it| time(it.as_secs_f64()));
        let _ = writeln!(
            table,
            "<tr><td>{}</td><td>{}</td><td class=\"number\">{took}</td>\
             <td class=\"number\">{}</td><td class=\"number\">{}</td></tr>",
            escaped(step.label),
            escaped(step.action),
            time(step.waited().as_secs_f64()),
            step.retries
        );
    }
    table + "</table>\n"
}
