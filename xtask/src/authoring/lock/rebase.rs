//! `lock --rebase`: another branch's lines first, the local migrations behind them.

use std::path::Path;

use pgstrata_compiler::diagnostic::Diagnostic;
use pgstrata_compiler::file_name::{FileName, TIMESTAMP_DIGITS, digits_of};
use pgstrata_compiler::layout::layout;
use pgstrata_compiler::lockfile::{Line, LockFile, conflict_marker, legible_lines};
use pgstrata_compiler::recorded::Recorded;
use pgstrata_compiler::source::Sources;
use pgstrata_compiler::{Compiled, Depth};

use crate::failure::Failure;
use crate::workspace;
use crate::workspace::atomic_rename::AtomicRename;
use crate::workspace::base::{Base, version};
use crate::workspace::next_version;

/// Findings that leave it open which migrations there are. Numbers used twice, gaps and
/// whatever the SQL says are what a merge looks like in the middle.
const MUST_BE_MENDED: [&str; 9] = [
    "directory",
    "settings",
    "unsupported",
    "unreadable",
    "not-utf8",
    "nul-byte",
    "file-too-large",
    "stray-file",
    "file-name",
];

/// The local migrations in order: label, and new label.
type Renumbered<'a> = Vec<(&'a str, String)>;

/// Keeps every line of `base` and renumbers what is not in it; changes all or nothing.
///
/// It is run before the merge, when the other branch's files are not here yet, or in the
/// middle of it, when they are and one number is used twice.
pub(super) fn run(dir: &Path, base: &Base, quiet: bool) -> Result<(), Failure> {
    let Compiled {
        sources,
        settings,
        diagnostics,
        ..
    } = &pgstrata_compiler::compile(dir, &dir.to_string_lossy(), Depth::Certain);
    let concerns_names = |found: &&Diagnostic| MUST_BE_MENDED.contains(&found.rule);
    let mut found: Vec<Diagnostic> = diagnostics.iter().filter(concerns_names).cloned().collect();
    let layout = layout(sources, settings);
    let here = lines_here(sources).unwrap_or_else(|broken| {
        found.extend(broken);
        Vec::new()
    });
    if !found.is_empty() {
        workspace::print(&found, sources);
        return Err(Failure::check(format!(
            "{} must be mended first; nothing was changed",
            dir.display()
        )));
    }
    let on_disk: Vec<&str> = layout.labels.iter().map(|(_, label)| *label).collect();
    let local: Vec<&str> = on_disk
        .iter()
        .copied()
        .filter(|label| !base.holds(label))
        .collect();
    refuse_sealed(&here, base)?;
    refuse_renamed(&here, &on_disk, &local)?;
    let renumbered = renumber(base.last(), &local)?;

    let mut lock = base.lock.clone();
    lock.lines
        .extend(renumbered.iter().map(|(_, label)| Line::open(label)));
    let may_change = sources.repeatables.iter().chain(&sources.settings);
    let new = may_change.filter(|source| !base.records(&source.name));
    lock.recorded
        .extend(new.map(|source| Recorded::open(&source.name)));
    let renames = AtomicRename::perform(dir, file_names(sources, &renumbered))?;
    let known = sources.files.first().map(|source| source.name.as_str());
    let known = known.filter(|name| dir.join(name).exists());
    if let Err(failure) = workspace::write_lock(dir, &lock, known) {
        return Err(renames.undo(failure));
    }
    tell_stale_requirements(dir, &renumbered);
    if !quiet {
        tell(dir, base, &renumbered, &on_disk);
    }
    Ok(())
}

/// The lines of the lock here. While a merge is not finished they are two branches' lines
/// at once; then only what they say of single migrations counts.
fn lines_here(sources: &Sources) -> Result<Vec<Line>, Vec<Diagnostic>> {
    match sources.lock.as_ref().and_then(|lock| lock.text.as_deref()) {
        None => Ok(Vec::new()),
        Some(text) if conflict_marker(text).is_some() => Ok(legible_lines(text)),
        Some(text) => LockFile::parse(text).map(|lock| lock.lines),
    }
}

/// A database may have run what is sealed, under the number that it has.
fn refuse_sealed(here: &[Line], base: &Base) -> Result<(), Failure> {
    let sealed = here
        .iter()
        .filter(|line| line.seal.is_some() && !base.holds(&line.label));
    let labels: Vec<&str> = sealed.map(|line| line.label.as_str()).collect();
    if labels.is_empty() {
        return Ok(());
    }
    Err(Failure::check(format!(
        "sealed here and not in {}: {}\n  a database may have run them under these numbers, so \
         they are not renumbered; nothing was changed\n  if they were never released, restore \
         the lock from before they were sealed, or write `open` in place of their hashes, and \
         try again",
        base.name,
        labels.join(", ")
    )))
}

