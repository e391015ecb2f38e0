//! `preflight`: each finding with a second session that gives cause to it, and the marker.
//!
//! The file is long because each finding needs a server in its own state.

use std::fmt::Write as _;
use std::path::Path;
use std::thread;

use postgres::Client;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Outcome, connect, database, directory, objects, run, run_with, shop};

/// What it says in JSON.
pub(crate) fn preflight(dir: &Path, url: &str, flags: &[&str]) -> (i32, Value) {
    let outcome = run(
        dir,
        &[&["preflight", "--json", "--database-url", url], flags].concat(),
    );
    let object = serde_json::from_str(&outcome.stdout);
    (
        outcome.code,
        object.unwrap_or_else(|error| panic!("{error}: {outcome:#?}")),
    )
}

/// The one finding of a check, as `severity: message`; with its evidence and advice.
pub(crate) fn finding<'v>(object: &'v Value, check: &str) -> (String, &'v Value, &'v str) {
    let findings = object["findings"].as_array().expect("findings");
    let mut found = findings.iter().filter(|it| it["check"] == check);
    let one = found
        .next()
        .unwrap_or_else(|| panic!("nothing of {check} in {object:#}"));
    assert!(
        found.next().is_none(),
        "more than one of {check} in {object:#}"
    );
    let text = |name: &str| one[name].as_str().expect("a text");
    (
        format!("{}: {}", text("severity"), text("message")),
        &one["evidence"],
        text("advice"),
    )
}

/// A database with the first migration of the shop, and one that changes its table.
pub(crate) fn changing(sql: &str) -> (TempDir, String) {
    let (dir, url) = (shop(), database());
    run(dir.path(), &["up", "--database-url", &url]).succeeds();
    write(dir.path(), "0003_change.up.sql", sql);
    write(dir.path(), "0003_change.down.sql", "SELECT 1;\n");
    (dir, url)
}

pub(crate) fn write(dir: &Path, name: &str, text: &str) {
    std::fs::write(dir.join(name), text).expect("a file");
}

pub(crate) const ADD_COLUMN: &str = "ALTER TABLE customer ADD COLUMN email text;\n";

