//! A concurrent index without a name could not be recognised after a crash.

use super::{Check, Examples, Rule, RuleFinding};
use crate::script::Script;
use crate::settings::Level;
use crate::statement_kind::StatementKind;

pub(super) const RULE: Rule = Rule {
    id: "concurrent-index-name",
    level: Level::Deny,
    condition: "`CREATE INDEX CONCURRENTLY` leaves the name to the server",
    why: "a build that is interrupted leaves an invalid index behind; without a name nobody \
          can tell which one to drop (PostgreSQL manual: CREATE INDEX, Building Indexes \
          Concurrently)",
    elsewhere: &[],
    check: Check::Script(check),
    examples: Examples {
        bad: include_str!("concurrent_index_name/bad.sql"),
        good: include_str!("concurrent_index_name/good.sql"),
    },
};

fn check(script: &Script) -> Vec<RuleFinding> {
    let unnamed = script
        .kinds
        .iter()
        .enumerate()
        .filter_map(|(statement, kind)| match kind {
            StatementKind::NotInTransaction(reason) if reason.unnamed_index => {
                Some((statement, reason.span))
            }
            _ => None,
        });
    let finding = |(statement, span)| {
        RuleFinding::new(
            statement,
            span,
            "this concurrent index has no name".to_owned(),
            "name it: CREATE INDEX CONCURRENTLY account_email ON account (email)".to_owned(),
        )
    };
    unnamed.map(finding).collect()
}
