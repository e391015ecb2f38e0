//! An index of a table that is in use is dropped concurrently.

use super::{Check, Examples, Finding, Moment, Rule};
use crate::action::{Action, Kind};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "blocking-index-drop",
    level: Level::Warn,
    condition: "an up file drops an index, not `CONCURRENTLY`, that this migration has not made",
    why: "it waits for every query on the table, and everybody else waits behind it (PostgreSQL manual: DROP INDEX)",
    elsewhere: &[
        "squawk require-concurrent-index-deletion",
        "Atlas PG102",
        "pgfence drop-index-not-concurrent",
        "pgsafe drop-index-non-concurrent",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("blocking_index_drop/bad.sql"),
        good: include_str!("blocking_index_drop/good.sql"),
    },
};

fn check(moment: &Moment<'_>) -> Vec<Finding> {
    let Action::Drop(drop) = moment.action else {
        return Vec::new();
    };
    let concurrently = moment.text.is(2, "concurrently");
    let is_born_here = drop
        .names
        .iter()
        .all(|name| moment.is_born_here(Kind::Index, name));
    if !moment.is_up() || drop.kind != Kind::Index || concurrently || is_born_here {
        return Vec::new();
    }
    let help = "DROP INDEX CONCURRENTLY …, in a file of its own that begins with \
                `-- pgstrata: no-transaction`";
    vec![moment.finding("the table is locked to drop its index".to_owned(), help)]
}
