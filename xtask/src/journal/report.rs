//! What came of a run, on one page: for programs, for a pull request, for people.

mod html;
mod markdown;

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::Entry;
use super::line::milliseconds;
use crate::failure::Failure;

/// What programs read; documented in `docs/json.md`.
const FORMAT: &str = "pgstrata report 1";

/// How a report is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum ReportFormat {
    Json,
    Markdown,
    Html,
}

/// As the name of the file says.
pub(super) fn kind(file: &Path) -> Result<ReportFormat, Failure> {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("json") => Ok(ReportFormat::Json),
        Some("md") => Ok(ReportFormat::Markdown),
        Some("html" | "htm") => Ok(ReportFormat::Html),
        _ => Err(Failure::configuration(format!(
            "{}: a report is a file .json, .md or .html",
            file.display()
        ))),
    }
}

/// A step, as far as it came.
struct Step<'e> {
    label: &'e str,
    action: &'e str,
    begin: Duration,
    end: Duration,
    /// `None` where it failed.
    duration: Option<Duration>,
    statements: Vec<Span<'e>>,
    waits: Vec<Span<'e>>,
    retries: usize,
    error: Option<&'e str>,
}

/// A part of a step's time.
struct Span<'e> {
    begin: Duration,
    end: Duration,
    entry: &'e Entry,
}

impl Step<'_> {
    /// Over all tries.
    fn took(&self) -> Duration {
        self.end.saturating_sub(self.begin)
    }

    /// For locks.
    fn waited(&self) -> Duration {
        self.waits.iter().map(Span::took).sum()
    }
}

impl Span<'_> {
    fn took(&self) -> Duration {
        self.end.saturating_sub(self.begin)
    }
}

pub(super) fn document(kind: ReportFormat, entries: &[Entry]) -> String {
    let steps = steps(entries);
    match kind {
        ReportFormat::Json => format!("{:#}\n", json(entries, &steps)),
        ReportFormat::Markdown => markdown::document(entries, &steps),
        ReportFormat::Html => html::document(entries, &steps),
    }
}

/// From the events to steps, in the order in which they began.
fn steps(entries: &[Entry]) -> Vec<Step<'_>> {
    let mut steps: Vec<Step<'_>> = Vec::new();
    let mut is_waiting = false;
    for entry in entries {
        let Some(label) = entry.label() else { continue };
        if entry.event == "started" {
            let action = entry
                .fields
                .get("action")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let (begin, end) = (entry.elapsed, entry.elapsed);
            let (statements, waits) = (Vec::new(), Vec::new());
            let (duration, retries, error) = (None, 0, None);
            steps.push(Step {
                label,
                action,
                begin,
                end,
                duration,
                statements,
                waits,
                retries,
                error,
            });
        }
        // A step that is told of has begun.
        let Some(step) = steps.iter_mut().rev().find(|step| step.label == label) else {
            continue;
        };
        step.end = entry.elapsed;
        let took = entry.milliseconds("milliseconds");
        let span = took.map(|took| Span {
            begin: entry.elapsed.saturating_sub(took),
            end: entry.elapsed,
            entry,
        });
        // Who was in the way is told now and then; it was over with the statement at the latest.
        if matches!(
            entry.event,
            "statement_finished" | "retried" | "finished" | "failed"
        ) && let Some(wait) = step.waits.last_mut().filter(|_| is_waiting)
        {
            wait.end = entry.elapsed;
        }
        is_waiting = entry.event == "blocked" || is_waiting && entry.event == "notice";
        match entry.event {
            "finished" => step.duration = took,
            "statement_finished" => step.statements.extend(span),
            "blocked" => {
                // Told again and again while it lasts; the last one has the whole of it.
                if let (Some(last), Some(span)) = (step.waits.last(), &span)
                    && last.end >= span.begin
                {
                    step.waits.pop();
                }
                step.waits.extend(span);
            }
            "retried" => step.retries += 1,
            "failed" => step.error = entry.fields.get("message").and_then(Value::as_str),
            _ => {}
        }
    }
    steps
}

/// The first and the last entry say what the run was, and what came of it.
fn field<'e>(entry: Option<&'e Entry>, name: &str) -> &'e str {
    entry
        .and_then(|entry| entry.fields.get(name))
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// What waits for a later release, by its label.
fn held(entries: &[Entry]) -> Vec<&str> {
    let held = entries.iter().rfind(|entry| entry.event == "held");
    let steps = held.and_then(|held| held.fields.get("steps")?.as_array());
    let labels = steps.into_iter().flatten();
    labels.filter_map(|step| step["label"].as_str()).collect()
}

fn json(entries: &[Entry], steps: &[Step<'_>]) -> Value {
    let (first, last) = (entries.first(), entries.last());
    let span = |span: &Span<'_>| {
        let mut value = json!({ "begin": milliseconds(span.begin), "end": milliseconds(span.end) });
        for name in ["statement", "blockers"] {
            if let Some(field) = span.entry.fields.get(name) {
                value[name] = field.clone();
            }
        }
        value
    };
    let steps = steps.iter().map(|step| {
        json!({
            "label": step.label,
            "action": step.action,
            "begin": milliseconds(step.begin),
            "end": milliseconds(step.end),
            "milliseconds": step.duration.map(milliseconds),
            "retries": step.retries,
            "statements": step.statements.iter().map(span).collect::<Vec<_>>(),
            "waits": step.waits.iter().map(span).collect::<Vec<_>>(),
            "error": step.error,
        })
    });
    json!({
        "format": FORMAT,
        "direction": field(first, "direction"),
        "database": field(first, "database"),
        "user": field(first, "user"),
        "outcome": field(last, "outcome"),
        "message": last.and_then(|last| last.fields.get("message")),
        "begun": first.map(|first| first.at.to_string()),
        "ended": last.map(|last| last.at.to_string()),
        "steps": steps.collect::<Vec<_>>(),
        "held": held(entries),
        "events": entries.iter().map(Entry::json).collect::<Vec<_>>(),
    })
}
