//! How long each migration took the last time, in a file that somebody keeps: `--timings`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use super::Rehearsal;
use crate::cluster::leading_number;
use crate::failure::Failure;

/// Which document it is.
const FORMAT: &str = "pgstrata timings 1";
/// Below this difference it is the machine that was busy.
const FLOOR: Duration = Duration::from_millis(100);
/// So many times longer is worth a note.
const FACTOR: f64 = 2.0;

/// The file, and what it held.
pub(super) struct Timings {
    file: PathBuf,
    servers: BTreeMap<String, Recorded>,
}

/// What one major version took.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorded {
    /// How many rows a table had: other numbers are not compared.
    rows: u64,
    /// By the migration's label.
    migrations: BTreeMap<String, f64>,
}

impl Timings {
    /// What was recorded: nothing where there is no file yet.
    pub(super) fn read(file: &Path) -> Result<Self, Failure> {
        let servers = match std::fs::read_to_string(file) {
            Ok(text) => parsed(&text).ok_or_else(|| {
                Failure::configuration(format!(
                    "{} is not what `--timings` writes; remove it to begin anew, or name another file",
                    file.display()
                ))
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(Failure::file("read", file, &error)),
        };
        Ok(Self {
            file: file.to_owned(),
            servers,
        })
    }

    /// What was recorded of a server of this version with so many rows.
    pub(super) fn of(&self, server: &str, rows: u32) -> Option<&Recorded> {
        self.servers
            .get(&major(server))
            .filter(|recorded| recorded.rows == u64::from(rows))
    }

    /// Takes what it took this time; of migrations that were not tried, what is known stays.
    pub(super) fn record(&mut self, rehearsal: &Rehearsal<'_>) {
        let recorded = self.servers.entry(major(&rehearsal.server)).or_default();
        let rows = u64::from(rehearsal.rows);
        if recorded.rows != rows {
            *recorded = Recorded {
                rows,
                ..Recorded::default()
            };
        }
        for step in &rehearsal.steps {
            if let Some(duration) = step.duration {
                recorded
                    .migrations
                    .insert(step.migration.label.to_owned(), milliseconds(duration));
            }
        }
    }

    pub(super) fn write(&self) -> Result<(), Failure> {
        let servers: serde_json::Map<String, Value> = self
            .servers
            .iter()
            .map(|(major, Recorded { rows, migrations })| {
                (
                    major.clone(),
                    json!({ "rows": rows, "milliseconds": migrations }),
                )
            })
            .collect();
        let text = format!("{:#}\n", json!({ "format": FORMAT, "servers": servers }));
        std::fs::write(&self.file, text).map_err(|error| Failure::file("write", &self.file, &error))
    }
}

impl Recorded {
    /// How long this one took.
    pub(super) fn of(&self, label: &str) -> Option<Duration> {
        Duration::try_from_secs_f64(self.migrations.get(label)? / 1000.0).ok()
    }
}

/// Whether it is worth a note.
pub(super) fn is_much_longer(took: Duration, was: Duration) -> bool {
    took > was + FLOOR && took.as_secs_f64() > FACTOR * was.as_secs_f64()
}

fn parsed(text: &str) -> Option<BTreeMap<String, Recorded>> {
    let document: Value = serde_json::from_str(text).ok()?;
    if document["format"] != FORMAT {
        return None;
    }
    let server = |(major, server): (&String, &Value)| {
        let migrations = server["milliseconds"].as_object()?.iter();
        let migrations = migrations.map(|(label, took)| Some((label.clone(), took.as_f64()?)));
        let rows = server["rows"].as_u64()?;
        Some((
            major.clone(),
            Recorded {
                rows,
                migrations: migrations.collect::<Option<_>>()?,
            },
        ))
    };
    document["servers"]
        .as_object()?
        .iter()
        .map(server)
        .collect()
}

fn major(server: &str) -> String {
    leading_number(server).map_or_else(|| server.to_owned(), |major| major.to_string())
}

pub(super) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
