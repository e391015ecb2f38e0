//! `new`, `lock` and `check`.

use std::path::Path;

use crate::support::{contents, database, directory, run, shop};

#[test]
fn new_numbers_on_and_records_an_open_line() {
    let dir = tempfile::tempdir().unwrap();
    let migrations = dir.path().join("deep/migrations");
    let written = run(&migrations, &["new", "Add user's e-mail."]);
    assert!(
        written.succeeds().contains("0001_add_user_s_e_mail.up.sql"),
        "{written:?}"
    );
    run(&migrations, &["new", "second"]).succeeds();
    assert!(migrations.join("0002_second.down.sql").is_file());
    let lock = std::fs::read_to_string(migrations.join("migrations.lock")).unwrap();
    assert!(
        lock.ends_with("\n0001_add_user_s_e_mail open\n0002_second open\n"),
        "{lock}"
    );
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
    let dir = directory(&[
        ("999_last.up.sql", "SELECT 1;"),
        ("999_last.down.sql", "SELECT 1;"),
    ]);
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
    assert!(
        warned.stderr.contains("cargo pgstrata lock --dir"),
        "{warned:?}"
    );
    check(&["--sealed"]).fails(
        1,
        &["not sealed: 0001_create_customer, 0002_create_invoice"],
    );
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
    assert!(
        longer.starts_with(&lock),
        "sealed lines are never rewritten"
    );

    write(
        dir.path(),
        "0001_create_customer.up.sql",
        "CREATE TABLE customer (id int);",
    );
    check(&[]).fails(
        1,
        &["error[sealed]: `0001_create_customer.up.sql` was changed"],
    );
    run(dir.path(), &["lock"]).fails(1, &["error[sealed]"]);
    assert_eq!(
        std::fs::read_to_string(dir.path().join("migrations.lock")).unwrap(),
        longer
    );
}

#[test]
fn what_is_open_may_be_edited_renamed_and_given_up() {
    let dir = shop();
    run(dir.path(), &["new", "third"]).succeeds();
    for extension in ["up", "down"] {
        let from = dir.path().join(format!("0003_third.{extension}.sql"));
        std::fs::rename(from, dir.path().join(format!("0003_other.{extension}.sql"))).unwrap();
        write(
            dir.path(),
            &format!("0003_other.{extension}.sql"),
            "SELECT 1;",
        );
    }
    run(dir.path(), &["check"]).fails(
        1,
        &[
            "`0003_third` was renamed to `0003_other`",
            "cargo pgstrata lock",
        ],
    );
    run(dir.path(), &["lock"]).succeeds();
    run(dir.path(), &["check", "--sealed"]).succeeds();
}

#[test]
fn another_checkout_of_the_same_text_is_the_same_migration() {
    let dir = shop();
    run(dir.path(), &["lock"]).succeeds();
    let name = "0001_create_customer.up.sql";
    let text = std::fs::read_to_string(dir.path().join(name)).unwrap();
    write(
        dir.path(),
        name,
        &format!("\u{feff}-- A note.\n{text}").replace('\n', "\r\n"),
    );
    let lock = std::fs::read_to_string(dir.path().join("migrations.lock")).unwrap();
    write(dir.path(), "migrations.lock", &lock.replace('\n', "\r\n"));
    run(dir.path(), &["check", "--sealed"]).succeeds();
}

