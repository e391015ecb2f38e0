//! What `Migrator` can be told about findings and poolers, as flags of every command.

use tempfile::TempDir;

use crate::support::{connect, database, directory, file, objects, run};

const FILES: [(&str, &str); 4] = [
    ("20260101000000_a.up.sql", "CREATE TABLE a (id int);\n"),
    ("20260101000000_a.down.sql", "DROP TABLE a;\n"),
    ("20260103000000_c.up.sql", "CREATE TABLE c (id int);\n"),
    (
        "20260103000000_c.down.sql",
        "-- pgstrata: irreversible nobody knows\n",
    ),
];

/// Both applied; the directory, and the address.
fn applied() -> (TempDir, String) {
    let (dir, url) = (directory(&FILES), database());
    run(dir.path(), &["up", "--database-url", &url]).succeeds();
    (dir, url)
}

fn up(dir: &TempDir, url: &str, flag: &str) -> (i32, i32) {
    let arguments = ["up", "--skip-backup", "--database-url", url];
    let without = run(dir.path(), &arguments).code;
    let with = run(dir.path(), &[&arguments[..], &[flag]].concat());
    (without, with.code)
}

#[test]
fn older_ones() {
    let (dir, url) = applied();
    file(
        &dir,
        "20260102000000_b.up.sql",
        "CREATE TABLE b (id int);\n",
    );
    file(&dir, "20260102000000_b.down.sql", "DROP TABLE b;\n");
    assert_eq!(up(&dir, &url, "--allow-out-of-order"), (1, 0));
    connect(&url).batch_execute("SELECT * FROM b").expect("b");
}

#[test]
fn changed_ones() {
    let (dir, url) = applied();
    file(
        &dir,
        "20260101000000_a.up.sql",
        "CREATE TABLE a (id bigint);\n",
    );
    file(
        &dir,
        "20260104000000_d.up.sql",
        "CREATE TABLE d (id int);\n",
    );
    file(&dir, "20260104000000_d.down.sql", "DROP TABLE d;\n");
    assert_eq!(up(&dir, &url, "--allow-changed"), (1, 0));
}

#[test]
fn missing_ones() {
    let (dir, url) = applied();
    for name in ["20260101000000_a.up.sql", "20260101000000_a.down.sql"] {
        std::fs::remove_file(dir.path().join(name)).expect("a file");
    }
    assert_eq!(up(&dir, &url, "--allow-missing"), (1, 0));
}

#[test]
fn newer_ones() {
    let (dir, url) = applied();
    for name in ["20260103000000_c.up.sql", "20260103000000_c.down.sql"] {
        std::fs::remove_file(dir.path().join(name)).expect("a file");
    }
    assert_eq!(up(&dir, &url, "--deny-newer-database"), (0, 1));
}

#[test]
fn irreversible_ones() {
    let (dir, url) = applied();
    let down = ["down", "--yes", "--database-url", &url];
    run(dir.path(), &down).fails(1, &["cannot be rolled back: nobody knows"]);
    run(dir.path(), &[&down[..], &["--allow-irreversible"]].concat()).succeeds();
}

/// Each transaction takes the lock by itself, and a file without one is refused by name.
#[test]
fn a_pooler() {
    let (dir, url) = (directory(&FILES), database());
    let arguments = ["up", "--behind-pooler", "--database-url", &url];
    run(dir.path(), &arguments).succeeds();
    assert!(objects(&url) > 2);
    file(
        &dir,
        "20260104000000_i.up.sql",
        "-- pgstrata: no-transaction\nCREATE INDEX CONCURRENTLY i ON a (id);\n",
    );
    file(
        &dir,
        "20260104000000_i.down.sql",
        "-- pgstrata: no-transaction\nDROP INDEX CONCURRENTLY i;\n",
    );
    run(dir.path(), &arguments).fails(1, &["20260104000000_i", "not through a transaction pooler"]);
}
