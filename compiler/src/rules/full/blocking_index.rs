//! An index on a table that is in use is built concurrently.

use super::{Check, Examples, Finding, Moment, Rule};
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

fn check(moment: &Moment<'_>) -> Vec<Finding> {
    let Action::CreateIndex(index) = moment.action else {
        return Vec::new();
    };
    if !moment.is_up() || index.concurrently || moment.is_new(&index.table) {
        return Vec::new();
    }
    let message = format!(
        "writers of `{}` wait until this index is built",
        index.table.shown()
    );
    let help = "CREATE INDEX CONCURRENTLY …, in a file of its own that begins with \
                `-- pgstrata: no-transaction`";
    vec![moment.finding_on(&index.table, moment.text.span(), message, help)]
}
