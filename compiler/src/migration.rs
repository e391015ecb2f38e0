//! The model: migrations of two scripts each, or of three.

use crate::command::{Class, Command, Verb};
use crate::diagnostic::Diagnostic;
use crate::file_name::Purpose;
use crate::layout::Pair;
use crate::script::Script;
use crate::source::Source;
use crate::statement::Statement;
use crate::statement_option::StatementOptionKind;

/// One migration, read and cut.
#[derive(Debug)]
pub struct Migration {
    /// Its number.
    pub version: u64,
    /// `0007_add_email`.
    pub label: String,
    /// Applies it.
    pub up: Script,
    /// Takes it back.
    pub down: Script,
    /// Fails unless the migration has done what it should.
    pub verify: Option<Script>,
}

impl Migration {
    /// Reads all files of a pair; diagnostics of all if one cannot be read.
    pub fn read(pair: &Pair<'_>) -> Result<Self, Vec<Diagnostic>> {
        match Self::read_beside(pair) {
            (Some(migration), refused) if refused.is_empty() => Ok(migration),
            (_, refused) => Err(refused),
        }
    }

    /// The same, with what is wrong, as in [`Script::read_beside`].
    pub fn read_beside(pair: &Pair<'_>) -> (Option<Self>, Vec<Diagnostic>) {
        let mut refused = Vec::new();
        let mut read = |source: &Source, purpose| {
            let (script, found) =
                Script::read_beside(&source.name, source.text.as_deref()?, purpose);
            refused.extend(found);
            script
        };
        let (up, down) = (read(pair.up, Purpose::Up), read(pair.down, Purpose::Down));
        let verify = pair.verify.map(|source| read(source, Purpose::Verify));
        let (Some(up), Some(down), verify @ (None | Some(Some(_)))) = (up, down, verify) else {
            return (None, refused);
        };
        let of_optional = drops_of_optional(&up, &down);
        if !of_optional.is_empty() {
            refused.extend(of_optional);
            return (None, refused);
        }
        let migration = Self {
            version: pair.version,
            label: pair.label.to_owned(),
            up,
            down,
            verify: verify.flatten(),
        };
        (Some(migration), refused)
    }

    /// Its scripts.
    pub fn scripts(&self) -> impl Iterator<Item = &Script> {
        [&self.up, &self.down].into_iter().chain(&self.verify)
    }
}

/// Where an optional extension was left out, there is nothing to drop.
fn drops_of_optional(up: &Script, down: &Script) -> Vec<Diagnostic> {
    let optional: Vec<&String> = up
        .special
        .iter()
        .filter_map(|special| match &special.what {
            StatementOptionKind::Optional { extension } => Some(extension),
            _ => None,
        })
        .collect();
    let mut diagnostics = Vec::new();
    for statement in down.statements().filter(|_| !optional.is_empty()) {
        for name in extensions(statement)
            .iter()
            .filter(|name| optional.contains(name))
        {
            let message = format!("`{name}` is optional, so it may not be there");
            let refused = Diagnostic::error("directive", message);
            diagnostics.push(
                refused
                    .at(&down.file, statement.span())
                    .help("write DROP EXTENSION IF EXISTS"),
            );
        }
    }
    diagnostics
}

/// The names in a `DROP EXTENSION` that fails where one is missing.
fn extensions(statement: Statement<'_>) -> Vec<String> {
    let command = Command::of(statement);
    if !command.is(Verb::Drop, Class::Extension) || command.if_exists {
        return Vec::new();
    }
    let names = command.written_names().unwrap_or_default().into_iter();
    names.map(|name| name.name).collect()
}

/// Whether every required version exists and is lower.
pub fn check_requirements(migrations: &[Migration]) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for migration in migrations {
        for script in [&migration.up, &migration.down] {
            for &(version, span) in &script.requires {
                let message = if version >= migration.version {
                    format!(
                        "version {version} is required, but does not come before this migration"
                    )
                } else if migrations
                    .binary_search_by_key(&version, |other| other.version)
                    .is_err()
                {
                    format!("version {version} is required, but there is none")
                } else {
                    continue;
                };
                diagnostics.push(
                    Diagnostic::error("requires", message)
                        .at(&script.file, span)
                        .help("name migrations of this directory with a lower version"),
                );
            }
        }
    }
    diagnostics
}
