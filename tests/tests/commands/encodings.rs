//! Databases that are not in UTF-8: every command answers, or names the object, its bytes and the way on.
//! The file is long because each kind of text is tried in each kind of database.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::process::Command;

use postgres::config::Host;
use tempfile::TempDir;

use crate::support::{connect, database, directory, run, run_with, server};

/// A database of its own in this encoding.
fn database_in(encoding: &str) -> String {
    let url = database();
    let name = name(&url);
    let mut home = connect(&server().url("postgres"));
    for sql in [
        format!("DROP DATABASE {name}"),
        format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'"),
    ] {
        home.batch_execute(&sql).expect(&sql);
    }
    url
}

fn name(url: &str) -> String {
    let row = connect(url).query_one("SELECT current_database()::text", &[]);
    row.expect("a name").get(0)
}

fn largest() -> TempDir {
    directory(&[
        (
            "0001_table.up.sql",
            "CREATE TABLE größe (id bigint PRIMARY KEY, text text DEFAULT 'é');\nCOMMENT ON TABLE größe IS 'é';\n",
        ),
        ("0001_table.down.sql", "DROP TABLE größe;\n"),
        (
            "0002_more.up.sql",
            "ALTER TABLE größe ADD COLUMN länge bigint;\n",
        ),
        (
            "0002_more.down.sql",
            "ALTER TABLE größe DROP COLUMN länge;\n",
        ),
    ])
}

const COMMANDS: [&[&str]; 7] = [
    &["status"],
    &["preflight"],
    &["postflight"],
    &["fingerprint"],
    &["drift"],
    &["backup", "--scope", "full"],
    &["up", "--dry-run"],
];

fn with_url<'a>(command: &[&'a str], url: &'a str) -> Vec<&'a str> {
    [command, &["--database-url", url]].concat()
}

/// Encodings of one byte a character and of several, and letters that they have (PostgreSQL manual: Character Set
/// Support). All 34 that a database may have were tried once.
const ENCODINGS: [(&str, &str); 9] = [
    ("EUC_JP", "表"),
    ("EUC_KR", "한"),
    ("EUC_TW", "表"),
    ("KOI8R", "ж"),
    ("LATIN1", "ö"),
    ("SQL_ASCII", "ö表"),
    ("UTF8", "ö表"),
    ("WIN874", "ก"),
    ("WIN1252", "œ"),
];

/// The same files with other letters.
fn largest_with(letters: &str) -> TempDir {
    let dir = largest();
    for entry in std::fs::read_dir(dir.path()).expect("a directory") {
        let path = entry.expect("a file").path();
        let text = std::fs::read_to_string(&path).expect("a text");
        let text = ["ö", "ä", "é"]
            .iter()
            .fold(text, |text, it| text.replace(it, letters));
        std::fs::write(&path, text.replace('ß', letters)).expect("a file");
    }
    dir
}

#[test]
fn every_command_answers_where_the_encoding_has_everything() {
    for (encoding, letters) in ENCODINGS {
        let (dir, url) = (largest_with(letters), database_in(encoding));
        let table = format!("gr{letters}{letters}e");
        run(dir.path(), &with_url(&["up", "--to", "1"], &url)).succeeds();
        let row = format!("INSERT INTO {table} VALUES (1, '{letters}')");
        connect(&url).batch_execute(&row).expect("a row");
        let up = run(dir.path(), &with_url(&["up"], &url));
        assert!(
            up.succeeds().contains(&table) || up.stdout.contains("1 table"),
            "{encoding}: {up:#?}"
        );
        for command in COMMANDS {
            run(dir.path(), &with_url(command, &url)).succeeds();
        }
        run(
            dir.path(),
            &with_url(&["down", "--steps", "1", "--yes"], &url),
        )
        .succeeds();
    }
}

