//! Statements that PostgreSQL refuses inside a transaction block.

use super::{Check, Examples, Rule, RuleFinding};
use crate::script::Script;
use crate::settings::Level;
use crate::statement_kind::StatementKind;

pub(super) const RULE: Rule = Rule {
    id: "not-in-transaction",
    level: Level::Deny,
    condition: "a statement that PostgreSQL refuses in a transaction block stands in a file that is one",
    why: "PostgreSQL refuses it with SQLSTATE 25001, active SQL transaction \
          (PostgreSQL manual: the page of the command)",
    elsewhere: &[
        "squawk ban-concurrent-index-creation-in-transaction",
        "Atlas PG103",
        "pgfence concurrent-in-transaction",
        "pgsafe concurrently-in-transaction",
    ],
    check: Check::Script(check),
    examples: Examples {
        bad: include_str!("not_in_transaction/bad.sql"),
        good: include_str!("not_in_transaction/good.sql"),
    },
};

fn check(script: &Script) -> Vec<RuleFinding> {
    if !script.transaction {
        return Vec::new();
    }
    let refused = script
        .kinds
        .iter()
        .enumerate()
        .filter_map(|(statement, kind)| match kind {
            StatementKind::NotInTransaction(reason) => Some((statement, reason.span)),
            _ => None,
        });
    let finding =
        |(statement, span): (usize, crate::span::Span)| {
            RuleFinding::new(
            statement,
            span,
            format!("`{}` cannot run inside a transaction", span.of(&script.text)),
            "begin the file with `-- pgstrata: no-transaction` and let nothing else stand in it"
                .to_owned(),
        )
        };
    refused.map(finding).collect()
}
