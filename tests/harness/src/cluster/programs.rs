//! Finds server programs: installed ones first.

use std::cmp::Reverse;
use std::env;
use std::fs;
use std::path::{self, Path, PathBuf};
use std::process::{Command, Stdio};

use super::ClusterError;
use super::account::Account;

/// The oldest major that pgstrata supports.
const OLDEST: u32 = 13;

/// Where packages put server programs, as (folder, start of a name in it, rest
/// of the path): Debian; Alpine; openSUSE; RPMs of postgresql.org; a build from
/// source; Homebrew on ARM and on Intel; Postgres.app; the installer of EDB.
const USUAL_FOLDERS: [(&str, &str, &str); 9] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr/libexec", "postgresql", ""),
    ("/usr/lib", "postgresql", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/usr/local", "pgsql", "bin"),
    ("/opt/homebrew/opt", "postgresql", "bin"),
    ("/usr/local/opt", "postgresql", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
    ("/Library/PostgreSQL", "", "bin"),
];

/// A folder with `initdb` and `postgres` that the account can run.
pub(super) struct Programs {
    pub(super) folder: PathBuf,
    pub(super) major: u32,
    /// What to tell the user about where they come from.
    pub(super) origin: String,
}

impl Programs {
    /// The newest that fit; where none do, those that `otherwise` comes to.
    pub(super) fn find(
        version: Option<u32>,
        account: &Account,
        otherwise: impl FnOnce() -> Result<Self, ClusterError>,
    ) -> Result<Self, ClusterError> {
        let (mut usable, mut skipped) = (Vec::new(), Vec::new());
        for folder in program_folders("postgres") {
            match Self::probe(&folder, account) {
                Ok(programs) => usable.push(programs),
                Err(reason) => skipped.push(format!("{}: {reason}", folder.display())),
            }
        }
        usable.retain(|programs| match version {
            Some(wanted) => programs.major == wanted,
            None => programs.major >= OLDEST,
        });
        // Of several with the same major the first wins, which PATH comes before.
        if let Some(best) = usable.into_iter().min_by_key(|found| Reverse(found.major)) {
            return Ok(best);
        }
        otherwise().map_err(|cause| nothing_usable(version, &skipped, cause))
    }

    /// Asks the programs in `folder` for their version, as the account that is
    /// to run them: a folder that it may not enter fails here.
    pub(super) fn probe(folder: &Path, account: &Account) -> Result<Self, String> {
        let mut major = None;
        for name in ["initdb", "postgres"] {
            let mut command = account.command(folder.join(name));
            let output = command
                .arg("--version")
                .stdin(Stdio::null())
                .output()
                .map_err(|cause| format!("{} cannot run {name}: {cause}", account.name()))?;
            if !output.status.success() {
                let complaint = String::from_utf8_lossy(&output.stderr);
                return Err(format!("{name} --version fails: {}", complaint.trim()));
            }
            major = major_version(&String::from_utf8_lossy(&output.stdout));
        }
        Ok(Self {
            folder: folder.to_owned(),
            major: major.ok_or("postgres --version names no version")?,
            origin: folder.display().to_string(),
        })
    }
}

/// The number that a version such as `15.4` or `18beta1` starts with.
pub fn leading_number(version: &str) -> Option<u32> {
    let end = version
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(version.len());
    version[..end].parse().ok()
}

/// From an answer such as `postgres (PostgreSQL) 15.4 (Debian 15.4-1)`.
fn major_version(answer: &str) -> Option<u32> {
    let (_, version) = answer.split_once("(PostgreSQL) ")?;
    leading_number(version)
}

/// Every folder that holds a program of this name, each once, in the order to prefer.
pub fn program_folders(name: &str) -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path)
        .chain(pg_config_folder())
        .chain(USUAL_FOLDERS.iter().flat_map(usual_folders));
    let (mut found, mut seen) = (Vec::new(), Vec::new());
    for folder in folders.filter_map(|folder| path::absolute(folder).ok()) {
        if let Ok(program) = folder.join(name).canonicalize()
            && program.is_file()
            && !seen.contains(&program)
        {
            seen.push(program);
            found.push(folder);
        }
    }
    found
}

fn pg_config_folder() -> Option<PathBuf> {
    let mut command = Command::new("pg_config");
    let output = command.arg("--bindir").stdin(Stdio::null()).output().ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| folder.trim_end().into())
}

fn usual_folders(&(parent, prefix, rest): &(&str, &str, &str)) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    let mut folders: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path().join(rest))
        .collect();
    folders.sort();
    folders
}

fn nothing_usable(version: Option<u32>, skipped: &[String], cause: ClusterError) -> ClusterError {
    let wanted = match version {
        Some(version) => format!("PostgreSQL {version}"),
        None => format!("PostgreSQL {OLDEST} or newer"),
    };
    let skipped = match skipped {
        [] => String::new(),
        _ => format!(" (skipped {})", skipped.join("; ")),
    };
    ClusterError::new(format!(
        "finding the server programs initdb and postgres of {wanted}: none can be used on PATH, by pg_config or in the usual folders{skipped}, \
         and the npm package gives none; {}, or set PGSTRATA_TEST_URL to the address of a running server",
        install_advice(version)
    ))
    .caused_by(cause)
}

fn install_advice(version: Option<u32>) -> String {
    let suffix = |separator: &str| version.map_or(String::new(), |v| format!("{separator}{v}"));
    let has = |program: &str| Path::new(program).exists();
    let command = if cfg!(target_os = "macos") {
        format!("brew install postgresql{}", suffix("@"))
    } else if has("/usr/bin/apt-get") {
        format!("apt-get install postgresql{}", suffix("-"))
    } else if has("/usr/bin/dnf") {
        // The packages of postgresql.org carry the major in their name, Fedora's own do not.
        version.map_or("dnf install postgresql-server".to_owned(), |version| {
            format!("dnf install postgresql{version}-server")
        })
    } else if has("/sbin/apk") {
        format!("apk add postgresql{}", suffix(""))
    } else {
        return "install the PostgreSQL server, or npm".to_owned();
    };
    format!("install them with `{command}`, or install npm")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_the_number_behind_the_name() {
        let check = |answer, expected| assert_eq!(major_version(answer), expected, "{answer}");
        check("postgres (PostgreSQL) 15.4 (Debian 15.4-1)\n", Some(15));
        check("initdb (PostgreSQL) 18beta1\n", Some(18));
        check("postgres (PostgreSQL) 17\n", Some(17));
        check("postgres 17.1\n", None);
        check("", None);
    }
}
