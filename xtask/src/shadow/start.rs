//! What it begins with: a prelude, and the migrations before those to try.

use std::path::Path;

use pgstrata::Migrations;
use pgstrata::embedded::Migration;

use crate::failure::Failure;

/// What throw-away servers need first, such as tables that somebody else makes.
pub(crate) fn prelude(dir: &Path) -> Result<Option<String>, Failure> {
    let path = dir.join("tests/prelude.sql");
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::file("read", &path, &error)),
    }
}

/// The migrations before the first one to try, and the others.
pub(crate) fn split<'m>(
    migrations: &Migrations<'m>,
    from: Option<u64>,
) -> Result<(Vec<Migration<'m>>, Vec<Migration<'m>>), Failure> {
    if let Some(from) = from.filter(|from| migrations.find(*from).is_none()) {
        return Err(Failure::configuration(format!(
            "--from {from}: there is no such version"
        )));
    }
    Ok(migrations
        .iter()
        .partition(|migration| Some(migration.version) < from))
}
