//! A trace as people read it, and as programs do.

use std::fmt::Write as _;

use pgstrata::Mode;
use serde_json::{Value, json};

use super::Traced;
use crate::plan::{first_line, lock, notes};

/// How much of a statement is shown.
const WIDTH: usize = 60;

pub(super) fn lines(traced: &Traced<'_>) -> String {
    let migration = traced.migration;
    let mut lines = migration.label.to_owned();
    if let Some(duration) = traced.duration {
        let _ = write!(lines, "  {duration:.1?}");
    }
    if migration.up.mode == Mode::NoTransaction {
        lines.push_str("  outside a transaction, so its locks are gone with each statement");
    }
    if let Some(code) = migration.up.code {
        let _ = write!(lines, "  without the Rust function {}", code.path);
    }
    lines.push('\n');
    for (line, sql, measured) in &traced.statements {
        let (sql, duration) = (first_line(sql, WIDTH), measured.duration);
        let kilobytes = measured.logged.div_ceil(1024);
        let _ = writeln!(lines, "  {line:>3}  {sql}  {duration:.1?}, {kilobytes} kB logged");
        for note in notes(&measured.locks) {
            let _ = writeln!(lines, "         {note}");
        }
    }
    for lock in &traced.unforeseen {
        let _ = writeln!(lines, "  not forecast: {} on {}", lock.mode, lock.table.shown());
    }
    lines
}

pub(super) fn json(traced: &Traced<'_>, server: &str) -> Value {
    let statements = traced.statements.iter().map(|(line, sql, measured)| {
        json!({
            "line": line,
            "sql": sql,
            "milliseconds": measured.duration.as_secs_f64() * 1000.0,
            "logged_bytes": measured.logged,
            "locks": measured.locks.tables.iter().map(lock).collect::<Vec<_>>(),
        })
    });
    json!({
        "server": server,
        "version": traced.migration.version,
        "label": traced.migration.label,
        "milliseconds": traced.duration.map(|duration| duration.as_secs_f64() * 1000.0),
        "statements": statements.collect::<Vec<_>>(),
        "not_forecast": traced.unforeseen.iter().map(lock).collect::<Vec<_>>(),
    })
}
