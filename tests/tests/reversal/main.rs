//! What `not-reversed` says of a way back, compared with what a server has before the migration and
//! behind its way back.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use pgstrata_compiler::{Depth, compile};
use pgstrata_tools::cluster::Cluster;
use postgres::{Client, NoTls};

const BROKEN: &str = include_str!("broken.sql");
const RIGHT: &str = include_str!("right.sql");
const OBJECTS: &str = include_str!("../../../xtask/src/schema/snapshot/objects.sql");

/// Of a hundred broken ways back so many are found at least.
const FOUND: usize = 90;

/// A schema, a migration and its way back.
struct Case<'a> {
    before: &'a str,
    up: &'a str,
    down: &'a str,
}

fn cases(text: &str) -> Vec<Case<'_>> {
    text.split("-- or:\n")
        .map(|case| {
            let (before, case) = case.split_once("-- then:\n").expect("a migration");
            let (up, down) = case.split_once("-- down:\n").expect("a way back");
            Case { before, up, down }
        })
        .collect()
}

/// All that `pg_dump` would print, except for the order of columns, which no way back restores.
fn snapshot(client: &mut Client) -> BTreeSet<[Option<String>; 4]> {
    let schemas: Option<Vec<String>> = None;
    let rows = client
        .query(OBJECTS, &[&"none", &"public", &schemas])
        .expect("the objects");
    let rows = rows
        .iter()
        .map(|row| [0, 1, 2, 3].map(|column| row.get(column)));
    let is_order = |row: &[Option<String>; 4]| row[2].as_deref() == Some("column order");
    rows.filter(|row| !is_order(row)).collect()
}

/// Whether all is there again as it was; an error is no such answer.
fn leads_back(cluster: &Cluster, name: &str, case: &Case<'_>) -> bool {
    let url = cluster.create_database(name).expect("a database");
    let mut client = Client::connect(&url, NoTls).expect("a connection");
    let mut run = |sql: &str| client.batch_execute(&format!("BEGIN; {sql}; COMMIT"));
    run(case.before).unwrap_or_else(|error| panic!("{}: {error:?}", case.before));
    let before = snapshot(&mut client);
    let mut run = |sql: &str| client.batch_execute(&format!("BEGIN; {sql}; COMMIT"));
    run(case.up).unwrap_or_else(|error| panic!("{}: {error:?}", case.up));
    // A rollback has a session of its own.
    let mut client = Client::connect(&url, NoTls).expect("a connection");
    let down = client.batch_execute(&format!("BEGIN; {}; COMMIT", case.down));
    down.unwrap_or_else(|error| panic!("{}: {error:?}", case.down));
    snapshot(&mut client) == before
}

/// What the rule says, if it says something.
fn verdict(dir: &Path, case: &Case<'_>) -> Option<String> {
    for (file, text) in [
        ("0001_before.up.sql", case.before),
        ("0001_before.down.sql", "-- pgstrata: irreversible a test"),
        ("0002_change.up.sql", case.up),
        ("0002_change.down.sql", case.down),
    ] {
        std::fs::write(dir.join(file), text).expect("a file");
    }
    let compiled = compile(dir, "migrations", Depth::Full);
    assert!(!compiled.is_refused(), "{:#?}", compiled.rendered());
    let found = compiled
        .diagnostics
        .iter()
        .find(|it| it.rule == "not-reversed");
    found.map(|diagnostic| diagnostic.message.clone())
}

fn compare(text: &str, is_right: bool) -> (usize, Vec<String>) {
    let cluster = Cluster::start(None).expect("a throw-away server");
    Client::connect(&cluster.url("postgres"), NoTls)
        .expect("a connection")
        .batch_execute("CREATE ROLE \"Odd Role\"; CREATE ROLE plain_role")
        .expect("roles");
    let dir = tempfile::tempdir().expect("a folder");
    let cases = cases(text);
    let mut wrong = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        assert_eq!(
            leads_back(&cluster, &format!("case_{number}"), case),
            is_right,
            "the server on:\n{}-- down:\n{}",
            case.up,
            case.down
        );
        let said = verdict(dir.path(), case);
        if said.is_none() != is_right {
            let mut shown = format!("{}-- down:\n{}", case.up, case.down);
            let _ = writeln!(shown, "=> {}", said.as_deref().unwrap_or("nothing"));
            wrong.push(shown);
        }
    }
    cluster.stop().expect("the end of the server");
    (cases.len(), wrong)
}

#[test]
fn nine_of_ten_broken_ways_back_are_found() {
    let (all, missed) = compare(BROKEN, false);
    assert!(all >= 40, "only {all} cases");
    println!("{} of {all} found", all - missed.len());
    let is_enough = (all - missed.len()) * 100 >= all * FOUND;
    assert!(
        is_enough,
        "{} of {all} missed:\n{}",
        missed.len(),
        missed.join("\n")
    );
}

#[test]
fn no_way_back_that_leads_back_is_blamed() {
    let (all, blamed) = compare(RIGHT, true);
    assert!(all >= 40, "only {all} cases");
    assert!(
        blamed.is_empty(),
        "{} of {all}:\n{}",
        blamed.len(),
        blamed.join("\n")
    );
}
