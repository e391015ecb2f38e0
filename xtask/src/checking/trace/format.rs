//! A trace as people read it, and as programs do.

use std::fmt::Write as _;
use std::time::Duration;

use pgstrata::embedded::Mode;
use pgstrata_compiler::locks::{Locks, RowAccess};
use serde_json::{Value, json};

use super::claims::{Hazard, Judged, Seen, Verdict, Why};
use super::measure::{Index, Taken};
use super::{Scale, Statement, Traced};
use crate::output::plural::plural;
use crate::output::text::first_line;
use crate::pending::locked::{lock, notes};

/// How much of a statement is shown.
const WIDTH: usize = 60;

pub(super) fn lines(traced: &Traced<'_>) -> String {
    let migration = traced.migration;
    let mut lines = migration.label.to_owned();
    if let Some(duration) = traced.duration {
        let _ = write!(lines, "  {duration:.1?}");
    }
    if migration.up.mode == Mode::NoTransaction {
        lines.push_str("  outside a transaction: locks end with each statement");
    }
    if let Some(code) = migration.up.code {
        let _ = write!(lines, "  without the Rust function {}", code.path);
    }
    lines.push('\n');
    for Statement {
        line,
        sql,
        measured,
    } in &traced.statements
    {
        let (sql, duration) = (first_line(sql, WIDTH), measured.duration);
        let _ = writeln!(lines, "  {line:>3}  {sql}");
        let _ = writeln!(
            lines,
            "       {duration:.1?}, {} logged",
            bytes(measured.logged)
        );
        let in_transaction = migration.up.mode == Mode::Transaction;
        let (held, passing) = (locks(&measured.locks, true), locks(&measured.locks, false));
        for note in notes(&held) {
            let _ = writeln!(lines, "         {note}");
        }
        for note in notes(&passing) {
            let until = if in_transaction {
                ", given back within the statement"
            } else {
                ""
            };
            let _ = writeln!(lines, "         {note}{until}");
        }
        for Index {
            name,
            table,
            is_valid,
        } in &measured.indexes
        {
            let validity = if *is_valid {
                "valid"
            } else {
                "NOT VALID: queries do not use it"
            };
            let _ = writeln!(
                lines,
                "         index {} on {table}: {validity}",
                name.shown()
            );
        }
    }
    for (sentence, _) in judgements(traced) {
        let _ = writeln!(lines, "  {sentence}");
    }
    lines
}

/// What the measurement says of forecast and findings, and whether it is news.
pub(super) fn judgements(traced: &Traced<'_>) -> Vec<(String, bool)> {
    let unforeseen = traced.unforeseen.iter();
    let unforeseen = unforeseen.map(|lock| {
        (
            format!("not forecast: {} on {}", lock.mode, lock.table.shown()),
            true,
        )
    });
    let judged = traced.judged.iter().map(
        |Judged {
             rule,
             line,
             verdict,
         }| {
            let told = match verdict {
                Verdict::Right(lock) => {
                    let locks = Locks {
                        tables: vec![lock.clone()],
                        is_incomplete: false,
                    };
                    format!("{rule} is right: {}", notes(&locks).concat())
                }
                Verdict::NotSeen => format!("{rule} is not confirmed: nothing of it was seen"),
                Verdict::NoRows(lock) => {
                    format!(
                        "{rule} cannot be judged: {} has no rows here",
                        lock.table.shown()
                    )
                }
            };
            (format!("line {line}: {told}"), false)
        },
    );
    let hazards = traced.hazards.iter().filter_map(|hazard| {
        let line = hazard.line;
        match &hazard.seen {
            // The rule has been named above.
            Seen::By(_) => None,
            Seen::Allowed(rule) => Some((
                format!("line {line}: {hazard}, which `allow {rule}` accepts"),
                false,
            )),
            Seen::ByNone => Some((format!("line {line}: {hazard}, and no rule says so"), true)),
        }
    });
    unforeseen.chain(judged).chain(hazards).collect()
}

