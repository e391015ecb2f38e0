//! Settings that a role, a database or a session brings: those that change what a script means are set for the
//! run and given back, and one is refused by name.

use pgstrata::embedded::Migrations;
use pgstrata::{Goal, Migrator};
use postgres::Client;

use crate::support::{Database, assert_says, fresh_database, migrations, source};

/// What a script means depends on each of these, or how it ends.
const OTHERWISE: [(&str, &str); 10] = [
    ("array_nulls", "off"),
    ("backslash_quote", "off"),
    ("client_min_messages", "error"),
    ("default_transaction_deferrable", "on"),
    ("default_transaction_isolation", "serializable"),
    ("idle_in_transaction_session_timeout", "1234"),
    ("quote_all_identifiers", "on"),
    ("standard_conforming_strings", "off"),
    ("statement_timeout", "1234"),
    ("transform_null_equals", "on"),
];

const TEXTS: &str = r"CREATE TABLE texts (t text, a text[], b bytea DEFAULT '\x00ff', n bool);
INSERT INTO texts VALUES ('c:\dir\', '{NULL}', DEFAULT, NULL = NULL);
INSERT INTO texts VALUES (E'\'', '{}', '\x41', NULL);";

const LEFT: &str = r"c:\dir\ {NULL} \x00ff NULL 1, ' {} \x41 NULL NULL";

fn list() -> &'static Migrations<'static> {
    let concurrent = "CREATE INDEX CONCURRENTLY ON texts (t);";
    migrations([
        source("0001_texts", TEXTS, "DROP TABLE texts;")
            .verify(r"SELECT 1 / (t = 'c:\dir\')::int FROM texts LIMIT 1;"),
        source(
            "0002_index",
            concurrent,
            "DROP INDEX CONCURRENTLY texts_t_idx;",
        )
        .no_transaction(),
        source(
            "0003_back",
            r"UPDATE texts SET t = t || '\' WHERE a = '{}';",
            r"UPDATE texts SET t = 'c:\' WHERE a = '{}';",
        ),
        source("0004_more", "SELECT 1;", "SELECT 1;"),
        source("0005_more", "SELECT 1;", "SELECT 1;"),
    ])
}

fn rows(database: &Database) -> String {
    database.ask(
        r"SELECT string_agg(concat_ws(' ', t, a, b, COALESCE(n::text, 'NULL'), COALESCE(array_ndims(a)::text, 'NULL')), ', ' ORDER BY a DESC) FROM texts",
    )
}

fn shown(client: &mut Client, name: &str) -> String {
    let row = client.query_one("SELECT current_setting($1)", &[&name]);
    row.unwrap().get(0)
}

/// Of the role, of the database, and of the session that is lent.
#[test]
fn what_a_script_means_does_not_depend_on_them() {
    for (name, value) in OTHERWISE {
        let database = fresh_database();
        let mut client = database.connect();
        let set = format!("SET {name} = '{value}'");
        client.batch_execute(&set).unwrap();
        let before = shown(&mut client, name);
        Migrator::new(list())
            .up_to(&mut client, 2_u64)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(rows(&database), LEFT, "{name}");
        assert_eq!(shown(&mut client, name), before, "{name}");
        Migrator::new(list())
            .verify(&mut client)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(shown(&mut client, name), before, "{name}");
        Migrator::new(list()).up(&mut client).unwrap();
        assert_eq!(shown(&mut client, name), before, "{name}");
        Migrator::new(list())
            .run(&mut client, Goal::DownTo(0), None)
            .unwrap();
        assert_eq!(shown(&mut client, name), before, "{name}");
        assert_eq!(database.applied(), "", "{name}");
    }
}

#[test]
fn behind_a_pooler_each_transaction_sets_them() {
    let simple = || {
        migrations([
            source(
                "0001_texts",
                "CREATE TABLE texts (a text[], n bool);",
                "DROP TABLE texts;",
            ),
            source(
                "0002_row",
                "INSERT INTO texts VALUES ('{NULL}', NULL = NULL);",
                "DELETE FROM texts;",
            ),
        ])
    };
    for name in ["array_nulls", "transform_null_equals"] {
        let database = fresh_database();
        let mut client = database.connect();
        let value = if name == "array_nulls" { "off" } else { "on" };
        let set = format!("SET {name} = {value}");
        client.batch_execute(&set).unwrap();
        Migrator::new(simple())
            .behind_pooler()
            .up(&mut client)
            .unwrap();
        let left = "SELECT concat(a, ' ', n IS NULL) FROM texts";
        assert_eq!(database.ask(left), "{NULL} t", "{name}");
        assert_eq!(shown(&mut client, name), value);
    }
    let database = fresh_database();
    let mut client = database.connect();
    client
        .batch_execute("SET standard_conforming_strings = off")
        .unwrap();
    let ran = Migrator::new(simple()).behind_pooler().up(&mut client);
    let says = "standard_conforming_strings is not as migrations were checked, and behind a transaction \
                pooler it cannot be set in time: connect to the server directly, or take the setting off \
                the role and the database";
    assert_says(&ran.unwrap_err(), &[says]);
    assert_eq!(database.ask("SELECT to_regclass('texts')"), "NULL");
}

#[test]
fn a_script_that_resets_all_changes_nothing_for_the_next() {
    let database = fresh_database();
    let name = database.ask("SELECT current_database()");
    let set = format!("ALTER DATABASE {name} SET standard_conforming_strings = off");
    database.connect().batch_execute(&set).unwrap();
    let mut client = database.connect();
    let list = migrations([
        source("0001_reset", "RESET ALL;", "SELECT 1;"),
        source(
            "0002_texts",
            r"CREATE TABLE texts AS SELECT 'c:\dir\' AS t;",
            "DROP TABLE texts;",
        ),
    ]);
    let mut observer = |_: &pgstrata::Event<'_>| {};
    // One by one, since the server reads all of a message before it executes it.
    Migrator::new(list)
        .observe(&mut observer)
        .run(&mut client, Goal::Steps(1), None)
        .unwrap();
    Migrator::new(list).up(&mut client).unwrap();
    assert_eq!(database.ask("SELECT t FROM texts"), r"c:\dir\");
    assert_eq!(shown(&mut client, "standard_conforming_strings"), "off");
}

#[test]
fn a_session_that_ends_with_its_first_error_says_so() {
    let database = fresh_database();
    let mut client = database.connect();
    client.batch_execute("SET exit_on_error = on").unwrap();
    let error = Migrator::new(list()).up(&mut client).unwrap_err();
    let says = "where exit_on_error is on, the server ends a session with its first error: take that setting \
                off the role and the database";
    assert_says(&error, &[says]);
    assert_eq!(database.ask("SELECT to_regclass('texts')"), "NULL");
}

/// Foreign keys would not be looked at.
#[test]
fn a_replica_is_refused_and_what_is_printed_takes_it_away() {
    let database = fresh_database();
    let name = database.ask("SELECT current_database()");
    let set = format!("ALTER DATABASE {name} SET session_replication_role = replica");
    database.connect().batch_execute(&set).unwrap();
    let error = Migrator::new(list())
        .up(&mut database.connect())
        .unwrap_err();
    let text = error.to_string();
    let (_, reset) = text.split_once("the role or the database: ").unwrap();
    let says = "session_replication_role is replica: foreign keys and triggers would not look at what \
                migrations write; take it out of the connection's options, or off the role or the database: ALTER";
    assert_says(&text, &[says]);
    assert_eq!(database.ask("SELECT to_regclass('texts')"), "NULL");
    database.connect().batch_execute(reset).unwrap();
    Migrator::new(list()).up(&mut database.connect()).unwrap();
}

/// Whoever made the role meant them.
#[test]
fn what_is_kept_reaches_the_script() {
    let kept = [
        ("work_mem", "5MB"),
        ("maintenance_work_mem", "77MB"),
        ("max_parallel_maintenance_workers", "1"),
        ("default_tablespace", "pg_default"),
        ("default_table_access_method", "heap"),
        ("synchronous_commit", "off"),
        ("DateStyle", "German, DMY"),
        ("IntervalStyle", "iso_8601"),
        ("TimeZone", "Asia/Tokyo"),
        ("extra_float_digits", "0"),
        ("check_function_bodies", "off"),
    ];
    let database = fresh_database();
    let name = database.ask("SELECT current_database()");
    for (setting, value) in kept {
        let value = value.replace(", ", "', '");
        let set = format!("ALTER DATABASE {name} SET {setting} = '{value}'");
        database.connect().batch_execute(&set).unwrap();
    }
    let note = "INSERT INTO noted SELECT name, current_setting(name) FROM pg_settings;";
    let list = migrations([
        source(
            "0001_noted",
            "CREATE TABLE noted (name text, value text);",
            "DROP TABLE noted;",
        ),
        source("0002_inside", note, "SELECT 1;"),
        source("0003_outside", note, "SELECT 1;").no_transaction(),
    ]);
    for is_pooled in [false, true] {
        let mut migrator = Migrator::new(list);
        if is_pooled {
            migrator = migrator.behind_pooler();
        }
        migrator.up_to(&mut database.connect(), 2_u64).unwrap();
        Migrator::new(list).up(&mut database.connect()).unwrap();
        for (setting, value) in kept {
            let query =
                format!("SELECT string_agg(value, '; ') FROM noted WHERE name = '{setting}'");
            assert_eq!(
                database.ask(&query),
                format!("{value}; {value}"),
                "{setting}, {is_pooled}"
            );
        }
        Migrator::new(list)
            .run(&mut database.connect(), Goal::DownTo(0), None)
            .unwrap();
    }
}

/// It ends the session, whatever that does; older servers do not know it.
#[test]
fn a_transaction_may_be_longer_than_the_roles_timeout() {
    let database = fresh_database();
    let name = database.ask("SELECT current_database()");
    let set = format!("ALTER DATABASE {name} SET transaction_timeout = '300ms'");
    let is_known = database.connect().batch_execute(&set).is_ok();
    let version: u32 = database.ask("SHOW server_version_num").parse().unwrap();
    assert_eq!(is_known, version >= 170_000);
    let wait = "SELECT pg_sleep(0.5);";
    let list = migrations([
        source("0001_wait", wait, "SELECT 1;"),
        source("0002_wait", wait, "SELECT 1;").no_transaction(),
    ]);
    Migrator::new(list).up(&mut database.connect()).unwrap();
    assert_eq!(database.applied(), "1 2");
}
