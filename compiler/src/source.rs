//! Reads one migrations directory: the only place in the compiler that touches the disk.

mod encoding;

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;
use crate::file_name::REPEATABLE_FOLDER;
use crate::span::Span;
use encoding::{encoded_otherwise, not_utf8, other_encoding};

/// Larger files are refused: every byte ends up in the user's binary, and a migration
/// of this size is a data load, which belongs elsewhere.
pub const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;

/// The name of the integrity file.
pub const LOCK_FILE: &str = "migrations.lock";

/// The name of the settings file.
pub const SETTINGS_FILE: &str = "pgstrata.toml";

/// The schema that the migrations make, as `fingerprint --write` leaves it.
pub const SNAPSHOT_FILE: &str = "schema.snapshot.json";

/// The folder of SQL tests.
const TESTS_FOLDER: &str = "tests";

/// The files of a migrations directory, as text.
#[derive(Debug, Default)]
pub struct Sources {
    /// Where the directory lies on this machine.
    pub root: PathBuf,
    /// The directory as the user wrote it; messages show files under it.
    pub directory: String,
    /// Everything in the directory that is not plainly somebody else's, by name.
    pub files: Vec<Source>,
    /// The same of the folder `repeatable`, each named with the folder in front.
    pub repeatables: Vec<Source>,
    /// The files of the folder `tests`, where they were asked for, named with the folder in front.
    pub tests: Vec<Source>,
    /// The integrity file, where there is one.
    pub lock: Option<Source>,
    /// The settings file, where there is one.
    pub settings: Option<Source>,
}

/// One file of the directory.
#[derive(Debug)]
pub struct Source {
    /// Its name in the directory.
    pub name: String,
    /// UTF-8, without byte order mark, with LF line ends; `None` where it could not
    /// be read as such, which has been reported.
    pub text: Option<String>,
}

impl Sources {
    /// The text of any file, for showing a part of it.
    pub fn text(&self, name: &str) -> Option<&str> {
        // A directory is read in the order of its names, and may have many.
        let found = self
            .files
            .binary_search_by(|source| source.name.as_str().cmp(name));
        let source = match found {
            Ok(index) => &self.files[index],
            Err(_) => self.all().find(|source| source.name == name)?,
        };
        source.text.as_deref()
    }

    /// Every file, what was written for people to read left out.
    pub fn all(&self) -> impl Iterator<Item = &Source> {
        self.files
            .iter()
            .chain(&self.repeatables)
            .chain(&self.tests)
            .chain(&self.lock)
            .chain(&self.settings)
    }

    /// A file's path as messages show it.
    pub fn shown_path(&self, name: &str) -> String {
        if name.is_empty() {
            self.directory.clone()
        } else {
            format!("{}/{name}", self.directory.trim_end_matches('/'))
        }
    }
}

/// Finds the directory `root`, which messages call `directory`, and reads its settings
/// file: that one says how to read the others.
pub fn open(root: &Path, directory: &str) -> (Sources, Vec<Diagnostic>) {
    let mut sources = Sources {
        root: root.to_owned(),
        directory: directory.to_owned(),
        ..Sources::default()
    };
    let mut diagnostics = Vec::new();
    if let Err(diagnostic) = directory_can_be_read(root, directory) {
        return (sources, vec![diagnostic]);
    }
    let settings = walkdir::WalkDir::new(root.join(SETTINGS_FILE))
        .max_depth(0)
        .follow_links(true);
    for entry in settings {
        match entry {
            Ok(entry) => {
                read_entry(
                    &mut sources,
                    &mut diagnostics,
                    SETTINGS_FILE.to_owned(),
                    &entry,
                );
            }
            // There is none; a link that leads nowhere is found below.
            Err(error) if is_missing(&error) => {}
            Err(error) => diagnostics.push(unreadable(&error, root)),
        }
    }
    (sources, diagnostics)
}

fn is_missing(error: &walkdir::Error) -> bool {
    error
        .io_error()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}

/// Reads the other files of a directory that was opened, but for those that are ignored.
pub fn read(sources: &mut Sources, is_ignored: impl Fn(&str) -> bool) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    read_folder(sources, &mut diagnostics, "", &is_ignored);
    diagnostics
}

/// Reads the files of SQL in the folder of tests, where there is one.
#[cfg(feature = "full")]
pub(crate) fn read_tests(sources: &mut Sources) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let entries = walkdir::WalkDir::new(sources.root.join(TESTS_FOLDER))
        .min_depth(1)
        .max_depth(1)
        .follow_links(true)
        .sort_by_file_name();
    for entry in entries {
        match entry {
            Ok(entry) => {
                let name = entry.file_name().to_string_lossy();
                if !entry.file_type().is_file() || !name.ends_with(".sql") {
                    continue;
                }
                let name = format!("{TESTS_FOLDER}/{name}");
                let text = read_text(entry.path(), &name);
                let text = text.map_err(|refused| diagnostics.push(refused)).ok();
                sources.tests.push(Source { name, text });
            }
            Err(error) if is_missing(&error) => {}
            Err(error) => diagnostics.push(unreadable(&error, &sources.root)),
        }
    }
    diagnostics
}

