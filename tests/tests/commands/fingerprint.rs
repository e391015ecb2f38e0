//! `fingerprint`: equal for every copy of a schema, and another one after each change.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use pgstrata_tools::cluster::Cluster;
use pgstrata_tools::{History, Schema, View};
use postgres::{Client, NoTls};

use crate::support::{connect, database, directory, run, server, shop};

const CASES: &str = include_str!("fingerprint.sql");

/// Roles belong to the server, so another test may have made it.
pub(crate) const READER: &str = "DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$";

/// The schema, and its changes with their titles and whether `portable` sees them.
pub(crate) fn cases() -> (&'static str, Vec<(&'static str, &'static str, bool)>) {
    let (schema, changes) = CASES.split_once("\n-- change: ").expect("changes");
    let (seen, unseen) = changes
        .split_once("-- only exact\n\n-- change: ")
        .expect("both kinds");
    let of = |changes: &'static str, is_portable| {
        changes.split("-- change: ").map(move |change| {
            let (title, sql) = change.split_once('\n').expect("a title");
            (title, sql, is_portable)
        })
    };
    (schema, of(seen, true).chain(of(unseen, false)).collect())
}

/// A database with that schema, to which nobody is connected.
pub(crate) fn base() -> String {
    let url = database();
    let mut client = connect(&url);
    client.batch_execute(READER).expect("a role");
    client.batch_execute(cases().0).expect("the schema");
    url
}

pub(crate) fn name(url: &str) -> &str {
    let path = url.split('?').next().unwrap_or(url);
    path.rsplit('/').next().expect("a name")
}

/// A copy of it.
pub(crate) fn copy(url: &str, number: usize) -> String {
    let name = name(url);
    server()
        .copy_database(name, &format!("{name}_{number}"))
        .expect("a copy")
}

fn schema(url: &str) -> Schema {
    Schema::read(&mut connect(url), &History::default()).expect("a schema")
}

fn both(url: &str) -> [String; 2] {
    [View::Exact, View::Portable].map(|view| schema(url).fingerprint(view))
}