/// A sealed migration under another name would be taken for a new one.
fn refuse_renamed(here: &[Line], on_disk: &[&str], local: &[&str]) -> Result<(), Failure> {
    let is_new = |label: &&&str| here.iter().all(|line| line.label != **label);
    for label in local.iter().filter(is_new) {
        let old = here.iter().filter(|line| line.seal.is_some()).find(|line| {
            version(&line.label) == version(label) && !on_disk.contains(&line.label.as_str())
        });
        if let Some(old) = old {
            return Err(Failure::check(format!(
                "`{0}` is sealed, and was renamed to `{label}`; nothing was changed\n  \
                 give its files their old name, {0}, and try again",
                old.label
            )));
        }
    }
    Ok(())
}

/// The labels of `local`, in order, with their new ones.
fn renumber<'a>(last: Option<(u64, usize)>, local: &[&'a str]) -> Result<Renumbered<'a>, Failure> {
    let first = local.iter().find_map(|label| version(label));
    let (mut last, width) = last
        .or(first.map(|(_, width)| (0, width)))
        .unwrap_or_default();
    let mut renumbered = Vec::with_capacity(local.len());
    for label in local {
        let now = version(label).unwrap_or_default();
        let digits = if now.1 == TIMESTAMP_DIGITS && width == TIMESTAMP_DIGITS && now.0 > last {
            last = now.0;
            format!("{:0width$}", now.0)
        } else {
            let digits = next_version::following(last, width)?;
            last = digits.parse().unwrap_or(last + 1);
            digits
        };
        renumbered.push((*label, format!("{digits}{}", &label[now.1..])));
    }
    Ok(renumbered)
}

/// Every file of a label that changes: its name, and its new one.
fn file_names(sources: &Sources, renumbered: &[(&str, String)]) -> Vec<(String, String)> {
    let names = sources.files.iter().filter_map(|source| {
        let label = FileName::parse(&source.name).ok()?.label;
        let (_, new) = renumbered
            .iter()
            .find(|(old, new)| *old == label && new != label)?;
        Some((
            source.name.clone(),
            format!("{new}{}", &source.name[label.len()..]),
        ))
    });
    names.collect()
}

/// Names requirements in the renumbered files that mean a number from before. Whoever wrote
/// them meant the migration that had it, and another one may have it now.
fn tell_stale_requirements(dir: &Path, renumbered: &[(&str, String)]) {
    let compiled = pgstrata_compiler::compile(dir, &dir.to_string_lossy(), Depth::Certain);
    let is_local = |label: &String| renumbered.iter().any(|(_, new)| new == label);
    let local = compiled
        .migrations
        .iter()
        .filter(|migration| is_local(&migration.label));
    let repeatables = compiled
        .repeatables
        .iter()
        .map(|repeatable| &repeatable.script);
    let mut found = Vec::new();
    for script in local.map(|migration| &migration.up).chain(repeatables) {
        for &(required, span) in &script.requires {
            let moved = renumbered.iter().find(|(old, new)| {
                *old != new.as_str() && version(old).is_some_and(|(number, _)| number == required)
            });
            if let Some((old, new)) = moved {
                let message = format!("version {required} is required, but `{old}` is `{new}` now");
                let finding = Diagnostic::warning("requires", message).at(&script.file, span);
                let digits = digits_of(new);
                let finding = finding.help(format!("if that one is meant, write {digits}"));
                found.push(finding);
            }
        }
    }
    workspace::print(&found, &compiled.sources);
}

fn tell(dir: &Path, base: &Base, renumbered: &[(&str, String)], on_disk: &[&str]) {
    for (old, new) in renumbered.iter().filter(|(old, new)| *old != new.as_str()) {
        println!("{old} is {new} now");
    }
    let kept = &base.lock.lines;
    println!(
        "{}: {} lines of {} kept, {} open behind them",
        dir.display(),
        kept.len(),
        base.name,
        renumbered.len()
    );
    let labels = kept.iter().map(|line| line.label.as_str());
    let absent: Vec<&str> = labels.filter(|label| !on_disk.contains(label)).collect();
    if !absent.is_empty() {
        println!(
            "not here before {} is merged: {}",
            base.name,
            absent.join(", ")
        );
    }
}