#[test]
fn settings_allow_gaps_and_files_beside_the_migrations() {
    let dir = shop();
    for extension in ["up", "down"] {
        let from = dir
            .path()
            .join(format!("0002_create_invoice.{extension}.sql"));
        std::fs::rename(
            from,
            dir.path()
                .join(format!("0007_create_invoice.{extension}.sql")),
        )
        .unwrap();
    }
    // Nobody reads what is ignored.
    std::fs::write(dir.path().join("diagram.png"), b"\x89PNG\0\xff").unwrap();
    write(dir.path(), "notes.txt", "a note");
    std::fs::create_dir(dir.path().join("docs")).unwrap();
    // An editor's mark on an open file is a link that leads nowhere.
    for link in ["open.txt", ".#0001_create_customer.up.sql"] {
        std::os::unix::fs::symlink("user@host.4711", dir.path().join(link)).unwrap();
    }
    run(dir.path(), &["check"]).fails(1, &["error[gap]", "error[file-name]", "error[stray-file]"]);

    let settings = "numbering = \"gaps\"\nignore = [\"docs\", \"*.txt\", \"*.png\"]\n";
    // As an editor on another system writes it.
    write(
        dir.path(),
        "pgstrata.toml",
        &format!("\u{feff}{}", settings.replace('\n', "\r\n")),
    );
    run(dir.path(), &["lock"]).succeeds();
    let checked = run(dir.path(), &["check", "--sealed"]);
    assert!(
        checked.succeeds().contains("2 sealed, 0 open"),
        "{checked:?}"
    );
    assert_eq!(checked.stderr, "");
    run(dir.path(), &["new", "third"]).succeeds();
    assert!(dir.path().join("0008_third.up.sql").is_file());
}

#[test]
fn settings_leave_history_alone_and_set_levels() {
    let dir = shop();
    write(
        dir.path(),
        "0001_create_customer.up.sql",
        "VACUUM;\nSELECT :a;\n",
    );
    write(
        dir.path(),
        "0002_create_invoice.up.sql",
        "VACUUM;\nSELECT :a;\n",
    );
    let check = || run(dir.path(), &["check"]);
    let errors = |stderr: &str| stderr.matches("error[").count();
    let found = check();
    found.fails(1, &["error[not-in-transaction]", "error[psql-variable]"]);
    assert_eq!(errors(&found.stderr), 4, "{found:?}");

    write(dir.path(), "pgstrata.toml", "check-from = \"0002\"\n");
    let found = check();
    found.fails(
        1,
        &[
            "0002_create_invoice.up.sql:1:1",
            "0002_create_invoice.up.sql:2:8",
        ],
    );
    assert_eq!(errors(&found.stderr), 2, "{found:?}");

    let levels = "[rules]\nnot-in-transaction = \"off\"\npsql-variable = \"warn\"\n";
    write(
        dir.path(),
        "pgstrata.toml",
        &format!("check-from = \"0002\"\n{levels}"),
    );
    let found = check();
    found.succeeds();
    assert_eq!(
        found.stderr.matches("warning[psql-variable]").count(),
        1,
        "{found:?}"
    );
    assert!(!found.stderr.contains("not-in-transaction"), "{found:?}");

    // The next version is not written yet; files are paired, cut and locked all the same.
    write(dir.path(), "pgstrata.toml", "check-from = \"0003\"\n");
    run(dir.path(), &["lock"]).succeeds();
    assert_eq!(check().stderr, "");
    write(dir.path(), "0001_create_customer.up.sql", "SELECT 'open");
    check().fails(1, &["0001_create_customer.up.sql:1:8"]);
    write(dir.path(), "0001_create_customer.up.sql", "SELECT 1;");
    check().fails(
        1,
        &["error[sealed]: `0001_create_customer.up.sql` was changed"],
    );
}

#[test]
fn settings_choose_timestamps_for_new_migrations() {
    let dir = directory(&[("pgstrata.toml", "numbering = \"timestamp\"\n")]);
    run(dir.path(), &["new", "first"]).succeeds();
    let names = contents(dir.path());
    let up = names
        .keys()
        .find(|name| name.ends_with("_first.up.sql"))
        .expect("a migration");
    assert_eq!(up.len(), "20260131093000_first.up.sql".len(), "{up}");
}

