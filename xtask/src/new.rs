//! `new`: the next pair of files, and its open line in the lock file.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use pgstrata_compiler::diagnostic::{Diagnostic, Severity};
use pgstrata_compiler::file_name::{TIMESTAMP_DIGITS, digits_of, snake_case};
use pgstrata_compiler::lockfile::{Line, Lock};
use pgstrata_compiler::recorded::Recorded;
use pgstrata_compiler::settings::Numbering;
use pgstrata_compiler::source::{LOCK_FILE, SETTINGS_FILE, Sources};
use pgstrata_compiler::{Compiled, Depth};

use crate::failure::Failure;
use crate::flags::New;
use crate::{numbering, workspace};

/// How wide the first number of a directory is.
const FIRST_WIDTH: usize = 4;

/// Writes the files, or nothing.
pub(crate) fn run(dir: &Path, flags: &New) -> Result<(), Failure> {
    std::fs::create_dir_all(dir).map_err(|error| Failure::file("create", dir, &error))?;
    let compiled = pgstrata_compiler::compile(dir, &dir.to_string_lossy(), Depth::Certain);
    check_own_files_can_be_read(&compiled)?;
    let timestamp = flags.timestamp || compiled.settings.numbering == Numbering::Timestamp;
    let label = format!("{}_{}", next_version(&compiled, timestamp)?, snake_case(&flags.name));
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

/// The settings say how to number, and the lock is written to.
fn check_own_files_can_be_read(compiled: &Compiled) -> Result<(), Failure> {
    let is_about = |name: &str, found: &Diagnostic| {
        found.severity == Severity::Error && found.labels.iter().any(|label| label.file == name)
    };
    let print = |name: &str| {
        let found = compiled.rendered().into_iter().zip(&compiled.diagnostics);
        let about = found.filter(|(_, found)| is_about(name, found));
        workspace::print_findings(&about.map(|(text, _)| text).collect::<Vec<_>>());
    };
    if compiled.diagnostics.iter().any(|found| is_about(SETTINGS_FILE, found)) {
        print(SETTINGS_FILE);
        return Err(Failure::check(format!(
            "{SETTINGS_FILE} must be mended first; nothing was written"
        )));
    }
    if compiled.sources.lock.is_some() && compiled.lock.is_none() {
        print(LOCK_FILE);
        return Err(Failure::check("the lock file must be mended first; nothing was written"));
    }
    Ok(())
}

/// The one behind the last; the first of a directory is 1 or the time.
fn next_version(compiled: &Compiled, timestamp: bool) -> Result<String, Failure> {
    let last = compiled.labels.last().map(|(version, label)| (*version, digits_of(label).len()));
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

/// Lines for what may change and has none yet.
fn open(sources: &Sources) -> Vec<Recorded> {
    let named = sources.repeatables.iter().chain(&sources.settings);
    named.map(|source| Recorded::open(&source.name)).collect()
}

fn append_to_lock(dir: &Path, compiled: &Compiled, label: &str) -> Result<(), Failure> {
    let mut lock = compiled.lock.clone().unwrap_or_else(|| Lock {
        lines: compiled.labels.iter().map(|(_, label)| Line::open(label)).collect(),
        recorded: open(&compiled.sources),
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
