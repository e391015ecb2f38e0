//! An index of a table that is in use is dropped concurrently.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Action, Drop, ObjectKind};
use crate::catalog::Key;
use crate::cursor::Name;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "blocking-index-drop",
    level: Level::Warn,
    condition: "an up file drops an index, not `CONCURRENTLY`, that this migration has not made",
    why: "it waits for every query on the table, and everybody else waits behind it (PostgreSQL manual: DROP INDEX)",
    elsewhere: &[
        "squawk require-concurrent-index-deletion",
        "Atlas PG102",
        "pgfence drop-index-not-concurrent",
        "pgsafe drop-index-non-concurrent",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("blocking_index_drop/bad.sql"),
        good: include_str!("blocking_index_drop/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let Action::Drop(drop) = context.action else {
        return Vec::new();
    };
    if !context.is_up() || drop.kind != ObjectKind::Index {
        return Vec::new();
    }
    let old: Vec<&Name> = drop
        .names
        .iter()
        .filter(|name| is_old(context, drop, name))
        .collect();
    let Some(first) = old.first() else {
        return Vec::new();
    };
    let partitioned = old.iter().find_map(|name| {
        let table = context.catalog.table_of_index(name)?;
        context.catalog.is_partitioned(table).then_some(table)
    });
    let is_one = drop.names.len() == 1 && !drop.cascade;
    let no_way = "there is no other way to drop the index of a partitioned table: do it at a quiet \
                  hour";
    let each = "DROP INDEX CONCURRENTLY …, one statement for each index and without CASCADE, in a \
                file that begins with `-- pgstrata: no-transaction`";
    let (message, help) = match (drop.concurrently, partitioned) {
        (true, Some(table)) => (
            format!(
                "`{}` is partitioned, and PostgreSQL refuses CONCURRENTLY there",
                table.shown()
            ),
            "DROP INDEX without it, at a quiet hour: there is no other way",
        ),
        (true, None) if is_one => return Vec::new(),
        (true, None) => (
            "PostgreSQL refuses CONCURRENTLY for several indexes, and with CASCADE".to_owned(),
            each,
        ),
        (false, Some(_)) => (locked(context, first), no_way),
        (false, None) if is_one => (
            locked(context, first),
            "DROP INDEX CONCURRENTLY …, in a file of its own that begins with \
             `-- pgstrata: no-transaction`",
        ),
        (false, None) => (locked(context, first), each),
    };
    vec![context.finding(message, help)]
}

/// Whether an earlier migration made it; with `IF EXISTS` also nobody may have.
fn is_old(context: &StatementContext<'_>, drop: &Drop, index: &Name) -> bool {
    let is_made = context
        .catalog
        .object(&Key::whole(ObjectKind::Index, index))
        .is_some();
    let may_be_there = is_made || !drop.if_exists || context.catalog.is_unknown(&index.name);
    let of_temporary = index.is_temporary();
    may_be_there && !of_temporary && !context.is_born_here(ObjectKind::Index, index)
}

fn locked(context: &StatementContext<'_>, index: &Name) -> String {
    match context.catalog.table_of_index(index) {
        Some(table) => format!(
            "`{}` is locked (ACCESS EXCLUSIVE) to drop its index: nobody can read or write it",
            table.shown()
        ),
        None => "the table is locked (ACCESS EXCLUSIVE) to drop its index: nobody can read or \
                 write it"
            .to_owned(),
    }
}
