//! `new`, `lock` and `check`.

use std::path::Path;

use crate::support::{contents, directory, run, shop};

#[test]
fn new_numbers_on_and_records_an_open_line() {
    let dir = tempfile::tempdir().unwrap();
    let migrations = dir.path().join("deep/migrations");
    let written = run(&migrations, &["new", "Add user's e-mail."]);
    assert!(written.succeeds().contains("0001_add_user_s_e_mail.up.sql"), "{written:?}");
    run(&migrations, &["new", "second"]).succeeds();
    assert!(migrations.join("0002_second.down.sql").is_file());
    let lock = std::fs::read_to_string(migrations.join("migrations.lock")).unwrap();
    assert!(lock.ends_with("\n0001_add_user_s_e_mail open\n0002_second open\n"), "{lock}");
    // The templates say that there is something left to write.
    run(&migrations, &["check"]).fails(1, &["error[empty]: this migration does nothing"]);
}

#[test]
fn new_keeps_to_timestamps_where_they_are_used() {
    let dir = directory(&[
        ("20990101000000_far.up.sql", "SELECT 1;"),
        ("20990101000000_far.down.sql", "SELECT 1;"),
    ]);
    run(dir.path(), &["new", "next"]).succeeds();
    assert!(
        dir.path().join("20990101000001_next.up.sql").is_file(),
        "{:?}",
        contents(dir.path()).keys()
    );
}

#[test]
fn new_refuses_a_second_scheme_and_used_up_numbers() {
    let dir = shop();
    run(dir.path(), &["new", "x", "--timestamp"]).fails(5, &["one scheme a directory"]);
    let dir = directory(&[("999_last.up.sql", "SELECT 1;"), ("999_last.down.sql", "SELECT 1;")]);
    run(dir.path(), &["new", "x"]).fails(5, &["numbers of 3 digits are used up"]);
    assert_eq!(contents(dir.path()).len(), 2);
}

#[test]
fn new_writes_nothing_beside_a_broken_lock() {
    let dir = shop();
    run(dir.path(), &["lock"]).succeeds();
    let lock = dir.path().join("migrations.lock");
    let text = std::fs::read_to_string(&lock).unwrap();
    std::fs::write(&lock, text + "<<<<<<< HEAD\n").unwrap();
    let before = contents(dir.path());
    run(dir.path(), &["new", "x"]).fails(1, &["the merge is not finished", "nothing was written"]);
    assert_eq!(contents(dir.path()), before);
}

#[test]
fn lock_seals_and_check_holds_to_it() {
    let dir = shop();
    let check = |arguments: &[&str]| run(dir.path(), &[&["check"], arguments].concat());
    let warned = check(&[]);
    warned.succeeds();
    assert!(warned.stderr.contains("cargo pgstrata lock --dir"), "{warned:?}");
    check(&["--sealed"]).fails(1, &["not sealed: 0001_create_customer, 0002_create_invoice"]);
    run(dir.path(), &["lock"]).succeeds();
    let sealed = check(&["--sealed"]);
    assert!(sealed.succeeds().contains("2 sealed, 0 open"), "{sealed:?}");
    assert_eq!(sealed.stderr, "");

    let lock = std::fs::read_to_string(dir.path().join("migrations.lock")).unwrap();
    run(dir.path(), &["new", "third"]).succeeds();
    write(dir.path(), "0003_third.up.sql", "SELECT 1;");
    write(dir.path(), "0003_third.down.sql", "SELECT 1;");
    check(&[]).succeeds();
    check(&["--sealed"]).fails(1, &["not sealed: 0003_third"]);
    run(dir.path(), &["lock"]).succeeds();
    let longer = std::fs::read_to_string(dir.path().join("migrations.lock")).unwrap();
    assert!(longer.starts_with(&lock), "sealed lines are never rewritten");

    write(dir.path(), "0001_create_customer.up.sql", "CREATE TABLE customer (id int);");
    check(&[]).fails(1, &["error[sealed]: `0001_create_customer.up.sql` was changed"]);
    run(dir.path(), &["lock"]).fails(1, &["error[sealed]"]);
    assert_eq!(std::fs::read_to_string(dir.path().join("migrations.lock")).unwrap(), longer);
}

#[test]
fn what_is_open_may_be_edited_renamed_and_given_up() {
    let dir = shop();
    run(dir.path(), &["new", "third"]).succeeds();
    for extension in ["up", "down"] {
        let from = dir.path().join(format!("0003_third.{extension}.sql"));
        std::fs::rename(from, dir.path().join(format!("0003_other.{extension}.sql"))).unwrap();
        write(dir.path(), &format!("0003_other.{extension}.sql"), "SELECT 1;");
    }
    run(dir.path(), &["check"])
        .fails(1, &["`0003_third` was renamed to `0003_other`", "cargo pgstrata lock"]);
    run(dir.path(), &["lock"]).succeeds();
    run(dir.path(), &["check", "--sealed"]).succeeds();
}

#[test]
fn another_checkout_of_the_same_text_is_the_same_migration() {
    let dir = shop();
    run(dir.path(), &["lock"]).succeeds();
    let name = "0001_create_customer.up.sql";
    let text = std::fs::read_to_string(dir.path().join(name)).unwrap();
    write(dir.path(), name, &format!("\u{feff}-- A note.\n{text}").replace('\n', "\r\n"));
    let lock = std::fs::read_to_string(dir.path().join("migrations.lock")).unwrap();
    write(dir.path(), "migrations.lock", &lock.replace('\n', "\r\n"));
    run(dir.path(), &["check", "--sealed"]).succeeds();
}

fn write(dir: &Path, name: &str, text: &str) {
    std::fs::write(dir.join(name), text).expect("a file");
}
