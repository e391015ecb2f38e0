//! What a help says to type is typed, where the user stands, and the check is clean afterwards.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use pgstrata_tools::cluster::Cluster;

use crate::fingerprint::programs;
use crate::support::{Outcome, ask, connect, run};

/// Folders that a shell would take apart.
const FOLDERS: [&str; 3] = ["migrations", "it's $HOME/a b", "-m/größe"];

const DOWN: &str = "DROP TABLE account;";

/// Checks the directory in `root`, runs the commands that are printed, and checks again.
fn repaired(root: &Path, folder: &str, expected: &[&str]) -> String {
    let refused = check(root, folder);
    refused.fails(1, expected);
    let commands: Vec<_> = refused.stderr.lines().filter_map(command).collect();
    assert!(!commands.is_empty(), "{refused:#?}");
    for command in commands {
        assert_success(&shell(root, command, &[]), command);
    }
    let accepted = check(root, folder);
    accepted.succeeds();
    assert_eq!(
        fs::read_dir(root).expect("a folder").count(),
        1,
        "nothing else is left"
    );
    fs::read_to_string(root.join(folder).join("0001_account.up.sql")).expect("UTF-8")
}

/// As someone types it who stands in the package.
fn check(root: &Path, folder: &str) -> Outcome {
    let output = Command::new(env!("CARGO_BIN_EXE_pgstrata"))
        .args(["check", &format!("--dir={folder}")])
        .current_dir(root)
        .output();
    Outcome::from(output.expect("the program runs"))
}

/// The command in a line of help.
fn command(line: &str) -> Option<&str> {
    let help = line.trim_start().strip_prefix("= help: ")?;
    let start = ["iconv ", "perl ", "pg_dump --"]
        .iter()
        .filter_map(|name| help.find(name));
    Some(&help[start.min()?..])
}

fn shell(root: &Path, command: &str, variables: &[(&str, String)]) -> Output {
    Command::new("/bin/sh")
        .args(["-c", command])
        .current_dir(root)
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .output()
        .expect("a shell")
}

fn assert_success(output: &Output, command: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && stderr.is_empty(),
        "{command}: {stderr}"
    );
}

fn package(folder: &str, up: &[u8]) -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a folder");
    let migrations = root.path().join(folder);
    fs::create_dir_all(&migrations).expect("a folder");
    fs::write(migrations.join("0001_account.up.sql"), up).expect("a file");
    fs::write(migrations.join("0001_account.down.sql"), DOWN).expect("a file");
    root
}

fn units<const N: usize>(text: &str, bytes: impl Fn(u32) -> [u8; N]) -> Vec<u8> {
    text.chars()
        .flat_map(|letter| bytes(u32::from(letter)))
        .collect()
}

#[test]
fn other_encodings_become_utf8() {
    let text = "CREATE TABLE account (id bigint PRIMARY KEY, \"größe\" text DEFAULT 'Ж €');\n";
    let little = |code: u32| u16::try_from(code).unwrap().to_le_bytes();
    let big = |code: u32| u16::try_from(code).unwrap().to_be_bytes();
    let marked = format!("\u{feff}{text}");
    let cases = [
        ("UTF-16", units(&marked, little)),
        ("UTF-16", units(&marked, big)),
        ("UTF-16", units(text, little)),
        ("UTF-16", units(text, big)),
        ("UTF-32", units(&marked, u32::to_le_bytes)),
        ("UTF-32", units(&marked, u32::to_be_bytes)),
        ("UTF-32", units(text, u32::to_le_bytes)),
        ("UTF-32", units(text, u32::to_be_bytes)),
    ];
    for (index, (encoding, bytes)) in cases.into_iter().enumerate() {
        let folder = FOLDERS[index % FOLDERS.len()];
        let root = package(folder, &bytes);
        let message = format!("error[not-utf8]: `0001_account.up.sql` is {encoding}, and");
        assert_eq!(repaired(root.path(), folder, &[&message]), text, "{index}");
    }
    // Without a letter outside ASCII, and as short as a migration can be.
    let root = package("m", &units("SELECT 1", little));
    assert_eq!(repaired(root.path(), "m", &["is UTF-16"]), "SELECT 1");
}

#[test]
fn files_of_western_europe_become_utf8() {
    for folder in FOLDERS {
        let latin = package(
            folder,
            b"-- Gr\xf6\xdfe\nCREATE TABLE account (id bigint);\n",
        );
        let expected = "-- Größe\nCREATE TABLE account (id bigint);\n";
        let message = "is not UTF-8: byte 0xF6 in line 1";
        assert_eq!(
            repaired(latin.path(), folder, &[message, "-f LATIN1"]),
            expected
        );
        let windows = package(folder, b"-- 1 \x80\nCREATE TABLE account (id bigint);\n");
        let expected = "-- 1 €\nCREATE TABLE account (id bigint);\n";
        assert_eq!(
            repaired(windows.path(), folder, &["-f WINDOWS-1252"]),
            expected
        );
    }
}

