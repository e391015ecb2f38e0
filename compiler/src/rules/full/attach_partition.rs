//! A table with rows is attached with a check that fits.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Action, ChangeKind, ObjectKind};
use crate::catalog::Key;
use crate::cursor::Name;
use crate::form::Form;
use crate::partition::Bound;
use crate::proof::{proves_absence, proves_bound};
use crate::settings::Level;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    id: "attach-partition",
    level: Level::Warn,
    condition: "an up file attaches an older table whose validated checks do not say that it holds only what the partition may; or it adds a partition to a table whose default partition, of an earlier migration, has no such check against it",
    why: "all of its rows are read while nobody can use it, unless a CHECK says what the partition will hold; and so are those of the default partition, unless a CHECK says that it holds none of the new one's (PostgreSQL manual: ALTER TABLE, ATTACH PARTITION)",
    elsewhere: &["pgfence attach-partition", "pgsafe attach-partition"],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("attach_partition/bad.sql"),
        good: include_str!("attach_partition/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    if !context.is_up() {
        return Vec::new();
    }
    match context.action {
        Action::AlterTable { table, changes, .. } => changes
            .iter()
            .filter_map(|change| {
                let ChangeKind::Form(Form::Attach { partition, bound }) = &change.what else {
                    return None;
                };
                let read = attached(context, table, change.span, partition, bound.as_ref());
                Some((change.span, read, bound))
            })
            .flat_map(|(span, read, bound)| {
                let default = default_partition(context, table, span, bound.as_ref());
                read.into_iter().chain(default)
            })
            .collect(),
        Action::CreateTable(create) => {
            let bound = create.bound.as_ref();
            let parent = create.parent.iter();
            parent
                .filter_map(|parent| default_partition(context, parent, context.text.span(), bound))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// The rows of the table that becomes a partition.
fn attached(
    context: &StatementContext<'_>,
    table: &Name,
    span: Span,
    partition: &Name,
    bound: Option<&Bound>,
) -> Option<RuleFinding> {
    let is_proved = proves_bound(context.catalog, table, partition, bound);
    let is_old = context.is_old(&Key::whole(ObjectKind::Table, partition));
    if is_proved || !is_old || context.catalog.is_foreign_table(partition) {
        return None;
    }
    let message = format!(
        "all rows of `{}` are read under ACCESS EXCLUSIVE, and nobody can use it meanwhile",
        partition.shown()
    );
    let key = context
        .catalog
        .table(table)
        .and_then(|table| table.partition_key.as_ref());
    let help = match key.zip(bound).and_then(|(key, bound)| bound.shown(key)) {
        Some(check) => format!(
            "ADD CONSTRAINT … CHECK ({check}) NOT VALID; validate it in the next migration, \
             then attach, and drop the CHECK"
        ),
        None => "no CHECK spares the reading here: attach the table while it is empty, and \
                 fill it after that"
            .to_owned(),
    };
    Some(context.finding_on(partition, span, message, help))
}

/// The rows of the default partition, none of which may belong into the new one.
fn default_partition(
    context: &StatementContext<'_>,
    table: &Name,
    span: Span,
    bound: Option<&Bound>,
) -> Option<RuleFinding> {
    let default = context.catalog.default_partition(table)?;
    let bound = bound.filter(|bound| **bound != Bound::Default)?;
    let is_old = context.is_old(&Key::whole(ObjectKind::Table, default));
    if !is_old || proves_absence(context.catalog, table, default, bound) {
        return None;
    }
    let message = format!(
        "all rows of `{}`, the default partition, are read under ACCESS EXCLUSIVE",
        default.shown()
    );
    let key = context.catalog.table(table)?.partition_key.as_ref();
    let help = match key.and_then(|key| bound.shown_absence(key)) {
        Some(check) => format!(
            "ALTER TABLE {} ADD CONSTRAINT … CHECK ({check}) NOT VALID; validate it in the next \
             migration, then add the partition, and drop the CHECK",
            default.shown()
        ),
        None => "no CHECK spares the reading here: keep the default partition empty, or small"
            .to_owned(),
    };
    Some(context.finding_on(default, span, message, help))
}
