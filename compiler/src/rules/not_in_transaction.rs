//! Statements that PostgreSQL refuses inside a transaction block.

use super::{Check, Examples, Finding, Rule};
use crate::diagnostic::Severity;
use crate::script::Script;
use crate::statement::Kind;

pub(super) const RULE: Rule = Rule {
    id: "not-in-transaction",
    level: Severity::Error,
    why: "PostgreSQL refuses it with SQLSTATE 25001, active SQL transaction \
          (PostgreSQL manual: the page of the command)",
    check: Check::Script(check),
    examples: Examples {
        bad: include_str!("not_in_transaction/bad.sql"),
        good: include_str!("not_in_transaction/good.sql"),
    },
};

fn check(script: &Script) -> Vec<Finding> {
    if !script.transaction {
        return Vec::new();
    }
    let refused =
        script.statements().enumerate().filter_map(|(statement, text)| match text.kind() {
            Kind::NotInTransaction(reason) => Some((statement, reason.span)),
            _ => None,
        });
    let finding = |(statement, span): (usize, crate::span::Span)| Finding {
        statement,
        span,
        message: format!("`{}` cannot run inside a transaction", span.of(&script.text)),
        help: "begin the file with `-- pgstrata: no-transaction` and let nothing else stand in it"
            .to_owned(),
    };
    refused.map(finding).collect()
}
