//! Where names without a schema lead on a throw-away server.

use std::collections::BTreeSet;

use pgstrata_compiler::action::{Action, ObjectKind};
use pgstrata_compiler::script::Script;
use pgstrata_compiler::{Compiled, grammar};

use crate::names::identifier;

/// Where names without a schema are looked up.
#[derive(Default)]
pub(crate) struct SearchPath {
    pub(super) schemas: Vec<String>,
    /// Those of them that no migration makes: they are there before.
    pub(super) given: Vec<String>,
}

impl SearchPath {
    /// As the settings have it.
    pub(crate) fn of(compiled: &Compiled) -> Self {
        let schemas = compiled.settings.search_path.clone();
        let ups = compiled.migrations.iter().map(|migration| &migration.up);
        let statements = ups.flat_map(Script::statements);
        let made = statements.filter_map(|statement| match grammar::read(statement) {
            Action::Create(create) if create.kind == ObjectKind::Schema => Some(create.name.name),
            _ => None,
        });
        let made: BTreeSet<String> = made.collect();
        let given = schemas.iter().filter(|schema| !made.contains(*schema));
        Self {
            given: given.cloned().collect(),
            schemas,
        }
    }
}

/// A search path as an option of a connection, in which blanks and backslashes are escaped (PostgreSQL
/// manual: libpq, options).
pub(super) fn option(path: &[String]) -> String {
    let quoted: Vec<String> = path.iter().map(|schema| identifier(schema)).collect();
    quoted.join(",").replace('\\', r"\\").replace(' ', r"\ ")
}
