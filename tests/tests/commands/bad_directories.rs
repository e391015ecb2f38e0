//! Every directory that the macro refuses is refused here too, and nothing is changed.

use std::os::unix::fs::symlink;
use std::path::Path;

use crate::support::{contents, database, directory, objects, run};

#[test]
fn refused_directories_change_nothing() {
    let url = database();
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("compile/ui");
    let mut refused = 0;
    for entry in std::fs::read_dir(cases).unwrap() {
        let dir = entry.unwrap().path();
        // What only rustc refuses, a function that is not there, no command can know.
        let output = dir.with_extension("stderr");
        let is_ours = || {
            std::fs::read_to_string(output)
                .unwrap()
                .starts_with("error: ")
        };
        if dir.is_dir() && is_ours() {
            let before = contents(&dir);
            run(&dir, &["check"]).fails(1, &["error[", "nothing was changed"]);
            run(&dir, &["up", "--database-url", &url]).fails(1, &["error["]);
            assert_eq!(contents(&dir), before);
            refused += 1;
        }
    }
    assert!(refused > 40, "only {refused} cases were found");
    assert_eq!(objects(&url), 0);
}

#[test]
fn a_missing_directory() {
    let nowhere = tempfile::tempdir().unwrap().path().join("gone");
    run(&nowhere, &["check"]).fails(
        1,
        &[
            "error[directory]: the migrations directory does not exist",
            "cargo pgstrata new",
        ],
    );
    assert!(!nowhere.exists());
}

#[test]
fn links_that_lead_in_circles() {
    let dir = directory(&[]);
    symlink(dir.path(), dir.path().join("0001_loop.up.sql")).unwrap();
    symlink("0002_self.up.sql", dir.path().join("0002_self.up.sql")).unwrap();
    run(dir.path(), &["check"]).fails(
        1,
        &[
            "leads back to a folder above it",
            "cannot read `0002_self.up.sql`",
        ],
    );
}

#[test]
fn a_hundred_megabytes() {
    let dir = directory(&[("0001_big.down.sql", "SELECT 1;")]);
    let file = std::fs::File::create(dir.path().join("0001_big.up.sql")).unwrap();
    file.set_len(100 * 1024 * 1024).unwrap();
    run(dir.path(), &["check"]).fails(1, &["error[file-too-large]: `0001_big.up.sql` has 100 MiB"]);
}

#[test]
fn a_pipe_is_not_waited_for() {
    let dir = directory(&[]);
    let made = std::process::Command::new("mkfifo")
        .arg(dir.path().join("0001_a.up.sql"))
        .status();
    assert!(made.unwrap().success());
    run(dir.path(), &["check"]).fails(1, &["`0001_a.up.sql` is not a plain file"]);
}

#[test]
fn a_directory_that_cannot_be_written() {
    let dir = directory(&[
        ("0001_a.up.sql", "SELECT 1;"),
        ("0001_a.down.sql", "SELECT 1;"),
    ]);
    // Also root cannot replace a directory by a file.
    std::fs::create_dir(dir.path().join("migrations.lock")).unwrap();
    run(dir.path(), &["lock"]).fails(1, &["`migrations.lock` is a directory"]);
}
