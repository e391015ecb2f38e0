//! `SET` without `LOCAL` leaks into whatever runs next.

use super::{Check, Examples, Finding, Moment, Rule};
use crate::action::Action;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "session-setting",
    level: Level::Deny,
    condition: "`SET`, `RESET` or `set_config` changes a setting for longer than the transaction",
    why: "the setting outlives the migration: everything that runs later on this connection has it, too (PostgreSQL manual: SET)",
    elsewhere: &[
        "pgfence lock-timeout-zero",
        "pgfence lock-timeout-too-long",
        "pgfence lock-timeout-after-dangerous-statement",
        "pgfence statement-timeout-too-long",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("session_setting/bad.sql"),
        good: include_str!("session_setting/good.sql"),
    },
};

fn check(moment: &Moment<'_>) -> Vec<Finding> {
    let Action::Set(set) = moment.action else { return Vec::new() };
    if set.local {
        return Vec::new();
    }
    let message = format!("this changes `{}` for the rest of the session", set.name);
    let help = match set.name.as_str() {
        "lock_timeout" | "statement_timeout" => {
            let directive = set.name.replace('_', "-");
            format!("write `-- pgstrata: {directive} 5s` in the header of the file")
        }
        name => format!("write SET LOCAL {name}, which ends with the migration"),
    };
    vec![moment.finding(message, help)]
}
