//! What the lock says of verify scripts, repeatable scripts and settings.

use std::fs::{create_dir_all, read_to_string, remove_file, write};
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{run, shop};

const VIEW: &str = "CREATE OR REPLACE VIEW customer_of_today AS SELECT id FROM customer;\n";

/// The shop with one of everything, sealed.
fn sealed_shop() -> TempDir {
    let dir = shop();
    put(
        dir.path(),
        "0001_create_customer.verify.sql",
        "SELECT 1 / count(*) FROM customer;\n",
    );
    put(dir.path(), "repeatable/customer_of_today.sql", VIEW);
    put(dir.path(), "pgstrata.toml", "numbering = \"sequential\"\n");
    run(dir.path(), &["lock"]).succeeds();
    run(dir.path(), &["check", "--sealed"]).succeeds();
    dir
}

fn put(dir: &Path, name: &str, text: &str) {
    let path = dir.join(name);
    create_dir_all(path.parent().expect("a folder")).expect("a folder");
    write(path, text).expect("a file");
}

fn lock(dir: &Path) -> String {
    read_to_string(dir.join("migrations.lock")).expect("a lock")
}

/// The first word of each line.
fn names(dir: &Path) -> Vec<String> {
    lock(dir)
        .lines()
        .skip(1)
        .map(|line| line.split(' ').next().unwrap_or("").to_owned())
        .collect()
}

#[test]
fn a_line_a_file_and_what_may_change_below() {
    let dir = sealed_shop();
    assert_eq!(
        names(dir.path()),
        [
            "0001_create_customer",
            "0002_create_invoice",
            "#",
            "repeatable/customer_of_today.sql",
            "pgstrata.toml"
        ]
    );
    let text = lock(dir.path());
    let words = |line: usize| text.lines().nth(line).expect("a line").split(' ').count();
    assert_eq!([1, 2, 4, 5].map(words), [6, 5, 3, 3], "{text}");
}

#[test]
fn a_sealed_verify_script_stays_as_it_is() {
    let dir = sealed_shop();
    let verify = "0001_create_customer.verify.sql";
    put(dir.path(), verify, "SELECT 2 / count(*) FROM customer;\n");
    run(dir.path(), &["check"]).fails(
        1,
        &[
            "error[sealed]",
            &format!("`{verify}` was changed after it was sealed"),
        ],
    );
    remove_file(dir.path().join(verify)).unwrap();
    run(dir.path(), &["check"]).fails(1, &["error[lock]", &format!("`{verify}` is missing")]);

    let added = "0002_create_invoice.verify.sql";
    put(dir.path(), verify, "SELECT 1 / count(*) FROM customer;\n");
    put(dir.path(), added, "SELECT 1 / count(*) FROM invoice;\n");
    run(dir.path(), &["check"]).fails(
        1,
        &[
            "was added after its migration was sealed",
            "`cargo pgstrata lock --amend 0002`",
        ],
    );
    let recorded = names(dir.path());
    let amended = run(dir.path(), &["lock", "--amend", "2"]);
    let said =
        "amended 0002_create_invoice: its line, and the chain hashes of 0 sealed behind it\n";
    assert_eq!(
        amended.succeeds(),
        said,
        "no database knows a verify script"
    );
    assert_eq!(names(dir.path()), recorded, "the other lines stay");
    run(dir.path(), &["check", "--sealed"]).succeeds();
}

#[test]
fn what_may_change_is_refused_in_a_release_only() {
    let dir = sealed_shop();
    let path = dir.path();
    let view = "repeatable/customer_of_today.sql";
    put(path, view, &format!("-- A comment.\n{VIEW}"));
    run(path, &["check", "--sealed"]).succeeds();

    put(
        path,
        view,
        &VIEW.replace("SELECT id", "SELECT id AS number"),
    );
    put(path, "repeatable/more.sql", VIEW);
    put(path, "pgstrata.toml", "numbering = \"gaps\"\n");
    let warned = run(path, &["check"]);
    assert!(warned.succeeds().contains("3 warnings"), "{warned:#?}");
    for found in [
        "`repeatable/customer_of_today.sql` is not as migrations.lock has it",
        "`repeatable/more.sql` is not in migrations.lock",
        "`pgstrata.toml` is not as migrations.lock has it",
    ] {
        assert!(
            warned
                .stderr
                .contains(&format!("warning[lock-stale]: {found}")),
            "{warned:#?}"
        );
    }
    run(path, &["check", "--sealed"]).fails(
        1,
        &["not sealed: repeatable/customer_of_today.sql, repeatable/more.sql, pgstrata.toml\n"],
    );
    let json = run(path, &["check", "--sealed", "--format", "json"]);
    let refused = json
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"));
    let refused: Vec<Value> = refused
        .filter(|it: &Value| it["rule"] == "not-sealed")
        .collect();
    assert_eq!(refused.len(), 3, "{json:#?}");
    assert_eq!(refused[0]["line"], 5, "its line of the lock");
    assert!(
        refused[1]["file"]
            .as_str()
            .is_some_and(|file| file.ends_with("repeatable/more.sql"))
    );

    assert_eq!(
        run(path, &["lock"]).succeeds(),
        format!(
            "recorded {view}\nrecorded repeatable/more.sql\nrecorded pgstrata.toml\n{}: 2 \
             migrations sealed\n",
            path.display()
        )
    );
    run(path, &["check", "--sealed"]).succeeds();

    remove_file(path.join("repeatable/more.sql")).unwrap();
    remove_file(path.join("pgstrata.toml")).unwrap();
    let warned = run(path, &["check"]);
    assert!(warned.succeeds().contains("2 warnings"), "{warned:#?}");
    run(path, &["check", "--sealed"]).fails(1, &["not sealed: repeatable/more.sql, pgstrata.toml"]);
    run(path, &["lock"]).succeeds();
    assert!(!lock(path).contains("more"), "{}", lock(path));
}