#[test]
fn a_quiet_database_is_a_good_one() {
    let (dir, url) = changing(ADD_COLUMN);
    let before = objects(&url);
    let (code, object) = preflight(dir.path(), &url, &[]);
    assert_eq!(code, 0, "{object:#}");
    assert_eq!(object["format"], "pgstrata preflight 1");
    assert_eq!(
        (&object["passed"], &object["findings"]),
        (&Value::Bool(true), &Value::Array(vec![]))
    );
    let statement = &object["pending"][0]["statements"][0];
    assert_eq!(statement["locks"][0]["mode"], "ACCESS EXCLUSIVE");
    assert_eq!(objects(&url), before, "nothing was made");
    let outcome = run(dir.path(), &["preflight", "--database-url", &url]);
    let text = outcome.succeeds();
    for part in [
        "pending: 1\n",
        "ACCESS EXCLUSIVE on customer\n",
        "good: server,",
        "preflight passed\n",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    // Nothing is there to wait for, on an empty database either.
    let (code, object) = preflight(shop().path(), &database(), &[]);
    assert_eq!(code, 0, "{object:#}");
    run(dir.path(), &["preflight"]).fails(5, &["no database is named"]);
}

#[test]
fn a_transaction_of_31_seconds() {
    let (dir, url) = changing("CREATE TABLE other (id int);\n");
    let mut client = connect(&url);
    let mut transaction = client.transaction().unwrap();
    let pid: i32 = transaction
        .query_one("SELECT pg_backend_pid()", &[])
        .unwrap()
        .get(0);
    let (code, object) = preflight(dir.path(), &url, &["--clock-ahead", "29"]);
    assert_eq!((code, &object["findings"]), (0, &Value::Array(vec![])));
    // It holds nothing that is asked for.
    let (code, object) = preflight(dir.path(), &url, &["--clock-ahead", "31"]);
    assert_eq!(code, 0, "{object:#}");
    let (message, evidence, advice) = finding(&object, "transactions");
    assert_eq!(message, "warning: a transaction is open for 31 s");
    assert_eq!(
        (&evidence[0]["pid"], &evidence[0]["seconds"]),
        (&pid.into(), &31.into())
    );
    assert!(
        advice.contains(&format!("pg_terminate_backend({pid})")),
        "{advice}"
    );
    // A concurrent build waits for all that are older.
    let index = "-- pgstrata: no-transaction\nCREATE INDEX CONCURRENTLY i ON customer (id);\n";
    write(dir.path(), "0003_change.up.sql", index);
    let (code, object) = preflight(dir.path(), &url, &["--clock-ahead", "31"]);
    assert_eq!(code, 1);
    assert!(
        finding(&object, "transactions")
            .0
            .contains("error: a transaction is open for 31 s, and")
    );
    // What it reads, the change has to wait for.
    write(dir.path(), "0003_change.up.sql", ADD_COLUMN);
    transaction.batch_execute("SELECT FROM customer").unwrap();
    let outcome = run(dir.path(), &["preflight", "--database-url", &url]);
    outcome.fails(1, &["preflight failed, 1 error; nothing was changed"]);
    let words = outcome
        .stdout
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(
        words.contains("and holds a lock on customer, for which the run would wait"),
        "{words}"
    );
    assert!(
        outcome
            .stdout
            .lines()
            .all(|line| line.chars().count() <= 80),
        "{outcome:#?}"
    );
}

#[test]
fn a_session_idle_in_its_transaction() {
    let (dir, url) = changing("CREATE INDEX ON customer (id);\n");
    let mut client = connect(&url);
    let mut transaction = client.transaction().unwrap();
    // Reading is not in the way of an index, writing is.
    transaction.batch_execute("SELECT FROM customer").unwrap();
    let (code, object) = preflight(dir.path(), &url, &[]);
    assert_eq!(code, 0);
    assert!(
        finding(&object, "transactions")
            .0
            .starts_with("warning: a session is idle")
    );
    transaction
        .batch_execute("INSERT INTO customer VALUES (1)")
        .unwrap();
    let (code, object) = preflight(dir.path(), &url, &[]);
    assert_eq!(code, 1);
    let (message, evidence, _) = finding(&object, "transactions");
    assert!(
        message.starts_with("error: a session is idle in a transaction"),
        "{message}"
    );
    assert_eq!(evidence[0]["query"], "INSERT INTO customer VALUES (1)");
    transaction.rollback().unwrap();
    let (code, object) = preflight(dir.path(), &url, &[]);
    assert_eq!((code, &object["findings"]), (0, &Value::Array(vec![])));
}

#[test]
fn a_blocker_and_whom_it_blocks() {
    let (dir, url) = changing(ADD_COLUMN);
    let mut holder = connect(&url);
    let mut transaction = holder.transaction().unwrap();
    transaction
        .batch_execute("LOCK TABLE customer IN EXCLUSIVE MODE")
        .unwrap();
    let waiting = url.clone();
    let waiter = thread::spawn(move || {
        connect(&waiting)
            .batch_execute("INSERT INTO customer VALUES (1)")
            .unwrap();
    });
    let mut observer = connect(&url);
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    until(&mut observer, waits);
    let (code, object) = preflight(dir.path(), &url, &[]);
    assert_eq!(code, 1);
    let (message, evidence, advice) = finding(&object, "blocking");
    assert!(
        message.starts_with("error: pid ") && message.contains("at customer"),
        "{message}"
    );
    assert_eq!(
        evidence[0]["blocked_query"],
        "INSERT INTO customer VALUES (1)"
    );
    assert_eq!(
        evidence[0]["blocking_query"],
        "LOCK TABLE customer IN EXCLUSIVE MODE"
    );
    assert!(advice.contains("pg_terminate_backend"), "{advice}");
    transaction.rollback().unwrap();
    waiter.join().unwrap();
    assert_eq!(preflight(dir.path(), &url, &[]).0, 0);
}

/// Until the query counts something.
pub(crate) fn until(client: &mut Client, count: &str) {
    while client
        .query_one(count, &[])
        .expect("a count")
        .get::<_, i64>(0)
        == 0
    {
        thread::yield_now();
    }
}

#[test]
fn extensions_that_are_missing() {
    let (dir, url) = changing("CREATE EXTENSION no_such;\n");
    let (code, object) = preflight(dir.path(), &url, &[]);
    let (message, _, advice) = finding(&object, "extensions");
    assert_eq!(
        (code, message.as_str()),
        (1, "error: the server does not have the extension no_such")
    );
    assert!(advice.contains("postgresql-contrib"), "{advice}");
    write(
        dir.path(),
        "0003_change.up.sql",
        "-- pgstrata: optional\nCREATE EXTENSION no_such;\n",
    );
    let (code, object) = preflight(dir.path(), &url, &[]);
    assert_eq!(code, 0);
    assert!(finding(&object, "extensions").0.starts_with("note: "));
    // Required of somebody else, and told once, although a run refuses it, too.
    write(
        dir.path(),
        "0003_change.up.sql",
        "-- pgstrata: requires-extension no_such\nSELECT 1;\n",
    );
    let (code, object) = preflight(dir.path(), &url, &[]);
    assert_eq!(code, 1);
    assert_eq!(
        finding(&object, "extensions").1[0]["required_by"],
        "0003_change"
    );
    assert_eq!(
        object["findings"].as_array().unwrap().len(),
        1,
        "{object:#}"
    );
    write(
        dir.path(),
        "0003_change.up.sql",
        "CREATE EXTENSION plpgsql;\n",
    );
    let (code, object) = preflight(dir.path(), &url, &[]);
    assert_eq!(code, 1);
    assert!(
        finding(&object, "extensions").2.contains("IF NOT EXISTS"),
        "{object:#}"
    );
    write(
        dir.path(),
        "0003_change.up.sql",
        "CREATE EXTENSION IF NOT EXISTS plpgsql;\n",
    );
    assert_eq!(preflight(dir.path(), &url, &[]).0, 0);
}

#[test]
fn tables_of_somebody_else() {
    let (dir, url) = changing("-- pgstrata: requires-table billing.account\nSELECT 1;\n");
    let (code, object) = preflight(dir.path(), &url, &[]);
    assert_eq!(code, 1);
    let (message, evidence, _) = finding(&object, "tables");
    assert_eq!(message, "error: the table billing.account is not there");
    assert_eq!(evidence[0]["required_by"], "0003_change");
    connect(&url)
        .batch_execute("CREATE SCHEMA billing; CREATE TABLE billing.account ()")
        .unwrap();
    assert_eq!(preflight(dir.path(), &url, &[]).0, 0);
}

#[test]
fn privileges_that_a_plain_user_lacks() {
    let sql = "ALTER TABLE customer ADD COLUMN email text;
CREATE TABLE visit (id bigint PRIMARY KEY, customer bigint REFERENCES customer);
INSERT INTO invoice VALUES (1);
CREATE EXTENSION adminpack;
CREATE SCHEMA extra;
DROP TABLE invoice;
";
    let (dir, url) = changing(sql);
    let mut client = connect(&url);
    let name: String = client
        .query_one("SELECT current_database()::text", &[])
        .unwrap()
        .get(0);
    let role = format!("plain_{name}");
    client.batch_execute(&format!("REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE ROLE {role} LOGIN; GRANT SELECT ON pgstrata_history TO {role}")).unwrap();
    let plain = url.replace("postgres@", &format!("{role}@"));
    let before = objects(&url);
    let (code, object) = preflight(dir.path(), &plain, &[]);
    assert_eq!(code, 1);
    let mut found = String::new();
    for it in object["findings"].as_array().unwrap() {
        let text = |name: &str| it[name].as_str().unwrap().replace(&role, "plain");
        writeln!(found, "{}: {}", text("check"), text("message")).unwrap();
    }
    let expected = "\
extensions: the user plain may not make the extension adminpack
privileges: the user plain has no INSERT privilege on \"public\".\"pgstrata_history\"
privileges: the user plain has no SELECT privilege on \"public\".\"pgstrata_history_events\"
privileges: the user plain has no INSERT privilege on \"public\".\"pgstrata_history_events\"
privileges: the user plain has no UPDATE privilege on \"public\".\"pgstrata_history\"
privileges: the user plain has no DELETE privilege on \"public\".\"pgstrata_history\"
privileges: the user plain does not own \"public\".\"customer\", as changing it needs
privileges: the user plain may not create in the schema \"public\"
privileges: the user plain has no REFERENCES privilege on \"public\".\"customer\"
privileges: the user plain has no INSERT privilege on \"public\".\"invoice\"
privileges: the user plain may not create the schema \"extra\"
privileges: the user plain does not own \"public\".\"invoice\", as changing it needs
transactions: what sessions of other users are doing is hidden from this user
";
    assert_eq!(found, expected);
    assert_eq!(objects(&url), before);
    let advice: Vec<&str> = object["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["advice"].as_str().unwrap())
        .collect();
    // What is advised is enough.
    for sql in advice.iter().filter(|advice| advice.starts_with("GRANT ")) {
        client.batch_execute(&sql.replace('…', &name)).unwrap();
    }
    client
        .batch_execute(&format!(
            "GRANT postgres TO {role}; CREATE EXTENSION adminpack"
        ))
        .unwrap();
    write(
        dir.path(),
        "0003_change.up.sql",
        &sql.replace("EXTENSION", "EXTENSION IF NOT EXISTS"),
    );
    assert_eq!(preflight(dir.path(), &plain, &[]).0, 0);
    run(dir.path(), &["up", "--database-url", &plain]).succeeds();
}

#[test]
fn too_little_disk() {
    let (dir, url) = changing("ALTER TABLE customer ALTER COLUMN id TYPE numeric;\n");
    connect(&url)
        .batch_execute("INSERT INTO customer SELECT generate_series(1, 1000)")
        .unwrap();
    let (code, object) = preflight(dir.path(), &url, &["--free-disk", "1000"]);
    assert_eq!(code, 1);
    let (message, evidence, advice) = finding(&object, "disk");
    assert!(
        message.starts_with("error: rewriting tables needs "),
        "{message}"
    );
    assert!(message.ends_with("1000 B are free"), "{message}");
    assert_eq!(evidence[0]["table"], "customer");
    assert_eq!(
        evidence[1]["needed"],
        2 * evidence[0]["bytes"].as_i64().unwrap()
    );
    assert!(advice.contains("--free-disk"), "{advice}");
    // On a socket the disk of the server is this one.
    let (code, object) = preflight(dir.path(), &url, &[]);
    assert_eq!((code, &object["findings"]), (0, &Value::Array(vec![])));
}

#[test]
fn what_the_history_refuses_is_told_with_the_rest() {
    let (dir, url) = changing(ADD_COLUMN);
    write(
        dir.path(),
        "0001_create_customer.up.sql",
        "CREATE TABLE customer (id int PRIMARY KEY);\n",
    );
    write(dir.path(), "pgstrata.toml", "postgres = \"18\"\n");
    let (code, object) = preflight(dir.path(), &url, &[]);
    assert_eq!(code, 1);
    assert!(
        finding(&object, "history")
            .0
            .contains("0001_create_customer was changed"),
        "{object:#}"
    );
    assert_eq!(object["pending"][0]["label"], "0003_change");
}

#[test]
fn a_marker_opens_one_door_only() {
    let (dir, url) = changing(ADD_COLUMN);
    write(
        dir.path(),
        "0003_change.down.sql",
        "ALTER TABLE customer DROP COLUMN email;\n",
    );
    let other = database();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("marker.json");
    let marker = file.to_str().unwrap();
    let up = |url: &str, flags: &[&str]| -> Outcome {
        let demanded = ["up", "--database-url", url, "--require-preflight", marker];
        run(dir.path(), &[&demanded, flags].concat())
    };
    up(&url, &[]).fails(1, &["there is no preflight marker", "preflight --marker"]);
    run(
        dir.path(),
        &["preflight", "--database-url", &url, "--marker", marker],
    )
    .succeeds();
    up(&other, &[]).fails(1, &["marker.json is of another database"]);
    up(&url, &["--history-table", "mine"]).fails(1, &["is of another history"]);
    up(&url, &["--max-age=-1s"]).fails(1, &["is stale: passed"]);
    // The same marker, an hour before.
    let text = std::fs::read_to_string(&file).unwrap();
    let mut old: Value = serde_json::from_str(&text).unwrap();
    old["passed_at_epoch"] = (old["passed_at_epoch"].as_i64().unwrap() - 3601).into();
    std::fs::write(&file, old.to_string()).unwrap();
    up(&url, &[]).fails(1, &["is stale: passed 360", "3600 s are allowed"]);
    std::fs::write(&file, &text).unwrap();
    write(
        dir.path(),
        "0003_change.up.sql",
        "ALTER TABLE customer ADD COLUMN mail text;\n",
    );
    up(&url, &[]).fails(1, &["is of another plan: 0003_change has come or changed"]);
    // A preflight that fails takes the marker away.
    let failed = [
        "preflight",
        "--database-url",
        &url,
        "--marker",
        marker,
        "--free-disk",
        "1",
    ];
    write(
        dir.path(),
        "0003_change.up.sql",
        "ALTER TABLE customer ALTER COLUMN id TYPE numeric;\n",
    );
    run(dir.path(), &failed).fails(1, &["preflight failed"]);
    assert!(!file.exists());
    write(dir.path(), "0003_change.up.sql", ADD_COLUMN);
    run(dir.path(), &failed).succeeds();
    up(&url, &[]).succeeds();
    // Nothing is pending, and nothing is asked for.
    up(&url, &["--max-age=-1s"]).succeeds();
    // A row says who would not wait.
    run(dir.path(), &["down", "--yes", "--database-url", &url]).succeeds();
    up(&url, &["--max-age=-1s", "--force"]).succeeds();
    let recorded = "SELECT application FROM pgstrata_history WHERE version = 3";
    let recorded: String = connect(&url).query_one(recorded, &[]).unwrap().get(0);
    assert_eq!(recorded, "pgstrata --force");
    let variables = [("PGSTRATA_REQUIRE_PREFLIGHT", "/nowhere/marker.json")];
    run(dir.path(), &["down", "--yes", "--database-url", &url]).succeeds();
    run_with(dir.path(), &["up", "--database-url", &url], &variables)
        .fails(1, &["/nowhere/marker.json"]);
}

/// The role's path is empty: what is printed gives it one.
#[test]
fn a_search_path_without_a_schema() {
    let dir = directory(&[
        ("001_a.up.sql", "CREATE TABLE public.a (id int);\n"),
        ("001_a.down.sql", "DROP TABLE public.a;\n"),
        ("002_b.up.sql", "CREATE TABLE b (id int);\n"),
        ("002_b.down.sql", "DROP TABLE b;\n"),
    ]);
    let url = database();
    let role = "preflight_homeless";
    connect(&url)
        .batch_execute(&format!(
            "CREATE ROLE {role} LOGIN; ALTER ROLE {role} SET search_path = '';
             GRANT ALL ON SCHEMA public TO {role}"
        ))
        .unwrap();
    let url = url.replace("postgres@", &format!("{role}@"));
    let outcome = run(dir.path(), &["preflight", "--database-url", &url]);
    assert_eq!(outcome.code, 1, "{outcome:#?}");
    let says = "no schema of the search path exists, so \"b\" cannot be made";
    assert!(outcome.stdout.contains(says), "{outcome:#?}");
    let path = "ALTER ROLE CURRENT_USER SET search_path = \"$user\", public;";
    let said: String = outcome
        .stdout
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(said.contains(path), "{outcome:#?}");
    connect(&url).batch_execute(path).unwrap();
    run(dir.path(), &["preflight", "--database-url", &url]).succeeds();
    run(dir.path(), &["up", "--skip-backup", "--database-url", &url]).succeeds();
}