/// One line for all.
pub(super) fn summary(all: &[Traced<'_>]) -> String {
    let judged = || all.iter().flat_map(|traced| &traced.judged);
    let right = judged()
        .filter(|judged| matches!(judged.verdict, Verdict::Right(_)))
        .count();
    let not_seen = judged()
        .filter(|judged| matches!(judged.verdict, Verdict::NotSeen))
        .count();
    let hazards = all.iter().flat_map(|traced| &traced.hazards);
    let unseen = hazards
        .filter(|hazard| matches!(hazard.seen, Seen::ByNone))
        .count();
    let unforeseen: usize = all.iter().map(|traced| traced.unforeseen.len()).sum();
    let findings = judged().count();
    format!(
        "{} migration{}: of {findings} finding{} about locks {right} right, {not_seen} not confirmed, \
         {} without rows to judge by; {unseen} hazard{} that no rule saw; {unforeseen} lock{} not forecast",
        all.len(),
        plural(all.len()),
        plural(findings),
        findings - right - not_seen,
        plural(unseen),
        plural(unforeseen)
    )
}

/// Those that are held until the end, or those that are not.
fn locks(taken: &[Taken], held: bool) -> Locks {
    let tables = taken.iter().filter(|taken| taken.is_held == held);
    Locks {
        tables: tables.map(|taken| taken.lock.clone()).collect(),
        is_incomplete: false,
    }
}

pub(super) fn bytes(count: u64) -> String {
    indicatif::HumanBytes(count).to_string()
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

pub(super) fn json(traced: &Traced<'_>, scale: &Scale) -> Value {
    let statements = traced.statements.iter().map(
        |Statement {
             line,
             sql,
             measured,
         }| {
            json!({
                "line": line,
                "sql": sql,
                "milliseconds": milliseconds(measured.duration),
                "logged_bytes": measured.logged,
                "locks": measured.locks.iter().map(taken).collect::<Vec<_>>(),
                "indexes": measured.indexes.iter().map(index).collect::<Vec<_>>(),
            })
        },
    );
    json!({
        "format": "pgstrata trace 1",
        "server": scale.server,
        "rows": scale.rows,
        "version": traced.migration.version,
        "label": traced.migration.label,
        "transaction": traced.migration.up.mode == Mode::Transaction,
        "milliseconds": traced.duration.map(milliseconds),
        "statements": statements.collect::<Vec<_>>(),
        "not_forecast": traced.unforeseen.iter().map(lock).collect::<Vec<_>>(),
        "findings": traced.judged.iter().map(judged).collect::<Vec<_>>(),
        "hazards": traced.hazards.iter().map(hazard).collect::<Vec<_>>(),
    })
}

fn taken(
    Taken {
        lock: of_table,
        bytes,
        is_held,
        ..
    }: &Taken,
) -> Value {
    let mut value = lock(of_table);
    value["bytes"] = json!(bytes);
    value["held"] = json!(is_held);
    value
}

fn index(
    Index {
        name,
        table,
        is_valid,
    }: &Index,
) -> Value {
    json!({ "schema": name.schema, "index": name.name, "table": table, "valid": is_valid })
}

fn judged(
    Judged {
        rule,
        line,
        verdict,
    }: &Judged,
) -> Value {
    let (word, shown) = match verdict {
        Verdict::Right(shown) => ("right", Some(shown)),
        Verdict::NotSeen => ("not confirmed", None),
        Verdict::NoRows(empty) => ("no rows", Some(empty)),
    };
    json!({ "rule": rule, "line": line, "verdict": word, "lock": shown.map(lock) })
}

fn hazard(hazard: &Hazard) -> Value {
    let what = match (hazard.why, hazard.lock.work) {
        (Why::Waits, _) => "locked meanwhile",
        (Why::RowAccess, RowAccess::Rewrite) => "rewritten",
        (Why::RowAccess, _) => "read",
    };
    json!({
        "line": hazard.line,
        "what": what,
        "lock": lock(&hazard.lock),
        "rule": hazard.seen.rule(),
        "allowed": matches!(hazard.seen, Seen::Allowed(_)),
    })
}
