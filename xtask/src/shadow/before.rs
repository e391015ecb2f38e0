//! A migration on a database that has the repeatables of before, as one in production has.
//!
//! Which of them were there, no file says: every one that can be made before the migration, unless it
//! requires that migration or a later one.

use std::collections::BTreeMap;

use pgstrata::Migrations;
use pgstrata::embedded::{Migration, Repeatable};
use pgstrata_compiler::Compiled;
use postgres::GenericClient;

use super::{Link, ONLY_TOGETHER, ShadowDatabase, caused, is_plain, play};
use crate::failure::Failure;

/// The highest version that each repeatable requires, by itself or by another one.
pub(crate) type Required = BTreeMap<String, u64>;

/// From the headers; what is required comes first in their order.
pub(crate) fn required(compiled: &Compiled) -> Required {
    let mut all = Required::new();
    for repeatable in &compiled.repeatables {
        let script = &repeatable.script;
        let versions = script.requires.iter().map(|(version, _)| *version);
        let others = script.follows.iter().filter_map(|(name, _)| all.get(name));
        let highest = versions.chain(others.copied()).max().unwrap_or_default();
        all.insert(repeatable.name.clone(), highest);
    }
    all
}

/// Why the migration cannot be applied where repeatables are there before it; nothing of the shadow
/// changes.
pub(crate) fn stands_in_the_way(
    shadow: &mut ShadowDatabase<'_>,
    migrations: &Migrations<'_>,
    required: &Required,
    migration: &Migration<'_>,
) -> Result<Option<String>, Failure> {
    let is_before = |it: &&Repeatable<'_>| {
        let highest = required.get(it.name).copied().unwrap_or_default();
        highest < migration.version
    };
    let before: Vec<_> = migrations.repeatables.iter().filter(is_before).collect();
    if before.is_empty() {
        return Ok(None);
    }
    let Link { client, .. } = shadow.link()?;
    let mut transaction = client.transaction().map_err(caused)?;
    let is_there = make(&mut transaction, &before)?;
    let file = format!("{}.up.sql", migration.label);
    let mut stopped = None;
    let mut is_tried = !is_there;
    if is_there && is_plain(&migration.up) {
        stopped = play(&mut transaction, &file, &migration.up).err();
        is_tried = stopped
            .as_ref()
            .is_none_or(|it| !ONLY_TOGETHER.contains(&&*it.code));
    }
    transaction.rollback().map_err(caused)?;
    let text = if is_tried {
        stopped.map(|it| it.text)
    } else {
        let mut copy = shadow.copy()?;
        make(&mut copy.link()?.client, &before)?;
        let text = copy.up(migrations, migration.version).err();
        copy.discard()?;
        text
    };
    Ok(text.map(|text| explained(&text, migration)))
}

/// Makes those that can be made here; whether there is any.
fn make(client: &mut impl GenericClient, all: &[&Repeatable<'_>]) -> Result<bool, Failure> {
    let mut is_there = false;
    for repeatable in all {
        let mut transaction = client.transaction().map_err(caused)?;
        if play(&mut transaction, repeatable.name, &repeatable.script).is_ok() {
            transaction.commit().map_err(caused)?;
            is_there = true;
        }
    }
    Ok(is_there)
}

fn explained(text: &str, migration: &Migration<'_>) -> String {
    let version = migration.label.split('_').next().unwrap_or_default();
    format!(
        "{text}; where a repeatable view is in the way, write `DROP VIEW …;` above the statement, here and in \
         the down file: the run applies its repeatable again; if no database had the repeatable before this \
         migration, write `-- pgstrata: requires {version}` into its header"
    )
}
