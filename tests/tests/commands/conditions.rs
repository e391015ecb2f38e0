//! What a real server brings along, as its users meet it: each condition with the directory that it is about.

use crate::addresses::command;
use crate::support::{Outcome, ask, connect, database, directory, run, shop};

/// Sets something for one database and for its user there.
fn set(url: &str, settings: &[&str]) {
    let mut client = connect(url);
    let name = ask(&mut client, "SELECT quote_ident(current_database())");
    for setting in settings {
        for whom in [
            format!("DATABASE {name}"),
            format!("ROLE postgres IN DATABASE {name}"),
        ] {
            let set = format!("ALTER {whom} SET {setting}");
            client.batch_execute(&set).expect(&set);
        }
    }
}

fn at(dir: &tempfile::TempDir, url: &str, arguments: &[&str]) -> Outcome {
    run(dir.path(), &[arguments, &["--database-url", url]].concat())
}

const SCS_OFF: &str = "standard_conforming_strings = off";

#[test]
fn literals_are_applied_as_written() {
    let dir = directory(&[
        (
            "0001_a.up.sql",
            "CREATE TABLE paths (p text);\nINSERT INTO paths VALUES ('c:\\dir\\'), ('x') ON CONFLICT DO NOTHING;\n",
        ),
        ("0001_a.down.sql", "DROP TABLE paths;\n"),
    ]);
    let url = database();
    set(&url, &[SCS_OFF]);
    at(&dir, &url, &["up", "--skip-backup"]).succeeds();
    let mut client = connect(&url);
    let query = "SELECT string_agg(p, ' ' ORDER BY p) FROM paths";
    assert_eq!(ask(&mut client, query), "c:\\dir\\ x");
    at(&dir, &url, &["down", "--yes"]).succeeds();
}

#[test]
fn no_drift_comes_of_how_literals_are_written() {
    let dir = directory(&[
        (
            "0001_a.up.sql",
            "CREATE TABLE a (b bytea DEFAULT '\\x00ff', c text DEFAULT 'a\\b');\n",
        ),
        ("0001_a.down.sql", "DROP TABLE a;\n"),
    ]);
    let url = database();
    at(&dir, &url, &["up", "--skip-backup"]).succeeds();
    let number = at(&dir, &url, &["fingerprint", "--exact"]).stdout;
    set(&url, &[SCS_OFF]);
    assert_eq!(at(&dir, &url, &["fingerprint", "--exact"]).stdout, number);
    at(&dir, &url, &["drift"]).succeeds();
}

#[test]
fn names_in_quotes_are_the_migrations() {
    let dir = directory(&[
        (
            "0001_a.up.sql",
            "CREATE TABLE \"a\"\"b\" (id int);\nCREATE TABLE U&\"\\0064x\" (id int);\n",
        ),
        (
            "0001_a.down.sql",
            "DROP TABLE \"dx\";\nDROP TABLE \"a\"\"b\";\n",
        ),
    ]);
    let url = database();
    let checked = run(dir.path(), &["check"]);
    assert!(!checked.succeeds().contains("not-reversed"), "{checked:#?}");
    at(&dir, &url, &["up", "--skip-backup"]).succeeds();
    let found = at(&dir, &url, &["postflight"]);
    assert!(!found.succeeds().contains("no migration"), "{found:#?}");
}

#[test]
fn what_gives_the_lock_away_is_found_by_check() {
    let dir = directory(&[
        (
            "0001_a.up.sql",
            "-- pgstrata: no-transaction\nDISCARD ALL;\n",
        ),
        ("0001_a.down.sql", "SELECT 1;\n"),
        ("0002_b.up.sql", "SELECT pg_advisory_unlock_all();\n"),
        ("0002_b.down.sql", "SELECT 1;\n"),
    ]);
    let checked = run(dir.path(), &["check"]);
    assert_eq!(checked.code, 1, "{checked:#?}");
    let said = [&*checked.stdout, &checked.stderr].concat();
    assert_eq!(
        said.matches("error[session-setting]: ").count(),
        2,
        "{said}"
    );
    assert!(!said.contains("pooler"), "{said}");
    let url = database();
    let up = at(&dir, &url, &["up", "--skip-backup"]);
    assert!(up.code != 0 && !up.stderr.contains("pooler"), "{up:#?}");
}

#[test]
fn the_help_for_reset_is_sql() {
    let up = "SET LOCAL ROLE postgres;\nCREATE TABLE a (id int);\nRESET ROLE;\nRESET ALL;\nRESET SESSION AUTHORIZATION;\n";
    let dir = directory(&[
        ("0001_a.up.sql", up),
        ("0001_a.down.sql", "DROP TABLE a;\n"),
    ]);
    let checked = run(dir.path(), &["check"]);
    assert_eq!(checked.code, 1, "{checked:#?}");
    let said = [&*checked.stdout, &checked.stderr].concat().to_lowercase();
    for wrong in [
        "set local all",
        "set local authorization",
        "set local session authorization to",
    ] {
        assert!(!said.contains(wrong), "{said}");
    }
}

