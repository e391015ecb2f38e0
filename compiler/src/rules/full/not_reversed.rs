//! What up changes, down takes back.

use super::{Check, Examples, RoundTripContext, Rule, RuleFinding};
use crate::action::ObjectKind;
use crate::catalog::{Catalog, Key, Object};
use crate::definition::same_default;
use crate::difference::{difference, privileges};
use crate::query::{drops_dependents, owns_sequence};
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "not-reversed",
    level: Level::Warn,
    condition: "after up and down the schema is not what it was before",
    why: "after a rollback the schema is another one than before, and the next attempt to apply the migration may fail on what was left",
    elsewhere: &[],
    check: Check::Migration(check),
    examples: Examples {
        bad: include_str!("not_reversed/bad.sql"),
        good: include_str!("not_reversed/good.sql"),
    },
};

fn check(round_trip: &RoundTripContext<'_>) -> Vec<RuleFinding> {
    if round_trip.migration.down.irreversible.is_some() {
        return Vec::new();
    }
    let differences = differences(round_trip);
    if differences.is_empty() {
        return Vec::new();
    }
    let last = round_trip.migration.down.statements().enumerate().last();
    let Some((statement, span)) = last.map(|(index, last)| (index, last.span())) else {
        return Vec::new();
    };
    let shown = differences
        .iter()
        .take(5)
        .cloned()
        .collect::<Vec<_>>()
        .join("; ");
    let more = differences.len().saturating_sub(5);
    let more = if more > 0 {
        format!("; and {more} more")
    } else {
        String::new()
    };
    vec![RuleFinding::new(
        statement,
        span,
        format!("after up and down, {shown}{more}"),
        "take it back in this file; if there is no way back, write `-- pgstrata: \
               irreversible <reason>` instead of SQL"
            .to_owned(),
    )]
}

/// What is known to differ. A name that code touched which cannot be read is left out,
/// and so is whatever the down file changed itself.
fn differences(round_trip: &RoundTripContext<'_>) -> Vec<String> {
    let RoundTripContext {
        catalog,
        before_up,
        before_down,
        migration,
        ..
    } = round_trip;
    let since_up = catalog.changes_since(*before_up);
    let by_down = catalog.changes_since(*before_down);
    let cascades = migration.down.statements().any(drops_dependents);
    let mut statements = migration.up.statements();
    let owns = statements.any(owns_sequence);
    let is_unsure = |key: &Key| {
        catalog.is_unknown_in(migration.version, &key.name.name)
            || catalog.is_unknown_in(migration.version, &key.part)
            || key.name.is_temporary()
    };
    let is_whole_change = |key: &Key| {
        let owner = [ObjectKind::Table, ObjectKind::Type].map(|kind| Key::whole(kind, &key.name));
        !key.part.is_empty()
            && owner.iter().any(|owner| {
                since_up.get(owner).is_some_and(|before| {
                    // Nor is it known which parts it had, where it was only heard of.
                    before.is_some_and(|before| before.is_hearsay)
                        || catalog.object(owner).is_some() != before.is_some()
                })
            })
    };
    let is_open = |key: &Key| {
        let whole = Key::whole(ObjectKind::Table, &key.name);
        let before = since_up.get(&whole).copied().flatten();
        let mut tables = catalog.table(&key.name).into_iter().chain(before);
        !key.part.is_empty() && tables.any(|table| table.has_more_columns)
    };
    let mut found = Vec::new();
    for (key, before) in &since_up {
        let now = catalog.object(key);
        if is_unsure(key) || is_whole_change(key) || is_open(key) {
            continue;
        }
        // All indexes of a table that these migrations make are known.
        let was_never_there = key.kind == ObjectKind::Index
            && before.is_some_and(|before| before.is_doubtful)
            && now.is_some_and(|now| has_table(catalog, now))
            && !catalog.was_ever_unknown(&key.name.name);
        // Of what was only heard of, nobody knows what it was.
        if was_never_there {
            found.push(format!("{} is still there", key.shown()));
            continue;
        }
        if before.is_some_and(|before| before.is_hearsay) {
            continue;
        }
        match (before, now) {
            (None, Some(now)) if cascades && !stays_through_cascade(catalog, key, now) => {}
            // A sequence that a column owns goes with its table.
            (None, Some(_)) if key.kind == ObjectKind::Sequence && owns => {}
            // What becomes of an index on a table that others make, they know.
            (None, Some(now)) if key.kind == ObjectKind::Index && !has_table(catalog, now) => {}
            (None, Some(_)) => found.push(format!("{} is still there", key.shown())),
            (Some(_), None) => found.push(format!("{} is missing", key.shown())),
            (Some(before), Some(now))
                if catalog.knows_privileges() && before.privileges != now.privileges =>
            {
                found.push(format!("{} {}", key.shown(), privileges(before, now)));
            }
            (Some(before), Some(now)) if by_down.contains_key(*key) => {
                found.extend(
                    difference(key.kind, before, now)
                        .map(|change| format!("{} {change}", key.shown())),
                );
            }
            (Some(before), Some(now)) if !is_same(before, now) => {
                let change = difference(key.kind, before, now);
                let change = change.unwrap_or_else(|| "is not as it was".to_owned());
                found.push(format!("{} {change}", key.shown()));
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
    found
}

/// CASCADE drops what depends on a name, and nobody here knows what does; but these
/// depend on nothing, or on their own table only.
fn stays_through_cascade(catalog: &Catalog, key: &Key, object: &Object) -> bool {
    match key.kind {
        ObjectKind::Table | ObjectKind::Type | ObjectKind::Schema | ObjectKind::Extension => true,
        ObjectKind::Index => object
            .on
            .as_ref()
            .is_some_and(|table| catalog.table(table).is_some()),
        _ => false,
    }
}

/// When it was made does not matter, nor where, nor in which words, where these are
/// understood.
fn is_same(before: &Object, now: &Object) -> bool {
    let is_understood = before.shape.is_some() && now.shape.is_some()
        || before.type_name.is_some() && now.type_name.is_some();
    let definition = if is_understood {
        &before.definition
    } else {
        &now.definition
    };
    let is_same_default = same_default(before.default.as_ref(), now.default.as_ref());
    let default = if is_same_default == Some(true) {
        &before.default
    } else {
        &now.default
    };
    *before
        == Object {
            born: before.born,
            made_at: before.made_at,
            ordinal: before.ordinal,
            privileges: before.privileges.clone(),
            definition: definition.clone(),
            default: default.clone(),
            ..now.clone()
        }
}

fn has_table(catalog: &Catalog, index: &Object) -> bool {
    index.on.as_ref().is_some_and(|on| {
        let kinds = [ObjectKind::Table, ObjectKind::MaterializedView];
        kinds
            .iter()
            .any(|kind| catalog.object(&Key::whole(*kind, on)).is_some())
    })
}
