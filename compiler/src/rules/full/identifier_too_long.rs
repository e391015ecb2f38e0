//! A name is not longer than PostgreSQL keeps.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::literal::LONGEST;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "identifier-too-long",
    level: Level::Warn,
    condition: "a name in a file that is applied has more than 63 bytes",
    why: "PostgreSQL cuts it off with a notice only: it is not found under its full name in the catalogs, and two names may become one (PostgreSQL manual: Lexical Structure, Identifiers and Key Words)",
    elsewhere: &["squawk identifier-too-long"],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("identifier_too_long/bad.sql"),
        good: include_str!("identifier_too_long/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    if !context.is_up() {
        return Vec::new();
    }
    let text = context.text.text;
    let mut seen: Vec<(String, &str)> = Vec::new();
    let mut findings = Vec::new();
    for (kept, place) in context.text.longer_names(LONGEST) {
        let written = place.of(text);
        if seen
            .iter()
            .any(|(_, other)| other.eq_ignore_ascii_case(written))
        {
            continue;
        }
        let is_taken = seen.iter().any(|(other, _)| *other == kept);
        let message = if is_taken {
            format!(
                "PostgreSQL keeps only the first {LONGEST} bytes of this name, and has one like it then"
            )
        } else {
            format!("PostgreSQL keeps only the first {LONGEST} bytes of this name")
        };
        seen.push((kept, written));
        findings.push(context.finding_at(place, message, "choose a shorter one"));
    }
    findings
}
