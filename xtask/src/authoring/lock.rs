//! `lock`: seals the migrations as they are now.

mod amend;
mod rebase;

use std::path::{Path, PathBuf};

use pgstrata_compiler::Depth;
use pgstrata_compiler::diagnostic::Severity;
use pgstrata_compiler::lockfile::{Line, LockFile};

use crate::failure::Failure;
use crate::workspace::{self, base};

/// What may be asked of it.
#[derive(Debug)]
pub(crate) struct Options {
    /// Seal this migration again although its files changed; only for what was never released.
    pub(crate) amend: Vec<u64>,
    /// Keep the lock of the git revision BASE, such as `main`, and number the open
    /// migrations that it does not have behind it.
    pub(crate) rebase: Option<String>,
    /// The same, with the lock to keep in a file.
    pub(crate) base_file: Option<PathBuf>,
}

/// Seals, or changes what is sealed in the one way that was asked for.
pub(crate) fn run(dir: &Path, options: &Options, quiet: bool) -> Result<(), Failure> {
    if !options.amend.is_empty() {
        amend::run(dir, &options.amend, quiet)
    } else if let Some(revision) = &options.rebase {
        rebase::run(dir, &base::from_git(dir, revision)?, quiet)
    } else if let Some(file) = &options.base_file {
        rebase::run(dir, &base::from_file(file)?, quiet)
    } else {
        seal(dir, quiet)
    }
}

/// Findings that sealing itself settles.
const CURED_BY_SEALING: [&str; 4] = ["no-lock", "not-in-lock", "lock-open", "lock-stale"];

/// Seals every migration that is not sealed yet; refuses while anything is wrong.
fn seal(dir: &Path, quiet: bool) -> Result<(), Failure> {
    let mut compiled = pgstrata_compiler::compile(dir, &dir.to_string_lossy(), Depth::Certain);
    compiled
        .diagnostics
        .retain(|found| !CURED_BY_SEALING.contains(&found.rule));
    workspace::print(&compiled.diagnostics, &compiled.sources);
    if compiled
        .diagnostics
        .iter()
        .any(|found| found.severity == Severity::Error)
    {
        return Err(workspace::refusal(&compiled));
    }
    let recorded = compiled.recorded_now();
    let before = compiled.lock.unwrap_or_default();
    let sealed_before = |label: &str| {
        before
            .lines
            .iter()
            .find(|line| line.label == label && line.seal.is_some())
    };
    let mut sealed_now = Vec::new();
    let mut lock = LockFile {
        recorded,
        ..LockFile::default()
    };
    for migration in &compiled.migrations {
        lock.lines.push(match sealed_before(&migration.label) {
            Some(line) => line.clone(),
            None => {
                sealed_now.push(migration.label.as_str());
                Line::sealed(migration)
            }
        });
    }
    let known = compiled
        .sources
        .files
        .first()
        .map(|source| source.name.as_str());
    workspace::write_lock(dir, &lock, known)?;
    if !quiet {
        for label in sealed_now {
            println!("sealed {label}");
        }
        for line in &lock.recorded {
            let mut known = before.recorded.iter().filter(|old| old.file == line.file);
            if known.all(|old| old.content != line.content) {
                println!("recorded {}", line.file);
            }
        }
        println!("{}: {} migrations sealed", dir.display(), lock.lines.len());
    }
    Ok(())
}
