//! `SET` without `LOCAL` leaks into whatever runs next.

use super::{Check, Examples, Rule, RuleFinding};
use crate::script::Script;
use crate::session::{self, Set};
use crate::settings::Level;
use crate::statement::Statement;

pub(super) const RULE: Rule = Rule {
    id: "session-setting",
    level: Level::Deny,
    condition: "`SET`, `RESET` or `set_config` changes a setting for longer than the file, or at all if the server reads scripts by it (`client_encoding`, `standard_conforming_strings`, `backslash_quote`); or `DISCARD ALL` or `pg_advisory_unlock_all` gives the migration lock away",
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

/// Settings by which the server reads scripts, so that they change what was checked.
const READING: [&str; 3] = [
    "backslash_quote",
    "client_encoding",
    "standard_conforming_strings",
];

const READ: &str = "what comes after it is read otherwise than it was checked (PostgreSQL manual: String Constants)";

const UNLOCKED: &str = "without the lock a second run may be at work at the same time (PostgreSQL manual: Advisory Locks)";

fn check(script: &Script) -> Vec<RuleFinding> {
    let found = script
        .statements()
        .enumerate()
        .filter_map(|(statement, text)| {
            let ((message, help), why) = match (session::unlocks_all(text), session::set(text)) {
                (Some(unlocks), _) => (unlocked(unlocks), Some(UNLOCKED)),
                (None, Some(set)) if READING.iter().any(|it| set.name.eq_ignore_ascii_case(it)) => {
                    (reading(), Some(READ))
                }
                (None, set) => {
                    let set = set.filter(|set| !set.local)?;
                    if is_taken_back(script, statement, &set) {
                        return None;
                    }
                    (leaked(&set, text), None)
                }
            };
            let finding = RuleFinding::new(statement, text.span(), message, help);
            Some(match why {
                Some(why) => finding.because(why),
                None => finding,
            })
        });
    found.collect()
}

fn unlocked(by: &str) -> (String, String) {
    let message = format!("`{by}` gives the migration lock away in the middle of a run");
    let help = "leave it out, and name what is to go: DEALLOCATE, DISCARD TEMP, DISCARD SEQUENCES, or \
                pg_advisory_unlock with the key of the lock";
    (message, help.to_owned())
}

fn reading() -> (String, String) {
    let message = "this changes how the server reads what it is sent";
    let help = "leave it out: a run sends UTF-8, and a backslash begins an escape only in E'…'";
    (message.to_owned(), help.to_owned())
}

fn leaked(set: &Set, text: Statement<'_>) -> (String, String) {
    let name = &set.name;
    let message = match &**name {
        "all" => "this changes all settings for the rest of the session".to_owned(),
        _ => format!("this changes `{name}` for the rest of the session"),
    };
    let help = match &**name {
        "all" => "leave it out: what is set with SET LOCAL ends with the migration".to_owned(),
        "transaction characteristics" => {
            "leave it out: the transaction of a migration says its own".to_owned()
        }
        "lock_timeout" | "statement_timeout" => {
            let directive = match &**name {
                "lock_timeout" => "lock-timeout",
                _ => "statement-timeout",
            };
            format!("write `-- pgstrata: {directive} 5s` in the header of the file")
        }
        _ if set.reset => format!(
            "leave it out, or write {}: what is set with SET LOCAL ends with the migration",
            set.localized()
        ),
        _ => {
            let local = session::localized(text).unwrap_or_else(|| set.localized());
            format!("write {local}, which ends with the migration")
        }
    };
    (message, help)
}

/// Whether the file sets something and puts it back to what the session had, and this is one of the two.
fn is_taken_back(script: &Script, statement: usize, set: &Set) -> bool {
    let changes = |index: usize, other: Statement<'_>, takes_back: bool| {
        index != statement
            && session::set(other).is_some_and(|it| {
                !it.local && it.name == set.name && takes_back == (it.reset || it.to_default)
            })
    };
    let others = || script.statements().enumerate();
    if set.reset || set.to_default {
        let mut earlier = others().take(statement);
        return earlier.any(|(index, other)| changes(index, other, false));
    }
    let mut later = others().skip(statement + 1);
    later.any(|(index, other)| changes(index, other, true))
}
