//! A dropped column takes its values along.

use super::{Check, Examples, Finding, Moment, Rule};
use crate::action::{ChangeKind, Kind};
use crate::cursor::Cursor;
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

fn check(moment: &Moment<'_>) -> Vec<Finding> {
    let help = "stop using it first, and drop it in a later release";
    let lost = |name: &str| format!("the values of `{name}` will be lost");
    let columns = moment
        .changes_of_old_table()
        .filter_map(|(table, change)| match &change.what {
            ChangeKind::DropColumn { name, .. } if !moment.is_new_column(table, name) => {
                Some(moment.finding_on(table, change.span, lost(name), help))
            }
            _ => None,
        });
    let attributes = dropped_attributes(moment);
    let attributes = attributes
        .iter()
        .map(|name| moment.finding(lost(name), help));
    columns.chain(attributes).collect()
}

/// `ALTER TYPE … DROP ATTRIBUTE` of a type that columns may have.
fn dropped_attributes(moment: &Moment<'_>) -> Vec<String> {
    let mut cursor = Cursor::new(moment.text);
    if !moment.is_up() || !cursor.eat(&["alter", "type"]) {
        return Vec::new();
    }
    match cursor.name() {
        Some(name) if !moment.is_born_here(Kind::Type, &name) => {}
        _ => return Vec::new(),
    }
    let attribute = |mut part: Cursor<'_>| {
        part.eat(&["drop", "attribute"]).then_some(())?;
        part.if_exists();
        part.identifier()
    };
    let parts = cursor.rest_by_commas().into_iter();
    parts.filter_map(attribute).collect()
}
