//! Who may do what is decided outside the migrations.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "grant-revoke",
    level: Level::Off,
    condition: "an up file grants, revokes, or changes a role",
    why: "roles belong to the whole server and differ between environments; programs that lose a privilege fail at once (PostgreSQL manual: Privileges)",
    elsewhere: &["squawk ban-revoke", "squawk ban-alter-role-options"],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("grant_revoke/bad.sql"),
        good: include_str!("grant_revoke/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    const COMMANDS: [&[&str]; 12] = [
        &["grant"],
        &["revoke"],
        &["create", "role"],
        &["create", "user"],
        &["alter", "role"],
        &["alter", "user"],
        &["alter", "group"],
        &["drop", "role"],
        &["drop", "user"],
        &["drop", "owned"],
        &["reassign", "owned"],
        &["alter", "default", "privileges"],
    ];
    let begins = COMMANDS.iter().any(|words| context.text.are(0, words));
    // USER MAPPING belongs to a foreign server.
    if !begins || !context.is_up() || context.text.is(2, "mapping") {
        return Vec::new();
    }
    vec![context.finding(
        "this changes who may do what",
        "keep roles and privileges with the setup of the environment",
    )]
}
