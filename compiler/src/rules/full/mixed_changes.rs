//! Rows are not rewritten while a table is locked.

use super::{Check, Examples, FileContext, Rule, RuleFinding};
use crate::action::{Action, DataKind};
use crate::locks::LockMode;
use crate::query::changes;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "mixed-changes",
    level: Level::Warn,
    condition: "an up file that is one transaction changes rows of an older table after it has locked an older table against everybody",
    why: "nobody can use the locked table until all rows are changed (PostgreSQL manual: Explicit Locking, Table-Level Locks)",
    elsewhere: &[
        "eugene E4",
        "strong_migrations backfill in DDL migration",
        "pgfence statement-after-access-exclusive",
        "pgfence update-in-migration",
    ],
    check: Check::File(check),
    examples: Examples {
        bad: include_str!("mixed_changes/bad.sql"),
        good: include_str!("mixed_changes/good.sql"),
    },
};

fn check(context: &FileContext<'_>) -> Vec<RuleFinding> {
    if !context.is_up() || !context.script.transaction {
        return Vec::new();
    }
    let mut steps = context.steps.iter().enumerate();
    let locking = steps.find_map(|(_, step)| {
        let locked = step
            .locks
            .iter()
            .find(|(_, lock)| *lock == LockMode::AccessExclusive)?;
        Some((step.text.span(), locked.0.shown()))
    });
    let Some((span_of_lock, locked)) = locking else {
        return Vec::new();
    };
    let changing = steps.find_map(|(statement, step)| {
        let Action::Data(data) = &step.action else {
            return None;
        };
        let is_few = |kind| matches!(kind, DataKind::InsertConstants | DataKind::Truncate { .. });
        let within = changes(step.text);
        let is_many = !is_few(data.kind) || within.iter().any(|it| !is_few(it.kind));
        let (table, _) = step.locks.first().filter(|_| is_many)?;
        Some((statement, step.text.span(), table.shown()))
    });
    let Some((statement, span, changed)) = changing else {
        return Vec::new();
    };
    let message = format!("rows of `{changed}` are changed while nobody can use `{locked}`");
    let help = "change the schema in one migration and the rows in the next";
    let note = format!("`{locked}` is locked from here to the end of the file");
    vec![RuleFinding::new(statement, span, message, help).noting(Some(span_of_lock), note)]
}
