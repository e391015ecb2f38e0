//! Databases, tablespaces and the server's own settings are no part of a schema.

use super::{Check, Examples, Rule, RuleFinding};
use crate::script::Script;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "server-wide",
    level: Level::Deny,
    condition: "a database, a tablespace or a setting of the server is made, changed or dropped",
    why: "a migration belongs to one database; this changes the whole server, and cannot be rolled back with it (PostgreSQL manual: the page of the command)",
    elsewhere: &[
        "squawk ban-drop-database",
        "squawk ban-alter-database-options",
        "squawk ban-alter-system-options",
        "pgfence drop-database",
        "pgsafe drop-database",
    ],
    check: Check::Script(check),
    examples: Examples {
        bad: include_str!("server_wide/bad.sql"),
        good: include_str!("server_wide/good.sql"),
    },
};

fn check(script: &Script) -> Vec<RuleFinding> {
    const COMMANDS: [[&str; 2]; 6] = [
        ["create", "database"],
        ["drop", "database"],
        ["alter", "database"],
        ["create", "tablespace"],
        ["drop", "tablespace"],
        ["alter", "system"],
    ];
    let found = script
        .statements()
        .enumerate()
        .filter_map(|(statement, text)| {
            COMMANDS.iter().find(|words| text.are(0, *words))?;
            let words = format!("{} {}", text.word(0), text.word(1)).to_uppercase();
            let message = format!("`{words}` reaches beyond this database");
            let help = "do it with the tools that set the server up, outside the migrations";
            Some(RuleFinding::new(statement, text.span(), message, help))
        });
    found.collect()
}
