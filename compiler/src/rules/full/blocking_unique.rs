//! A unique constraint takes over an index that was built concurrently.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::ChangeKind;
use crate::action::ConstraintKind::{PrimaryKey, Unique};
use crate::locks::{RowAccess, work_of_column};
use crate::query::says_only;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "blocking-unique",
    level: Level::Warn,
    condition: "an up file adds a unique or primary key to an older table without `USING INDEX`",
    why: "its index is built while nobody can use the table (PostgreSQL manual: ALTER TABLE, ADD table_constraint_using_index)",
    elsewhere: &[
        "squawk disallowed-unique-constraint",
        "squawk adding-serial-primary-key-field",
        "eugene E7",
        "strong_migrations unique constraint",
        "pgfence add-constraint-unique",
        "pgfence add-pk-without-using-index",
        "pgsafe add-primary-key-without-index",
        "pgsafe add-unique-constraint",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("blocking_unique/bad.sql"),
        good: include_str!("blocking_unique/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    context
        .changes_of_old_table()
        .filter_map(|(table, change)| {
            let adds = match &change.what {
                ChangeKind::AddConstraint(new) => {
                    let has_index = [Unique, PrimaryKey].contains(&new.kind);
                    has_index && !new.using_index
                }
                // Of a column that rewrites the table another rule speaks.
                ChangeKind::AddColumn { column, .. } => {
                    let is_written = work_of_column(context.catalog, column) == RowAccess::Rewrite;
                    let is_key = |kind| column.constraints.contains(kind);
                    !is_written && (is_key(&Unique) || is_key(&PrimaryKey))
                }
                _ => false,
            };
            let message = format!(
                "the index of this constraint is built under ACCESS EXCLUSIVE: nobody can read or \
                 write `{}` meanwhile",
                table.shown()
            );
            let is_partitioned = context.catalog.is_partitioned(table);
            if is_partitioned && says_only(context.text) {
                return None;
            }
            let is_key = match &change.what {
                ChangeKind::AddConstraint(new) => new.kind == PrimaryKey,
                ChangeKind::AddColumn { column, .. } => column.constraints.contains(&PrimaryKey),
                _ => false,
            };
            let kind = if is_key { "PRIMARY KEY" } else { "UNIQUE" };
            let help = if is_partitioned {
                format!(
                    "ALTER TABLE ONLY {} ADD {kind} here; then a unique index on each partition, \
                     CONCURRENTLY, in files that begin with `-- pgstrata: no-transaction`, taken over \
                     there with ADD {kind} USING INDEX; then ALTER INDEX … ATTACH PARTITION for each",
                    table.shown()
                )
            } else if matches!(change.what, ChangeKind::AddColumn { .. }) {
                format!(
                    "add the column without it; CREATE UNIQUE INDEX CONCURRENTLY, in a file of its \
                     own; then ADD CONSTRAINT … {kind} USING INDEX …"
                )
            } else {
                format!(
                    "CREATE UNIQUE INDEX CONCURRENTLY first, in a file of its own; then ADD \
                     CONSTRAINT … {kind} USING INDEX …"
                )
            };
            adds.then(|| context.finding_on(table, change.span, message, help))
        })
        .collect()
}
