//! The model: migrations of two scripts each.

use crate::diagnostic::Diagnostic;
use crate::file_name::Purpose;
use crate::layout::Pair;
use crate::script::Script;
use crate::source::Source;

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
}

impl Migration {
    /// Reads both files of a pair; diagnostics of both if one cannot be read.
    pub fn read(pair: &Pair<'_>) -> Result<Self, Vec<Diagnostic>> {
        let read = |source: &Source, purpose| match &source.text {
            Some(text) => Script::read(&source.name, text, purpose),
            None => Err(Vec::new()),
        };
        match (read(pair.up, Purpose::Up), read(pair.down, Purpose::Down)) {
            (Ok(up), Ok(down)) => {
                Ok(Self { version: pair.version, label: pair.label.to_owned(), up, down })
            }
            (up, down) => Err([up.err(), down.err()].into_iter().flatten().flatten().collect()),
        }
    }
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
                } else if migrations.iter().all(|other| other.version != version) {
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
