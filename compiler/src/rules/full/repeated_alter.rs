//! Changes of one table stand in one statement.

use super::{Check, Examples, FileContext, Rule, RuleFinding};
use crate::action::{Action, ChangeKind};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "repeated-alter",
    level: Level::Off,
    condition: "an up file alters an older table in several statements that could be one",
    why: "each takes its lock anew, and those that read or write all rows do so once a statement (PostgreSQL manual: ALTER TABLE, Notes)",
    elsewhere: &["eugene W12"],
    check: Check::File(check),
    examples: Examples {
        bad: include_str!("repeated_alter/bad.sql"),
        good: include_str!("repeated_alter/good.sql"),
    },
};

fn check(context: &FileContext<'_>) -> Vec<RuleFinding> {
    if !context.is_up() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let mut before = None;
    for (statement, step) in context.steps.iter().enumerate() {
        let altered = match &step.action {
            Action::AlterTable { table, changes, .. } if !step.locks.is_empty() => {
                // These stand alone.
                let alone = changes.iter().any(|change| {
                    matches!(
                        change.what,
                        ChangeKind::RenameColumn { .. }
                            | ChangeKind::RenameConstraint { .. }
                            | ChangeKind::SetSchema(_)
                    )
                });
                Some(table).filter(|_| !alone)
            }
            _ => None,
        };
        if let Some(table) = altered.filter(|table| before == Some(*table)) {
            let message = format!(
                "`{}` is altered by the statement before, too",
                table.shown()
            );
            let help = "ALTER TABLE … first change, second change";
            findings.push(RuleFinding::new(statement, step.text.span(), message, help));
        }
        before = altered;
    }
    findings
}
