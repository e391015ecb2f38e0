//! `COMMIT` in a migration silently defeats the transaction around it.

use super::{Check, Examples, Rule, RuleFinding};
use crate::script::Script;
use crate::session;
use crate::settings::Level;
use crate::statement_kind::StatementKind;

pub(super) const RULE: Rule = Rule {
    id: "transaction-control",
    level: Level::Deny,
    condition: "`BEGIN`, `COMMIT`, `ROLLBACK` or their like stand in a file, or `SET TRANSACTION`",
    why: "pgstrata opens and commits the transaction itself, together with the history row; \
          what a migration commits on its own stays when the rest fails \
          (PostgreSQL manual: COMMIT)",
    elsewhere: &[
        "squawk transaction-nesting",
        "squawk ban-uncommitted-transaction",
        "pgfence unclosed-transaction",
    ],
    check: Check::Script(check),
    examples: Examples {
        bad: include_str!("transaction_control/bad.sql"),
        good: include_str!("transaction_control/good.sql"),
    },
};

fn check(script: &Script) -> Vec<RuleFinding> {
    let controls = script
        .kinds
        .iter()
        .enumerate()
        .filter_map(|(statement, kind)| match kind {
            StatementKind::TransactionControl(span) => Some((statement, *span)),
            _ => None,
        });
    let mode = match script.no_transaction {
        Some(_) => "the file's statements run one by one",
        None => "no `no-transaction` in its header: the whole file is one transaction",
    };
    let help = match script.no_transaction {
        Some(_) => {
            "remove it; this file's statements run one by one. Put statements that belong \
             together into a migration of their own"
        }
        None => "remove it; the whole file is one transaction already",
    };
    let finding = |(statement, span): (usize, crate::span::Span)| {
        let message = format!("`{}` begins or ends a transaction", span.of(&script.text));
        RuleFinding::new(statement, span, message, help).noting(script.no_transaction, mode)
    };
    let late = script.statements().enumerate().filter_map(|(statement, text)| {
        let is_late = session::sets_transaction(text);
        let message = "this comes too late for the transaction of a migration, which has begun at READ COMMITTED";
        let help = "leave it out; to keep other writers out meanwhile, write LOCK TABLE";
        is_late.then(|| RuleFinding::new(statement, text.span(), message.to_owned(), help))
    });
    controls.map(finding).chain(late).collect()
}
