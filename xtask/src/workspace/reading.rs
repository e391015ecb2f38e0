//! The directory as commands take it that only read.
//!
//! Whoever asks in an incident how a database stands may stand in any working tree. What is found in it
//! is said, and stops nobody, as long as all that the lock knows can be read: then the answer is right,
//! and of the other files none has been applied from here. What changes a database goes by [`checked`].
//!
//! [`checked`]: super::checked

use std::collections::BTreeSet;
use std::io::Write as _;

use pgstrata::Migrations;
use pgstrata_compiler::diagnostic::{Diagnostic, Severity};
use pgstrata_compiler::file_name::{FileName, Purpose};
use pgstrata_compiler::{Compiled, Depth, compile, compile_without};

use super::findings::{print, print_rendered, refusal, rendered};
use crate::context::Context;
use crate::failure::Failure;
use crate::workspace::embed;
use crate::workspace::embedded;

/// What a command does with the directory.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Use {
    /// It runs none of it on the database.
    Look,
    /// It runs the verify scripts, which hold to the rules.
    Verify,
}

/// Files that no migration comes of, whatever they hold.
const STRAY: [&str; 2] = ["file-name", "stray-file"];

/// Without these nobody can say which files there are.
const FIRST: [&str; 2] = ["directory", "settings"];

/// What compares files with the lock, and says nothing against running them.
const OF_THE_LOCK: [&str; 3] = ["lock", "sealed", "not-in-lock"];

/// Lends what the command is about: the list that the program embeds, or else the directory. The answer
/// comes first, and after it what was found in the files.
pub(crate) fn reading<T>(
    context: &Context,
    use_: Use,
    task: impl FnOnce(&Compiled, &Migrations<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    match context.project.embedded {
        Some(migrations) => task(&embedded::compiled(migrations), migrations),
        None => {
            let (compiled, found) = read(context, use_)?;
            let done = embed::with_migrations(&compiled, |migrations| task(&compiled, migrations));
            let _ = std::io::stdout().flush();
            print_rendered(&found);
            done
        }
    }
}

/// The directory, and what was found as warnings; refuses what no right answer could come of.
fn read(context: &Context, use_: Use) -> Result<(Compiled, Vec<String>), Failure> {
    let (dir, directory) = (&context.project.dir, context.project.dir.to_string_lossy());
    let whole = compile(dir, &directory, Depth::Certain);
    if !whole.is_refused() {
        let found = rendered(&whole.diagnostics, &whole.sources);
        return Ok((whole, found));
    }
    let left_out = left_out(&whole);
    let without = (!left_out.is_empty()).then(|| {
        compile_without(dir, &directory, Depth::Certain, &|name| {
            left_out.contains(name)
        })
    });
    let rest = without.as_ref().unwrap_or(&whole);
    if !is_readable(rest) || use_ == Use::Verify && errors(rest).any(forbids_verifying) {
        print(&whole.diagnostics, &whole.sources);
        return Err(refusal(&whole));
    }
    // Without a file others may be found, as in the lock, and a number may be missing.
    let more = rest.diagnostics.iter();
    let more = more.filter(|it| it.rule != "gap" && !whole.diagnostics.contains(it));
    let found: Vec<Diagnostic> = whole.diagnostics.iter().chain(more).map(warning).collect();
    let mut found = rendered(&found, &whole.sources);
    found.push(note(&directory, &left_out));
    Ok((without.unwrap_or(whole), found))
}

fn note(directory: &str, left_out: &BTreeSet<String>) -> String {
    let names: Vec<String> = left_out.iter().map(|name| format!("`{name}`")).collect();
    let without = match &names[..] {
        [] => String::new(),
        names => format!(", and goes without {}", names.join(", ")),
    };
    format!(
        "note: this command only reads{without}; `cargo pgstrata up` refuses {directory} as it is"
    )
}

fn warning(found: &Diagnostic) -> Diagnostic {
    Diagnostic {
        severity: Severity::Warning,
        ..found.clone()
    }
}

/// Files that cannot be read, or are none of ours, and that the lock does not know. Nothing, where there is
/// no lock that says which are new.
fn left_out(compiled: &Compiled) -> BTreeSet<String> {
    let Some(lock) = &compiled.lock else {
        return BTreeSet::new();
    };
    let read = labels_read(compiled);
    let unread = |label: &str| !read.contains(label);
    let is_new = |label: &str| lock.lines.iter().all(|line| line.label != label);
    let files = compiled.sources.files.iter().map(|source| &source.name);
    let files = files.filter(|name| {
        FileName::parse(name).is_ok_and(|name| unread(name.label) && is_new(name.label))
    });
    let is_new = |file: &&String| lock.recorded.iter().all(|line| line.file != **file);
    let repeatables = unread_repeatables(compiled).filter(is_new);
    let stray = errors(compiled).filter(|found| STRAY.contains(&found.rule));
    let stray = stray.flat_map(|found| found.labels.iter().map(|label| &label.file));
    files.chain(repeatables).chain(stray).cloned().collect()
}

/// Whether every file of a migration is in the list.
fn is_readable(compiled: &Compiled) -> bool {
    let read = labels_read(compiled);
    let all_read = |(_, label): &(u64, String)| read.contains(&**label);
    let has_first = !errors(compiled).any(|found| FIRST.contains(&found.rule));
    has_first
        && compiled.labels.iter().all(all_read)
        && unread_repeatables(compiled).next().is_none()
}

fn labels_read(compiled: &Compiled) -> BTreeSet<&str> {
    compiled.migrations.iter().map(|it| &*it.label).collect()
}

fn unread_repeatables(compiled: &Compiled) -> impl Iterator<Item = &String> {
    let files = compiled.sources.repeatables.iter().map(|it| &it.name);
    files.filter(|name| {
        compiled
            .repeatables
            .iter()
            .all(|it| it.script.file != **name)
    })
}

fn errors(compiled: &Compiled) -> impl Iterator<Item = &Diagnostic> {
    let found = compiled.diagnostics.iter();
    found.filter(|found| found.severity == Severity::Error)
}

/// A rule refuses a verify script for what is in it.
fn forbids_verifying(found: &Diagnostic) -> bool {
    let files = found
        .labels
        .iter()
        .map(|label| FileName::parse(&label.file));
    let mut names = files.filter_map(Result::ok);
    !OF_THE_LOCK.contains(&found.rule) && names.any(|name| name.purpose == Purpose::Verify)
}
