//! An index that is in use is built anew concurrently.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Action, ObjectKind};
use crate::command::{Class, Verb};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "blocking-reindex",
    level: Level::Warn,
    condition: "an up file runs `REINDEX`, not `CONCURRENTLY`, on what this migration has not made",
    why: "of REINDEX INDEX every query of the table waits, since planning one looks at all its indexes; of REINDEX TABLE writers do, and queries that an index would serve (PostgreSQL manual: REINDEX)",
    elsewhere: &[
        "squawk require-concurrent-reindex",
        "pgfence reindex-non-concurrent",
        "pgsafe reindex-non-concurrent",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("blocking_reindex/bad.sql"),
        good: include_str!("blocking_reindex/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let Action::Upkeep(upkeep) = context.action else {
        return Vec::new();
    };
    if !context.is_up() || upkeep.verb != Verb::Reindex || upkeep.is_concurrent {
        return Vec::new();
    }
    let kind = if upkeep.class == Class::Index {
        ObjectKind::Index
    } else {
        ObjectKind::Table
    };
    let is_table = upkeep.class == Class::Table;
    let named = upkeep.names.first();
    if named.is_some_and(|name| context.is_born_here(kind, name)) {
        return Vec::new();
    }
    let of_index = named.and_then(|index| context.catalog.table_of_index(index));
    let table = if kind == ObjectKind::Index {
        of_index
    } else {
        named
    };
    let table = table.map_or("the table".to_owned(), |table| {
        format!("`{}`", table.shown())
    });
    let message = if kind == ObjectKind::Index {
        format!(
            "every query of {table} waits (ACCESS EXCLUSIVE on its index, SHARE on the table) until \
             the index is built again"
        )
    } else {
        let whose = if is_table {
            format!("writers of {table} wait")
        } else {
            "writers of each table wait".to_owned()
        };
        format!(
            "{whose} (SHARE) until its indexes are built again, and so do queries that an index \
             would serve"
        )
    };
    let help = if upkeep.class == Class::System {
        "there is no other way to rebuild the indexes of the catalogs: do it at a quiet hour"
    } else {
        "REINDEX … CONCURRENTLY, in a file of its own that begins with \
         `-- pgstrata: no-transaction`"
    };
    vec![context.finding(message, help)]
}
