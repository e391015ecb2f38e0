//! A name is not longer than PostgreSQL keeps.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::finding::Note;
use crate::literal::LONGEST;
use crate::names::LongName;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "identifier-too-long",
    level: Level::Warn,
    condition: "a name in a file that is applied has more than 63 bytes; of two names that become one, the second says so",
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
    let mut seen: Vec<LongName> = Vec::new();
    let mut findings = Vec::new();
    for name in context.text.long_names() {
        if seen.iter().any(|other| other.whole == name.whole) {
            continue;
        }
        let here = seen.iter().find(|other| other.kept == name.kept);
        let earlier = context.catalog.other_name(&name);
        let other = here.map(|other| (other, context.version)).or(earlier);
        findings.push(finding(context, &name, other));
        seen.push(name);
    }
    findings
}

/// With another name of which the server keeps the same, and the version that has it.
fn finding(
    context: &StatementContext<'_>,
    name: &LongName,
    other: Option<(&LongName, u64)>,
) -> RuleFinding {
    let cut = format!("PostgreSQL keeps only the first {LONGEST} bytes of this name");
    let Some((other, version)) = other else {
        return context.finding_at(name.span, cut, "choose a shorter one");
    };
    let message = format!("{cut}, and has one like it then");
    let mut finding = context.finding_at(name.span, message, "choose two that differ sooner");
    finding.notes.push(Note {
        version: Some(version).filter(|version| *version != context.version),
        span: Some(other.span),
        text: "of this name it keeps the same".to_owned(),
    });
    finding
}
