//! What PostgreSQL's parser would refuse, found before it does.

use super::{Check, Examples, Rule, RuleFinding};
#[cfg(any(feature = "syntax", feature = "full"))]
use super::{invisible_character, psql_variable};
use crate::script::Script;
use crate::settings::Level;
#[cfg(feature = "syntax")]
use crate::syntax::first_error;

pub(super) const RULE: Rule = Rule {
    id: "syntax",
    level: Level::Deny,
    condition: "PostgreSQL's grammar does not know the statement",
    why: "PostgreSQL would refuse it with SQLSTATE 42601, syntax error, when the migration runs \
          (PostgreSQL manual: Appendix A, PostgreSQL Error Codes)",
    elsewhere: &["squawk syntax-error"],
    check: Check::Script(check),
    examples: Examples {
        bad: include_str!("syntax/bad.sql"),
        good: include_str!("syntax/good.sql"),
    },
};

/// The first mistake of each statement: those behind it are mostly its consequences.
#[cfg(feature = "syntax")]
fn check(script: &Script) -> Vec<RuleFinding> {
    let found = script
        .statements()
        .enumerate()
        .filter_map(|(statement, text)| {
            let error = first_error(text)?;
            let message = format!("syntax error {}", error.message);
            let help = format!("correct it; if the server accepts it, {ALLOW}");
            Some(RuleFinding::new(statement, error.span, message, help))
        });
    alone(found.collect(), script)
}

/// Without the feature there is only the server to ask.
#[cfg(not(feature = "syntax"))]
fn check(_: &Script) -> Vec<RuleFinding> {
    Vec::new()
}

/// How to go on against this rule.
#[cfg(feature = "syntax")]
const ALLOW: &str = "write `-- pgstrata: allow syntax: <reason>` above the statement";

/// What is found where a server's parser was asked as well: that one knows its own grammar.
#[cfg(feature = "full")]
pub(crate) fn joined(server: Vec<RuleFinding>, script: &Script) -> Vec<RuleFinding> {
    alone(server, script)
}

/// One mistake, one message.
#[cfg(any(feature = "syntax", feature = "full"))]
fn alone(mut findings: Vec<RuleFinding>, script: &Script) -> Vec<RuleFinding> {
    let mut others = psql_variable::check(script);
    others.extend(invisible_character::check(script));
    findings.retain(|found| {
        others
            .iter()
            .all(|other| other.statement != found.statement)
    });
    findings
}

#[cfg(all(test, feature = "full"))]
mod tests {
    use super::{RuleFinding, joined};
    use crate::file_name::Purpose;
    use crate::script::Script;

    #[test]
    fn a_server_decides() {
        let text = "SELECT 1;\nSELECT :a;\nSELECT 3;";
        let script = Script::read("x.sql", text, Purpose::Up).expect("a script");
        let finding = |statement: usize| {
            let statements: Vec<_> = script.statements().collect();
            RuleFinding::new(statement, statements[statement].span(), "server", "")
        };
        let found = joined(vec![finding(1), finding(2)], &script);
        let shown: Vec<_> = found.iter().map(|it| it.statement).collect();
        assert_eq!(shown, [2], "a psql variable is reported as such");
    }
}
