//! An event's name and fields.

use crate::words::said;
use std::time::Duration;

use pgstrata::{Action, Blocker, Event, Step};
use serde_json::{Value, json};

/// As logs have it; `None` of events that nobody knew when this was written.
pub(super) fn of(event: &Event<'_>) -> Option<(&'static str, Value)> {
    let (name, step, mut fields) = match event {
        Event::Planned { plan } => {
            let steps: Vec<Value> = plan.steps.iter().map(planned).collect();
            ("planned", None, json!({ "steps": steps }))
        }
        Event::Held { held } => {
            let steps: Vec<Value> = held.steps.iter().map(planned).collect();
            let message = said(held);
            (
                "held",
                None,
                json!({ "steps": steps, "expand": held.expand, "message": message }),
            )
        }
        Event::WaitingForLock { holder, waited } => {
            let holder = holder.map(blocker);
            (
                "waiting_for_lock",
                None,
                json!({ "holder": holder, "milliseconds": milliseconds(*waited) }),
            )
        }
        Event::WaitingForHistory { blockers, waited } => {
            let blockers: Vec<Value> = blockers.iter().map(blocker).collect();
            let fields = json!({ "blockers": blockers, "milliseconds": milliseconds(*waited) });
            ("waiting_for_history", None, fields)
        }
        Event::NewerDatabase { newer } => ("newer_database", None, json!({ "newer": newer })),
        Event::Tolerated { findings } => {
            let findings: Vec<String> = findings.iter().map(said).collect();
            ("tolerated", None, json!({ "findings": findings }))
        }
        Event::Started { step } => {
            let statements = step.statements;
            (
                "started",
                Some(*step),
                json!({ "action": action(step), "statements": statements }),
            )
        }
        Event::StatementFinished {
            step,
            statement,
            duration,
        } => {
            let duration = milliseconds(*duration);
            let fields = json!({ "statement": statement, "milliseconds": duration });
            ("statement_finished", Some(*step), fields)
        }
        Event::Retried {
            step,
            failed,
            pause,
            cause,
        } => {
            let fields =
                json!({ "failed": failed, "pause": milliseconds(*pause), "code": cause.code() });
            ("retried", Some(*step), fields)
        }
        Event::Blocked {
            step,
            blockers,
            waited,
        } => {
            let blockers: Vec<Value> = blockers.iter().map(blocker).collect();
            let fields = json!({ "blockers": blockers, "milliseconds": milliseconds(*waited) });
            ("blocked", Some(*step), fields)
        }
        Event::Notice { step, notice } => {
            let fields = json!({ "severity": notice.severity(), "message": notice.message() });
            ("notice", Some(*step), fields)
        }
        Event::BatchFinished {
            step,
            statement,
            batches,
            rows,
            total,
        } => {
            let fields =
                json!({ "statement": statement, "batches": batches, "rows": rows, "total": total });
            ("batch_finished", Some(*step), fields)
        }
        Event::Reconnecting { step, waited } => {
            let fields = json!({ "milliseconds": milliseconds(*waited) });
            ("reconnecting", *step, fields)
        }
        Event::Reconnected { step, was_done } => {
            ("reconnected", Some(*step), json!({ "was_done": was_done }))
        }
        Event::NotConfirmed { step } => ("not_confirmed", Some(*step), json!({})),
        Event::Recovered {
            step,
            statement,
            executed,
        } => {
            let fields = json!({ "statement": statement, "executed": executed });
            ("recovered", Some(*step), fields)
        }
        Event::Skipped {
            step,
            statement,
            extension,
        } => {
            let fields = json!({ "statement": statement, "extension": extension });
            ("skipped", Some(*step), fields)
        }
        Event::FinishedElsewhere { step } => ("finished_elsewhere", Some(*step), json!({})),
        Event::SettingsChanged { names } => ("settings_changed", None, json!({ "names": names })),
        Event::Lost { statements } => ("lost", None, json!({ "statements": statements })),
        Event::NotRebuilt { objects } => ("not_rebuilt", None, json!({ "objects": objects })),
        Event::Finished { step } => {
            let duration = step.duration.map(milliseconds);
            let fields = json!({ "action": action(step), "milliseconds": duration });
            ("finished", Some(*step), fields)
        }
        Event::Failed { step, error } => {
            let fields = json!({ "code": error.code(), "message": said(error) });
            ("failed", Some(*step), fields)
        }
        _ => return None,
    };
    if let Some(step) = step {
        fields["label"] = json!(step.label);
        fields["version"] = json!(step.version);
    }
    Some((name, fields))
}

fn planned(step: &Step) -> Value {
    json!({ "label": step.label, "version": step.version, "action": action(step) })
}

fn action(step: &Step) -> &'static str {
    match step.action {
        Action::Apply => "apply",
        Action::RollBack => "roll back",
        Action::Repeat => "repeat",
        Action::Baseline => "baseline",
        Action::Repair => "repair",
        Action::Verify => "verify",
        _ => "other",
    }
}

fn blocker(blocker: &Blocker) -> Value {
    json!({
        "pid": blocker.pid,
        "gid": blocker.gid,
        "slot": blocker.slot,
        "database": blocker.database,
        "user": blocker.user,
        "application": blocker.application,
        "state": blocker.state,
        "query": blocker.query,
    })
}

/// To a microsecond.
pub(super) fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