#[test]
fn preflight_says_which_encoding_it_is() {
    let dir = largest();
    for (encoding, says) in [
        (
            "LATIN1",
            "note: server: the database's encoding is LATIN1, not UTF8",
        ),
        (
            "SQL_ASCII",
            "warning: server: the database's encoding is SQL_ASCII",
        ),
        (
            "EUC_JP",
            "note: server: the database's encoding is EUC_JP, not UTF8",
        ),
    ] {
        let url = database_in(encoding);
        let outcome = run(dir.path(), &with_url(&["preflight"], &url));
        let said = outcome
            .succeeds()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(said.contains(says), "{outcome:#?}");
    }
    let outcome = run(dir.path(), &with_url(&["preflight"], &database()));
    assert!(!outcome.succeeds().contains("encoding"), "{outcome:#?}");
}

#[test]
fn a_pending_character_that_the_encoding_lacks_is_an_error_of_each_command() {
    let dir = directory(&[
        (
            "0001_table.up.sql",
            "CREATE TABLE \"preis_€\" (id bigint PRIMARY KEY);\n",
        ),
        ("0001_table.down.sql", "DROP TABLE \"preis_€\";\n"),
        (
            "0002_more.up.sql",
            "ALTER TABLE \"preis_€\" ADD COLUMN more bigint;\n",
        ),
        (
            "0002_more.down.sql",
            "ALTER TABLE \"preis_€\" DROP COLUMN more;\n",
        ),
    ]);
    let url = database_in("LATIN1");
    let places = [
        "0001_table.up.sql:1:21: the database's encoding LATIN1 lacks the character € (U+20AC)",
        "0002_more.down.sql:1:20: ",
    ];
    for command in [
        &["up"][..],
        &["up", "--dry-run"],
        &["plan"],
        &["up", "--skip-backup"],
    ] {
        run(dir.path(), &with_url(command, &url)).fails(1, &places);
    }
    let preflight = run(dir.path(), &with_url(&["preflight"], &url));
    preflight.fails(1, &["preflight failed"]);
    let said = preflight
        .stdout
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    for place in places {
        assert!(said.contains(place), "{place:?}: {preflight:#?}");
    }
    for command in [
        &["status"][..],
        &["postflight"],
        &["drift"],
        &["fingerprint"],
    ] {
        let outcome = run(dir.path(), &with_url(command, &url));
        assert!(!outcome.stderr.contains("db error"), "{outcome:#?}");
        assert!(!outcome.stderr.contains("22P05"), "{outcome:#?}");
    }
}

