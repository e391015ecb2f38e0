//! What takes long does not follow a lock against everybody.

use super::{Check, Examples, FileContext, Rule, RuleFinding};
use crate::action::{Action, ChangeKind, ConstraintKind, ObjectKind};
use crate::locks::LockMode;
use crate::query::{has_no_data, reads_all_rows, says_only};
use crate::rule_context::Step;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "long-lock",
    level: Level::Warn,
    condition: "an up file that is one transaction builds an index, validates a constraint or fills a view after it has locked an older table against everybody",
    why: "nobody can use the locked table until that is done, readers neither (PostgreSQL manual: Explicit Locking, Table-Level Locks)",
    elsewhere: &["eugene E4", "pgfence statement-after-access-exclusive"],
    check: Check::File(check),
    examples: Examples {
        bad: include_str!("long_lock/bad.sql"),
        good: include_str!("long_lock/good.sql"),
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
    let Some((statement, step)) = steps.find(|(_, step)| takes_long(context, step)) else {
        return Vec::new();
    };
    let message = format!("nobody can use `{locked}` until this is done");
    let help = "put it into a migration of its own";
    let note = format!("`{locked}` is locked from here to the end of the file");
    vec![
        RuleFinding::new(statement, step.text.span(), message, help)
            .noting(Some(span_of_lock), note),
    ]
}

/// Whether it reads all rows of a table that may have many.
fn takes_long(context: &FileContext<'_>, step: &Step<'_>) -> bool {
    // A partitioned table alone has no rows.
    let is_empty = |table| context.catalog.is_partitioned(table) && says_only(step.text);
    let reads = |what: &ChangeKind| match what {
        ChangeKind::ValidateConstraint(_) => true,
        ChangeKind::AddConstraint(new) => {
            new.kind != ConstraintKind::Other && !new.not_valid && !new.using_index
        }
        _ => false,
    };
    let has_no_data = has_no_data(step.text);
    let fills = match &step.action {
        Action::CreateTable(create) => create.is_filled,
        Action::Create(create) => create.kind == ObjectKind::MaterializedView,
        // All rows are counted or looked through.
        Action::Opaque | Action::Other => reads_all_rows(step.text),
        _ => false,
    };
    step.reads && fills && !has_no_data
        || !step.locks.is_empty()
            && match &step.action {
                Action::CreateIndex(index) => !is_empty(&index.table),
                Action::AlterTable { table, changes, .. } => {
                    !is_empty(table) && changes.iter().any(|change| reads(&change.what))
                }
                _ => false,
            }
}
