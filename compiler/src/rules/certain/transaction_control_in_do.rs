//! `COMMIT` in a `DO` block fails at run time when the file is one transaction.

use super::{Check, Examples, Rule, RuleFinding};
use crate::lexer::{TokenKind, dollar_body, string_body};
use crate::script::Script;
use crate::settings::Level;
use crate::statement_kind::{StatementKind, transaction_control_in_body};

pub(super) const RULE: Rule = Rule {
    id: "transaction-control-in-do",
    level: Level::Deny,
    condition: "a `DO` block commits or rolls back in a file that is one transaction",
    why: "inside a transaction block PostgreSQL refuses it with SQLSTATE 2D000, invalid \
          transaction termination (PostgreSQL manual: PL/pgSQL, Transaction Management)",
    elsewhere: &[],
    check: Check::Script(check),
    examples: Examples {
        bad: include_str!("transaction_control_in_do/bad.sql"),
        good: include_str!("transaction_control_in_do/good.sql"),
    },
};

fn check(script: &Script) -> Vec<RuleFinding> {
    if !script.transaction {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (statement, kind) in script.kinds.iter().enumerate() {
        let StatementKind::Do(token) = *kind else {
            continue;
        };
        let body = match token.kind {
            TokenKind::DollarString => dollar_body(&script.text, token),
            _ => string_body(&script.text, token),
        };
        for span in transaction_control_in_body(&script.text, body) {
            findings.push(RuleFinding::new(
                statement,
                span,
                format!(
                    "`{}` inside a DO block of a transaction",
                    span.of(&script.text)
                ),
                "remove it, or begin the file with `-- pgstrata: no-transaction`".to_owned(),
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::file_name::Purpose;
    use crate::script::Script;

    #[test]
    fn every_way_to_quote_a_body_is_read() {
        for body in [
            "$$BEGIN COMMIT; END$$",
            "'BEGIN COMMIT; END'",
            "E'BEGIN COMMIT; END'",
        ] {
            let script = Script::read("x.up.sql", &format!("DO {body}"), Purpose::Up).unwrap();
            assert_eq!(check(&script).len(), 1, "{body}");
        }
    }
}
