//! A partition is detached concurrently.

use super::{Check, Examples, Finding, Moment, Rule};
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

fn check(moment: &Moment<'_>) -> Vec<Finding> {
    // PostgreSQL 13 knows no other way.
    if moment
        .settings
        .postgres
        .as_ref()
        .is_some_and(|majors| *majors.start() < 14)
    {
        return Vec::new();
    }
    moment
        .changes_of_old_table()
        .filter_map(|(table, change)| {
            let words = moment.text.within(change.span);
            let detaches = words.are(0, &["detach", "partition"]);
            if !detaches || words.finds_word("concurrently") || words.finds_word("finalize") {
                return None;
            }
            let message = format!("`{}` is locked to detach its partition", table.shown());
            let help = "DETACH PARTITION … CONCURRENTLY, in a file of its own that begins with \
                        `-- pgstrata: no-transaction`";
            Some(moment.finding_on(table, change.span, message, help))
        })
        .collect()
}