#[test]
fn settings_that_cannot_be_read_refuse_the_directory() {
    let dir = shop();
    write(dir.path(), "notes.txt", "a note");
    write(
        dir.path(),
        "pgstrata.toml",
        "ignore = [\"*.txt\"]\nnumbering = \"sequentiel\"\n",
    );
    let before = contents(dir.path());
    let found = run(dir.path(), &["check"]);
    found.fails(1, &["pgstrata.toml:2:14", "did you mean \"sequential\"?"]);
    assert_eq!(
        found.stderr.matches("error[").count(),
        1,
        "nothing follows from it: {found:?}"
    );
    run(dir.path(), &["new", "x"]).fails(1, &["error[settings]", "nothing was written"]);
    run(dir.path(), &["lock"]).fails(1, &["error[settings]"]);
    assert_eq!(contents(dir.path()), before);

    std::fs::remove_file(dir.path().join("pgstrata.toml")).unwrap();
    std::os::unix::fs::symlink("gone.toml", dir.path().join("pgstrata.toml")).unwrap();
    run(dir.path(), &["check"]).fails(1, &["cannot read `pgstrata.toml`"]);
    std::fs::remove_file(dir.path().join("pgstrata.toml")).unwrap();
    std::fs::write(dir.path().join("pgstrata.toml"), b"ignore = [\"\xff\"]").unwrap();
    run(dir.path(), &["check"]).fails(1, &["error[not-utf8]: `pgstrata.toml`"]);
    std::fs::remove_file(dir.path().join("pgstrata.toml")).unwrap();
    std::fs::create_dir(dir.path().join("pgstrata.toml")).unwrap();
    run(dir.path(), &["check"]).fails(1, &["`pgstrata.toml` is a directory"]);
}

fn write(dir: &Path, name: &str, text: &str) {
    std::fs::write(dir.join(name), text).expect("a file");
}

#[test]
fn new_writes_a_repeatable_script() {
    let dir = shop();
    run(dir.path(), &["lock"]).succeeds();
    let written = run(dir.path(), &["new", "Customers of today", "--repeatable"]);
    let path = dir.path().join("repeatable/customers_of_today.sql");
    assert_eq!(written.succeeds().trim(), path.to_str().unwrap());
    run(dir.path(), &["check"]).fails(1, &["this repeatable script does nothing"]);
    let view = "CREATE OR REPLACE VIEW customers_of_today AS SELECT id FROM customer;\n";
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{text}{view}")).unwrap();
    assert!(
        run(dir.path(), &["check"])
            .succeeds()
            .contains("1 repeatable script")
    );
    let lock = std::fs::read_to_string(dir.path().join("migrations.lock")).unwrap();
    assert!(
        lock.ends_with("\nrepeatable/customers_of_today.sql open\n"),
        "{lock}"
    );

    let before = contents(dir.path());
    run(dir.path(), &["new", "Customers of today", "--repeatable"]).fails(5, &["cannot write"]);
    run(dir.path(), &["new", "2026 totals", "--repeatable"])
        .fails(5, &["would look like a version", "repeatable/totals.sql"]);
    run(dir.path(), &["new", "x", "--repeatable", "--timestamp"]).fails(5, &["cannot be used"]);
    assert_eq!(contents(dir.path()), before);
}

/// Filled in, each template is found good, and goes up and down.
#[test]
fn new_begins_with_a_template() {
    let dir = tempfile::tempdir().unwrap();
    for template in ["table", "column", "index", "enum", "seed", "data"] {
        let written = run(dir.path(), &["new", template, "--template", template]);
        let paths: Vec<String> = written.succeeds().lines().map(str::to_owned).collect();
        run(dir.path(), &["check"]).fails(1, &["error["]);
        let column = if template == "table" { "email" } else { "name" };
        for path in paths {
            let text = std::fs::read_to_string(&path).unwrap();
            let filled = text
                .replace("{table}", "account")
                .replace("{column}", column)
                .replace("{index}", "account_name_idx")
                .replace("{type}", "colour")
                .replace("{first}", "green")
                .replace("{second}", "blue")
                .replace("email text NOT NULL", "email text NOT NULL DEFAULT ''");
            assert!(!filled.contains('{'), "{filled}");
            std::fs::write(path, filled).unwrap();
        }
    }
    run(dir.path(), &["lock"]).succeeds();
    let checked = run(dir.path(), &["check", "--sealed"]);
    assert!(
        checked.succeeds().contains("no problem found"),
        "{checked:#?}"
    );
    let url = database();
    run(dir.path(), &["up", "--database-url", &url]).succeeds();
    run(
        dir.path(),
        &["down", "--steps", "6", "--yes", "--database-url", &url],
    )
    .succeeds();
    run(dir.path(), &["new", "x", "--template", "tabel"]).fails(5, &["'table'"]);
}
