//! `plan`, `up`, `down`, `status` and `demo`.

use std::path::Path;

use serde_json::Value;

use crate::support::{connect, database, directory, objects, run, shop};

#[test]
fn the_whole_way_on_a_directory_never_seen_before() {
    let (dir, url) = (shop(), database());
    let on_database =
        |arguments: &[&str]| run(dir.path(), &[arguments, &["--database-url", &url]].concat());
    let plan = on_database(&["plan"]);
    assert!(
        plan.succeeds()
            .contains("apply 0002_create_invoice (1 statement)"),
        "{plan:?}"
    );
    assert!(
        plan.stderr.contains("cargo pgstrata lock"),
        "the lock is missed"
    );
    assert_eq!(objects(&url), 0, "a plan writes nothing");
    on_database(&["status"]).fails(6, &[]);

    on_database(&["up", "--to", "1"]).succeeds();
    on_database(&["status"]).fails(6, &[]);
    assert!(
        on_database(&["up", "--dry-run"])
            .succeeds()
            .contains("0002_create_invoice")
    );
    assert!(
        on_database(&["up"])
            .succeeds()
            .contains("1 migration applied")
    );
    assert!(on_database(&["up"]).succeeds().contains("nothing to do"));
    assert!(
        on_database(&["status"])
            .succeeds()
            .contains("0002_create_invoice")
    );

    on_database(&["down"]).fails(5, &["pass --yes"]);
    on_database(&["down", "--yes"]).succeeds();
    on_database(&["status"]).fails(6, &[]);
    on_database(&["down", "--yes", "--steps", "9"]).succeeds();
    let left: i64 = connect(&url)
        .query_one("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename !~ '^pgstrata'", &[])
        .unwrap()
        .get(0);
    assert_eq!(left, 0);
}

#[test]
fn every_goal_has_its_flags() {
    let (dir, url) = (shop(), database());
    let on_database =
        |arguments: &[&str]| run(dir.path(), &[arguments, &["--database-url", &url]].concat());
    on_database(&["up", "--to", "1", "--only", "2"]).fails(5, &["cannot be used with"]);
    on_database(&["up", "--steps", "1", "--single-transaction"]).succeeds();
    let plan = on_database(&["plan", "--only", "2"]);
    assert!(
        plan.succeeds().contains("apply 0002_create_invoice"),
        "{plan:?}"
    );
    on_database(&["up", "--only", "2"]).succeeds();
    on_database(&["redo", "--steps", "2"]).fails(5, &["pass --yes"]);
    let redo = on_database(&["redo", "--steps", "2", "--yes"]);
    assert!(
        redo.succeeds().contains("rolled back 0001_create_customer"),
        "{redo:?}"
    );

    let changed = "CREATE TABLE customer (id int PRIMARY KEY);\n";
    write(dir.path(), "0001_create_customer.up.sql", changed);
    on_database(&["up"]).fails(1, &["0001_create_customer was changed"]);
    on_database(&["repair", "1", "--yes"]).fails(5, &["--reason"]);
    on_database(&["repair", "1", "--reason", "reviewed", "--yes"]).succeeds();
    on_database(&["status"]).succeeds();

    on_database(&["down", "--to", "0", "--yes"]).succeeds();
    on_database(&["baseline", "2", "--reason", "made by hand", "--yes"]).succeeds();
    on_database(&["status"]).succeeds();
    let reasons =
        "SELECT string_agg(DISTINCT action || ': ' || reason, ', ') FROM pgstrata_history_events";
    let reasons: String = connect(&url).query_one(reasons, &[]).unwrap().get(0);
    assert_eq!(reasons, "baselined: made by hand, repaired: reviewed");
}

#[test]
fn what_is_applied_is_verified_at_any_time() {
    let (dir, url) = (shop(), database());
    let on_database =
        |arguments: &[&str]| run(dir.path(), &[arguments, &["--database-url", &url]].concat());
    let none = on_database(&["verify"]);
    assert!(
        none.succeeds()
            .contains("no migration that is applied has a verify script")
    );
    let verify = "SELECT 1;\nSELECT 1 / (1 - count(*)) FROM customer;\n";
    write(dir.path(), "0001_create_customer.verify.sql", verify);
    write(
        dir.path(),
        "0002_create_invoice.verify.sql",
        "TABLE invoice;\n",
    );
    on_database(&["up"]).succeeds();
    let verified = on_database(&["verify"]);
    assert!(
        verified
            .succeeds()
            .contains("verified 0001_create_customer"),
        "{verified:?}"
    );
    connect(&url)
        .batch_execute("INSERT INTO customer VALUES (1); DROP TABLE invoice")
        .unwrap();
    let outcome = on_database(&["verify"]);
    assert!(!outcome.stderr.contains("kept"), "{outcome:?}");
    outcome.fails(
        3,
        &[
            "0001_create_customer.verify.sql:2:1",
            "22012",
            "0002_create_invoice.verify.sql:1:7",
            "42P01",
        ],
    );
    let outcome = on_database(&["verify", "--format", "json"]);
    assert_eq!(outcome.code, 3);
    let lines: Vec<Value> = outcome
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let codes: Vec<_> = lines
        .iter()
        .map(|line| (&line["passed"], line["code"].as_str()))
        .collect();
    let failed = Value::Bool(false);
    assert_eq!(codes, [(&failed, Some("22012")), (&failed, Some("42P01"))]);
}

