//! Commands that only read answer whatever a working tree looks like: what a local file has against a
//! release is said, and does not stop whoever asks how the database stands.

use std::path::Path;

use tempfile::TempDir;

use crate::support::{Outcome, connect, database, file, run, shop};

/// With what each ends where both migrations are applied and a third one is pending.
const COMMANDS: [(&[&str], i32); 9] = [
    (&["status"], 6),
    (&["info", "1"], 0),
    (&["verify"], 0),
    (&["preflight"], 0),
    (&["plan"], 0),
    (&["up", "--dry-run"], 0),
    (&["postflight"], 0),
    (&["list"], 0),
    (&["graph"], 0),
];

/// What changes a database, and what judges files.
const REFUSED: [&[&str]; 5] = [
    &["up", "--skip-backup"],
    &["down", "--yes"],
    &["redo"],
    &["baseline", "2", "--reason", "tried"],
    &["check"],
];

/// Both migrations are sealed and applied.
fn applied() -> (TempDir, String) {
    let (dir, url) = (shop(), database());
    run(dir.path(), &["lock"]).succeeds();
    run(dir.path(), &["up", "--database-url", &url]).succeeds();
    (dir, url)
}

fn ask(dir: &Path, url: &str, arguments: &[&str]) -> Outcome {
    run(dir, &[arguments, &["--database-url", url]].concat())
}

/// Files are written; every reading command warns of the rules and answers, and the others refuse.
/// Where the third migration cannot be read, it is no pending one.
fn answers(files: &[(&str, &str)], rules: &[&str], is_pending: bool) {
    let (dir, url) = applied();
    for (name, text) in files {
        file(&dir, name, text);
    }
    for (command, code) in COMMANDS {
        let outcome = ask(dir.path(), &url, command);
        let code = if is_pending || code != 6 { code } else { 0 };
        assert_eq!(outcome.code, code, "{files:?}, {command:?}: {outcome:#?}");
        let warned = |rule: &&str| outcome.stderr.contains(&format!("warning[{rule}]"));
        assert!(
            rules.iter().all(warned),
            "{files:?}, {command:?}: {outcome:#?}"
        );
        let refusal = "`cargo pgstrata up` refuses";
        assert!(
            outcome.stderr.contains(refusal),
            "{command:?}: {outcome:#?}"
        );
        assert!(
            !outcome.stderr.contains("error"),
            "{command:?}: {outcome:#?}"
        );
    }
    let status = ask(dir.path(), &url, &["status"]);
    let rows = ["0001_create_customer", "0002_create_invoice"];
    for row in rows {
        let line = status.stdout.lines().find(|line| line.contains(row));
        let line = line.unwrap_or_else(|| panic!("{row} is not in {status:#?}"));
        assert!(
            line.contains("applied") || files.iter().any(|it| it.0.contains(row)),
            "{line}"
        );
    }
    for command in REFUSED {
        let outcome = ask(dir.path(), &url, command);
        outcome.fails(1, &[&format!("error[{}]", rules[0])]);
    }
}

const UP: &str = "CREATE TABLE note (id bigint);\n";
const DOWN: &str = "DROP TABLE note;\n";

#[test]
fn a_pair_that_was_written_by_hand() {
    let pair = [("0003_note.up.sql", UP), ("0003_note.down.sql", DOWN)];
    answers(&pair, &["not-in-lock"], true);
}

#[test]
fn a_pair_that_is_not_ready() {
    answers(&[("0003_note.up.sql", UP)], &["missing-down"], false);
    let unread = [
        ("0003_note.up.sql", "SELECT 'a"),
        ("0003_note.down.sql", DOWN),
    ];
    answers(&unread, &["unterminated"], false);
    let empty = [("0003_note.up.sql", ""), ("0003_note.down.sql", DOWN)];
    answers(&empty, &["empty"], false);
    let names = [("0003_note.up.sql", UP), ("0003_remark.down.sql", DOWN)];
    answers(&names, &["pair-name"], false);
    let directive = "-- pgstrata: no-transactoin\nCREATE TABLE note (id bigint);\n";
    let misspelt = [
        ("0003_note.up.sql", directive),
        ("0003_note.down.sql", DOWN),
    ];
    answers(&misspelt, &["directive"], false);
}

#[test]
fn a_pair_that_must_not_run() {
    let committed = "CREATE TABLE note (id bigint);\nCOMMIT;\n";
    let pair = [
        ("0003_note.up.sql", committed),
        ("0003_note.down.sql", DOWN),
    ];
    answers(&pair, &["transaction-control", "not-in-lock"], true);
    let far = [("0009_note.up.sql", UP), ("0009_note.down.sql", DOWN)];
    answers(&far, &["gap"], true);
}

#[test]
fn a_number_that_the_lock_gives_to_another() {
    let pair = [("0002_note.up.sql", UP), ("0002_note.down.sql", DOWN)];
    answers(&pair, &["duplicate-version"], false);
}

