//! A constraint of a domain is checked while its tables are locked.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Action, ObjectKind};
use crate::alteration::{Alter, Alteration};
use crate::cursor::Name;
use crate::locks::tables_of_domain;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "domain-constraint",
    level: Level::Warn,
    condition: "an up file adds a constraint to an older domain without `NOT VALID`, or validates one, and a table has a column of it",
    why: "every table with a column of the domain is read while nobody can write to it (PostgreSQL manual: ALTER DOMAIN, Notes); VALIDATE CONSTRAINT takes the same SHARE lock on them",
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

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let Action::Alter(Alter {
        name: domain,
        what: Alteration::Domain(change),
        ..
    }) = context.action
    else {
        return Vec::new();
    };
    let is_born_here = context.is_born_here(ObjectKind::Domain, domain);
    if !context.is_up() || !change.reads() || is_born_here {
        return Vec::new();
    }
    let tables = tables_of_domain(context.catalog, domain);
    let is_read =
        |table: &&Name| !context.is_new(table) && !context.catalog.is_foreign_table(table);
    let Some(table) = tables.iter().find(is_read) else {
        return Vec::new();
    };
    let message = format!(
        "every table that uses `{}`, such as `{}`, is read under SHARE: its writers wait",
        domain.shown(),
        table.shown()
    );
    let help = "there is no other way for a domain: VALIDATE CONSTRAINT locks and reads the tables, \
                too; do it at a quiet hour, or add the CHECK to each table, NOT VALID, and validate \
                it there, where writers go on";
    vec![context.finding(message, help)]
}
