//! A postflight as people read it at 80 columns, and as programs do.

use serde_json::{Value, json};

use super::{CHECKS, Standing};
use crate::connect::identity::Identity;
use crate::evidence::{CheckFinding, Severity, bytes};
use crate::operating::preflight::format::told;
use crate::output::text::{width, wrapped};

/// What programs read; documented in `docs/json.md`.
const FORMAT: &str = "pgstrata postflight 1";

/// Where the database stands, what was found, and what was found good.
pub(super) fn text(
    identity: &Identity,
    standing: &Standing,
    findings: &[CheckFinding],
    has_baseline: bool,
) -> String {
    let width = width();
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
    let mut lines = wrapped(&place, "", width);
    let Standing {
        applied,
        pending,
        held,
        ..
    } = standing;
    let held = match held {
        0 => String::new(),
        held => format!(", {held} held"),
    };
    lines.push(format!("{applied} applied, {pending} pending{held}"));
    lines.push(format!("exact     {}", standing.exact));
    lines.push(format!("portable  {}", standing.portable));
    lines.push(String::new());
    lines.extend(told(findings, width));
    let is_good = |check: &&str| {
        (has_baseline || *check != "growth") && !findings.iter().any(|found| found.check == *check)
    };
    let good: Vec<&str> = CHECKS
        .iter()
        .copied()
        .filter(|check| is_good(check))
        .collect();
    lines.extend(wrapped(&format!("good: {}", good.join(", ")), "", width));
    lines.extend(is_passed(findings).then(|| "postflight passed".to_owned()));
    lines.into_iter().map(|line| line + "\n").collect()
}

/// One object.
pub(super) fn json(identity: &Identity, standing: &Standing, findings: &[CheckFinding]) -> Value {
    json!({
        "format": FORMAT,
        "passed": is_passed(findings),
        "at": identity.at,
        "database": identity.json(),
        "applied": standing.applied,
        "pending": standing.pending,
        "held": standing.held,
        "fingerprint": { "exact": standing.exact, "portable": standing.portable },
        "findings": findings.iter().map(CheckFinding::json).collect::<Vec<_>>(),
    })
}

fn is_passed(findings: &[CheckFinding]) -> bool {
    findings
        .iter()
        .all(|finding| finding.severity != Severity::Error)
}
