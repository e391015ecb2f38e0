//! Databases, tablespaces and the server's own settings are no part of a schema.

use super::{Check, Examples, Rule, RuleFinding};
use crate::command::{Class, Command, Verb};
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
    let found = script
        .statements()
        .enumerate()
        .filter_map(|(statement, text)| {
            let command = Command::of(text);
            let reaches = match command.class {
                Class::Database | Class::Tablespace => {
                    matches!(command.verb, Verb::Create | Verb::Drop)
                        || command.is(Verb::Alter, Class::Database)
                }
                Class::System => command.verb == Verb::Alter,
                _ => false,
            };
            let words = reaches.then(|| command.shown())?;
            let message = format!("`{words}` reaches beyond this database");
            let help = "do it with the tools that set the server up, outside the migrations";
            Some(RuleFinding::new(statement, text.span(), message, help))
        });
    found.collect()
}
