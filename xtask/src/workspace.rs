//! The migrations directory, read and checked, as every command needs it.

pub(crate) mod base;
pub(crate) mod embed;
mod embedded;
mod findings;
pub(crate) mod next_version;
mod reading;
pub(crate) mod atomic_rename;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use pgstrata::Migrations;
use pgstrata_compiler::lockfile::LockFile;
use pgstrata_compiler::source::LOCK_FILE;
use pgstrata_compiler::{Compiled, Depth, compile};

use crate::context::Context;
use crate::failure::Failure;
pub(crate) use findings::{by_rule, print, refusal, severity};
pub(crate) use reading::{Use, reading};

/// Compiles the directory; prints what was found, and refuses it if it must not run.
pub(crate) fn checked(dir: &Path, depth: Depth) -> Result<Compiled, Failure> {
    let compiled = compile(dir, &dir.to_string_lossy(), depth);
    print(&compiled.diagnostics, &compiled.sources);
    if compiled.is_refused() {
        return Err(refusal(&compiled));
    }
    Ok(compiled)
}

/// Lends what the command is about: the list that the program embeds, or else the directory.
pub(crate) fn with_migrations<T>(
    context: &Context,
    task: impl FnOnce(&Compiled, &Migrations<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    match context.project.embedded {
        Some(migrations) => task(&embedded::compiled(migrations), migrations),
        None => {
            let compiled = checked(&context.project.dir, Depth::Certain)?;
            embed::with_migrations(&compiled, |migrations| task(&compiled, migrations))
        }
    }
}

/// Writes the lock file as a whole or not at all.
///
/// A crate that embeds the directory is rebuilt when a file changes that it knows. It
/// cannot know a lock file that did not exist, so then one that it knows is touched.
pub(crate) fn write_lock(dir: &Path, lock: &LockFile, known: Option<&str>) -> Result<(), Failure> {
    let path = dir.join(LOCK_FILE);
    let is_new = !path.exists();
    write_whole(&path, &lock.write())?;
    match known {
        Some(name) if is_new => touch(&dir.join(name)),
        _ => Ok(()),
    }
}

/// Writes a file as a whole or not at all.
pub(crate) fn write_whole(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let written =
        tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).and_then(|mut file| {
            std::io::Write::write_all(&mut file, text.as_bytes())?;
            make_readable(file.path())?;
            file.persist(path).map_err(|error| error.error)
        });
    written
        .map(drop)
        .map_err(|error| Failure::file("write", path, &error))
}

/// Writes new files, all or none, and over no other.
pub(crate) fn create_all(files: &[(PathBuf, String)]) -> Result<(), Failure> {
    for (index, (path, text)) in files.iter().enumerate() {
        let file = OpenOptions::new().write(true).create_new(true).open(path);
        if let Err(error) = file.and_then(|mut file| file.write_all(text.as_bytes())) {
            let is_ours = error.kind() != std::io::ErrorKind::AlreadyExists;
            remove_all(&files[..index + usize::from(is_ours)]);
            return Err(Failure::file("write", path, &error));
        }
    }
    Ok(())
}

/// Takes back what was just written; what fails here is secondary.
pub(crate) fn remove_all(files: &[(PathBuf, String)]) {
    for (path, _) in files {
        let _ = std::fs::remove_file(path);
    }
}

/// Temporary files are private; the lock file is as readable as the files beside it.
fn make_readable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644))
}

fn touch(path: &PathBuf) -> Result<(), Failure> {
    let touched = std::fs::File::options()
        .append(true)
        .open(path)
        .and_then(|file| file.set_modified(std::time::SystemTime::now()));
    touched.map_err(|error| Failure::file("touch", path, &error))
}