/// The files of one folder, which is named with a slash behind it.
fn read_folder(
    sources: &mut Sources,
    diagnostics: &mut Vec<Diagnostic>,
    folder: &str,
    is_ignored: &dyn Fn(&str) -> bool,
) {
    let entries = walkdir::WalkDir::new(sources.root.join(folder))
        .min_depth(1)
        .max_depth(1)
        .follow_links(true)
        .sort_by_file_name();
    for entry in entries {
        let name = match &entry {
            Ok(entry) => Some(entry.file_name()),
            Err(error) => error.path().and_then(Path::file_name),
        };
        let name = name.unwrap_or_default().to_string_lossy();
        if belongs_to_somebody_else(folder, &name) {
            continue;
        }
        let name = format!("{folder}{name}");
        match entry {
            // It has been read before.
            Ok(_) if name == SETTINGS_FILE => {}
            Ok(entry) if name == REPEATABLE_FOLDER && entry.file_type().is_dir() => {
                read_folder(sources, diagnostics, &format!("{name}/"), is_ignored);
            }
            _ if name != LOCK_FILE && is_ignored(&name) => {}
            Ok(entry) => read_entry(sources, diagnostics, name, &entry),
            Err(error) => diagnostics.push(unreadable(&error, &sources.root)),
        }
    }
}

fn directory_can_be_read(root: &Path, directory: &str) -> Result<(), Diagnostic> {
    let refused = |what: &str, help: &str| {
        Err(
            Diagnostic::error("directory", format!("the migrations directory {what}"))
                .in_file("")
                .help(help.replace("{directory}", directory)),
        )
    };
    match std::fs::metadata(root) {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(_) => refused(
            "is not a directory",
            "name the folder that holds the .sql files",
        ),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => refused(
            "does not exist",
            "create its first migration with `cargo pgstrata new NAME --dir {directory}`",
        ),
        Err(error) => refused(
            &format!("cannot be read: {error}"),
            "check its path and permissions",
        ),
    }
}

/// `README*` and dotfiles may stand beside migrations; so may the folder of SQL tests,
/// which `check` and `rehearse` read, and the snapshot of the schema, which `drift` reads.
fn belongs_to_somebody_else(folder: &str, name: &str) -> bool {
    let is_known = folder.is_empty() && (name == TESTS_FOLDER || name == SNAPSHOT_FILE);
    name.starts_with('.') || name.starts_with("README") || is_known
}

fn read_entry(
    sources: &mut Sources,
    diagnostics: &mut Vec<Diagnostic>,
    name: String,
    entry: &walkdir::DirEntry,
) {
    if !entry.file_type().is_file() {
        let kind = if entry.file_type().is_dir() {
            "a directory"
        } else {
            "not a plain file"
        };
        diagnostics.push(
            Diagnostic::error("stray-file", format!("`{name}` is {kind}"))
                .in_file(&name)
                .why("nothing in a migrations directory is silently ignored")
                .help("a migration is a pair of plain .sql files; move this elsewhere"),
        );
        return;
    }
    let text = read_text(entry.path(), &name);
    let text = text.map_err(|diagnostic| diagnostics.push(diagnostic)).ok();
    let source = Source { name, text };
    match &*source.name {
        LOCK_FILE => sources.lock = Some(source),
        SETTINGS_FILE => sources.settings = Some(source),
        name if name.contains('/') => sources.repeatables.push(source),
        _ => sources.files.push(source),
    }
}

fn read_text(path: &Path, name: &str) -> Result<String, Diagnostic> {
    let unreadable = |error| {
        Diagnostic::error("unreadable", format!("cannot read `{name}`: {error}"))
            .in_file(name)
            .help("check its permissions, and the target of a link")
    };
    let file = File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    if length > MAX_FILE_BYTES {
        let message = format!(
            "`{name}` has {} MiB; a migration may have {} MiB at most",
            length / 1024 / 1024,
            MAX_FILE_BYTES / 1024 / 1024
        );
        return Err(Diagnostic::error("file-too-large", message)
            .in_file(name)
            .why("every byte of it would be embedded in the program")
            .help("load bulk data with `COPY` from outside the migrations, or split the file"));
    }
    // With a limit, the standard library does not ask for the length again.
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default() + 1);
    file.take(MAX_FILE_BYTES)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if let Some(encoding) = other_encoding(&bytes) {
        return Err(encoded_otherwise(name, encoding));
    }
    let text = String::from_utf8(bytes).map_err(|error| not_utf8(name, &error))?;
    let text = normalised(text);
    match text.find('\0') {
        None => Ok(text),
        Some(offset) => {
            let line = crate::span::position(&text, offset).line;
            Err(Diagnostic::error(
                "nul-byte",
                format!("`{name}` holds a NUL byte in line {line}"),
            )
            .in_file(name)
            .why("PostgreSQL would read the text only up to there")
            .help("remove it; a text column cannot hold one either"))
        }
    }
}

/// Drops a byte order mark and turns CRLF into LF, so that a checkout on another system
/// is the same migration.
pub fn normalised(text: String) -> String {
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    };
    // A search for one letter is much the faster one, and macros run unoptimised.
    if text.contains('\r') {
        text.replace("\r\n", "\n")
    } else {
        text
    }
}

fn unreadable(error: &walkdir::Error, root: &Path) -> Diagnostic {
    let name = error.path().and_then(|path| path.strip_prefix(root).ok());
    let name = name
        .map(|path| path.to_string_lossy().into_owned())
        .unwrap_or_default();
    let cause = match (error.loop_ancestor(), error.io_error()) {
        (Some(_), _) => "a symbolic link leads back to a folder above it".to_owned(),
        (None, Some(error)) => error.to_string(),
        (None, None) => error.to_string(),
    };
    Diagnostic::error("unreadable", format!("cannot read `{name}`: {cause}"))
        .in_file(&name)
        .help("check its permissions, and the target of a link")
}

/// The first line of a text, as a range.
pub(crate) fn first_line(text: &str) -> Span {
    Span::new(0, text.find('\n').unwrap_or(text.len()))
}
