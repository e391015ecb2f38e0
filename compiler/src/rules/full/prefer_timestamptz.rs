//! A moment has a time zone.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "prefer-timestamptz",
    level: Level::Off,
    condition: "an up file makes a `timestamp` column without a time zone",
    why: "what is read depends on the zone of whoever wrote it, which nobody stores (PostgreSQL manual: Date/Time Types)",
    elsewhere: &["squawk prefer-timestamp-tz", "pgfence prefer-timestamptz"],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("prefer_timestamptz/bad.sql"),
        good: include_str!("prefer_timestamptz/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let found = context.new_columns().filter(|column| {
        let of_type = column.type_name.as_ref();
        of_type.is_some_and(|it| it.name == "timestamp" && it.zone == " without time zone")
    });
    found
        .map(|column| {
            let message = format!("`{}` is a different moment in every time zone", column.name);
            context.finding_at(column.span, message, "timestamptz")
        })
        .collect()
}
