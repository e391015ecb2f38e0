//! What the oldest server must know, too.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::feature::newer;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "newer-postgres",
    level: Level::Warn,
    condition: "`postgres` is set, and the file has what its lowest major does not know",
    why: "the migration fails there with a syntax error (PostgreSQL manual: Release Notes)",
    elsewhere: &[],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("newer_postgres/bad.sql"),
        good: include_str!("newer_postgres/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    // Nobody has promised anything before the setting says so.
    let Some(majors) = &context.settings.postgres else {
        return Vec::new();
    };
    let lowest = *majors.start();
    let found = newer(context.text, lowest)
        .into_iter()
        .map(|(feature, span)| {
            let message = format!("`{}` is new in PostgreSQL {}", feature.name, feature.since);
            let help = format!(
                "the migrations must run on {lowest}: write it differently, or raise `postgres` in \
             pgstrata.toml"
            );
            context.finding_at(span, message, help)
        });
    found.collect()
}