#[test]
fn each_end_has_its_exit_code() {
    let (dir, url) = (shop(), database());
    let on_database =
        |arguments: &[&str]| run(dir.path(), &[arguments, &["--database-url", &url]].concat());
    on_database(&["up", "--to", "7"]).fails(5, &["there is no version 7"]);
    on_database(&["up"]).succeeds();

    write(
        dir.path(),
        "0003_fail.up.sql",
        "CREATE TABLE third (id int);\n\nINSERT INTO third VALUES (1), (no_such);\n",
    );
    write(
        dir.path(),
        "0003_fail.down.sql",
        "DROP TABLE nothing_there;\n",
    );
    on_database(&["up"]).fails(2, &["0003_fail.up.sql:3:32, statement 2 of 2", "42703"]);
    write(
        dir.path(),
        "0003_fail.up.sql",
        "CREATE TABLE third (id int);\n",
    );
    on_database(&["up"]).succeeds();
    on_database(&["down", "--yes"]).fails(4, &["0003_fail.down.sql", "42P01"]);

    write(
        dir.path(),
        "0001_create_customer.up.sql",
        "CREATE TABLE customer (id int PRIMARY KEY);\n",
    );
    on_database(&["status"]).fails(7, &[]);
    on_database(&["up"]).fails(
        1,
        &["0001_create_customer was changed after it was applied"],
    );
    run(dir.path(), &["no-such-command"]).fails(5, &["unrecognized subcommand"]);
}

#[test]
fn an_interrupted_migration_has_a_code_of_its_own() {
    let url = database();
    let dir = directory(&[
        (
            "001_index.up.sql",
            "-- pgstrata: no-transaction\nCREATE TABLE t (a int);\nCREATE INDEX CONCURRENTLY i ON t (b);\n",
        ),
        ("001_index.down.sql", "DROP TABLE t;\n"),
    ]);
    let on_database =
        |arguments: &[&str]| run(dir.path(), &[arguments, &["--database-url", &url]].concat());
    on_database(&["up"]).fails(2, &["001_index.up.sql:3:1, statement 2 of 2"]);
    on_database(&["status"]).fails(8, &[]);
    on_database(&["up"]).fails(
        2,
        &["1 of its 2 statements are finished", "001_index.up.sql:3:1"],
    );
}

#[test]
fn two_directories_share_a_database() {
    let url = database();
    let other = directory(&[
        ("001_other.up.sql", "CREATE TABLE other (a int);"),
        ("001_other.down.sql", "DROP TABLE other;"),
    ]);
    run(shop().path(), &["up", "--database-url", &url]).succeeds();
    let flags = [
        "--history-schema",
        "o'dd",
        "--history-table",
        "my \"history\"",
        "--database-url",
        &url,
    ];
    run(other.path(), &[&["up"], &flags[..]].concat()).succeeds();
    run(other.path(), &[&["status"], &flags[..]].concat()).succeeds();
}

#[test]
fn the_demo_shows_the_whole_tour() {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let demo = run(&migrations, &["demo"]);
    let shown = demo.succeeds();
    for part in [
        "── plan",
        "── up",
        "── status",
        "28 migrations applied",
        "28 migrations rolled back",
        "── history",
    ] {
        assert!(shown.contains(part), "{part} is not in {demo:#?}");
    }
}

fn write(dir: &Path, name: &str, text: &str) {
    std::fs::write(dir.join(name), text).expect("a file");
}

#[test]
fn what_is_required_of_others_is_asked_for_before_anything_runs() {
    let (dir, url) = (shop(), database());
    let file = dir.path().join("0002_create_invoice.up.sql");
    let text = std::fs::read_to_string(&file).unwrap();
    let header = "-- pgstrata: requires-table public.\"it's theirs\"\n-- pgstrata: requires-extension no_such, plpgsql\n";
    std::fs::write(&file, format!("{header}{text}")).unwrap();
    let up = |goal: &[&str]| {
        run(
            dir.path(),
            &[&["up", "--database-url", &url], goal].concat(),
        )
    };
    up(&[]).fails(
        1,
        &[
            "0002_create_invoice requires the table public.\"it's theirs\"",
            "CREATE EXTENSION no_such",
        ],
    );
    assert_eq!(objects(&url), 0, "nothing ran");
    // What is not pending yet is not asked for.
    up(&["--to", "1"]).succeeds();
    std::fs::write(&file, format!("{}{text}", header.replace("no_such, ", ""))).unwrap();
    connect(&url)
        .batch_execute("CREATE TABLE \"it's theirs\" (id int)")
        .unwrap();
    up(&[]).succeeds();
}
