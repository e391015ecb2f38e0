//! `VACUUM FULL` and `CLUSTER` lock the table for as long as they take.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::Action;
use crate::cursor::Name;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "table-rewrite",
    level: Level::Warn,
    condition: "an up file runs `VACUUM FULL` or `CLUSTER`",
    why: "nobody can read the table until all of it is rewritten (PostgreSQL manual: VACUUM, CLUSTER)",
    elsewhere: &[
        "squawk prefer-repack",
        "eugene E10",
        "pgfence vacuum-full",
        "pgsafe vacuum-full-cluster",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("table_rewrite/bad.sql"),
        good: include_str!("table_rewrite/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let Action::Upkeep(upkeep) = context.action else {
        return Vec::new();
    };
    let Some(what) = upkeep.rewrites() else {
        return Vec::new();
    };
    let table = upkeep.names.first();
    if table.is_some_and(Name::is_temporary) {
        return Vec::new();
    }
    let help = "VACUUM without FULL frees the space for new rows; pg_repack works without the lock";
    let of = table.map_or("each table".to_owned(), |table| {
        format!("`{}`", table.shown())
    });
    let message = format!(
        "`{what}` rewrites all of {of} under ACCESS EXCLUSIVE: nobody can read or write it \
         meanwhile"
    );
    if context.is_up() {
        vec![context.finding(message, help)]
    } else {
        Vec::new()
    }
}
