//! A constraint of a domain is hard to change later.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Action, ObjectKind};
use crate::facts::Demands;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "constrained-domain",
    level: Level::Off,
    condition: "an up file makes a domain with a constraint",
    why: "changing it reads every table that uses the domain; a CHECK of the column concerns one (PostgreSQL manual: ALTER DOMAIN, Notes)",
    elsewhere: &[
        "squawk ban-create-domain-with-constraint",
        "pgfence ban-create-domain-with-constraint",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("constrained_domain/bad.sql"),
        good: include_str!("constrained_domain/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let Action::Create(create) = context.action else {
        return Vec::new();
    };
    let demands = Demands::of(&create.definition);
    let has_constraint = demands.not_null || demands.checks > 0;
    if !context.is_up() || create.kind != ObjectKind::Domain || !has_constraint {
        return Vec::new();
    }
    let message = format!(
        "every table with a column of `{}` has this constraint",
        create.name.shown()
    );
    vec![context.finding(message, "use the plain type, and constrain the columns")]
}