#[test]
fn an_isolation_level_comes_too_late() {
    let dir = directory(&[
        (
            "0001_a.up.sql",
            "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\nCREATE TABLE a (id int);\n",
        ),
        ("0001_a.down.sql", "DROP TABLE a;\n"),
    ]);
    let checked = run(dir.path(), &["check"]);
    assert_eq!(checked.code, 1, "{checked:#?}");
    let said = [&*checked.stdout, &checked.stderr].concat();
    assert!(!said.contains("no-transaction"), "{said}");
}

#[test]
fn an_address_names_the_servers_that_it_wants() {
    let (dir, url) = (shop(), database());
    for (parameter, code) in [
        ("target_session_attrs=primary", 6),
        ("target_session_attrs=prefer-standby", 6),
        ("target_session_attrs=standby", 5),
        ("gssencmode=disable", 6),
    ] {
        let sign = if url.contains('?') { '&' } else { '?' };
        let address = format!("{url}{sign}{parameter}");
        let outcome = command(dir.path(), &["status"], &address, &[]);
        assert_eq!(outcome.code, code, "{parameter}: {outcome:#?}");
        assert!(!outcome.stderr.contains("percent-encode"), "{outcome:#?}");
    }
}

#[test]
fn an_empty_path_is_named_as_such() {
    let (dir, url) = (shop(), database());
    set(&url, &["search_path = ''"]);
    let found = at(&dir, &url, &["preflight"]);
    assert_eq!(found.code, 1, "{found:#?}");
    let says = "no schema of the search path exists";
    assert!(found.stdout.contains(says), "{found:#?}");
    let up = at(&dir, &url, &["up", "--skip-backup"]);
    assert!(up.code == 2 && up.stderr.contains(says), "{up:#?}");
}

/// The role's limit counts for what a command asks, and the way to another one is named.
#[test]
fn a_short_limit_of_the_role_is_named() {
    let (dir, url) = (shop(), database());
    at(&dir, &url, &["up", "--skip-backup"]).succeeds();
    set(&url, &["statement_timeout = 1"]);
    // By chance all may be answered in time.
    let ended = (0..20).find_map(|_| {
        let outcome = at(&dir, &url, &["postflight"]);
        (outcome.code == 5).then_some(outcome)
    });
    let ended = ended.expect("a millisecond is too short");
    let hint = "options=-c%20statement_timeout%3D60s";
    assert!(ended.stderr.contains(hint), "{ended:#?}");
    let sign = if url.contains('?') { '&' } else { '?' };
    let longer = format!("{url}{sign}{hint}");
    at(&dir, &longer, &["postflight"]).succeeds();
}

/// All that a hostile owner may set, at once, and a tenant whose schema has an odd name.
#[test]
fn everything_at_once() {
    let plain = [
        SCS_OFF,
        "backslash_quote = on",
        "escape_string_warning = off",
        "bytea_output = escape",
        "quote_all_identifiers = on",
        "default_transaction_isolation = serializable",
        "default_transaction_deferrable = on",
        "\"DateStyle\" = 'German, DMY'",
        "\"IntervalStyle\" = sql_standard",
        "\"TimeZone\" = 'Asia/Kathmandu'",
        "extra_float_digits = -15",
        "array_nulls = off",
        "transform_null_equals = on",
        "xmloption = document",
        "row_security = off",
        "check_function_bodies = off",
        "client_min_messages = error",
        "statement_timeout = '30s'",
        "lock_timeout = '1s'",
        "idle_in_transaction_session_timeout = '20s'",
        "synchronous_commit = off",
        "plan_cache_mode = force_generic_plan",
        "enable_seqscan = off",
        "join_collapse_limit = 1",
        "client_encoding = 'SJIS'",
        "search_path = '$user', 'Ten \"ant', 'nowhere'",
    ];
    let (dir, url) = (shop(), database());
    connect(&url)
        .batch_execute("CREATE SCHEMA \"Ten \"\"ant\"")
        .expect("a schema");
    set(&url, &plain);
    let all: [(&[&str], i32); 14] = [
        (&["status"], 6),
        (&["plan"], 0),
        (&["preflight"], 0),
        (&["up"], 0),
        (&["status"], 0),
        (&["verify"], 0),
        (&["postflight"], 0),
        (&["fingerprint", "--exact"], 0),
        (&["drift"], 0),
        (&["backup"], 0),
        (&["down", "--yes"], 0),
        (&["redo", "--yes"], 0),
        (&["up"], 0),
        (&["drift"], 0),
    ];
    for (arguments, code) in all {
        let outcome = at(&dir, &url, arguments);
        assert_eq!(outcome.code, code, "{arguments:?}: {outcome:#?}");
    }
    let where_it_is =
        "SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
        WHERE nspname = 'Ten \"ant' AND relname = 'customer'";
    assert_eq!(ask(&mut connect(&url), where_it_is), "1");
}
