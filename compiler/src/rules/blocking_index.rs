//! An index on a table that is in use is built concurrently.

use super::{Check, Examples, Finding, Moment, Rule};
use crate::action::Action;
use crate::diagnostic::Severity;

pub(super) const RULE: Rule = Rule {
    id: "blocking-index",
    level: Severity::Warning,
    why: "nobody can write to the table while the index is built (PostgreSQL manual: CREATE INDEX, Building Indexes Concurrently)",
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("blocking_index/bad.sql"),
        good: include_str!("blocking_index/good.sql"),
    },
};

fn check(moment: &Moment<'_>) -> Vec<Finding> {
    let Action::CreateIndex(index) = moment.action else { return Vec::new() };
    if !moment.is_up() || index.concurrently || moment.is_new(&index.table) {
        return Vec::new();
    }
    let message = format!("writers of `{}` wait until this index is built", index.table.shown());
    let help = "CREATE INDEX CONCURRENTLY …, in a file of its own that begins with \
                `-- pgstrata: no-transaction`";
    vec![moment.finding(message, help.to_owned())]
}
