//! `SET` without `LOCAL` leaks into whatever runs next.

use super::{Check, Examples, Finding, Rule};
use crate::script::Script;
use crate::session;
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
    check: Check::Script(check),
    examples: Examples {
        bad: include_str!("session_setting/bad.sql"),
        good: include_str!("session_setting/good.sql"),
    },
};

fn check(script: &Script) -> Vec<Finding> {
    let found = script
        .statements()
        .enumerate()
        .filter_map(|(statement, text)| {
            let set = session::set(text).filter(|set| !set.local)?;
            let message = format!("this changes `{}` for the rest of the session", set.name);
            let help = match set.name.as_str() {
                "lock_timeout" | "statement_timeout" => {
                    let directive = set.name.replace('_', "-");
                    format!("write `-- pgstrata: {directive} 5s` in the header of the file")
                }
                name => format!("write SET LOCAL {name}, which ends with the migration"),
            };
            Some(Finding::new(statement, text.span(), message, help))
        });
    found.collect()
}
