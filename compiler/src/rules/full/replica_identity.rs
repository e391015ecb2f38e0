//! What subscribers receive changes.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::ChangeKind;
use crate::form::Form;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "replica-identity",
    level: Level::Off,
    condition: "an up file changes the replica identity of an older table",
    why: "subscribers find rows to update and delete by it, and NOTHING makes both fail on the publisher (PostgreSQL manual: Logical Replication, Publication)",
    elsewhere: &["squawk ban-replica-identity"],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("replica_identity/bad.sql"),
        good: include_str!("replica_identity/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    context
        .changes_of_old_table()
        .filter_map(|(table, change)| {
            let changes = matches!(change.what, ChangeKind::Form(Form::ReplicaIdentity));
            let message = format!(
                "subscribers of `{}` find its rows by something else",
                table.shown()
            );
            let help = "look at every subscription first";
            changes.then(|| context.finding_on(table, change.span, message, help))
        })
        .collect()
}
