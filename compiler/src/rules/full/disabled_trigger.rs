//! A trigger that is disabled is enabled again.

use super::{Check, Examples, FileContext, Rule, RuleFinding};
use crate::action::{Action, Change, ChangeKind};
use crate::cursor::Name;
use crate::form::Form;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "disabled-trigger",
    level: Level::Warn,
    condition: "an up file disables a trigger and does not enable it again",
    why: "what the trigger does is left out from then on; for ALL that includes the checks of foreign keys (PostgreSQL manual: ALTER TABLE, DISABLE TRIGGER)",
    elsewhere: &[
        "squawk ban-disable-trigger",
        "pgfence enable-disable-trigger",
    ],
    check: Check::File(check),
    examples: Examples {
        bad: include_str!("disabled_trigger/bad.sql"),
        good: include_str!("disabled_trigger/good.sql"),
    },
};

fn check(context: &FileContext<'_>) -> Vec<RuleFinding> {
    if !context.is_up() {
        return Vec::new();
    }
    let mut open: Vec<(&Name, &str, RuleFinding)> = Vec::new();
    for (statement, step) in context.steps.iter().enumerate() {
        let Action::AlterTable { table, changes, .. } = &step.action else {
            continue;
        };
        for change in changes {
            if let Some(trigger) = trigger(change, false) {
                let message = format!("`{trigger}` of `{}` stays disabled", table.shown());
                let help =
                    "ENABLE TRIGGER at the end of this file; if it shall never fire again, drop it";
                let finding = RuleFinding::new(statement, change.span, message, help);
                open.push((table, trigger, finding));
            } else if let Some(name) = trigger(change, true) {
                let is_same = |trigger: &str| trigger == name || name == "all";
                open.retain(|(other, trigger, _)| *other != table || !is_same(trigger));
            }
        }
    }
    open.into_iter().map(|(_, _, finding)| finding).collect()
}

/// The trigger of `DISABLE TRIGGER name`, or of `ENABLE TRIGGER name`.
fn trigger(change: &Change, enables: bool) -> Option<&str> {
    match &change.what {
        ChangeKind::Form(Form::Trigger {
            is_enabled,
            mode,
            name,
            ..
        }) => (*is_enabled == enables && mode.is_empty() && !name.is_empty()).then_some(name),
        _ => None,
    }
}
