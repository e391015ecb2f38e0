//! An index on a table that is in use is built concurrently.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::Action;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "blocking-index",
    level: Level::Warn,
    condition: "an up file builds an index, not `CONCURRENTLY`, on a table or materialized view that this migration has not made",
    why: "nobody can write to the table while the index is built (PostgreSQL manual: CREATE INDEX, Building Indexes Concurrently)",
    elsewhere: &[
        "squawk require-concurrent-index-creation",
        "eugene E6",
        "strong_migrations index non-concurrent",
        "strong_migrations reference",
        "Atlas PG101",
        "pgfence create-index-not-concurrent",
        "pgsafe add-index-non-concurrent",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("blocking_index/bad.sql"),
        good: include_str!("blocking_index/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let Action::CreateIndex(index) = context.action else {
        return Vec::new();
    };
    let table = &index.table;
    let is_partitioned = context.catalog.is_partitioned(table);
    // Its partitions come to it one by one, with `ALTER INDEX … ATTACH PARTITION`.
    if !context.is_up() || is_partitioned && index.only && !index.concurrently {
        return Vec::new();
    }
    let own_way = format!(
        "CREATE INDEX … ON ONLY {} here; then an index on each partition, CONCURRENTLY, in files \
         that begin with `-- pgstrata: no-transaction`; then ALTER INDEX … ATTACH PARTITION for each",
        table.shown()
    );
    if is_partitioned && index.concurrently {
        let message = format!(
            "`{}` is partitioned, and PostgreSQL refuses CONCURRENTLY there",
            table.shown()
        );
        return vec![context.finding_on(table, context.text.span(), message, own_way)];
    }
    if index.concurrently || context.is_new(table) {
        return Vec::new();
    }
    let message = format!(
        "writers of `{}` wait (SHARE) until this index is built",
        table.shown()
    );
    let help = if is_partitioned {
        own_way
    } else {
        "CREATE INDEX CONCURRENTLY …, in a file of its own that begins with \
         `-- pgstrata: no-transaction`"
            .to_owned()
    };
    vec![context.finding_on(table, context.text.span(), message, help)]
}