#[test]
fn every_change_gives_another_one() {
    let base = base();
    let was = both(&base);
    assert_eq!(both(&copy(&base, 0)), was, "a copy");
    let (_, changes) = cases();
    assert!(changes.len() >= 60);
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (number, (title, sql, is_portable)) in (1..).zip(changes) {
        let url = copy(&base, number);
        connect(&url)
            .batch_execute(sql)
            .unwrap_or_else(|error| panic!("{title}: {error:?}"));
        let [exact, portable] = both(&url);
        if exact == was[0] || (portable != was[1]) != is_portable {
            wrong.push(title);
        }
        let other = seen.insert(exact, title);
        assert!(other.is_none(), "{title} is as {other:?}");
        server()
            .drop_database(name(&url))
            .expect("one database less");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A server that has `pg_dump` beside it.
pub(crate) fn programs() -> PathBuf {
    Path::new("/usr/lib/postgresql/15/bin").to_owned()
}

/// Restores what one database has into another one, as another role.
fn dump_and_restore(cluster: &Cluster, from: &str, to: &str) {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let dumped = Command::new(programs().join("pg_dump"))
        .args([
            "--format=custom",
            "--no-owner",
            "--dbname",
            &cluster.url(from),
            "--file",
        ])
        .arg(file.path())
        .status();
    assert!(dumped.expect("pg_dump runs").success());
    let restored = Command::new(programs().join("pg_restore"))
        .args([
            "--no-owner",
            "--role=somebody",
            "--exit-on-error",
            "--dbname",
            &cluster.url(to),
        ])
        .arg(file.path())
        .status();
    assert!(restored.expect("pg_restore runs").success());
}

#[test]
fn what_was_dumped_and_restored_has_the_same() {
    let cluster = Cluster::start(Some(15)).expect("a server of the same version as pg_dump");
    let first = cluster.create_database("first").expect("a database");
    let mut client = connect(&first);
    client.batch_execute(READER).expect("a role");
    client
        .batch_execute("CREATE ROLE somebody SUPERUSER")
        .expect("another owner");
    client.batch_execute(cases().0).expect("the schema");
    client
        .batch_execute("INSERT INTO customer (email) VALUES ('a')")
        .expect("a row");
    for (from, to) in [("first", "second"), ("second", "third")] {
        let url = cluster.create_database(to).expect("a database");
        let elsewhere = format!("ALTER DATABASE {to} SET timezone = 'Asia/Tokyo'");
        connect(&url)
            .batch_execute(&elsewhere)
            .expect("another time zone");
        dump_and_restore(&cluster, from, to);
        assert_eq!(both(&url), both(&first), "{to}");
    }
    drop(client);
    cluster.stop().expect("the end of the server");
}

#[test]
fn the_portable_one_is_equal_on_every_version() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let compiled =
        pgstrata_compiler::compile(&sample, "migrations", pgstrata_compiler::Depth::Certain);
    let (rich, _) = cases();
    let found: Vec<_> = (13..=18)
        .map(|major| {
            let cluster = Cluster::start(Some(major)).expect("a server");
            let mut client = cluster
                .config("postgres")
                .connect(NoTls)
                .expect("a connection");
            pgstrata_tools::with_migrations(&compiled, |migrations| {
                pgstrata::Migrator::new(migrations)
                    .up(&mut client)
                    .expect("the sample");
            });
            let of_sample = portable(&mut client);
            // Of the servers from the registry some have no extensions.
            let rich: String = rich
                .split_inclusive('\n')
                .filter(|line| !line.contains("hstore"))
                .collect();
            client.batch_execute("CREATE ROLE reader").expect("a role");
            client.batch_execute(&rich).expect("the schema");
            let of_both = portable(&mut client);
            drop(client);
            cluster.stop().expect("the end of the server");
            (major, of_sample, of_both)
        })
        .collect();
    for (major, of_sample, of_both) in &found {
        assert_eq!(*of_sample, found[0].1, "PostgreSQL {major}: the sample");
        assert_eq!(
            *of_both, found[0].2,
            "PostgreSQL {major}: the other schema, too"
        );
    }
}

fn portable(client: &mut Client) -> String {
    let schema = Schema::read(client, &History::default()).expect("a schema");
    schema.fingerprint(View::Portable)
}

#[test]
fn where_the_history_is_does_not_matter() {
    let dir = shop();
    let urls = [database(), database()];
    run(dir.path(), &["up", "--database-url", &urls[0]]).succeeds();
    let elsewhere = ["--history-schema", "Kept here", "--history-table", "done"];
    let up = ["up", "--database-url", &urls[1]];
    run(dir.path(), &[&up[..], &elsewhere].concat()).succeeds();

    let one = run(
        dir.path(),
        &["fingerprint", "--exact", "--database-url", &urls[0]],
    );
    let fingerprint = ["fingerprint", "--exact", "--database-url", &urls[1]];
    let other = run(dir.path(), &[&fingerprint[..], &elsewhere].concat());
    assert_eq!(one.succeeds(), other.succeeds());
    assert_eq!(one.stdout.trim().len(), 64, "{one:#?}");
    // Whoever looks for it elsewhere finds a table more.
    assert_ne!(run(dir.path(), &fingerprint).succeeds(), one.stdout);
}

#[test]
fn it_is_printed_and_written() {
    let dir = shop();
    let url = database();
    run(dir.path(), &["lock"]).succeeds();
    run(dir.path(), &["up", "--database-url", &url]).succeeds();
    let json = run(
        dir.path(),
        &["fingerprint", "--json", "--database-url", &url],
    );
    let json: serde_json::Value = serde_json::from_str(json.succeeds()).expect("JSON");
    assert_eq!(json["format"], "pgstrata fingerprint 1");
    let [exact, portable] = both(&url);
    assert_eq!(
        (json["exact"].as_str(), json["portable"].as_str()),
        (Some(&*exact), Some(&*portable))
    );
    let text = run(
        dir.path(),
        &["fingerprint", "--write", "--database-url", &url],
    );
    assert!(
        text.succeeds()
            .contains(&format!("exact     {exact}  PostgreSQL ")),
        "{text:#?}"
    );
    // The file may lie there, and comes back as it was.
    run(dir.path(), &["check", "--sealed"]).succeeds();
    let file = dir.path().join("schema.snapshot.json");
    let text = std::fs::read_to_string(&file).expect("a file");
    let read = Schema::from_json(&text).expect("a schema");
    assert_eq!(
        [View::Exact, View::Portable].map(|view| read.fingerprint(view)),
        [exact, portable]
    );
    for (from, to, cause) in [
        ("customer", "costumer", "is not that of its objects"),
        ("schema 1", "schema 9", "its format is `pgstrata schema 9`"),
        ("{", "", "trailing characters"),
    ] {
        let error = Schema::from_json(&text.replacen(from, to, 1))
            .expect_err(cause)
            .to_string();
        assert!(
            error.contains(cause) && error.contains("fingerprint --write"),
            "{error}"
        );
    }
    let nobody = directory(&[]);
    run(nobody.path(), &["fingerprint"]).fails(5, &["no database is named"]);
}