#[test]
fn a_damaged_line_is_never_taken_for_a_whole_one() {
    let dir = sealed_shop();
    let path = dir.path();
    let whole = lock(path);
    let check = |text: &str| {
        write(path.join("migrations.lock"), text).unwrap();
        run(path, &["check", "--sealed"])
    };
    let view = whole.find("repeatable/").expect("its line");
    let line = whole[view..].split_inclusive('\n').next().expect("its end");
    check(&whole[..view + 40]).fails(1, &["error[lock]: this line is not complete"]);
    check(&whole[..view]).fails(
        1,
        &["not sealed: repeatable/customer_of_today.sql, pgstrata.toml"],
    );
    check(&whole.replacen("checksum:", "checksum:0", 1))
        .fails(1, &["not sealed: repeatable/customer_of_today.sql"]);
    check(&format!("{whole}{line}")).fails(
        1,
        &["error[lock]: `repeatable/customer_of_today.sql` has two lines"],
    );
    check(&whole.replace(line, &format!("<<<<<<< a\n{line}=======\n>>>>>>> b\n")))
        .fails(1, &["the merge is not finished"]);
    check(&whole.replacen("verify:", "verify:0", 1)).fails(
        1,
        &["the lock file was changed by hand in this line or above it"],
    );
    check(&whole.replacen(" 1 checksum", " 9 checksum", 1)).fails(1, &["not sealed: repeatable/"]);
    check(&whole).succeeds();
}

#[test]
fn another_system_s_line_ends_are_the_same() {
    let dir = sealed_shop();
    let names = [
        "migrations.lock",
        "pgstrata.toml",
        "repeatable/customer_of_today.sql",
    ];
    for name in names.into_iter().chain(["0001_create_customer.verify.sql"]) {
        let text = read_to_string(dir.path().join(name)).unwrap();
        put(
            dir.path(),
            name,
            &format!("\u{feff}{}", text.replace('\n', "\r\n")),
        );
    }
    run(dir.path(), &["check", "--sealed"]).succeeds();
}

#[test]
fn a_rebase_keeps_the_other_branch_s_lines() {
    let dir = sealed_shop();
    let base = dir.path().join(".base.lock");
    write(&base, lock(dir.path())).unwrap();
    let before = lock(dir.path());
    put(
        dir.path(),
        "repeatable/customer_of_today.sql",
        &VIEW.replace("id", "id AS number"),
    );
    put(dir.path(), "repeatable/another.sql", VIEW);
    run(dir.path(), &["new", "third"]).succeeds();
    run(dir.path(), &["lock", "--base-lock", base.to_str().unwrap()]).succeeds();
    let lines = lock(dir.path());
    for line in before.lines() {
        assert!(lines.contains(line), "{line} is not in {lines}");
    }
    assert!(lines.contains("\n0003_third open\n#"), "{lines}");
    assert!(
        lines.contains("\nrepeatable/another.sql open\nrepeatable/customer"),
        "{lines}"
    );
    run(dir.path(), &["check", "--sealed"]).fails(1, &["0003_third"]);
}

#[test]
fn the_first_lock_has_a_line_for_all_that_is_there() {
    let dir = shop();
    put(dir.path(), "repeatable/customer_of_today.sql", VIEW);
    for path in run(dir.path(), &["new", "third"]).succeeds().lines() {
        write(path, "SELECT 1;\n").unwrap();
    }
    assert!(lock(dir.path()).ends_with("\nrepeatable/customer_of_today.sql open\n"));
    let checked = run(dir.path(), &["check"]);
    assert!(
        checked.succeeds().contains("no problem found"),
        "an open line may change: {checked:?}"
    );
}
