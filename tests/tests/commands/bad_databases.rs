//! Connections that cannot be had, and databases that cannot be written.

use crate::support::{connect, database, objects, run, run_with, server, shop};

#[test]
fn no_database_is_named() {
    run(shop().path(), &["up"]).fails(5, &["no database is named", "--database-url"]);
}

#[test]
fn an_address_that_cannot_be_read() {
    let url = "postgresql://user:secret@host:port/db";
    let outcome = run(shop().path(), &["up", "--database-url", url]);
    outcome.fails(
        5,
        &[
            "the database URL cannot be read",
            "postgresql://user:password@host:5432/name",
        ],
    );
    assert!(!outcome.stderr.contains("secret"));
}

#[test]
fn nobody_listens() {
    // Nothing listens on the discard port of the loopback address.
    let url = "postgresql://someone:secret@127.0.0.1:9/shop";
    let outcome = run(shop().path(), &["status", "--database-url", url]);
    outcome.fails(
        5,
        &[
            "cannot connect to database `shop` as `someone` on 127.0.0.1:9",
            "check that the server runs",
        ],
    );
    assert!(!outcome.stderr.contains("secret"));
}

#[test]
fn a_database_that_does_not_exist() {
    let url = server().url("no_such_database");
    run(shop().path(), &["up", "--database-url", &url])
        .fails(5, &["does not exist", "create the database first"]);
}

#[test]
fn a_wrong_password() {
    let url = database();
    let mut client = connect(&url);
    let name: String = client
        .query_one("SELECT current_database()::text", &[])
        .unwrap()
        .get(0);
    client
        .batch_execute(
            "SET password_encryption = 'scram-sha-256'; CREATE ROLE keeper LOGIN PASSWORD 'right'",
        )
        .unwrap();
    let rules: String = client.query_one("SHOW hba_file", &[]).unwrap().get(0);
    let asked = format!("local {name} keeper scram-sha-256");
    client
        .batch_execute(&format!(
            "COPY (VALUES ('{asked}'), ('local all all trust')) TO '{rules}'; SELECT pg_reload_conf()"
        ))
        .unwrap();
    let host: String = client
        .query_one("SHOW unix_socket_directories", &[])
        .unwrap()
        .get(0);
    // A path with special characters is shown in quotes.
    let host = host.trim_matches('"');
    let attempt = |password| {
        let variables = [
            ("PGHOST", host),
            ("PGDATABASE", &name),
            ("PGUSER", "keeper"),
            ("PGPASSWORD", password),
        ];
        run_with(shop().path(), &["status"], &variables)
    };
    // The server reads the rules a moment later.
    let wrong = std::iter::repeat_with(|| attempt("wrong"))
        .find(|outcome| outcome.code == 5)
        .unwrap();
    wrong.fails(
        5,
        &[
            "password authentication failed",
            "check user name and password",
        ],
    );
    assert_eq!(attempt("right").code, 6, "all is pending");
}

#[test]
fn a_read_only_database() {
    let url = database();
    let mut client = connect(&url);
    let name: String = client
        .query_one("SELECT current_database()::text", &[])
        .unwrap()
        .get(0);
    client
        .batch_execute(&format!(
            "ALTER DATABASE {name} SET default_transaction_read_only = on"
        ))
        .unwrap();
    let outcome = run(shop().path(), &["up", "--database-url", &url]);
    outcome.fails(5, &["25006", "read-only"]);
    assert_eq!(objects(&url), 0);
    run(shop().path(), &["status", "--database-url", &url]).fails(6, &[]);
}

#[test]
fn no_privilege_to_create_the_history() {
    let url = database();
    connect(&url)
        .batch_execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE ROLE guest LOGIN")
        .unwrap();
    let guest = url.replace("postgres@", "guest@");
    assert_ne!(guest, url);
    run(shop().path(), &["up", "--database-url", &guest]).fails(5, &["42501", "permission denied"]);
    assert_eq!(objects(&url), 0);
}
