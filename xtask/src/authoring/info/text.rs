//! The story of a migration as people read it.

use super::{Found, Past, Story};
use crate::inventory::{Failed, Happened};
use crate::output::picture::time;
use crate::output::text::{first_line, width, wrapped};
use crate::pending::locked::notes;
use crate::workspace::severity;

/// How much of a checksum is shown.
const SHORT: usize = 12;

pub(super) fn shown(story: &Story<'_>) -> String {
    let (entry, width) = (story.entry, width());
    let mut lines = vec![entry.label.clone()];
    let mut say = |text: &str| lines.extend(wrapped(text, "  ", width));
    if !entry.description.is_empty() {
        say(&entry.description);
    }
    if let Some(reason) = &entry.irreversible {
        say(&format!("no way back: {reason}"));
    }
    let numbers = |versions: &[u64]| {
        versions
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", ")
    };
    if !entry.uses.is_empty() {
        say(&format!("uses what these made: {}", numbers(&entry.uses)));
    }
    let mut section = |title: &str, body: Vec<String>| {
        if !body.is_empty() {
            lines.extend([String::new(), title.to_owned()]);
            lines.extend(body);
        }
    };
    let files = story
        .files
        .iter()
        .map(|it| format!("  {}  {}", &it.sha256[..SHORT], it.path));
    section(
        "files, with the beginning of their checksums",
        files.collect(),
    );
    section(
        "directives",
        entry
            .directives
            .iter()
            .map(|it| format!("  {it}"))
            .collect(),
    );
    let margin = entry
        .statements
        .last()
        .map_or(0, |it| it.line.to_string().len());
    let statements = entry.statements.iter().flat_map(|statement| {
        let room = width.saturating_sub(margin + 4);
        let first = format!(
            "  {:>margin$}  {}",
            statement.line,
            first_line(&statement.sql, room)
        );
        let indent = " ".repeat(margin + 6);
        let locks = notes(&statement.locks).into_iter();
        let locks = locks.flat_map(move |note| wrapped(&note, &indent, width));
        std::iter::once(first).chain(locks).collect::<Vec<_>>()
    });
    section(
        "statements, by line, and what they lock",
        statements.collect(),
    );
    let objects = entry
        .objects
        .iter()
        .flat_map(|key| wrapped(&key.shown(), "  ", width));
    section("makes", objects.collect());
    let findings = story.findings.iter().flat_map(
        |Found {
             diagnostic,
             path,
             line,
         }| {
            let place = line.map_or_else(|| path.clone(), |line| format!("{path}:{line}"));
            let (severity, rule) = (severity(diagnostic), diagnostic.rule);
            wrapped(
                &format!("{severity}[{rule}] {place}: {}", diagnostic.message),
                "  ",
                width,
            )
        },
    );
    section("findings", findings.collect());
    let Some(Past {
        record,
        events,
        failures,
    }) = &story.past
    else {
        return joined(&lines);
    };
    let state = match record {
        None => vec!["  not applied".to_owned()],
        Some(record) => {
            let (state, done, total) = (&record.state, record.done, record.total);
            let whole = format!(
                "{state}, {done} of {total} statements, attempt {}; {} by {} ({}, {})",
                record.attempt,
                record.applied_at,
                record.applied_by,
                record.application,
                record.program
            );
            wrapped(&whole, "  ", width)
        }
    };
    section("in the database", state);
    let events = events
        .iter()
        .flatten()
        .flat_map(|event| wrapped(&told(event), "  ", width));
    section("what happened", events.collect());
    let failures = failures
        .iter()
        .flatten()
        .flat_map(|failure| wrapped(&tried(failure), "  ", width));
    section("what failed", failures.collect());
    joined(&lines)
}

fn told(event: &Happened) -> String {
    let took = event
        .seconds
        .map_or_else(String::new, |seconds| format!(" in {}", time(seconds)));
    let reason = event
        .reason
        .as_ref()
        .map_or_else(String::new, |reason| format!(": {reason}"));
    let Happened {
        at,
        action,
        attempt,
        who,
        ..
    } = event;
    format!("{at}  {action}{took} by {who}, attempt {attempt}{reason}")
}

fn tried(failure: &Failed) -> String {
    let Failed {
        at, action, who, ..
    } = failure;
    let place = failure
        .statement
        .map_or_else(String::new, |number| format!(" at statement {number}"));
    let code = failure
        .sqlstate
        .as_ref()
        .map_or_else(String::new, |code| format!(" with {code}"));
    let reason = failure
        .reason
        .as_ref()
        .map_or_else(String::new, |reason| format!(": {reason}"));
    format!("{at}  {action} failed{place}{code}, by {who}{reason}")
}

fn joined(lines: &[String]) -> String {
    lines.join("\n") + "\n"
}
