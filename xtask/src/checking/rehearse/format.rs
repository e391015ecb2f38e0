//! A rehearsal as people follow it, as Markdown for a pull request, and as JSON.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use super::finding::{RehearsalFinding, What};
use super::timings::milliseconds;
use super::{Rehearsal, Step};
use crate::checking::rehearse::Format;
use crate::failure::Failure;
use crate::output::plural::plural;
use crate::output::progress;
use crate::output::text::cell;
use crate::schema::snapshot::Class;

/// So many of the slowest migrations are named.
const SLOWEST: usize = 5;

/// Prints steps as they come, and the rest in the end; or keeps what it would print, where
/// another rehearsal prints at the same time.
pub(super) struct Printer {
    format: Format,
    bar: indicatif::ProgressBar,
    quiet: bool,
    kept: Option<String>,
}

impl Printer {
    pub(super) fn new(format: Format, quiet: bool, keeps: bool) -> Self {
        let bar = progress::bar(quiet || keeps);
        Self {
            format,
            bar,
            quiet,
            kept: keeps.then(String::new),
        }
    }

    fn say(&mut self, text: &str) {
        match &mut self.kept {
            Some(kept) => kept.push_str(text),
            None => self.bar.suspend(|| print!("{text}")),
        }
    }

    /// Prints what was kept.
    pub(super) fn let_go(mut self) {
        if let Some(kept) = self.kept.take() {
            print!("{kept}");
        }
    }

    /// What a backup holds, before the first migration is tried.
    pub(super) fn restored(&mut self, applied: usize, pending: usize) {
        if self.format == Format::Human && !self.quiet {
            self.say(&format!(
                "the backup is restored: {applied} applied, {pending} pending\n"
            ));
        }
    }

    pub(super) fn begin(&mut self, steps: usize, server: &str) {
        self.bar.set_length(steps as u64);
        if self.format == Format::Human && !self.quiet {
            self.say(&format!("on a throw-away PostgreSQL {server}\n"));
        }
    }

    pub(super) fn step(&mut self, step: &Step<'_>) {
        self.bar.inc(1);
        let is_bad = step.findings.iter().any(|finding| !finding.is_note());
        if self.format == Format::Human && (!self.quiet || is_bad) {
            self.say(&lines(step));
        }
    }

    pub(super) fn finished(&mut self, rehearsal: &Rehearsal<'_>) {
        self.bar.finish_and_clear();
        match self.format {
            Format::Human => {
                rehearsal
                    .whole
                    .iter()
                    .for_each(|finding| self.say(&format!("{finding}\n")));
                if !self.quiet {
                    self.say(&format!("{}\n", summary(rehearsal)));
                    if rehearsal.steps.len() > 1 {
                        self.say(&format!("{}\n", slowest_line(rehearsal)));
                    }
                }
            }
            Format::Markdown => self.say(&markdown(rehearsal)),
            // One document holds all servers.
            Format::Junit => {}
            Format::Json => self.say(&format!("{}\n", json(rehearsal))),
        }
    }
}

fn lines(step: &Step<'_>) -> String {
    let mut lines = step.migration.label.to_owned();
    if let Some(duration) = step.duration {
        let _ = write!(lines, "  {duration:.1?}");
    }
    if let Some(reason) = step.migration.irreversible {
        let _ = write!(lines, "  irreversible: {reason}");
    }
    lines.push('\n');
    for finding in &step.findings {
        let _ = writeln!(
            lines,
            "  {}{finding}",
            if finding.is_note() { "note: " } else { "" }
        );
    }
    lines
}

/// The migrations that took longest, with what they took.
fn slowest<'m>(rehearsal: &Rehearsal<'m>) -> Vec<(&'m str, Duration)> {
    let steps = rehearsal.steps.iter();
    let timed = steps.filter_map(|step| Some((step.migration.label, step.duration?)));
    let mut timed: Vec<(&str, Duration)> = timed.collect();
    timed.sort_by_key(|(_, duration)| std::cmp::Reverse(*duration));
    timed.truncate(SLOWEST);
    timed
}

/// The same, as a line.
fn slowest_line(rehearsal: &Rehearsal<'_>) -> String {
    let slowest = slowest(rehearsal).into_iter();
    let shown: Vec<String> = slowest
        .map(|(label, took)| format!("{label} {took:.1?}"))
        .collect();
    format!(
        "slowest, with {} rows a table: {}",
        rehearsal.rows,
        shown.join(", ")
    )
}

