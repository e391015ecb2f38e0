//! A dropped column takes its values along.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Action, Change, ChangeKind, ObjectKind};
use crate::alteration::{Alter, Alteration, AttributeChange};
use crate::catalog::Key;
use crate::cursor::Name;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "drop-column",
    level: Level::Warn,
    condition: "an up file drops a column, or an attribute of a composite type, that this migration has not added",
    why: "its values are gone, and programs of the version before still read it",
    elsewhere: &[
        "squawk ban-drop-column",
        "strong_migrations remove column",
        "Atlas DS103",
        "pgfence drop-column",
        "pgsafe drop-column",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("drop_column/bad.sql"),
        good: include_str!("drop_column/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let help = "stop using it first, and drop it in a later release";
    let lost = |name: &str| format!("the values of `{name}` will be lost");
    let columns = context
        .changes_of_old_table()
        .filter_map(|(table, change)| match &change.what {
            ChangeKind::DropColumn { name, .. } if !context.is_new_column(table, name) => {
                Some(context.finding_on(table, change.span, lost(name), help))
            }
            _ => None,
        });
    let on_the_way_down = on_the_way_down(context);
    let on_the_way_down = on_the_way_down
        .into_iter()
        .map(|(table, change, name)| context.finding_on(table, change.span, lost(name), help));
    let attributes = dropped_attributes(context);
    let attributes = attributes
        .iter()
        .map(|name| context.finding(lost(name), help));
    columns.chain(on_the_way_down).chain(attributes).collect()
}

/// Columns that a down file drops, and that an earlier migration made.
fn on_the_way_down<'a>(context: &'a StatementContext<'_>) -> Vec<(&'a Name, &'a Change, &'a str)> {
    let (false, Action::AlterTable { table, changes, .. }) = (context.is_up(), context.action)
    else {
        return Vec::new();
    };
    let dropped = changes.iter().filter_map(|change| match &change.what {
        ChangeKind::DropColumn { name, .. } => Some((table, change, name.as_str())),
        _ => None,
    });
    let is_old = |name: &str| context.is_old(&Key::part(ObjectKind::Column, table, name));
    dropped
        .filter(|(_, _, name)| is_old(name) && !context.is_copied(name))
        .collect()
}

/// `ALTER TYPE … DROP ATTRIBUTE` of a type that columns may have.
fn dropped_attributes(context: &StatementContext<'_>) -> Vec<String> {
    let Action::Alter(Alter {
        name,
        what: Alteration::Attributes(changes),
        ..
    }) = context.action
    else {
        return Vec::new();
    };
    if !context.is_up() || context.is_born_here(ObjectKind::Type, name) {
        return Vec::new();
    }
    let dropped = changes.iter().filter_map(|change| match change {
        AttributeChange::Drop(name) => Some(name.clone()),
        _ => None,
    });
    dropped.collect()
}
