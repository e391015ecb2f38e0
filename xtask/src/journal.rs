//! What is kept of a run: logs while it goes on, reports when it has ended.

mod line;
mod report;

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use pgstrata::{Direction, Error, Event, Report};
use postgres::Config;
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::words::said;

/// What each line of a log belongs to.
const FORMAT: &str = "pgstrata log 1";

/// Something that happened.
#[derive(Debug)]
struct Entry {
    at: Timestamp,
    /// Since the run began.
    elapsed: Duration,
    event: &'static str,
    /// What is known of it, by name; `label` where a step was concerned.
    fields: Map<String, Value>,
}

/// Listens to a run, and writes down.
pub(crate) struct Journal {
    begun: Instant,
    logs: Vec<(PathBuf, File)>,
    reports: Vec<PathBuf>,
    entries: Vec<Entry>,
    /// Must not be written anywhere.
    password: Option<String>,
    /// The first log that could not be written; the run goes on.
    failed: Option<Failure>,
}

/// What is kept of a run.
#[derive(Debug)]
pub(crate) struct Records {
    /// Append each event to this file: as JSON where its name ends with .json or .jsonl, else
    /// for people. May be given again.
    pub(crate) log: Vec<PathBuf>,
    /// Write a report of the run, with the time of each statement, to this file: .json, .md or
    /// .html. May be given again.
    pub(crate) report: Vec<PathBuf>,
}

impl Journal {
    /// Begins the logs; what cannot be written is found now.
    pub(crate) fn open(
        records: &Records,
        config: &Config,
        direction: Direction,
    ) -> Result<Self, Failure> {
        let open = |path: &PathBuf| {
            let file = File::options().create(true).append(true).open(path);
            let file = file.map_err(|error| Failure::file("write", path, &error))?;
            Ok((path.clone(), file))
        };
        let logs = records
            .log
            .iter()
            .map(open)
            .collect::<Result<_, Failure>>()?;
        for report in &records.report {
            report::kind(report)?;
            let opened = File::options().create(true).append(true).open(report);
            opened.map_err(|error| Failure::file("write", report, &error))?;
        }
        let password = config
            .get_password()
            .map(|it| String::from_utf8_lossy(it).into_owned());
        let mut journal = Self {
            begun: Instant::now(),
            logs,
            reports: records.report.clone(),
            entries: Vec::new(),
            password: password.filter(|password| !password.is_empty()),
            failed: None,
        };
        let run = json!({
            "format": FORMAT,
            "direction": direction.to_string(),
            "database": config.get_dbname(),
            "user": config.get_user(),
            "program": concat!("pgstrata ", env!("CARGO_PKG_VERSION")),
        });
        journal.write("run", run);
        Ok(journal)
    }

    /// Writes down what happened.
    pub(crate) fn observe(&mut self, event: &Event<'_>) {
        if let Some((name, fields)) = line::of(event) {
            self.write(name, fields);
        }
    }

    /// Ends the logs, and writes the reports.
    pub(crate) fn end(&mut self, result: &Result<Report, Error>) -> Result<(), Failure> {
        let outcome = match result {
            Ok(report) => json!({
                "outcome": "success",
                "steps": report.steps.len(),
                "held_back": report.held_back.as_ref().map(said),
            }),
            Err(error) => json!({ "outcome": "failed", "message": said(error) }),
        };
        self.write("end", outcome);
        for file in &self.reports {
            let text = self.clean(report::document(report::kind(file)?, &self.entries));
            std::fs::write(file, text).map_err(|error| Failure::file("write", file, &error))?;
        }
        self.failed.take().map_or(Ok(()), Err)
    }

    fn write(&mut self, event: &'static str, fields: Value) {
        let fields = match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        let (at, elapsed) = (Timestamp::now(), self.begun.elapsed());
        let entry = Entry {
            at,
            elapsed,
            event,
            fields,
        };
        for index in 0..self.logs.len() {
            let (path, _) = &self.logs[index];
            let text = if is_json(path) {
                entry.json().to_string()
            } else {
                entry.text()
            };
            let line = self.clean(text) + "\n";
            let (path, file) = &mut self.logs[index];
            if let Err(error) = file.write_all(line.as_bytes()) {
                self.failed
                    .get_or_insert(Failure::file("write", path, &error));
            }
        }
        self.entries.push(entry);
    }

    /// Whatever a server or a script says, the password stays here.
    fn clean(&self, text: String) -> String {
        match &self.password {
            Some(password) => text.replace(&**password, "********"),
            None => text,
        }
    }
}

fn is_json(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "json" || extension == "jsonl")
}

impl Entry {
    /// The line of a log for programs.
    fn json(&self) -> Value {
        let mut fields = self.fields.clone();
        fields.insert("event".to_owned(), self.event.into());
        fields.insert("at".to_owned(), self.at.to_string().into());
        Value::Object(fields)
    }

    /// The line of a log for people.
    fn text(&self) -> String {
        let shown = |value: &Value| match value {
            Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
            // Of steps their names will do.
            other => {
                let name = |item: &Value| item["label"].as_str().map(str::to_owned);
                let names = other
                    .as_array()
                    .and_then(|all| all.iter().map(name).collect());
                names.map_or_else(|| other.to_string(), |names: Vec<String>| names.join(","))
            }
        };
        let fields = self
            .fields
            .iter()
            .filter(|(name, value)| *name != "label" && !value.is_null());
        let fields = fields.map(|(name, value)| format!(" {name}={}", shown(value)));
        let label = self
            .label()
            .map(|label| format!(" {label}"))
            .unwrap_or_default();
        format!(
            "{:.3} {}{label}{}",
            self.at,
            self.event,
            fields.collect::<String>()
        )
    }

    fn label(&self) -> Option<&str> {
        self.fields.get("label").and_then(Value::as_str)
    }

    /// A field that holds milliseconds.
    fn milliseconds(&self, name: &str) -> Option<Duration> {
        let value = self.fields.get(name).and_then(Value::as_f64)?;
        Duration::try_from_secs_f64(value / 1000.0).ok()
    }
}
