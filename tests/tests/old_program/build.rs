//! The program of the previous release, built from the repository's own history, once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The last commit of the previous release.
const COMMIT: &str = "40872c2e7854d3959b670c6e575c40c364968724";

/// Of the program that is built on that release's runtime. It has a lock file of its own, which
/// begins as that release's: every crate in it is one that the workspace builds, too.
const MANIFEST: &str = r#"[package]
name = "old-program"
version = "0.0.0"
edition = "2024"

[[bin]]
name = "old-program"
path = "speak.rs"

[dependencies]
pgstrata = { path = "../source/runtime" }
postgres = "0.19.14"

[profile.dev]
debug = false
incremental = false

[workspace]
"#;

/// Where the program stands, built by whoever asks first.
pub(crate) fn old_program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(build)
}

fn build() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("old-program-{COMMIT}"));
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/old_program");
    if !folder.join("source").is_dir() {
        unpack(&folder);
    }
    // Beside the source, not in it or around it: else cargo would take both for one workspace.
    let program = folder.join("program");
    for part in ["lists", "act.rs", "speak.rs"] {
        copy(&ours.join(part), &program.join(part));
    }
    write(&program.join("Cargo.toml"), MANIFEST.as_bytes());
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--offline", "--manifest-path"])
        .arg(program.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(folder.join("target"))
        // Of the test's own build.
        .env_remove("CARGO_BUILD_TARGET")
        .output()
        .expect("cargo runs");
    assert!(
        built.status.success(),
        "the program of {COMMIT} is not built:\n{}",
        String::from_utf8_lossy(&built.stderr)
    );
    folder.join("target/debug/old-program")
}

/// The release's files. They appear under their name when all of them are there.
fn unpack(folder: &Path) {
    fs::create_dir_all(folder).expect("a folder below the target directory");
    let beginning = tempfile::tempdir_in(folder).expect("a folder");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let git = |words: &[&str]| {
        let mut git = Command::new("git");
        git.args(words).current_dir(&root).stderr(Stdio::null());
        git
    };
    let has_it = git(&["cat-file", "-e", &format!("{COMMIT}^{{commit}}")]).status();
    assert!(
        has_it.is_ok_and(|status| status.success()),
        "the repository here lacks the previous release, {COMMIT}: `git fetch --unshallow` gets it"
    );
    let mut archive = git(&["archive", COMMIT])
        .stdout(Stdio::piped())
        .spawn()
        .expect("git runs");
    let unpacked = Command::new("tar")
        .args(["-x", "-C"])
        .arg(beginning.path())
        .stdin(archive.stdout.take().expect("a pipe"))
        .status();
    assert!(unpacked.is_ok_and(|status| status.success()));
    assert!(archive.wait().is_ok_and(|status| status.success()));
    copy(
        &beginning.path().join("Cargo.lock"),
        &folder.join("program/Cargo.lock"),
    );
    // Another process that was faster has the same files.
    let _ = fs::rename(beginning.path(), folder.join("source"));
    assert!(folder.join("source/runtime").is_dir());
}

fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        return write(to, &fs::read(from).expect("a file"));
    }
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let name = entry.expect("an entry").file_name();
        copy(&from.join(&name), &to.join(&name));
    }
}

/// Only what is new, since cargo looks at the times of files.
fn write(file: &Path, content: &[u8]) {
    if fs::read(file).is_ok_and(|there| there == content) {
        return;
    }
    fs::write(file, content).expect("a file");
}
