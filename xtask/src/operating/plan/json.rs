//! `plan --format json`: one object a migration, each on a line of its own.

use pgstrata::embedded::Mode;
use serde_json::{Value, json};

use super::{Forecast, Statement};
use crate::pending::locked::lock;

/// What programs read; documented in `README.md`.
const FORMAT: &str = "pgstrata plan 1";

/// Every step on a line of its own.
pub(super) fn lines(forecasts: &[Forecast<'_>]) -> String {
    let lines = forecasts
        .iter()
        .map(|forecast| format!("{}\n", object(forecast)));
    lines.collect::<Vec<_>>().concat()
}

fn object(Forecast { step, statements }: &Forecast<'_>) -> Value {
    json!({
        "format": FORMAT,
        "version": step.version,
        "label": step.label,
        "transaction": step.mode == Mode::Transaction,
        "skipped": step.skipped.iter().map(skipped).collect::<Vec<_>>(),
        "code": step.code,
        "statements": statements.iter().map(statement).collect::<Vec<_>>(),
    })
}

fn skipped((statement, extension): &(usize, String)) -> Value {
    json!({ "statement": statement, "extension": extension })
}

fn statement(Statement { line, sql, locks }: &Statement<'_>) -> Value {
    json!({
        "line": line,
        "sql": sql,
        "locks": locks.tables.iter().map(lock).collect::<Vec<_>>(),
        "complete": !locks.is_incomplete,
    })
}
