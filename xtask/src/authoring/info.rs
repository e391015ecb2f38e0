//! `info`: all there is to know of one migration.

mod text;

use pgstrata_compiler::checksum::hex;
use pgstrata_compiler::diagnostic::Diagnostic;
use pgstrata_compiler::{Compiled, Depth, compile};
use serde_json::{Value, json};

use crate::connect::{connect, is_named};
use crate::context::Context;
use crate::failure::Failure;
use crate::inventory::{
    Entry, Failed, Happened, Inventory, Record, event_rows, failure_rows, migration, record,
};
use crate::pending::locked::lock;
use crate::workspace;
use crate::workspace::severity;

/// What `info` tells.
struct Story<'a> {
    entry: &'a Entry,
    files: Vec<File>,
    findings: Vec<Found<'a>>,
    /// Where a database was asked.
    past: Option<Past>,
}

/// What a database has recorded of it; `None` in it is what this role may not read.
struct Past {
    record: Option<Record>,
    events: Option<Vec<Happened>>,
    failures: Option<Vec<Failed>>,
}

/// One of its files.
struct File {
    path: String,
    sha256: String,
}

/// What the full check says about one of its files.
struct Found<'a> {
    diagnostic: &'a Diagnostic,
    path: String,
    line: Option<usize>,
}

/// Prints it.
pub(crate) fn run(context: &Context, version: u64, json: bool) -> Result<(), Failure> {
    workspace::reading(context, workspace::Use::Look, |compiled, migrations| {
        show(
            context,
            (version, json),
            compiled,
            &Inventory::on_path(migrations, &compiled.settings.search_path),
        )
    })
}

fn show(
    context: &Context,
    (version, json): (u64, bool),
    compiled: &Compiled,
    inventory: &Inventory,
) -> Result<(), Failure> {
    let Some(entry) = inventory
        .entries
        .iter()
        .find(|entry| entry.version == version)
    else {
        return Err(Failure::configuration(format!(
            "there is no migration {} in {}; `cargo pgstrata list` shows all",
            version, compiled.sources.directory
        )));
    };
    let reviewed = compile(
        &context.project.dir,
        &context.project.dir.to_string_lossy(),
        Depth::Full,
    );
    let past = if is_named(context) {
        let mut client = connect(context)?;
        let record = record(&mut client, context, entry.version)?;
        let events = event_rows(&mut client, context, entry.version)?;
        let failures = failure_rows(&mut client, context, entry.version)?;
        Some(Past {
            record,
            events,
            failures,
        })
    } else {
        None
    };
    let story = Story {
        entry,
        files: files(compiled, entry),
        findings: findings(&reviewed, entry),
        past,
    };
    if json {
        println!("{:#}", document(&story));
    } else {
        print!("{}", text::shown(&story));
    }
    Ok(())
}

fn files(compiled: &Compiled, entry: &Entry) -> Vec<File> {
    let own = compiled
        .migrations
        .iter()
        .find(|migration| migration.version == entry.version);
    let scripts = own
        .into_iter()
        .flat_map(pgstrata_compiler::migration::Migration::scripts);
    let files = scripts.map(|script| File {
        path: compiled.sources.shown_path(&script.file),
        sha256: hex(&script.checksum),
    });
    files.collect()
}

fn findings<'a>(reviewed: &'a Compiled, entry: &Entry) -> Vec<Found<'a>> {
    let files = ["up", "down", "verify"].map(|word| format!("{}.{word}.sql", entry.label));
    let about = reviewed.diagnostics.iter().filter(|found| {
        found
            .labels
            .first()
            .is_some_and(|label| files.contains(&label.file))
    });
    let found = about.filter_map(|diagnostic| {
        let place = reviewed.locations(diagnostic).into_iter().next()?;
        let line = place.range.map(|(start, _)| start.line);
        Some(Found {
            diagnostic,
            path: place.path,
            line,
        })
    });
    found.collect()
}

/// Documented in `docs/json.md`.
fn document(story: &Story<'_>) -> Value {
    let mut value = migration(story.entry);
    value["format"] = json!("pgstrata info 1");
    value["directives"] = json!(story.entry.directives);
    let files = story
        .files
        .iter()
        .map(|it| json!({ "path": it.path, "sha256": it.sha256 }));
    value["files"] = files.collect();
    let statements = story.entry.statements.iter().map(|statement| {
        json!({
            "line": statement.line,
            "sql": statement.sql,
            "locks": statement.locks.tables.iter().map(lock).collect::<Vec<_>>(),
            "complete": !statement.locks.is_incomplete,
        })
    });
    value["statements"] = statements.collect();
    let findings = story.findings.iter().map(
        |Found {
             diagnostic,
             path,
             line,
         }| {
            json!({
                "rule": diagnostic.rule,
                "severity": severity(diagnostic),
                "message": diagnostic.message,
                "file": path,
                "line": line,
            })
        },
    );
    value["findings"] = findings.collect();
    if let Some(Past {
        record,
        events,
        failures,
    }) = &story.past
    {
        value["recorded"] = json!(record.as_ref().map(recorded));
        let events = events.as_ref().map(|all| all.iter().map(happened));
        value["events"] = events.map_or(Value::Null, Iterator::collect);
        let failures = failures.as_ref().map(|all| all.iter().map(failed));
        value["failures"] = failures.map_or(Value::Null, Iterator::collect);
    }
    value
}

fn recorded(record: &Record) -> Value {
    json!({
        "state": record.state,
        "attempt": record.attempt,
        "statements_done": record.done,
        "statements": record.total,
        "applied_at": record.applied_at,
        "applied_by": record.applied_by,
        "application": record.application,
        "program": record.program,
    })
}

fn happened(event: &Happened) -> Value {
    json!({
        "attempt": event.attempt,
        "action": event.action,
        "at": event.at,
        "seconds": event.seconds,
        "who": event.who,
        "application": event.application,
        "program": event.program,
        "reason": event.reason,
    })
}

fn failed(failure: &Failed) -> Value {
    json!({
        "action": failure.action,
        "at": failure.at,
        "statement": failure.statement,
        "sqlstate": failure.sqlstate,
        "who": failure.who,
        "application": failure.application,
        "program": failure.program,
        "reason": failure.reason,
    })
}
