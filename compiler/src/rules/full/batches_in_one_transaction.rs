//! Batches in a loop that never commits.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::portion::looped_change;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "batches-in-one-transaction",
    level: Level::Warn,
    condition: "a DO block of an up file changes rows of an older table in a loop, some at a time, and never commits",
    why: "without COMMIT all rounds are one transaction: each row stays locked until the last one is done, as if one statement changed them all (PostgreSQL manual: PL/pgSQL, Transaction Management)",
    elsewhere: &[],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("batches_in_one_transaction/bad.sql"),
        good: include_str!("batches_in_one_transaction/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    if !context.is_up() {
        return Vec::new();
    }
    let looped = looped_change(context.text);
    let Some(looped) = looped.filter(|it| !context.is_new(&it.table)) else {
        return Vec::new();
    };
    let message = format!(
        "these batches are one transaction: their rows of `{}` stay locked until the last one is done",
        looped.table.shown()
    );
    let help = "one statement with `-- pgstrata: batch` above it, which runs again and again, a transaction \
                each, or COMMIT at the end of each round; both in a file that begins with \
                `-- pgstrata: no-transaction`";
    vec![context.finding_on(&looped.table, looped.span, message, help)]
}
