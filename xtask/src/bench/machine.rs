//! What the numbers were measured on.

use std::fs;
use std::path::Path;
use std::process::Command;

/// The machine and the tools, a line each.
pub(super) fn described(server: &str) -> Vec<String> {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let information = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = information
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let model = model
        .and_then(|rest| rest.split_once(": "))
        .map_or("processor", |(_, name)| name);
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"));
    let memory = memory.and_then(|rest| rest.trim().split(' ').next()?.parse::<u64>().ok());
    let memory = memory.map_or_else(String::new, |kib| format!(", {} GB", kib >> 20));
    vec![
        format!("{cores} cores of {model}{memory}, {}", std::env::consts::OS),
        format!("PostgreSQL {server}, a throw-away server: fsync off, on a socket"),
        said("rustc", &["--version"]),
    ]
}

/// The versions of what is compared, as their lock files pin them.
pub(super) fn versions(peers: &Path) -> String {
    let pinned = ["refinery", "sqlx", "diesel_migrations", "postgres"].map(|name| {
        let folder = name.split('_').next().unwrap_or(name);
        let folder = if folder == "postgres" {
            "floor"
        } else {
            folder
        };
        let lock = fs::read_to_string(peers.join(folder).join("Cargo.lock")).unwrap_or_default();
        format!(
            "{name} {}",
            version(&lock, name).unwrap_or("of unknown version")
        )
    });
    pinned.join(", ")
}

/// How many processes wanted to run, over the last minute.
pub(super) fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ')
        .next()
        .filter(|load| !load.is_empty())
        .unwrap_or("unknown")
        .to_owned()
}

/// The commit that is checked out, and whether there is more.
pub(super) fn commit(root: &Path) -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .args(arguments)
            .current_dir(root)
            .output()
            .ok()?;
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short=10", "HEAD"]) else {
        return "no commit".to_owned();
    };
    let is_changed = git(&["status", "--porcelain"]).is_none_or(|text| !text.is_empty());
    if is_changed {
        format!("{commit} with changes")
    } else {
        commit
    }
}

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map_or_else(
        |_| format!("{program} of unknown version"),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}

fn version<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    rest.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_file_pins_versions() {
        let lock = "[[package]]\nname = \"postgres-types\"\nversion = \"0.2.14\"\n\n[[package]]\nname = \"postgres\"\nversion = \"0.19.14\"\n";
        assert_eq!(version(lock, "postgres"), Some("0.19.14"));
        assert_eq!(version(lock, "sqlx"), None);
    }
}