/// A command for the whole file would spoil what is right in it.
#[test]
fn one_wrong_byte_among_utf8_has_no_command() {
    let root = package("m", b"-- gr\xc3\xb6\xc3\x9fe\n-- gr\xf6\nSELECT 1;");
    let refused = check(root.path(), "m");
    refused.fails(
        1,
        &[
            "byte 0xF6 in line 2",
            "= help: the rest of the file is UTF-8",
        ],
    );
    assert!(!refused.stderr.contains("iconv"), "{refused:#?}");
}

#[test]
fn what_nobody_sees_goes_where_it_was_found_and_stays_in_quotes() {
    let text = "\u{feff}CREATE\u{a0}TABLE account (\u{200b}id\u{3000}bigint, \"a\u{200d}b\" text \
                DEFAULT 'a\u{a0}b');\u{feff}\r\nSELECT\u{2009}'\u{a0}', $$\u{200b}$$; \u{202e}SELECT 2;\r\n";
    let expected = "CREATE TABLE account (id bigint, \"a\u{200d}b\" text DEFAULT 'a\u{a0}b');\r\n\
                    SELECT '\u{a0}', $$\u{200b}$$; SELECT 2;\r\n";
    for folder in FOLDERS {
        let root = package(folder, text.as_bytes());
        let found = [
            "U+00A0 (a no-break space) outside quotes",
            "U+2009 (a space that is not ASCII) outside quotes",
        ];
        assert_eq!(repaired(root.path(), folder, &found), expected);
    }
}

const SCHEMA: &str = "SET check_function_bodies = off; CREATE SCHEMA shop;
    CREATE TABLE shop.item (id integer PRIMARY KEY, name text);
    INSERT INTO shop.item VALUES (1, 'it''s; nice'), (2, '$$ -- /* x'), (3, E'\\\\.');
    CREATE FUNCTION shop.first() RETURNS text LANGUAGE sql AS 'SELECT name FROM shop.last';
    CREATE FUNCTION shop.renamed() RETURNS void LANGUAGE sql AS '
UPDATE shop.item
SET name = ''x'';
';
    CREATE VIEW shop.last AS SELECT name FROM shop.item ORDER BY id DESC LIMIT 1;
    CREATE SEQUENCE shop.number; SELECT nextval('shop.number');
    COMMENT ON TABLE shop.item IS '\\restrict a\n';";

/// What `pg_dump` writes of a database is refused once, and a server takes what the one command makes of it.
#[test]
fn a_script_of_pg_dump_becomes_a_migration_at_once() {
    let cluster = Cluster::start(Some(15)).expect("a server of the same version as pg_dump");
    connect(&cluster.create_database("shop").expect("a database"))
        .batch_execute(SCHEMA)
        .expect("a schema");
    for (number, (options, expected)) in [
        (
            "--schema-only",
            "2 commands of psql, 12 settings of the session\n",
        ),
        (
            "--inserts",
            "2 commands of psql, 12 settings of the session\n",
        ),
        (
            "",
            "2 commands of psql, 12 settings of the session, 1 COPY with its rows\n",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let folder = FOLDERS[number];
        let dumped = dump(&cluster, options);
        let root = package(folder, &dumped.stdout);
        let up = root.path().join(folder);
        std::fs::write(
            up.join("0001_account.down.sql"),
            "DROP SCHEMA shop CASCADE;",
        )
        .expect("a file");
        let refused = check(root.path(), folder);
        refused.fails(1, &[expected]);
        assert_eq!(refused.stderr.matches("error[").count(), 1, "{refused:#?}");
        let commands: Vec<_> = refused.stderr.lines().filter_map(command).collect();
        assert_eq!(commands.len(), 1, "{refused:#?}");
        assert_success(
            &shell(root.path(), commands[0], &variables(&cluster)),
            commands[0],
        );
        check(root.path(), folder).succeeds();
        let restored = format!("restored_{number}");
        let url = cluster.create_database(&restored).expect("a database");
        run(&up, &["up", "--database-url", &url]).succeeds();
        let mut client = connect(&url);
        let rows = if options == "--inserts" { "3" } else { "0" };
        assert_eq!(ask(&mut client, "SELECT count(*) FROM shop.item"), rows);
        assert_eq!(ask(&mut client, "SELECT shop.renamed()"), "");
        run(
            &up,
            &["down", "--steps", "1", "--yes", "--database-url", &url],
        )
        .succeeds();
    }
}

/// Where `pg_dump` and `psql` find the database.
fn variables(cluster: &Cluster) -> Vec<(&'static str, String)> {
    let config = cluster.config("shop");
    let [postgres::config::Host::Unix(socket)] = config.get_hosts() else {
        panic!("a socket: {config:?}");
    };
    let path = std::env::var("PATH").unwrap_or_default();
    vec![
        ("PATH", format!("{}:{path}", programs().display())),
        ("PGHOST", socket.display().to_string()),
        ("PGUSER", "postgres".to_owned()),
        ("PGDATABASE", "shop".to_owned()),
    ]
}

fn dump(cluster: &Cluster, options: &str) -> Output {
    let dumped = shell(
        Path::new("/"),
        &format!("pg_dump {options}"),
        &variables(cluster),
    );
    assert_success(&dumped, "pg_dump");
    dumped
}
