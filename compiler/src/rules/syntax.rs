//! What PostgreSQL's parser would refuse, found before it does.

use super::{Check, Examples, Finding, Rule, psql_variable};
use crate::diagnostic::Severity;
use crate::script::Script;
use crate::syntax::first_error;

pub(super) const RULE: Rule = Rule {
    id: "syntax",
    level: Severity::Error,
    why: "PostgreSQL would refuse it with SQLSTATE 42601, syntax error, when the migration runs \
          (PostgreSQL manual: Appendix A, PostgreSQL Error Codes)",
    check: Check::Script(check),
    examples: Examples {
        bad: include_str!("syntax/bad.sql"),
        good: include_str!("syntax/good.sql"),
    },
};

/// The first mistake of each statement: those behind it are mostly its consequences.
fn check(script: &Script) -> Vec<Finding> {
    // One mistake, one message.
    let variables = psql_variable::check(script);
    let has_variable = |index| variables.iter().any(|finding| finding.statement == index);
    let found = script.statements().enumerate().filter_map(|(statement, text)| {
        let error = first_error(text)?;
        (!has_variable(statement)).then(|| Finding {
            statement,
            span: error.span,
            message: format!("syntax error {}", error.message),
            help: "correct it; if the server accepts it, write `-- pgstrata: allow syntax: \
                   <reason>` above the statement"
                .to_owned(),
        })
    });
    found.collect()
}