/// Something in the database with the byte E9, which is no UTF-8; and how it is named.
const ODD: [(&str, &str); 9] = [
    ("CREATE TABLE \"t%\" (id int)", r#"table "t\351": its name"#),
    (
        "CREATE TABLE t (\"c%\" int)",
        r#"column t."c\351": its name"#,
    ),
    (
        "CREATE TABLE t (c text DEFAULT 'c%')",
        r"column t.c: its default",
    ),
    (
        "CREATE TABLE t (c int); COMMENT ON COLUMN t.c IS 'c%'",
        r"column t.c: its comment",
    ),
    (
        "CREATE VIEW v AS SELECT 'c%' AS c",
        r"view v: its definition",
    ),
    ("CREATE TYPE t AS ENUM ('c%')", r"type t: its values"),
    ("CREATE SCHEMA \"s%\"", r#"schema "s\351": its name"#),
    (
        "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS 'SELECT ''c%'''",
        r"function f()",
    ),
    (
        "CREATE TABLE t (c text CHECK (c <> 'c%'))",
        r"constraint t_c_check",
    ),
];

/// Sends the bytes as they are.
fn odd(url: &str, sql: &str) {
    let escaped = sql.replace('\'', "''").replace('%', "' || chr(233) || '");
    let run =
        format!("SET client_encoding = 'SQL_ASCII'; DO $do$BEGIN EXECUTE '{escaped}'; END$do$");
    connect(url).batch_execute(&run).expect(sql);
}

#[test]
fn an_object_with_odd_bytes_is_named_by_whatever_reads_it() {
    let dir = largest();
    for (sql, named) in ODD {
        let url = database_in("SQL_ASCII");
        run(dir.path(), &with_url(&["up"], &url)).succeeds();
        odd(&url, sql);
        for command in [&["drift"][..], &["fingerprint"], &["backup"]] {
            let outcome = run(dir.path(), &with_url(command, &url));
            outcome.fails(5, &[named, "22021", "bytes that are not UTF-8", "hint: "]);
            assert!(!outcome.stderr.contains("db error"), "{outcome:#?}");
        }
        for command in [&["status"][..], &["preflight"], &["up"]] {
            run(dir.path(), &with_url(command, &url)).succeeds();
        }
        let postflight = run(dir.path(), &with_url(&["postflight"], &url));
        assert!(!postflight.stderr.contains("db error"), "{postflight:#?}");
        if postflight.code != 0 {
            postflight.fails(5, &[named, "hint: "]);
        }
    }
}

#[test]
fn up_keeps_nothing_and_changes_nothing_where_the_backup_meets_odd_bytes() {
    let (dir, url) = (largest(), database_in("SQL_ASCII"));
    run(dir.path(), &with_url(&["up", "--to", "1"], &url)).succeeds();
    connect(&url)
        .batch_execute("INSERT INTO größe VALUES (1, 'ä')")
        .expect("a row");
    odd(&url, "CREATE TABLE \"t%\" (id int)");
    let outcome = run(dir.path(), &with_url(&["up"], &url));
    outcome.fails(5, &[r#"table "t\351": its name"#, "--skip-backup"]);
    let columns = "SELECT count(*) FROM pg_attribute WHERE attname LIKE 'l%nge'";
    let count: i64 = connect(&url)
        .query_one(columns, &[])
        .expect("a count")
        .get(0);
    assert_eq!(count, 0);
    run(dir.path(), &with_url(&["up", "--skip-backup"], &url)).succeeds();
}

/// Roles and databases are the whole server's, so their names may be of another encoding.
#[test]
fn a_role_of_a_database_in_another_encoding_is_no_obstacle_or_is_named() {
    let dir = largest();
    let (latin, url) = (database_in("LATIN1"), database());
    run(dir.path(), &with_url(&["up"], &url)).succeeds();
    connect(&latin)
        .batch_execute("CREATE ROLE \"rolle_é\"")
        .expect("a role");
    for command in COMMANDS {
        run(dir.path(), &with_url(command, &url)).succeeds();
    }
    // Named by number in a database that cannot write its name.
    let number: u32 = connect(&latin)
        .query_one("SELECT oid FROM pg_roles WHERE rolname = 'rolle_é'", &[])
        .expect("a role")
        .get(0);
    let mut client = connect(&url);
    client
        .batch_execute(&format!(
            "UPDATE pg_class SET relacl = ARRAY[makeaclitem({number}, 10, 'SELECT', false)] WHERE relname = 'größe'"
        ))
        .expect("a grant");
    let outcome = run(dir.path(), &with_url(&["fingerprint"], &url));
    outcome.fails(
        5,
        &["table \"größe\": its privileges", r"rolle_\351", "hint: "],
    );
    // This encoding looks at what it sends.
    let url = database_in("EUC_JP");
    run(dir.path(), &with_url(&["up"], &url)).succeeds();
    run(dir.path(), &with_url(&["drift"], &url)).fails(5, &[r"role", r"rolle_\351", "hint: "]);
    connect(&latin)
        .batch_execute("DROP ROLE \"rolle_é\"")
        .expect("no role");
}

#[test]
fn a_backup_is_whole_whatever_encoding_the_role_or_the_environment_has_set() {
    for (encoding, set) in [
        ("UTF8", "LATIN2"),
        ("SQL_ASCII", "LATIN2"),
        ("LATIN1", "SQL_ASCII"),
    ] {
        let (dir, url) = (largest(), database_in(encoding));
        run(dir.path(), &with_url(&["up", "--to", "1"], &url)).succeeds();
        let name = name(&url);
        let mut client = connect(&url);
        client
            .batch_execute("INSERT INTO größe VALUES (1, 'ä')")
            .expect("a row");
        client
            .batch_execute(&format!(
                "ALTER DATABASE {name} SET client_encoding = '{set}'"
            ))
            .expect("a setting");
        client
            .batch_execute("CREATE TABLE übrig (id int); INSERT INTO übrig VALUES (2)")
            .expect("another table");
        if encoding == "SQL_ASCII" {
            // Rows are kept as they are.
            odd(&url, "INSERT INTO größe VALUES (3, '%')");
        }
        for arguments in [
            &["backup", "--scope", "schema"][..],
            &["backup", "--sql"],
            &["backup"],
            &["up"],
        ] {
            let variables = [("PGCLIENTENCODING", "KOI8R")];
            run_with(dir.path(), &with_url(arguments, &url), &variables).succeeds();
        }
        let copy = format!("{name}_copy");
        let restore = ["restore", "--into", &copy, "--database-url", &url];
        run(dir.path(), &restore).succeeds();
        let files = std::fs::read_dir(dir.path().join(".backups")).expect("backups");
        let mut files = files.map(|file| file.expect("a file").path());
        let affected = files.find(|it| it.to_string_lossy().ends_with("-affected.dump"));
        let listed = Command::new("pg_restore")
            .arg("--list")
            .arg(affected.expect("a backup"))
            .output();
        let listed = listed.expect("a list");
        let listed = String::from_utf8_lossy(&listed.stdout);
        assert!(listed.contains("TABLE DATA public größe"), "{listed}");
        assert!(!listed.contains("TABLE DATA public übrig"), "{listed}");
    }
}

/// Sends a query with the byte E9, as a program does that converts nothing; it stays in its transaction.
fn idle_with_odd_query(url: &str) -> UnixStream {
    let config: postgres::Config = url.parse().expect("an address");
    let [Host::Unix(folder)] = config.get_hosts() else {
        panic!("not a socket: {url}");
    };
    let socket = folder.join(format!(".s.PGSQL.{}", config.get_ports()[0]));
    let mut stream = UnixStream::connect(socket).expect("a socket");
    let (user, database) = (config.get_user().expect("a user"), name(url));
    let start = format!("\0\u{3}\0\0user\0{user}\0database\0{database}\0\0");
    let query = b"BEGIN; SELECT 'odd \xe9'\0";
    let framed = |kind: &[u8], body: &[u8]| {
        let length = u32::try_from(body.len() + 4)
            .expect("a length")
            .to_be_bytes();
        [kind, &length, body].concat()
    };
    for message in [framed(b"", start.as_bytes()), framed(b"Q", query)] {
        stream.write_all(&message).expect("a message");
        let mut answer = Vec::new();
        // Until the server is ready for another query.
        while !answer.windows(5).any(|it| it == b"Z\0\0\0\x05") {
            let mut byte = [0];
            stream.read_exact(&mut byte).expect("an answer");
            answer.push(byte[0]);
        }
    }
    stream
}

#[test]
fn a_query_with_odd_bytes_is_shown_as_it_can_be() {
    let (dir, url) = (largest(), database_in("SQL_ASCII"));
    let _other = idle_with_odd_query(&url);
    let preflight = ["preflight", "--long-transaction", "0"];
    let outcome = run(dir.path(), &with_url(&preflight, &url));
    let said = outcome.succeeds();
    assert!(said.contains("a transaction is open"), "{outcome:#?}");
    assert!(said.contains(r"\351"), "{outcome:#?}");
}

#[test]
fn a_database_without_a_way_to_utf8_is_named_at_the_connection() {
    let url = database_in("MULE_INTERNAL");
    let dir = largest();
    run(dir.path(), &with_url(&["status"], &url)).fails(5, &["MULE_INTERNAL", "ENCODING 'UTF8'"]);
}
