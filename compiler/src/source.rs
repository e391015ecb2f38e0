//! Reads one migrations directory: the only place in the compiler that touches the disk.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, ITS_FILE};
use crate::file_name::REPEATABLE_FOLDER;
use crate::span::Span;

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
/// which is read when it is run, and the snapshot of the schema, which `drift` reads.
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

/// What another encoding is called by `iconv`, where the bytes can be nothing else.
///
/// A byte order mark says it, which `iconv` takes away; without one, every text of SQL is mostly ASCII,
/// so that every second byte is zero, or three of four.
fn other_encoding(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => return Some("UTF-32"),
        // What PowerShell 5 writes with `>`.
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Some("UTF-16"),
        _ => {}
    }
    // How many of the units have a zero in this place.
    let zeros = |unit: usize, place: usize| {
        let places = bytes.chunks_exact(unit).filter(|it| it[place] == 0).count();
        (places, bytes.len() / unit)
    };
    let all =
        |unit, place| matches!(zeros(unit, place), (zeros, units) if units > 0 && zeros == units);
    let most = |unit, place| matches!(zeros(unit, place), (zeros, units) if zeros * 2 > units);
    let few = |unit, place| matches!(zeros(unit, place), (zeros, units) if zeros * 10 < units);
    match () {
        () if !bytes.contains(&0) => None,
        () if all(4, 3) && most(4, 2) && few(4, 0) => Some("UTF-32LE"),
        () if all(4, 0) && most(4, 1) && few(4, 3) => Some("UTF-32BE"),
        () if most(2, 1) && few(2, 0) => Some("UTF-16LE"),
        () if most(2, 0) && few(2, 1) => Some("UTF-16BE"),
        () => None,
    }
}

/// The way to UTF-8. What cannot be converted is left as it is.
fn converted(encoding: &str) -> String {
    format!(
        "iconv -f {encoding} -t UTF-8 {ITS_FILE} > converted.sql && mv converted.sql {ITS_FILE}"
    )
}

fn encoded_otherwise(name: &str, encoding: &'static str) -> Diagnostic {
    let family = match encoding {
        "UTF-32" | "UTF-32LE" | "UTF-32BE" => "UTF-32",
        _ => "UTF-16",
    };
    let message = format!("`{name}` is {family}, and migrations are UTF-8");
    Diagnostic::error("not-utf8", message)
        .in_file(name)
        .help(format!("convert it: {}", converted(encoding)))
}

fn not_utf8(name: &str, error: &std::string::FromUtf8Error) -> Diagnostic {
    let bytes = error.as_bytes();
    let valid = error.utf8_error().valid_up_to();
    let line = bytes[..valid].iter().filter(|&&byte| byte == b'\n').count() + 1;
    let message = format!(
        "`{name}` is not UTF-8: byte 0x{:02X} in line {line}",
        bytes[valid]
    );
    // Letters of Latin-1 that happen to be UTF-8 are rare: then most of the file is, and to convert it
    // would spoil that.
    let is_mixed = bytes.utf8_chunks().any(|chunk| !chunk.valid().is_ascii());
    let help = if is_mixed {
        "the rest of the file is UTF-8: write the characters of this line again".to_owned()
    } else {
        format!(
            "convert it, if it was written in Western Europe, else from the encoding of your editor: {}",
            converted(of_western_europe(bytes))
        )
    };
    Diagnostic::error("not-utf8", message)
        .in_file(name)
        .help(help)
}

/// Windows has letters where Latin-1 has control characters, and none in five places.
fn of_western_europe(bytes: &[u8]) -> &'static str {
    let has_none = |byte: &u8| [0x81, 0x8d, 0x8f, 0x90, 0x9d].contains(byte);
    let is_windows = bytes.iter().any(|byte| (0x80..0xa0).contains(byte));
    if is_windows && !bytes.iter().any(has_none) {
        "WINDOWS-1252"
    } else {
        "LATIN1"
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
