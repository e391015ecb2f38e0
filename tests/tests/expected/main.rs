//! What a database must have after a version, compared with what a server has.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use pgstrata::Migrator;
use pgstrata_compiler::catalog::Key;
use pgstrata_compiler::migration::Migration;
use pgstrata_compiler::split::split;
use pgstrata_compiler::{Depth, expected};
use pgstrata_tools::cluster::Cluster;
use postgres::{Client, NoTls, SimpleQueryMessage};

const OBJECTS: &str = include_str!("../../../xtask/src/operating/postflight/objects.sql");
const HISTORY: &str = include_str!("history.sql");

/// Kind, schema, name and part.
type Object = (String, String, String, String);

fn existing(client: &mut Client) -> BTreeSet<Object> {
    let messages = client.simple_query(OBJECTS).expect("the objects");
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let text = |row: &postgres::SimpleQueryRow, column| row.get(column).unwrap_or("").to_owned();
    rows.map(|row| (text(row, 0), text(row, 1), text(row, 2), text(row, 3)))
        .collect()
}

fn object(key: Key) -> Object {
    (
        format!("{:?}", key.kind),
        key.name.schema,
        key.name.name,
        key.part,
    )
}

/// The objects of one version; those of them that are not there.
fn compare(
    client: &mut Client,
    migrations: &[Migration],
    search_path: &[String],
    version: u64,
) -> [BTreeSet<Object>; 2] {
    let expected: BTreeSet<Object> = expected::objects(migrations, search_path, version)
        .into_iter()
        .map(object)
        .collect();
    let missing = expected.difference(&existing(client)).cloned().collect();
    [expected, missing]
}

fn connect(cluster: &Cluster) -> Client {
    cluster
        .config("postgres")
        .connect(NoTls)
        .expect("a connection")
}

#[test]
fn all_that_is_expected_of_the_sample_is_there_and_nearly_all_is_expected() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let compiled = pgstrata_compiler::compile(&root, "../migrations", Depth::Certain);
    let cluster = Cluster::start(None).expect("a throw-away server");
    let mut client = connect(&cluster);
    let before = existing(&mut client);
    let mut expected_before = 0;
    for migration in &compiled.migrations {
        pgstrata_tools::with_migrations(&compiled, |migrations| {
            let mut migrator = Migrator::new(migrations).history("other", "history");
            client
                .batch_execute("CREATE SCHEMA IF NOT EXISTS other")
                .expect("a schema");
            migrator
                .up_to(&mut client, migration.version)
                .expect("a migration");
        });
        let [expected, missing] =
            compare(&mut client, &compiled.migrations, &[], migration.version);
        assert!(missing.is_empty(), "{}: {missing:#?}", migration.label);
        assert!(
            expected.len() >= expected_before,
            "{}: nothing is dropped",
            migration.label
        );
        expected_before = expected.len();
    }

    // At the end, all but what the server makes and names itself is expected.
    let [expected, _] = compare(&mut client, &compiled.migrations, &[], u64::MAX);
    let existing = existing(&mut client);
    let has = |kind: &str, name: &str| {
        existing
            .iter()
            .any(|object| object.0 == kind && (object.2 == name || object.3 == name))
    };
    let is_derived = |(kind, _, name, _): &Object| match kind.as_str() {
        // Every table and view has one, and an array of it.
        "Type" => name.starts_with('_') || has("Table", name) || has("View", name),
        "Index" => has("Constraint", name),
        "Sequence" => name.ends_with("_seq"),
        "Constraint" => true,
        _ => false,
    };
    let made = existing
        .difference(&before)
        .filter(|object| object.1 == "public");
    let unexpected = made.filter(|object| object.2 != "other" && !is_derived(object));
    let unexpected: Vec<&Object> = unexpected
        .filter(|object| !expected.contains(object))
        .collect();
    assert!(unexpected.is_empty(), "{unexpected:#?}");
    cluster.stop().expect("the end of the server");
}

