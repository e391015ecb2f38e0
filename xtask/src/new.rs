//! `new`: the next pair of files, and its open line in the lock file.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use pgstrata_compiler::Compiled;
use pgstrata_compiler::diagnostic::Severity;
use pgstrata_compiler::file_name::{TIMESTAMP_DIGITS, snake_case};
use pgstrata_compiler::lockfile::{Line, Lock};

use crate::failure::Failure;
use crate::flags::New;
use crate::{numbering, workspace};

/// How wide the first number of a directory is.
const FIRST_WIDTH: usize = 4;

/// Writes the files, or nothing.
pub(crate) fn run(dir: &Path, flags: &New) -> Result<(), Failure> {
    std::fs::create_dir_all(dir).map_err(|error| Failure::file("create", dir, &error))?;
    let compiled = pgstrata_compiler::compile(dir, &dir.to_string_lossy());
    check_lock_can_be_written(&compiled)?;
    let label =
        format!("{}_{}", next_version(&compiled, flags.timestamp)?, snake_case(&flags.name));
    let title = flags.name.trim().trim_end_matches('.');
    let files = [
        (dir.join(format!("{label}.up.sql")), up_template(title)),
        (dir.join(format!("{label}.down.sql")), down_template(title)),
    ];
    let mut written: Vec<PathBuf> = Vec::new();
    let result = files
        .iter()
        .try_for_each(|(path, text)| create(path, text).map(|()| written.push(path.clone())))
        .and_then(|()| append_to_lock(dir, &compiled, &label));
    if let Err(failure) = result {
        for path in written {
            let _ = std::fs::remove_file(path);
        }
        return Err(failure);
    }
    for (path, _) in files {
        println!("{}", path.display());
    }
    Ok(())
}

fn check_lock_can_be_written(compiled: &Compiled) -> Result<(), Failure> {
    let broken = compiled.sources.lock.is_some() && compiled.lock.is_none();
    if !broken {
        return Ok(());
    }
    let found = compiled.rendered().into_iter().zip(&compiled.diagnostics);
    let about_lock =
        found.filter(|(_, found)| found.rule == "lock" && found.severity == Severity::Error);
    workspace::print_findings(&about_lock.map(|(text, _)| text).collect::<Vec<_>>());
    Err(Failure::check("the lock file must be mended first; nothing was written"))
}

/// The one behind the last; the first of a directory is 1 or the time.
fn next_version(compiled: &Compiled, timestamp: bool) -> Result<String, Failure> {
    let last = compiled
        .labels
        .last()
        .map(|(version, label)| (*version, label.split('_').next().unwrap_or_default().len()));
    match last {
        Some((_, width)) if timestamp && width != TIMESTAMP_DIGITS => Err(Failure::configuration(
            "the migrations of this directory are numbered; one scheme a directory",
        )),
        Some((last, width)) => numbering::following(last, width),
        None if timestamp => numbering::following(0, TIMESTAMP_DIGITS),
        None => numbering::following(0, FIRST_WIDTH),
    }
}

/// Never writes over a file.
fn create(path: &Path, text: &str) -> Result<(), Failure> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| Failure::file("write", path, &error))
}

fn append_to_lock(dir: &Path, compiled: &Compiled, label: &str) -> Result<(), Failure> {
    let mut lock = compiled.lock.clone().unwrap_or_else(|| Lock {
        lines: compiled.labels.iter().map(|(_, label)| Line::open(label)).collect(),
    });
    lock.lines.push(Line::open(label));
    let known = compiled.sources.files.first().map(|source| source.name.as_str());
    workspace::write_lock(dir, &lock, known)
}

fn up_template(title: &str) -> String {
    format!(
        "-- {title}.\n\
         -- Depends on: nothing.\n\
         --\n\
         -- Write the SQL below; the whole file runs in one transaction. For statements that\n\
         -- cannot, such as CREATE INDEX CONCURRENTLY, make a file of their own that begins with\n\
         -- the directive `no-transaction`.\n\n"
    )
}

fn down_template(title: &str) -> String {
    format!(
        "-- Takes back: {title}.\n\
         --\n\
         -- Undo the statements of the up file in reverse order. If there is no way back, say so\n\
         -- with the directive `irreversible` and a reason instead.\n\n"
    )
}
