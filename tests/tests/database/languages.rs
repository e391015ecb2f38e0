//! A server that speaks another language: nothing that a run decides depends on the words of a message.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::support::{LANGUAGE, fresh_database, version};

/// Tests that do not compare what the server says.
const TESTS: [&str; 7] = [
    "advice::",
    "caller_transaction::",
    "following::",
    "lock::",
    "own_objects::",
    "session_mishaps::",
    "languages::the_server_speaks_it",
];

/// In a process of its own, whose server finds the locale that is made for it.
#[test]
fn tests_hold_in_german() {
    let folder = tempfile::tempdir().unwrap();
    let locale = folder.path().join("de_DE.UTF-8");
    let made = Command::new("localedef")
        .args(["-i", "de_DE", "-f", "UTF-8"])
        .arg(&locale)
        .output();
    // The servers of other versions come without languages, so there is nothing to try.
    if version().is_some() {
        return;
    }
    if !made.is_ok_and(|made| made.status.success()) {
        pgstrata_tests::skip("a server that speaks German", "`apt-get install locales`");
        return;
    }
    // The server has an account of its own.
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let program = std::env::current_exe().unwrap();
    let ran = Command::new(program)
        .args(TESTS)
        .env("LOCPATH", folder.path())
        .env(LANGUAGE, "de_DE.UTF-8")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{said}");
    assert!(
        said.contains("languages::the_server_speaks_it ... ok"),
        "{said}"
    );
}

#[test]
fn the_server_speaks_it() {
    let mut client = fresh_database().connect();
    let error = client.batch_execute("SELECT 1 / 0").unwrap_err();
    let said = error.as_db_error().unwrap().message();
    let is_german = std::env::var(LANGUAGE).is_ok();
    assert_eq!(said == "Division durch Null", is_german, "{said}");
}
