//! One transaction locks one table that is in use.

use super::{Check, Examples, FileContext, Rule, RuleFinding};
use crate::action::{Action, ObjectKind};
use crate::locks::LockMode;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "several-tables-locked",
    level: Level::Warn,
    condition: "an up file that is one transaction locks a second older table against everybody",
    why: "the first lock is held until the second is won and all is done; who takes them in another order deadlocks (PostgreSQL manual: Explicit Locking, Deadlocks)",
    elsewhere: &["pgfence wide-lock-window"],
    check: Check::File(check),
    examples: Examples {
        bad: include_str!("several_tables_locked/bad.sql"),
        good: include_str!("several_tables_locked/good.sql"),
    },
};

fn check(context: &FileContext<'_>) -> Vec<RuleFinding> {
    if !context.is_up() || !context.script.transaction {
        return Vec::new();
    }
    // What is dropped is out of use, or another rule says so.
    let stays =
        |action: &Action| !matches!(action, Action::Drop(drop) if drop.kind == ObjectKind::Table);
    let mut locked = context
        .steps
        .iter()
        .enumerate()
        .flat_map(|(statement, step)| {
            let strongest = step
                .locks
                .iter()
                .filter(|(_, lock)| *lock == LockMode::AccessExclusive);
            let strongest = strongest.filter(|_| stays(&step.action));
            strongest.map(move |(table, _)| (statement, step.text.span(), table))
        });
    let Some((_, first_span, first)) = locked.next() else {
        return Vec::new();
    };
    let Some((statement, span, second)) = locked.find(|(_, _, table)| *table != first) else {
        return Vec::new();
    };
    let (first, second) = (first.shown(), second.shown());
    let message = format!("`{second}` is locked while `{first}` is locked, too");
    let help = "one migration a table, so that each lock is held for a moment only";
    let note = format!("`{first}` is locked from here to the end of the file");
    vec![RuleFinding::new(statement, span, message, help).noting(Some(first_span), note)]
}
