//! `new`: the next pair of files, or a repeatable script, and its open line in the lock file.

pub(crate) mod template;

use std::path::{Path, PathBuf};

use pgstrata_compiler::diagnostic::{Diagnostic, Severity};
use pgstrata_compiler::file_name::{
    BadName, REPEATABLE_FOLDER, TIMESTAMP_DIGITS, digits_of, repeatable_name, snake_case,
};
use pgstrata_compiler::lockfile::{Line, LockFile};
use pgstrata_compiler::recorded::Recorded;
use pgstrata_compiler::settings::Numbering;
use pgstrata_compiler::source::{LOCK_FILE, SETTINGS_FILE};
use pgstrata_compiler::{Compiled, Depth};

use crate::failure::Failure;
use crate::workspace;
use crate::workspace::next_version;

pub(crate) use template::Template;

/// How wide the first number of a directory is.
const FIRST_WIDTH: usize = 4;

/// What may be asked of it.
#[derive(Debug)]
pub(crate) struct Options {
    /// What the migration does, in a few words.
    pub(crate) name: String,
    /// Number it with the time, YYYYMMDDhhmmss in UTC; else with the next number.
    pub(crate) timestamp: bool,
    /// Write a script that runs again whenever it changes: views, functions.
    pub(crate) repeatable: bool,
    /// Begin with the SQL for it; replace what stands in braces.
    pub(crate) template: Option<Template>,
}

/// Writes the files, or nothing.
pub(crate) fn run(dir: &Path, options: &Options) -> Result<(), Failure> {
    std::fs::create_dir_all(dir).map_err(|error| Failure::file("create", dir, &error))?;
    let compiled = pgstrata_compiler::compile(dir, &dir.to_string_lossy(), Depth::Certain);
    check_own_files_can_be_read(&compiled)?;
    let mut lock = compiled.lock.clone().unwrap_or_else(|| open(&compiled));
    let files = if options.repeatable {
        repeatable(dir, options, &mut lock)?
    } else {
        pair(dir, options, &compiled, &mut lock)?
    };
    let known = compiled
        .sources
        .files
        .first()
        .map(|source| source.name.as_str());
    workspace::create_all(&files)?;
    if let Err(failure) = workspace::write_lock(dir, &lock, known) {
        workspace::remove_all(&files);
        return Err(failure);
    }
    for (path, _) in files {
        println!("{}", path.display());
    }
    Ok(())
}

/// Paths and texts.
type Files = Vec<(PathBuf, String)>;

/// The next migration, with its line in the lock.
fn pair(
    dir: &Path,
    options: &Options,
    compiled: &Compiled,
    lock: &mut LockFile,
) -> Result<Files, Failure> {
    let timestamp = options.timestamp || compiled.settings.numbering == Numbering::Timestamp;
    let label = format!(
        "{}_{}",
        next_version(compiled, timestamp)?,
        snake_case(&options.name)
    );
    let title = options.name.trim().trim_end_matches('.');
    lock.lines.push(Line::open(&label));
    let texts = match options.template.map(Template::sql) {
        Some([up, down]) => [
            up_header(title) + FILL_IN + up,
            down_header(title) + "\n" + down,
        ],
        None => [
            up_header(title) + UP_ADVICE,
            down_header(title) + DOWN_ADVICE,
        ],
    };
    let paths = ["up", "down"].map(|word| dir.join(format!("{label}.{word}.sql")));
    Ok(paths.into_iter().zip(texts).collect())
}

/// A script of the folder beside the migrations, with its line in the lock.
fn repeatable(dir: &Path, options: &Options, lock: &mut LockFile) -> Result<Files, Failure> {
    let file = format!("{REPEATABLE_FOLDER}/{}.sql", snake_case(&options.name));
    if let Err(BadName { message, help }) = repeatable_name(&file) {
        return Err(Failure::configuration(format!(
            "{message}\n  {help}, for example"
        )));
    }
    let folder = dir.join(REPEATABLE_FOLDER);
    std::fs::create_dir_all(&folder).map_err(|error| Failure::file("create", &folder, &error))?;
    if lock.recorded.iter().all(|line| line.file != file) {
        lock.recorded.push(Recorded::open(&file));
    }
    let text = up_header(options.name.trim().trim_end_matches('.')) + REPEATABLE_ADVICE;
    Ok(vec![(dir.join(file), text)])
}

/// The settings say how to number, and the lock is written to.
fn check_own_files_can_be_read(compiled: &Compiled) -> Result<(), Failure> {
    let is_about = |name: &str, found: &Diagnostic| {
        found.severity == Severity::Error && found.labels.iter().any(|label| label.file == name)
    };
    let print = |name: &str| {
        let found = compiled.diagnostics.iter();
        workspace::print(
            found.filter(|found| is_about(name, found)),
            &compiled.sources,
        );
    };
    if compiled
        .diagnostics
        .iter()
        .any(|found| is_about(SETTINGS_FILE, found))
    {
        print(SETTINGS_FILE);
        return Err(Failure::check(format!(
            "{SETTINGS_FILE} must be mended first; nothing was written"
        )));
    }
    if compiled.sources.lock.is_some() && compiled.lock.is_none() {
        print(LOCK_FILE);
        return Err(Failure::check(
            "the lock file must be mended first; nothing was written",
        ));
    }
    Ok(())
}

/// The one behind the last; the first of a directory is 1 or the time.
fn next_version(compiled: &Compiled, timestamp: bool) -> Result<String, Failure> {
    let last = compiled
        .labels
        .last()
        .map(|(version, label)| (*version, digits_of(label).len()));
    match last {
        Some((_, width)) if timestamp && width != TIMESTAMP_DIGITS => Err(Failure::configuration(
            "the migrations of this directory are numbered; one scheme a directory",
        )),
        Some((last, width)) => next_version::following(last, width),
        None if timestamp => next_version::following(0, TIMESTAMP_DIGITS),
        None => next_version::following(0, FIRST_WIDTH),
    }
}

/// A lock in which nothing is sealed.
fn open(compiled: &Compiled) -> LockFile {
    let may_change = compiled
        .sources
        .repeatables
        .iter()
        .chain(&compiled.sources.settings);
    LockFile {
        lines: compiled
            .labels
            .iter()
            .map(|(_, label)| Line::open(label))
            .collect(),
        recorded: may_change
            .map(|source| Recorded::open(&source.name))
            .collect(),
    }
}

fn up_header(title: &str) -> String {
    format!("-- {title}.\n-- Depends on: nothing.\n--\n")
}

fn down_header(title: &str) -> String {
    format!("-- Takes back: {title}.\n--\n")
}

const FILL_IN: &str = "-- Replace what stands in braces.\n\n";

const UP_ADVICE: &str = "\
-- Write the SQL below; the whole file runs in one transaction. For statements that
-- cannot, such as CREATE INDEX CONCURRENTLY, make a file of their own that begins with
-- the directive `no-transaction`.

";

const DOWN_ADVICE: &str = "\
-- Undo the statements of the up file in reverse order. If there is no way back, say so
-- with the directive `irreversible` and a reason instead.

";

const REPEATABLE_ADVICE: &str = "\
-- Write the SQL below. It runs behind all migrations, and again whenever it changes, so it
-- must not mind what is there: CREATE OR REPLACE, or DROP … IF EXISTS before. What must run
-- before it is named with the directive `requires`: other scripts of this folder, or versions.

";
