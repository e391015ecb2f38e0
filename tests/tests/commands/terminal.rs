//! What people see who sit at a terminal.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Command;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::support::{database, directory, run};

/// What a terminal of so many columns shows while the program runs, without colours.
fn on_a_terminal(dir: &Path, arguments: &[&str], columns: u16) -> String {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&ours).expect("a terminal of ours");
    unlockpt(&ours).expect("a terminal that opens");
    let name = ptsname(&ours, Vec::new()).expect("its name");
    let size = Winsize {
        ws_row: 50,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&ours, size).expect("its size");
    let theirs: OwnedFd = File::options()
        .read(true)
        .write(true)
        .open(name.to_str().expect("a path"))
        .expect("its other end")
        .into();
    let mut child = Command::new(env!("CARGO_BIN_EXE_pgstrata"))
        .args(arguments)
        .arg("--dir")
        .arg(dir)
        .env("NO_COLOR", "1")
        .env_remove("COLUMNS")
        .env_remove("GITHUB_ACTIONS")
        .stdout(theirs.try_clone().expect("standard output"))
        .stderr(theirs)
        .spawn()
        .expect("the program runs");
    let mut shown = Vec::new();
    // Reading ends in an error when the program, the only one at the other end, has ended.
    let _ = File::from(ours).read_to_end(&mut shown);
    child.wait().expect("its end");
    String::from_utf8(shown).expect("UTF-8").replace('\r', "")
}

/// Two findings about one table, in a line that is long, and a hint at where the table was made.
const FILES: [(&str, &str); 6] = [
    (
        "0001_create_customer.up.sql",
        "CREATE TABLE customer (id bigint PRIMARY KEY, name text, note text);\n",
    ),
    ("0001_create_customer.down.sql", "DROP TABLE customer;\n"),
    (
        "0002_create_invoice.up.sql",
        "CREATE TABLE invoice (id bigint PRIMARY KEY, customer bigint, a_column_with_a_rather_long_name text, \
         another_column_with_a_name_as_long text, FOREIGN KEY (customer) REFERENCES customer (id));\n",
    ),
    ("0002_create_invoice.down.sql", "DROP TABLE invoice;\n"),
    (
        "0003_index.up.sql",
        "CREATE INDEX a_rather_long_name_of_an_index ON customer (name, note); CREATE INDEX \
         another_rather_long_name_of_an_index ON customer (note, name);\n",
    ),
    (
        "0003_index.down.sql",
        "DROP INDEX a_rather_long_name_of_an_index; DROP INDEX another_rather_long_name_of_an_index;\n",
    ),
];

#[test]
fn nothing_is_wider_than_the_terminal() {
    let dir = directory(&FILES);
    for columns in [50_u16, 72, 110] {
        let shown = on_a_terminal(dir.path(), &["check"], columns);
        assert!(shown.contains("warning[") && shown.contains('…'), "{shown}");
        let widest = shown.lines().map(|line| line.chars().count()).max();
        // A path may be, which is in one piece, and what goes to standard output.
        let wide = shown.lines().filter(|line| {
            line.chars().count() > usize::from(columns)
                && !line.contains(&*dir.path().to_string_lossy())
        });
        assert_eq!(
            wide.collect::<Vec<_>>(),
            [""; 0],
            "{columns}, {widest:?}: {shown}"
        );
    }
    // In a log a sentence is a line.
    let logged = run(dir.path(), &["check"]).stderr;
    assert!(
        logged
            .lines()
            .any(|line| line.starts_with("  = why: ") && line.len() > 90),
        "{logged}"
    );
}

#[test]
fn an_answer_comes_before_what_was_found() {
    let dir = directory(&FILES);
    // Something that all of them find.
    std::fs::write(
        dir.path().join("0003_index.up.sql"),
        "CREATE INDEX i ON customer (name); SELECT 1;;\n",
    )
    .expect("a file");
    let url = database();
    let with_server = ["--database-url", &url];
    for (arguments, answer) in [
        (vec!["list"], "create_customer"),
        (vec!["graph"], "flowchart LR"),
        ([&["status"], &with_server[..]].concat(), "pending"),
        (
            [&["plan"], &with_server[..]].concat(),
            "CREATE TABLE customer",
        ),
        (vec!["info", "1"], "create_customer"),
    ] {
        let shown = on_a_terminal(dir.path(), &arguments, 100);
        let found = shown
            .find("warning[")
            .unwrap_or_else(|| panic!("{arguments:?}: {shown}"));
        let said = shown
            .find(answer)
            .unwrap_or_else(|| panic!("{arguments:?}: {shown}"));
        assert!(said < found, "{arguments:?}: {shown}");
    }
}

#[test]
fn check_ends_with_counts_by_rule() {
    let dir = directory(&FILES);
    let warned = run(dir.path(), &["check"]);
    let counts = "3 open: 2 warnings (2 blocking-index)\n";
    assert!(warned.succeeds().ends_with(counts), "{warned:#?}");

    std::fs::write(
        dir.path().join("0003_index.down.sql"),
        "DROP INDEX; ALTER TABL;\n",
    )
    .expect("a file");
    let refused = run(dir.path(), &["check"]);
    let counts =
        "has 2 problems; nothing was changed\n  errors: 2 syntax\n  warnings: 2 blocking-index";
    refused.fails(1, &[counts]);
}
