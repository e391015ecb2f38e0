//! What the history itself has against a run.

use crate::words::said;
use pgstrata::{Error, Fault, Plan, State, Status};

use crate::evidence::{CheckFinding, Evidence, Severity, kind};

const CHECK: &str = "history";

/// The runtime's refusal of the tables: each line of what it found has the repair below it.
pub(super) fn untrusted(error: &Error) -> CheckFinding {
    let text = error.to_string();
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    // What follows is the advice.
    let message = first.split("; ").next().unwrap_or_default();
    let mut evidence = Vec::new();
    while let Some(found) = lines.find_map(|line| line.strip_prefix("  - ")) {
        let repair = lines.next().unwrap_or_default().trim();
        evidence.push(Evidence::new().and("found", found).and("repair", repair));
    }
    let finding = CheckFinding::new(CHECK, Severity::Error, message).with(evidence);
    finding.advise("look at each; if nobody needs it, run its repair as the owner or a superuser")
}

/// This role lacks a right on the tables: what gives it stands in the runtime's error.
pub(super) fn unreadable(error: &Error) -> CheckFinding {
    let said = error.database_error().map_or("", |said| said.message());
    let text = error.to_string();
    let grants = text
        .lines()
        .map(str::trim)
        .filter(|line| line.ends_with(';'));
    let grants: Vec<&str> = grants.collect();
    let message = format!("it cannot be read, so that what is pending is not known: {said}");
    CheckFinding::new(CHECK, Severity::Error, message).advise(grants.join("\n     "))
}

/// What validation refuses; what the server lacks, or has in the way, is told by the checks of that.
pub(super) fn findings(plan: &Result<Plan, Error>, status: &[Status]) -> Vec<CheckFinding> {
    let mut findings = Vec::new();
    for found in plan.as_ref().err().map_or(&[][..], Error::findings) {
        if matches!(found.fault, Fault::Requires(_) | Fault::InUse { .. }) {
            continue;
        }
        let finding = CheckFinding::new(CHECK, Severity::Error, said(found));
        findings.push(finding.advise("see `cargo pgstrata status`, and settle it before a run"));
    }
    let interrupted = status
        .iter()
        .filter(|status| status.state == State::Interrupted);
    let interrupted: Vec<_> = interrupted
        .map(|it| {
            let applied_at = it.applied_at.clone();
            Evidence::new()
                .and(kind(it.version), &*it.label)
                .and("begun", applied_at)
        })
        .collect();
    if findings.is_empty() && !interrupted.is_empty() {
        let message = "an earlier run was interrupted; the next one goes on there";
        let finding = CheckFinding::new(CHECK, Severity::Warning, message).with(interrupted);
        findings.push(finding.advise("see `cargo pgstrata status`, and that no run is under way"));
    }
    if let Some(held) = plan.as_ref().ok().and_then(|plan| plan.held_back.as_ref()) {
        let steps = held.steps.iter();
        let labels = steps.map(|step| Evidence::new().and(kind(step.version), &*step.label));
        let finding = CheckFinding::new(CHECK, Severity::Note, said(held));
        findings.push(finding.with(labels));
    }
    findings
}
