//! `COMMIT` in a migration silently defeats the transaction around it.

use super::{Check, Examples, Finding, Rule};
use crate::diagnostic::Severity;
use crate::script::Script;
use crate::statement::Kind;

pub(super) const RULE: Rule = Rule {
    id: "transaction-control",
    level: Severity::Error,
    why: "pgstrata opens and commits the transaction itself, together with the history row; \
          what a migration commits on its own stays when the rest fails \
          (PostgreSQL manual: COMMIT)",
    check: Check::Script(check),
    examples: Examples {
        bad: include_str!("transaction_control/bad.sql"),
        good: include_str!("transaction_control/good.sql"),
    },
};

fn check(script: &Script) -> Vec<Finding> {
    let controls =
        script.statements().enumerate().filter_map(|(statement, text)| match text.kind() {
            Kind::TransactionControl(span) => Some((statement, span)),
            _ => None,
        });
    let finding = |(statement, span): (usize, crate::span::Span)| Finding {
        statement,
        span,
        message: format!("`{}` begins or ends a transaction", span.of(&script.text)),
        help: if script.transaction {
            "remove it; the whole file is one transaction already".to_owned()
        } else {
            "remove it; this file's statements run one by one. Put statements that belong \
             together into a migration of their own"
                .to_owned()
        },
    };
    controls.map(finding).collect()
}
