//! A preflight as people read it at 80 columns, and as programs do.

use serde_json::{Value, json};

use crate::connect::identity::Identity;
use crate::evidence::{CheckFinding, Severity, bytes};
use crate::output::colour::coloured;
use crate::output::text::{first_line, width, wrapped};
use crate::pending::locked::{lock, notes};
use crate::pending::{Pending, statements};

/// What programs read; documented in `docs/json.md`.
const FORMAT: &str = "pgstrata preflight 1";

/// What is pending, what was found, and what was found good.
pub(super) fn text(
    identity: &Identity,
    pending: &Pending<'_>,
    findings: &[CheckFinding],
    checks: &[&str],
) -> String {
    let width = width();
    let mut lines = Vec::new();
    let Identity {
        database,
        server,
        user,
        size,
        ..
    } = identity;
    let place = format!(
        "database {database} ({}) on PostgreSQL {server}, as {user}",
        bytes(*size)
    );
    lines.extend(wrapped(&place, "", width));
    lines.push(String::new());
    lines.extend(pending_lines(pending, width));
    lines.push(String::new());
    lines.extend(told(findings, width));
    let has_found = |check: &&str| findings.iter().any(|finding| finding.check == *check);
    let good: Vec<&str> = checks
        .iter()
        .filter(|check| !has_found(check))
        .copied()
        .collect();
    if !good.is_empty() {
        lines.extend(wrapped(&format!("good: {}", good.join(", ")), "", width));
    }
    let is_passed = findings
        .iter()
        .all(|finding| finding.severity != Severity::Error);
    lines.extend(is_passed.then(|| "preflight passed".to_owned()));
    lines.into_iter().map(|line| line + "\n").collect()
}

/// Each finding with its evidence and advice, and an empty line.
pub(crate) fn told(findings: &[CheckFinding], width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for finding in findings {
        let first = format!(
            "{}: {}: {}",
            finding.severity.word(),
            finding.check,
            finding.message
        );
        let first = wrapped(&first, "", width).join("\n");
        lines.push(match finding.severity {
            Severity::Note => first,
            _ => coloured(&first),
        });
        for evidence in &finding.evidence {
            lines.extend(wrapped(&evidence.text(), "    ", width));
        }
        if finding.advice.ends_with(';') {
            // A statement is copied from one line.
            lines.push(format!("  -> {}", finding.advice));
        } else if !finding.advice.is_empty() {
            lines.extend(wrapped(&format!("-> {}", finding.advice), "  ", width));
        }
        lines.push(String::new());
    }
    lines
}

fn pending_lines(pending: &Pending<'_>, width: usize) -> Vec<String> {
    let count = pending.migrations.len() + pending.repeatables.len();
    if pending.is_unknown {
        return vec!["what is pending is not known".to_owned()];
    }
    if count == 0 {
        return vec!["nothing is pending".to_owned()];
    }
    let mut lines = vec![format!("pending: {count}")];
    for migration in &pending.migrations {
        lines.push(format!("  {}", migration.label));
        let locks = pending
            .locks
            .get(&migration.version)
            .map(Vec::as_slice)
            .unwrap_or_default();
        for ((_, sql), locks) in statements(&migration.up).zip(locks) {
            lines.push(format!("    {}", first_line(sql, width.saturating_sub(4))));
            let notes = notes(locks);
            lines.extend(notes.iter().flat_map(|note| wrapped(note, "      ", width)));
        }
    }
    lines.extend(pending.repeatables.iter().map(|name| format!("  {name}")));
    lines
}

/// One object.
pub(super) fn json(identity: &Identity, pending: &Pending<'_>, findings: &[CheckFinding]) -> Value {
    let migrations = pending.migrations.iter().map(|migration| {
        let locks = pending
            .locks
            .get(&migration.version)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let statements = statements(&migration.up)
            .zip(locks)
            .map(|((line, sql), locks)| {
                json!({
                    "line": line,
                    "sql": sql,
                    "locks": locks.tables.iter().map(lock).collect::<Vec<_>>(),
                    "complete": !locks.is_incomplete,
                })
            });
        json!({
            "version": migration.version,
            "label": migration.label,
            "transaction": migration.up.transaction,
            "statements": statements.collect::<Vec<_>>(),
        })
    });
    json!({
        "format": FORMAT,
        "passed": findings.iter().all(|finding| finding.severity != Severity::Error),
        "at": identity.at,
        "database": identity.json(),
        "pending": migrations.collect::<Vec<_>>(),
        "repeatables": pending.repeatables,
        "findings": findings.iter().map(CheckFinding::json).collect::<Vec<_>>(),
    })
}