/// One line for all.
pub(super) fn summary(rehearsal: &Rehearsal<'_>) -> String {
    let count =
        |what: &dyn Fn(&Step<'_>) -> bool| rehearsal.steps.iter().filter(|it| what(it)).count();
    let bad = count(&|step| step.findings.iter().any(|finding| !finding.is_note()));
    let irreversible = count(&|step| step.migration.irreversible.is_some());
    let tests: usize = rehearsal.steps.iter().map(|step| step.tests).sum();
    let steps = rehearsal.steps.len();
    if steps == 0 && rehearsal.whole.is_empty() {
        return "nothing to rehearse".to_owned();
    }
    let mut summary = format!(
        "{steps} migration{} up, down and up again in {:.1?}: ",
        plural(steps),
        rehearsal.duration
    );
    match bad {
        0 => summary.push_str("every one comes back"),
        bad => {
            let _ = write!(summary, "{bad} with findings");
        }
    }
    if irreversible > 0 {
        let _ = write!(summary, ", {irreversible} irreversible");
    }
    if tests > 0 {
        let _ = write!(summary, ", {tests} SQL test{}", plural(tests));
    }
    summary
}

pub(super) fn markdown(rehearsal: &Rehearsal<'_>) -> String {
    let mut page = format!(
        "### Rehearsal on PostgreSQL {}\n\n{}.\n",
        rehearsal.server,
        summary(rehearsal)
    );
    let with: Vec<&Step<'_>> = rehearsal
        .steps
        .iter()
        .filter(|step| !step.findings.is_empty())
        .collect();
    if !with.is_empty() || !rehearsal.whole.is_empty() {
        page.push_str("\n| migration | finding |\n| --- | --- |\n");
    }
    for step in with {
        for finding in &step.findings {
            let _ = writeln!(
                page,
                "| `{}` | {} |",
                step.migration.label,
                cell(&finding.to_string())
            );
        }
    }
    for finding in &rehearsal.whole {
        let _ = writeln!(page, "| all | {} |", cell(&finding.to_string()));
    }
    if rehearsal.steps.len() > 1 {
        let _ = writeln!(page, "\nThe {}.", slowest_line(rehearsal));
    }
    page
}

/// Of a server on which nothing could be tried.
pub(super) fn without(server: &str, failure: &Failure) -> String {
    format!("### Rehearsal on PostgreSQL {server}\n\nNot rehearsed: {failure}.\n")
}

fn json(rehearsal: &Rehearsal<'_>) -> Value {
    let steps = rehearsal.steps.iter().map(|step| {
        json!({
            "version": step.migration.version,
            "label": step.migration.label,
            "irreversible": step.migration.irreversible,
            "milliseconds": step.duration.map(milliseconds),
            "recorded": step.recorded.map(milliseconds),
            "tests": step.tests,
            "findings": step.findings.iter().map(finding).collect::<Vec<_>>(),
        })
    });
    let slowest = slowest(rehearsal).into_iter();
    let slowest =
        slowest.map(|(label, took)| json!({ "label": label, "milliseconds": milliseconds(took) }));
    json!({
        "format": "pgstrata rehearsal 1",
        "server": rehearsal.server,
        "rows": rehearsal.rows,
        "milliseconds": milliseconds(rehearsal.duration),
        "migrations": steps.collect::<Vec<_>>(),
        "whole": rehearsal.whole.iter().map(finding).collect::<Vec<_>>(),
        "slowest": slowest.collect::<Vec<_>>(),
    })
}

fn class(finding: &RehearsalFinding) -> &'static str {
    match finding.what {
        What::Differs(_) => finding.class().map_or("schema", Class::word),
        What::Fails(_) => "failure",
        What::IsBlocked(_) => "blocked",
        What::IsSlow { .. } => "slow",
        What::IsSlower { .. } => "slower",
        What::LeavesOut(_) => "code",
        What::IsUntried => "untried",
    }
}

fn finding(finding: &RehearsalFinding) -> Value {
    let mut value = json!({
        "after": finding.moment.to_string(),
        "message": finding.to_string(),
        "note": finding.is_note(),
        "class": class(finding),
    });
    if let What::Differs(difference) = &finding.what {
        let (object, (was, is)) = (difference.object(), difference.values());
        value["object"] = json!({ "kind": object.kind, "name": object.name });
        value["differs"] = json!({ "in": difference.word(), "was": was, "is": is });
    }
    value
}
