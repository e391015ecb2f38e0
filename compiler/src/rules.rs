//! The table of rules. A rule is a row, a function and two SQL files: `bad.sql`, which
//! it finds, and `good.sql`, which it does not.

mod concurrent_index_name;
mod not_in_transaction;
mod psql_variable;
#[cfg(feature = "syntax")]
mod syntax;
mod transaction_control;
mod transaction_control_in_do;

use crate::diagnostic::{Diagnostic, Severity};
use crate::directive::edit_distance;
use crate::migration::Migration;
use crate::script::Script;
use crate::span::Span;

/// One rule about the SQL of one script.
#[derive(Debug)]
pub struct Rule {
    /// Names the rule in messages and in `allow`; the file it lives in has the same name.
    pub id: &'static str,
    /// Whether a finding refuses the directory.
    pub level: Severity,
    /// Why it matters, with the page of the PostgreSQL manual that says so.
    pub why: &'static str,
    /// Finds the offending places of a script.
    pub check: fn(&Script) -> Vec<Finding>,
    /// SQL that the rule finds, and SQL that passes.
    pub examples: Examples,
}

/// A place that a rule found.
#[derive(Debug)]
pub struct Finding {
    /// Which statement of the script.
    pub statement: usize,
    /// The words to point at.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// What would pass.
    pub help: String,
}

/// The rule's own fixtures, complete files.
#[derive(Debug)]
pub struct Examples {
    /// Found by the rule.
    pub bad: &'static str,
    /// Not found.
    pub good: &'static str,
}

/// Every rule, in the order in which they are reported.
pub const RULES: &[Rule] = &[
    transaction_control::RULE,
    transaction_control_in_do::RULE,
    not_in_transaction::RULE,
    concurrent_index_name::RULE,
    psql_variable::RULE,
    #[cfg(feature = "syntax")]
    syntax::RULE,
];

/// Rules that only a build with more features runs. A file may allow them all the same.
const ELSEWHERE: &[&str] = if cfg!(feature = "syntax") { &[] } else { &["syntax"] };

/// Runs every rule over every script.
pub fn check(migrations: &[Migration]) -> Vec<Diagnostic> {
    migrations
        .iter()
        .flat_map(|migration| [&migration.up, &migration.down])
        .flat_map(check_script)
        .collect()
}

fn check_script(script: &Script) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let mut used = vec![false; script.allows.len()];
    for rule in RULES {
        for finding in (rule.check)(script) {
            let allowed = script.allows.iter().position(|allow| {
                allow.rule == rule.id
                    && allow.statement.is_none_or(|index| index == finding.statement)
            });
            match allowed {
                Some(index) => used[index] = true,
                None => diagnostics.push(diagnostic(rule, script, finding)),
            }
        }
    }
    for (allow, used) in script.allows.iter().zip(used) {
        if !used && !ELSEWHERE.contains(&allow.rule.as_str()) {
            diagnostics.push(unused(&allow.rule).at(&script.file, allow.span));
        }
    }
    diagnostics
}

fn diagnostic(rule: &Rule, script: &Script, finding: Finding) -> Diagnostic {
    let diagnostic = match rule.level {
        Severity::Error => Diagnostic::error(rule.id, finding.message),
        Severity::Warning => Diagnostic::warning(rule.id, finding.message),
    };
    diagnostic.at(&script.file, finding.span).why(rule.why).help(finding.help)
}

fn unused(id: &str) -> Diagnostic {
    if RULES.iter().any(|rule| rule.id == id) {
        return Diagnostic::warning("unused-allow", format!("`{id}` finds nothing here"))
            .help("remove the directive");
    }
    let ids: Vec<&str> =
        RULES.iter().map(|rule| rule.id).chain(ELSEWHERE.iter().copied()).collect();
    let nearest = ids.iter().map(|known| (edit_distance(id, known), known)).min();
    let help = match nearest {
        Some((distance, nearest)) if distance <= 3 => format!("did you mean `{nearest}`?"),
        _ => format!("the rules are {}", ids.join(", ")),
    };
    Diagnostic::error("directive", format!("`{id}` is no rule that can be allowed")).help(help)
}

#[cfg(test)]
mod tests {
    use super::RULES;
    use crate::file_name::Direction;
    use crate::script::Script;

    fn findings(rule: &super::Rule, text: &str) -> usize {
        let script = Script::read("x.up.sql", text, Direction::Up).expect("a readable script");
        (rule.check)(&script).len()
    }

    #[test]
    fn every_rule_finds_its_bad_example_and_passes_its_good_one() {
        for rule in RULES {
            assert!(findings(rule, rule.examples.bad) > 0, "{} is blind", rule.id);
            assert_eq!(findings(rule, rule.examples.good), 0, "{} is wrong", rule.id);
        }
    }

    #[test]
    fn every_rule_can_be_allowed_with_a_reason() {
        for rule in RULES {
            let text = format!("-- pgstrata: allow {}: on purpose\n{}", rule.id, rule.examples.bad);
            let script = Script::read("x.up.sql", &text, Direction::Up).unwrap();
            let left = super::check_script(&script);
            assert!(left.iter().all(|diagnostic| diagnostic.rule != rule.id), "{}", rule.id);
        }
    }

    #[test]
    fn allows_without_effect_are_reported() {
        let check = |text: &str| {
            let script = Script::read("x.up.sql", text, Direction::Up).unwrap();
            super::check_script(&script).into_iter().map(|found| found.message).collect::<Vec<_>>()
        };
        assert_eq!(
            check("-- pgstrata: allow psql-variable: why\nSELECT 1"),
            ["`psql-variable` finds nothing here"]
        );
        assert_eq!(
            check("-- pgstrata: allow psql-varable: why\nSELECT 1"),
            ["`psql-varable` is no rule that can be allowed"]
        );
        let elsewhere = check("-- pgstrata: allow syntax: why\nSELECT 1");
        assert_eq!(elsewhere.is_empty(), cfg!(not(feature = "syntax")), "{elsewhere:?}");
        let below = "-- pgstrata: allow psql-variable: why\nSELECT 1;\nSELECT :a";
        assert!(check(below).is_empty(), "an allow in the header is for the whole file");
        let other = "SELECT 1;\n-- pgstrata: allow psql-variable: why\nSELECT 2;\nSELECT :a";
        assert_eq!(check(other).len(), 2, "an allow above a statement is for that one");
    }
}