#[test]
fn nothing_that_went_unseen_is_expected() {
    let dir = one_a_version(HISTORY);
    let compiled = pgstrata_compiler::compile(dir.path(), "x", Depth::Certain);
    let cluster = Cluster::start(None).expect("a throw-away server");
    let mut client = connect(&cluster);
    let mut wrong = String::new();
    for migration in &compiled.migrations {
        let sql = &migration.up.text;
        client
            .batch_execute(sql)
            .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        let [_, missing] = compare(&mut client, &compiled.migrations, &[], migration.version);
        if !missing.is_empty() {
            let _ = write!(wrong, "\n{sql}\n  {missing:?}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");

    let expected = expected::objects(&compiled.migrations, &[], u64::MAX);
    let shown: Vec<String> = expected.iter().map(Key::shown).collect();
    // Enough is left to be worth looking for.
    let left = [
        "table copied",
        "table event_2026",
        "table fast",
        "table invoice",
        "table kid",
        "table store.moved",
        "table names_of_sixty_three_letters_and_more_are_cut_off_by_the_server",
        "table parent",
        "table person",
        "table refers",
        "table still_unnamed",
        "view outside",
        "function g",
        "schema store",
        "column Quoted Name of fast",
        "column id of fast",
        "column customer of invoice",
        "column id of invoice",
        "column id of kid",
        "column id of store.moved",
        "column id of names_of_sixty_three_letters_and_more_are_cut_off_by_the_server",
        "column id of parent",
        "column id of person",
        "column thing of refers",
        "column id of still_unnamed",
        "constraint moved_id of store.moved",
    ];
    assert_eq!(shown, left);
    cluster.stop().expect("the end of the server");
}

/// Migrations of one statement each.
fn one_a_version(history: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let split = split("history.sql", history);
    for (number, range) in split.statements.into_iter().enumerate() {
        let tokens = &split.tokens[range];
        let sql = &history[tokens[0].span.start..tokens[tokens.len() - 1].span.end];
        for (direction, text) in [("up", sql), ("down", "-- pgstrata: irreversible a test")] {
            let file = dir
                .path()
                .join(format!("{:04}_x.{direction}.sql", number + 1));
            std::fs::write(file, text).expect("a file");
        }
    }
    dir
}

/// Two schemas with one table name, names of any letters, and what has no schema written before it.
#[test]
fn names_are_where_the_search_path_of_the_settings_leads() {
    let dir = one_a_version(PATHS);
    let path = ["My App", "public"].map(str::to_owned);
    let compiled = pgstrata_compiler::compile(dir.path(), "x", Depth::Certain);
    let cluster = Cluster::start(None).expect("a throw-away server");
    let mut client = connect(&cluster);
    client
        .batch_execute("CREATE SCHEMA \"My App\"; SET search_path = \"My App\", public")
        .expect("a schema");
    for migration in &compiled.migrations {
        client
            .batch_execute(&migration.up.text)
            .unwrap_or_else(|error| panic!("{}: {error:?}", migration.up.text));
        let [_, missing] = compare(&mut client, &compiled.migrations, &path, migration.version);
        assert!(missing.is_empty(), "{}: {missing:#?}", migration.up.text);
    }
    let expected = expected::objects(&compiled.migrations, &path, u64::MAX);
    let shown: Vec<String> = expected.iter().map(Key::shown).collect();
    let left = [
        "table My App.Data.1",
        "table data",
        "table My App.item",
        "table item",
        "index My App.item_own",
        "view My App.seen",
        "type My App.mood",
        "column U\u{e9} of My App.Data.1",
        "column id of data",
        "column id of My App.item",
        "column note of My App.item",
        "column id of item",
        "column usual of item",
        "value fine of My App.mood",
    ];
    assert_eq!(shown, left);
    cluster.stop().expect("the end of the server");
}

const PATHS: &str = r#"
CREATE TABLE item (id bigint);
CREATE TABLE public.item (id bigint);
ALTER TABLE "item" ADD COLUMN note text;
ALTER TABLE public."item" ADD COLUMN usual text;
CREATE INDEX item_own ON item (note);
CREATE TABLE U&"D\0061ta.1" ("U\00e9" int);
ALTER TABLE "My App"."Data.1" RENAME COLUMN "U\00e9" TO U&"U!00e9" UESCAPE '!';
CREATE TABLE public.data (id int);
CREATE TABLE DATA (gone int);
DROP TABLE "data";
CREATE VIEW seen AS SELECT id FROM item;
CREATE TYPE mood AS ENUM ('fine');
"#;
