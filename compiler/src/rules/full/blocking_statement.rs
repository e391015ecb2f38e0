//! What reads or writes all rows of a table that others wait for, and has no rule of its own.

use super::{
    Check, Examples, Rule, RuleFinding, StatementContext, access_method, attach_partition,
    blocking_index, blocking_refresh, blocking_reindex, blocking_unique, column_type,
    domain_constraint, exclusion_constraint, nullable_key, required_column, set_logged,
    set_not_null, table_rewrite, unvalidated_check, unvalidated_foreign_key, volatile_default,
};
use crate::action::{Action, ChangeKind, ObjectKind};
use crate::cursor::Name;
use crate::form::Form;
use crate::locks::{self, LockMode, RowAccess};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "blocking-statement",
    level: Level::Warn,
    condition: "a statement of an up file reads or writes all rows of an older table under a lock that writers wait for, and no other rule speaks of it",
    why: "who waits for the lock waits as long as that takes, and so does everybody who comes after (PostgreSQL manual: Explicit Locking, Table-Level Locks)",
    elsewhere: &[],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("blocking_statement/bad.sql"),
        good: include_str!("blocking_statement/good.sql"),
    },
};

/// The rules that speak of one kind of statement, and know its way out.
const SPECIAL: [Rule; 17] = [
    access_method::RULE,
    attach_partition::RULE,
    blocking_index::RULE,
    blocking_refresh::RULE,
    blocking_reindex::RULE,
    blocking_unique::RULE,
    column_type::RULE,
    domain_constraint::RULE,
    exclusion_constraint::RULE,
    nullable_key::RULE,
    required_column::RULE,
    set_logged::RULE,
    set_not_null::RULE,
    table_rewrite::RULE,
    unvalidated_check::RULE,
    unvalidated_foreign_key::RULE,
    volatile_default::RULE,
];

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    if !context.is_up() {
        return Vec::new();
    }
    let locks = locks::of(context.text, context.action, context.catalog).tables;
    let mut blocking = locks.iter().filter(|taken| {
        taken.mode >= LockMode::Share
            && taken.work > RowAccess::None
            && !context.is_new(&taken.table)
    });
    let Some(taken) = blocking.next() else {
        return Vec::new();
    };
    let is_special = SPECIAL.iter().any(|rule| match rule.check {
        Check::Statement(check) => !check(context).is_empty(),
        _ => false,
    });
    // Whether a new type keeps the rows the rule about types knows better: the session may be in UTC.
    let mut types = types(context);
    let is_known = types.any(|(table, column)| !context.is_new_column(table, column));
    if is_special || taken.work == RowAccess::Rewrite && is_known {
        return Vec::new();
    }
    let work = match taken.work {
        RowAccess::Rewrite => "rewritten",
        _ => "read",
    };
    let waits = match taken.mode {
        LockMode::AccessExclusive => "nobody can read or write it meanwhile",
        _ => "its writers wait",
    };
    let message = format!(
        "all of `{}` is {work} under {}: {waits}",
        taken.table.shown(),
        taken.mode
    );
    vec![context.finding_on(&taken.table, context.text.span(), message, help(context))]
}

/// The columns that get another type.
fn types<'a>(context: &'a StatementContext<'_>) -> impl Iterator<Item = (&'a Name, &'a str)> {
    let changes = context.changes_of_old_table();
    changes.filter_map(|(table, change)| match &change.what {
        ChangeKind::SetType { column, .. } => Some((table, column.as_str())),
        _ => None,
    })
}

fn help(context: &StatementContext<'_>) -> String {
    if types(context).next().is_some() {
        let is_of_partitioned = types(context).any(|(table, column)| {
            let mut indexes = context.catalog.belongings(table);
            context.catalog.is_partitioned(table)
                && indexes
                    .any(|(key, it)| key.kind == ObjectKind::Index && it.definition.names(column))
        });
        if is_of_partitioned {
            return "there is no other way for a column in an index of a partitioned table: do it at \
                    a quiet hour"
                .to_owned();
        }
        return "drop each CHECK and index on the column first, and make it again after that: ADD \
                CONSTRAINT … NOT VALID and VALIDATE CONSTRAINT in the next migration, CREATE INDEX \
                CONCURRENTLY"
            .to_owned();
    }
    let attaches = match context.action {
        Action::AlterTable { changes, .. } => changes
            .iter()
            .any(|change| matches!(change.what, ChangeKind::Form(Form::Attach { .. }))),
        _ => false,
    };
    if attaches {
        return "give the table each index and foreign key of the partitioned one first: CREATE \
                INDEX CONCURRENTLY, and FOREIGN KEY … NOT VALID, validated in the next migration"
            .to_owned();
    }
    "there is no other way: do it at a quiet hour, in a migration of its own".to_owned()
}
