//! `CASCADE` drops what nobody named.

use super::{Check, Examples, Rule, RuleFinding, StatementContext};
use crate::action::{Action, Drop, ObjectKind};
use crate::catalog::Key;
use crate::cursor::Name;
use crate::settings::Level;
use crate::tokens::Tokens;

pub(super) const RULE: Rule = Rule {
    id: "cascade",
    level: Level::Warn,
    condition: "something is dropped with `CASCADE` on which others may depend; in a down file, if an earlier migration made it",
    why: "what depends on it goes along, whatever that is by then (PostgreSQL manual: Dependency Tracking)",
    elsewhere: &[],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("cascade/bad.sql"),
        good: include_str!("cascade/good.sql"),
    },
};

fn check(context: &StatementContext<'_>) -> Vec<RuleFinding> {
    let Action::Drop(Drop {
        cascade: true,
        kind,
        names,
        ..
    }) = context.action
    else {
        return Vec::new();
    };
    // Nothing depends on these.
    let is_leaf = matches!(
        kind,
        ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule | ObjectKind::Index
    );
    let is_alone = |name: &Name| {
        context.is_new(name)
            || context.is_born_here(*kind, name)
            || *kind == ObjectKind::Sequence && !has_column(context, name)
    };
    // A way back takes what its own way up has made, whatever has come to it since.
    let is_taken = |name: &Name| context.is_up() || context.is_old(&Key::whole(*kind, name));
    if is_leaf || names.iter().all(is_alone) || !names.iter().any(is_taken) {
        return Vec::new();
    }
    let help = "drop the dependent objects by name, so that the reader sees them".to_owned();
    vec![context.finding("CASCADE also drops what is not named here".to_owned(), help)]
}

/// Whether a column takes its default from the sequence, which is all that depends on one.
fn has_column(context: &StatementContext<'_>, sequence: &Name) -> bool {
    let is_known = context
        .catalog
        .object(&Key::whole(ObjectKind::Sequence, sequence))
        .is_some()
        && !context.catalog.is_unknown(&sequence.name);
    let mut columns = context
        .catalog
        .objects()
        .filter(|(key, _)| key.kind == ObjectKind::Column);
    let takes = |default: &Tokens| default.names_in_code(&sequence.name);
    !is_known || columns.any(|(_, column)| column.default.as_ref().is_some_and(takes))
}