#[test]
fn what_is_no_migration() {
    answers(
        &[("notes.txt", "what was seen at 3:40\n")],
        &["file-name"],
        false,
    );
    answers(
        &[("0002_create_invoice.up.sql.orig", UP)],
        &["file-name"],
        false,
    );
    answers(
        &[("old/0001_create_customer.up.sql", UP)],
        &["stray-file"],
        false,
    );
    let view = [("repeatable/open_invoices.sql", "CREATE VIEW v AS SELECT 'a")];
    answers(&view, &["unterminated"], false);
}

#[test]
fn what_the_lock_knows_and_was_changed() {
    let changed = "CREATE TABLE invoice (id bigint PRIMARY KEY, customer bigint);\n";
    let (dir, url) = applied();
    file(&dir, "0002_create_invoice.up.sql", changed);
    let status = ask(dir.path(), &url, &["status"]);
    status.fails(7, &["warning[sealed]"]);
    assert!(status.stdout.contains("changed"), "{status:#?}");
    ask(dir.path(), &url, &["up"]).fails(1, &["error[sealed]"]);
}

#[test]
fn a_lock_that_cannot_be_read() {
    for (text, what) in [
        (
            "<<<<<<< ours\n0001_a open\n=======\n>>>>>>> theirs\n",
            "two branches",
        ),
        (
            "# pgstrata lock 1\n0001_create_customer opne\n",
            "this line is not complete",
        ),
        ("\u{feff}nonsense", "lock file"),
    ] {
        let (dir, url) = applied();
        file(&dir, "migrations.lock", text);
        let status = ask(dir.path(), &url, &["status"]);
        status.succeeds();
        assert!(status.stderr.contains("warning[lock]"), "{status:#?}");
        assert!(status.stderr.contains(what), "{status:#?}");
        ask(dir.path(), &url, &["up"]).fails(1, &["error[lock]"]);
    }
}

/// The files of an open migration are gone, as on another branch.
#[test]
fn a_line_without_its_files() {
    let (dir, url) = (shop(), database());
    run(dir.path(), &["new", "note"]).succeeds();
    for direction in ["up", "down"] {
        let name = format!("0003_note.{direction}.sql");
        std::fs::remove_file(dir.path().join(name)).expect("a file");
    }
    let status = ask(dir.path(), &url, &["status"]);
    status.fails(6, &["warning[lock-open]"]);
    assert!(!status.stdout.contains("note"), "{status:#?}");
}

/// `drift` and `backup` take longer.
#[test]
fn the_slow_commands_answer_as_well() {
    let (dir, url) = applied();
    file(&dir, "0003_note.up.sql", UP);
    for command in ["drift", "backup"] {
        let outcome = ask(dir.path(), &url, &[command]);
        outcome.succeeds();
    }
    file(&dir, "0003_note.down.sql", DOWN);
    let outcome = ask(dir.path(), &url, &["drift"]);
    outcome.succeeds();
    assert!(
        outcome.stderr.contains("warning[not-in-lock]"),
        "{outcome:#?}"
    );
    ask(dir.path(), &url, &["backup", "--scope", "affected"]).succeeds();
}

/// Without a migration that the lock knows every answer would be wrong; and nobody can say which files
/// are new where nothing was sealed, or which to read where the settings cannot be.
#[test]
fn what_must_be_readable() {
    let refused = |name: &str, text: &str, rule: &str, has_lock: bool| {
        let (dir, url) = applied();
        file(&dir, name, text);
        if !has_lock {
            std::fs::remove_file(dir.path().join("migrations.lock")).expect("a file");
        }
        for command in ["status", "plan", "list", "postflight"] {
            let outcome = ask(dir.path(), &url, &[command]);
            outcome.fails(1, &[&format!("error[{rule}]"), "nothing was changed"]);
        }
    };
    let invoice = "0002_create_invoice.up.sql";
    refused(
        invoice,
        "CREATE TABLE invoice (a text DEFAULT 'x",
        "unterminated",
        true,
    );
    refused(invoice, "", "empty", true);
    refused("0003_note.up.sql", "SELECT 'a", "missing-down", false);
    refused("pgstrata.toml", "numbring = \"gaps\"\n", "settings", true);
    let url = database();
    ask(Path::new("/nowhere"), &url, &["status"]).fails(1, &["error[directory]"]);
}

/// A verify script runs on the database, so a rule that forbids what is in it holds.
#[test]
fn a_verify_script_that_must_not_run() {
    let (dir, url) = applied();
    let script = "INSERT INTO customer VALUES (7);\nCOMMIT;\n";
    file(&dir, "0001_create_customer.verify.sql", script);
    for command in ["verify", "postflight"] {
        ask(dir.path(), &url, &[command]).fails(1, &["error[transaction-control]"]);
    }
    let rows = connect(&url).query_one("SELECT count(*) FROM customer", &[]);
    assert_eq!(rows.expect("rows").get::<_, i64>(0), 0);
    // A new one that may run does, unsealed as it is.
    file(
        &dir,
        "0001_create_customer.verify.sql",
        "SELECT 1 / count(*) FROM customer;\n",
    );
    ask(dir.path(), &url, &["status"]).succeeds();
    let verify = ask(dir.path(), &url, &["verify"]);
    verify.fails(3, &["warning[sealed]", "22012"]);
}
