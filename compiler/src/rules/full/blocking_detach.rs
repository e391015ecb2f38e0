//! A partition is detached concurrently.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::ChangeKind;
use crate::cursor::Name;
use crate::form::{Detach, Form};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "blocking-detach",
    level: Level::Warn,
    condition: "an up file detaches a partition of an older table, not `CONCURRENTLY`",
    why: "it waits for every query on the partitioned table, and everybody else waits behind it (PostgreSQL manual: ALTER TABLE, DETACH PARTITION)",
    elsewhere: &[
        "squawk require-concurrent-partition-detach",
        "pgfence detach-partition",
        "pgsafe detach-partition-non-concurrent",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("blocking_detach/bad.sql"),
        good: include_str!("blocking_detach/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    // PostgreSQL 13 knows no other way.
    if context
        .settings
        .postgres
        .as_ref()
        .is_some_and(|majors| *majors.start() < 14)
    {
        return Vec::new();
    }
    context
        .changes_of_old_table()
        .filter_map(|(table, change)| {
            let ChangeKind::Form(Form::Detach { how, .. }) = &change.what else {
                return None;
            };
            let default = context.catalog.default_partition(table);
            let (message, help) = match (how, default) {
                (Detach::Finalize, _) | (Detach::Concurrently, None) => return None,
                (Detach::Concurrently, Some(default)) => (
                    format!(
                        "`{}` has a default partition, `{}`, and PostgreSQL refuses CONCURRENTLY then",
                        table.shown(),
                        default.shown()
                    ),
                    "DETACH PARTITION without it, at a quiet hour; or detach the default partition \
                     first",
                ),
                (Detach::AtOnce, None) => (
                    locked(table),
                    "DETACH PARTITION … CONCURRENTLY, in a file of its own that begins with \
                     `-- pgstrata: no-transaction`; it leaves a CHECK of its bounds on the table, which \
                     a later migration may drop",
                ),
                (Detach::AtOnce, Some(_)) => (
                    locked(table),
                    "with a default partition there is no other way: do it at a quiet hour",
                ),
            };
            Some(context.finding_on(table, change.span, message, help))
        })
        .collect()
}

fn locked(table: &Name) -> String {
    format!(
        "`{}` is locked (ACCESS EXCLUSIVE) to detach its partition: nobody can read or write it",
        table.shown()
    )
}
