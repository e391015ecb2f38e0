//! A constraint of a domain is added NOT VALID and validated later.

use super::{Check, Examples, Finding, Moment, Rule};
use crate::action::Kind;
use crate::cursor::Cursor;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "domain-constraint",
    level: Level::Warn,
    condition: "an up file adds a constraint to an older domain without `NOT VALID`",
    why: "every table with a column of the domain is read while nobody can write to it (PostgreSQL manual: ALTER DOMAIN, Notes)",
    elsewhere: &[
        "squawk ban-alter-domain-with-add-constraint",
        "pgfence ban-alter-domain-add-constraint",
        "pgsafe add-domain-constraint-without-not-valid",
        "pgsafe add-domain-not-null",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("domain_constraint/bad.sql"),
        good: include_str!("domain_constraint/good.sql"),
    },
};

fn check(moment: &Moment<'_>) -> Vec<Finding> {
    let mut cursor = Cursor::new(moment.text);
    if !moment.is_up() || !cursor.eat(&["alter", "domain"]) {
        return Vec::new();
    }
    let Some(domain) = cursor.name() else {
        return Vec::new();
    };
    let adds = cursor.sees(&["add"]) && cursor.finds(&["not", "valid"]).is_none()
        || cursor.sees(&["set", "not", "null"]);
    if !adds || moment.is_born_here(Kind::Domain, &domain) {
        return Vec::new();
    }
    let message = format!(
        "every table that uses `{}` is read for this",
        domain.shown()
    );
    let help = "ADD CONSTRAINT … CHECK … NOT VALID, and VALIDATE CONSTRAINT in the next migration";
    vec![moment.finding(message, help)]
}
