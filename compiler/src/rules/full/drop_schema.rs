//! A dropped schema or type may take data along.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Action, ObjectKind};
use crate::cursor::Name;
use crate::grammar;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "drop-schema",
    level: Level::Warn,
    condition: "an up file drops a schema, a type or a domain that this migration has not made",
    why: "with CASCADE everything in it goes, too (PostgreSQL manual: DROP SCHEMA)",
    elsewhere: &[
        "squawk ban-drop-schema",
        "squawk ban-drop-type",
        "squawk ban-drop-domain",
        "Atlas DS101",
    ],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("drop_schema/bad.sql"),
        good: include_str!("drop_schema/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let Action::Drop(drop) = context.action else {
        return Vec::new();
    };
    let what = match drop.kind {
        ObjectKind::Schema => "schema",
        ObjectKind::Type => "type",
        ObjectKind::Domain => "domain",
        _ => return Vec::new(),
    };
    let known = drop
        .names
        .iter()
        .all(|name| context.is_born_here(drop.kind, name));
    let is_swapped = !drop.cascade && drop.kind != ObjectKind::Schema;
    let is_swapped = is_swapped && drop.names.iter().all(|name| is_swapped_out(context, name));
    if !context.is_up() || known || is_swapped {
        return Vec::new();
    }
    let help = "see that nothing uses it any more, and drop it without CASCADE".to_owned();
    vec![context.finding(format!("this drops a {what} that was there before"), help)]
}

/// Whether the file has another type take its place: the old one was renamed to this name before, or
/// another is renamed to it after.
fn is_swapped_out(context: &StatementContext<'_>, name: &Name) -> bool {
    let mut all = context.script.statements();
    all.any(
        |statement| match grammar::read(statement.named_by(context.catalog)) {
            Action::Rename { kind, from, to } => {
                matches!(kind, ObjectKind::Type | ObjectKind::Domain)
                    && from.schema == name.schema
                    && to == name.name
            }
            _ => false,
        },
    )
}
