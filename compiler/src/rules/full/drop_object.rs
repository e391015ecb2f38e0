//! What holds no rows is missed, too.

use super::{Check, Examples, FileContext, Rule, RuleFinding};
use crate::action::{Action, ObjectKind};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "drop-object",
    level: Level::Off,
    condition: "an up file drops a view, function, sequence, index, trigger, policy or rule of an earlier migration and does not make it anew",
    why: "programs of the version before, or queries that need it, still count on it (PostgreSQL manual: the page of the command)",
    elsewhere: &[
        "squawk ban-drop-view",
        "squawk ban-drop-function",
        "squawk ban-drop-sequence",
        "squawk ban-drop-trigger",
        "squawk ban-drop-index",
        "squawk ban-drop-policy",
    ],
    check: Check::File(check),
    examples: Examples {
        bad: include_str!("drop_object/bad.sql"),
        good: include_str!("drop_object/good.sql"),
    },
};

fn check(context: &FileContext<'_>) -> Vec<RuleFinding> {
    const KINDS: [ObjectKind; 8] = [
        ObjectKind::View,
        ObjectKind::MaterializedView,
        ObjectKind::Function,
        ObjectKind::Sequence,
        ObjectKind::Index,
        ObjectKind::Trigger,
        ObjectKind::Policy,
        ObjectKind::Rule,
    ];
    if !context.is_up() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (statement, step) in context.steps.iter().enumerate() {
        let Action::Drop(drop) = &step.action else {
            continue;
        };
        let is_made = |name: &str| {
            context.steps.iter().any(|step| match &step.action {
                Action::Create(create) => create.kind == drop.kind && create.name.name == name,
                Action::Rename { kind, to, .. } => *kind == drop.kind && to == name,
                Action::CreateIndex(index) => {
                    drop.kind == ObjectKind::Index && index.name.as_deref() == Some(name)
                }
                _ => false,
            })
        };
        let lost = drop.names.iter().find(|name| !is_made(&name.name));
        let Some(name) = lost.filter(|_| KINDS.contains(&drop.kind)) else {
            continue;
        };
        let message = format!(
            "`{}` is dropped, and something may still use it",
            name.shown()
        );
        let help = "see that nothing uses it any more, and drop it in a later release";
        findings.push(RuleFinding::new(statement, step.text.span(), message, help));
    }
    findings
}
