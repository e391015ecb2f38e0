//! `lock --amend`: seals anew what was sealed, but never released.

use std::path::Path;

use pgstrata_compiler::diagnostic::{Diagnostic, Severity};
use pgstrata_compiler::lockfile::{Line, LockFile};
use pgstrata_compiler::migration::Migration;
use pgstrata_compiler::source::LOCK_FILE;
use pgstrata_compiler::{Compiled, Depth};

use super::CURED_BY_SEALING;
use crate::failure::Failure;
use crate::workspace;

/// Rewrites the lines of these versions and every chain hash behind them; refuses while
/// any other sealed line does not fit its files.
pub(super) fn run(dir: &Path, versions: &[u64], quiet: bool) -> Result<(), Failure> {
    let mut compiled = pgstrata_compiler::compile(dir, &dir.to_string_lossy(), Depth::Certain);
    // New files and open lines stay as they are: sealing waits for this, not this for it.
    let amended = labels(&compiled, versions);
    compiled.diagnostics.retain(|found| {
        !CURED_BY_SEALING.contains(&found.rule)
            && !amended.iter().any(|label| is_edit(found, label))
    });
    workspace::print(&compiled.diagnostics, &compiled.sources);
    if compiled
        .diagnostics
        .iter()
        .any(|found| found.severity == Severity::Error)
    {
        return Err(workspace::refusal(&compiled));
    }
    let Some(mut lock) = compiled.lock.clone() else {
        return Err(Failure::check(format!(
            "there is no {LOCK_FILE}, so nothing is sealed"
        )));
    };
    let mut said = Vec::new();
    for &version in versions {
        said.push(amend(&mut lock, &compiled.migrations, version)?);
    }
    if Some(&lock) != compiled.lock.as_ref() {
        workspace::write_lock(dir, &lock, None)?;
    }
    // Databases know nothing of verify scripts.
    let runs = |lock: &LockFile| -> Vec<_> {
        let seals = lock.lines.iter().filter_map(|line| line.seal.clone());
        seals.map(|seal| (seal.up, seal.down)).collect()
    };
    if compiled.lock.as_ref().map(runs) != Some(runs(&lock)) {
        said.push(
            "a database that ran the old text will refuse the new one: roll it back there first, \
             or restore the files"
                .to_owned(),
        );
    }
    if !quiet {
        println!("{}", said.join("\n"));
    }
    Ok(())
}

fn labels(compiled: &Compiled, versions: &[u64]) -> Vec<String> {
    let named = compiled
        .labels
        .iter()
        .filter(|(version, _)| versions.contains(version));
    named.map(|(_, label)| label.clone()).collect()
}

/// Whether the finding says that a file of `label` was changed after it was sealed.
fn is_edit(found: &Diagnostic, label: &str) -> bool {
    let mut files = found
        .labels
        .iter()
        .map(|place| place.file.split('.').next());
    found.rule == "sealed" && files.any(|file| file == Some(label))
}

/// Replaces the one line; what was done, in a sentence.
fn amend(lock: &mut LockFile, migrations: &[Migration], version: u64) -> Result<String, Failure> {
    let Some(migration) = migrations
        .iter()
        .find(|migration| migration.version == version)
    else {
        return Err(Failure::configuration(format!(
            "there is no migration with version {version}"
        )));
    };
    let label = &migration.label;
    let behind = lock
        .lines
        .iter()
        .rev()
        .take_while(|line| line.label != *label);
    let sealed_behind = behind.filter(|line| line.seal.is_some()).count();
    let line = lock.lines.iter_mut().find(|line| line.label == *label);
    let Some(line) = line.filter(|line| line.seal.is_some()) else {
        return Err(Failure::check(format!(
            "`{label}` is not sealed; its files may change until `cargo pgstrata lock` seals them"
        )));
    };
    let sealed = Line {
        span: line.span,
        ..Line::sealed(migration)
    };
    if *line == sealed {
        return Ok(format!(
            "{label} is sealed as its files are; its line stays"
        ));
    }
    *line = sealed;
    Ok(format!(
        "amended {label}: its line, and the chain hashes of {sealed_behind} sealed behind it"
    ))
}
