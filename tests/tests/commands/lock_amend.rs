//! `lock --amend`: one sealed line anew, and no other.

use std::fs::{read_to_string, write};
use std::path::Path;

use crate::support::{contents, run, shop};

/// Both migrations of the shop sealed, a third one open.
fn sealed_shop() -> tempfile::TempDir {
    let dir = shop();
    run(dir.path(), &["lock"]).succeeds();
    run(dir.path(), &["new", "third"]).succeeds();
    for direction in ["up", "down"] {
        let path = dir.path().join(format!("0003_third.{direction}.sql"));
        write(path, "SELECT 1;\n").expect("a file");
    }
    dir
}

fn edit(dir: &Path, file: &str) {
    let text = read_to_string(dir.join(file)).expect("a file");
    write(dir.join(file), format!("{text}SELECT 2;\n")).expect("a file");
}

fn lines(dir: &Path) -> Vec<String> {
    let text = read_to_string(dir.join("migrations.lock")).expect("a file");
    text.lines().map(str::to_owned).collect()
}

/// A line up to its chain hash.
fn content(line: &str) -> &str {
    line.split(" chain:").next().unwrap_or_default()
}

#[test]
fn the_line_and_the_chain_behind_it_are_rewritten() {
    let dir = sealed_shop();
    let before = lines(dir.path());
    edit(dir.path(), "0001_create_customer.up.sql");
    edit(dir.path(), "0001_create_customer.down.sql");
    run(dir.path(), &["check"]).fails(1, &["error[sealed]"]);
    let amended = run(dir.path(), &["lock", "--amend", "0001"]);
    assert_eq!(
        amended.succeeds(),
        "amended 0001_create_customer: its line, and the chain hashes of 1 sealed behind it\n\
         a database that ran the old text will refuse the new one: roll it back there first, or \
         restore the files\n"
    );
    let after = lines(dir.path());
    assert_ne!(content(&before[1]), content(&after[1]));
    assert_eq!(content(&before[2]), content(&after[2]));
    assert_ne!(before[2], after[2], "the chain covers the amended line");
    assert_eq!(after[3], "0003_third open");
    run(dir.path(), &["check"]).succeeds();

    let again = run(dir.path(), &["lock", "--amend", "1"]);
    assert_eq!(
        again.succeeds(),
        "0001_create_customer is sealed as its files are; its line stays\n"
    );
    assert_eq!(lines(dir.path()), after);
}

#[test]
fn every_other_sealed_line_must_fit_its_files() {
    let dir = sealed_shop();
    edit(dir.path(), "0001_create_customer.up.sql");
    edit(dir.path(), "0002_create_invoice.down.sql");
    let before = contents(dir.path());
    let refused = run(dir.path(), &["lock", "--amend", "1"]);
    refused.fails(
        1,
        &[
            "`0002_create_invoice.down.sql` was changed after",
            "1 problem; nothing was",
        ],
    );
    assert_eq!(contents(dir.path()), before);
    run(dir.path(), &["lock", "--amend", "1,2"]).succeeds();
    run(dir.path(), &["check"]).succeeds();
}

#[test]
fn only_what_is_sealed_can_be_amended() {
    let dir = sealed_shop();
    let before = contents(dir.path());
    let amend = |version| run(dir.path(), &["lock", "--amend", version]);
    amend("3").fails(1, &["`0003_third` is not sealed"]);
    amend("9").fails(5, &["there is no migration with version 9"]);
    amend("third").fails(5, &["invalid value 'third'"]);
    assert_eq!(contents(dir.path()), before);
    run(shop().path(), &["lock", "--amend", "1"]).fails(1, &["so nothing is sealed"]);
}

#[test]
fn a_lock_that_was_edited_is_not_amended() {
    let dir = sealed_shop();
    let path = dir.path().join("migrations.lock");
    let text = read_to_string(&path).unwrap();
    for broken in [
        text.replacen("up:", "up:0", 1),
        text[..text.len() - 30].to_owned(),
    ] {
        write(&path, &broken).unwrap();
        run(dir.path(), &["lock", "--amend", "1"]).fails(1, &["error[lock]", "restore the file"]);
        assert_eq!(read_to_string(&path).unwrap(), broken);
    }
}

#[test]
fn a_new_file_beside_the_lock_does_not_stand_in_the_way() {
    let dir = sealed_shop();
    for direction in ["up", "down"] {
        write(
            dir.path().join(format!("0004_by_hand.{direction}.sql")),
            "SELECT 1;\n",
        )
        .unwrap();
    }
    edit(dir.path(), "0002_create_invoice.up.sql");
    run(dir.path(), &["lock"]).fails(1, &["error[sealed]"]);
    run(dir.path(), &["lock", "--amend", "2"]).succeeds();
    run(dir.path(), &["lock"]).succeeds();
    run(dir.path(), &["check", "--sealed"]).succeeds();
}
