//! What PostgreSQL's parser would refuse, found before it does.

#[cfg(any(feature = "syntax", feature = "full"))]
use super::psql_variable;
use super::{Check, Examples, Finding, Rule};
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
fn check(script: &Script) -> Vec<Finding> {
    let found = script
        .statements()
        .enumerate()
        .filter_map(|(statement, text)| {
            let error = first_error(text)?;
            let message = format!("syntax error {}", error.message);
            let help = format!("correct it; if the server accepts it, {ALLOW}");
            Some(Finding::new(statement, error.span, message, help))
        });
    without_variables(found.collect(), script)
}

/// Without the feature there is only the server to ask.
#[cfg(not(feature = "syntax"))]
fn check(_: &Script) -> Vec<Finding> {
    Vec::new()
}

/// How to go on against this rule.
#[cfg(any(feature = "syntax", feature = "full"))]
const ALLOW: &str = "write `-- pgstrata: allow syntax: <reason>` above the statement";

/// What a server's parser found, and what ours found where that one accepts the statement.
#[cfg(feature = "full")]
pub(crate) fn joined(own: Vec<Finding>, server: Vec<Finding>, script: &Script) -> Vec<Finding> {
    let server = without_variables(server, script);
    let accepted = |found: &Finding| {
        server
            .iter()
            .all(|other| other.statement != found.statement)
    };
    let mut findings: Vec<Finding> = own.into_iter().filter(accepted).collect();
    for finding in &mut findings {
        finding.help = format!("the server accepts it, and `up` does with this: {ALLOW}");
    }
    findings.extend(server);
    findings.sort_by_key(|finding| finding.statement);
    findings
}

/// One mistake, one message.
#[cfg(any(feature = "syntax", feature = "full"))]
fn without_variables(mut findings: Vec<Finding>, script: &Script) -> Vec<Finding> {
    let variables = psql_variable::check(script);
    findings.retain(|found| {
        variables
            .iter()
            .all(|other| other.statement != found.statement)
    });
    findings
}

#[cfg(all(test, feature = "full"))]
mod tests {
    use super::{Finding, joined};
    use crate::file_name::Purpose;
    use crate::script::Script;

    #[test]
    fn a_server_decides_about_the_statements_it_was_asked_about() {
        let text = "SELECT 1;\nSELECT 2;\nSELECT :a;\nSELECT 4;";
        let script = Script::read("x.sql", text, Purpose::Up).expect("a script");
        let finding = |by: &str, statement: usize| {
            let span = script
                .statements()
                .nth(statement)
                .expect("a statement")
                .span();
            Finding::new(statement, span, by, "")
        };
        let own = vec![finding("own", 0), finding("own", 1)];
        let server = vec![
            finding("server", 1),
            finding("server", 2),
            finding("server", 3),
        ];
        let found = joined(own, server, &script);
        let shown: Vec<_> = found
            .iter()
            .map(|it| (it.statement, it.message.as_str()))
            .collect();
        assert_eq!(shown, [(0, "own"), (1, "server"), (3, "server")]);
        assert!(
            found[0].help.contains("the server accepts it"),
            "{}",
            found[0].help
        );
    }
}
