//! The lock that a rebase keeps: another branch's.

use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use pgstrata_compiler::file_name::FileName;
use pgstrata_compiler::lockfile::LockFile;
use pgstrata_compiler::source::{LOCK_FILE, Source, Sources, normalised};

use crate::failure::Failure;
use crate::workspace;

/// Another branch's lock.
pub(crate) struct Base {
    /// The revision or file, as the user named it.
    pub(crate) name: String,
    /// What it says.
    pub(crate) lock: LockFile,
}

impl Base {
    /// The highest version, and its number of digits.
    pub(crate) fn last(&self) -> Option<(u64, usize)> {
        let versions = self
            .lock
            .lines
            .iter()
            .filter_map(|line| version(&line.label));
        versions.max_by_key(|(version, _)| *version)
    }

    /// Whether it has a line for this file, which may change.
    pub(crate) fn records(&self, file: &str) -> bool {
        self.lock.recorded.iter().any(|line| line.file == file)
    }

    /// Whether it has a line for `label`.
    pub(crate) fn holds(&self, label: &str) -> bool {
        self.lock.lines.iter().any(|line| line.label == label)
    }
}

/// The number in front of a label, and its digits.
pub(crate) fn version(label: &str) -> Option<(u64, usize)> {
    let file = format!("{label}.up.sql");
    let name = FileName::parse(&file).ok()?;
    Some((name.version(), name.digits.len()))
}

/// The lock of `dir` as it is in `revision`.
pub(crate) fn from_git(dir: &Path, revision: &str) -> Result<Base, Failure> {
    // An empty one would name git's index, and git would take `-x` for an option.
    if revision.is_empty() || revision.starts_with('-') {
        return Err(Failure::configuration(format!(
            "`{revision}` is no git revision; name a branch, a tag or a commit"
        )));
    }
    // `./` is relative to the folder that git is run in.
    let object = format!("{revision}:./{LOCK_FILE}");
    let output = Command::new("git")
        .arg("-C")
        .arg(dir)
        .args(["show", &object])
        .output();
    let output = output.map_err(|error| {
        let what = match error.kind() {
            ErrorKind::NotFound => "git is not installed, or not on PATH".to_owned(),
            _ => format!("git cannot be run: {error}"),
        };
        Failure::configuration(format!(
            "{what}\n  save the other branch's {LOCK_FILE} and pass it with --base-lock FILE"
        ))
    })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().next().unwrap_or_default();
        return Err(Failure::configuration(format!(
            "git cannot show {LOCK_FILE} of `{revision}`: {}\n  name a branch, tag or commit \
             that has it, or pass a copy of it with --base-lock FILE",
            said.trim_start_matches("fatal: ")
        )));
    }
    let directory = format!("{revision}:{}", dir.display());
    parse(revision, &directory, LOCK_FILE, output.stdout)
}

/// A lock that was saved somewhere.
pub(crate) fn from_file(file: &Path) -> Result<Base, Failure> {
    let bytes = std::fs::read(file).map_err(|error| Failure::file("read", file, &error))?;
    let directory = file
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let name = file
        .file_name()
        .unwrap_or(file.as_os_str())
        .to_string_lossy();
    let directory = directory.unwrap_or(Path::new(".")).to_string_lossy();
    parse(&file.to_string_lossy(), &directory, &name, bytes)
}

fn parse(name: &str, directory: &str, file: &str, bytes: Vec<u8>) -> Result<Base, Failure> {
    let refused = || Failure::check(format!("the lock of {name} is broken; nothing was changed"));
    let Ok(text) = String::from_utf8(bytes) else {
        return Err(refused());
    };
    let text = normalised(text);
    match LockFile::parse(&text) {
        Ok(lock) if lock.lines.iter().all(|line| version(&line.label).is_some()) => Ok(Base {
            name: name.to_owned(),
            lock,
        }),
        Ok(_) => Err(refused()),
        Err(mut found) => {
            for place in found.iter_mut().flat_map(|found| &mut found.labels) {
                file.clone_into(&mut place.file);
            }
            let lock = Some(Source {
                name: file.to_owned(),
                text: Some(text),
            });
            let sources = Sources {
                directory: directory.to_owned(),
                lock,
                ..Sources::default()
            };
            workspace::print(&found, &sources);
            Err(refused())
        }
    }
}
