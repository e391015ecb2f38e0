//! What a command asks has a search path of its own; what it prints, and looks for in the user's
//! name, has the user's.

use serde_json::Value;

use crate::support::{connect, database, directory, run};

/// A database whose path leads to the schema `app` alone.
fn app() -> String {
    let url = database();
    let mut client = connect(&url);
    let name: String = client
        .query_one("SELECT current_database()::text", &[])
        .expect("a name")
        .get(0);
    let sql = format!("CREATE SCHEMA app; ALTER DATABASE {name} SET search_path = app");
    client.batch_execute(&sql).expect("a schema");
    url
}

#[test]
fn names_are_written_as_the_path_of_the_user_wants_them() {
    // Without a file that names it, `public` is another's.
    let files = [
        (
            "0001_shelf.up.sql",
            "COMMENT ON TABLE public.shelf IS 'of wood';\n",
        ),
        (
            "0001_shelf.down.sql",
            "COMMENT ON TABLE public.shelf IS NULL;\n",
        ),
    ];
    let (dir, url) = (directory(&files), app());
    let tables = "CREATE TABLE app.item (id bigint); CREATE TABLE public.shelf (id bigint);
        ALTER TABLE app.item ADD CONSTRAINT known CHECK (id > 0) NOT VALID;
        ALTER TABLE public.shelf ADD CONSTRAINT known CHECK (id > 0) NOT VALID;
        CREATE INDEX item_id ON app.item (id); CREATE INDEX shelf_id ON public.shelf (id);
        UPDATE pg_index SET indisvalid = false WHERE indrelid IN ('app.item'::regclass, 'public.shelf'::regclass)";
    connect(&url).batch_execute(tables).expect("tables");
    let sizes = dir.path().join("sizes.json");
    let sizes = sizes.to_str().expect("a path");
    let outcome = run(
        dir.path(),
        &[
            "postflight",
            "--json",
            "--write",
            sizes,
            "--database-url",
            &url,
        ],
    );
    outcome.fails(3, &["postflight failed"]);
    let report: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    let findings = report["findings"].as_array().expect("a list").iter();
    let evidence = findings.flat_map(|it| it["evidence"].as_array().expect("a list"));
    let commands = evidence.filter_map(|it| it["run"].as_str());
    assert_eq!(
        commands.collect::<Vec<_>>(),
        [
            "ALTER TABLE item VALIDATE CONSTRAINT known;",
            "ALTER TABLE public.shelf VALIDATE CONSTRAINT known;",
            "REINDEX INDEX CONCURRENTLY item_id;",
            "REINDEX INDEX CONCURRENTLY public.shelf_id;",
        ]
    );
    let sizes = std::fs::read_to_string(sizes).expect("sizes");
    for name in [
        "\"item\"",
        "\"public.shelf\"",
        "\"item_id\"",
        "\"public.shelf_id\"",
    ] {
        assert!(sizes.contains(name), "{name} is not in {sizes}");
    }
}

#[test]
fn what_a_migration_requires_is_looked_for_where_it_will_be() {
    let (dir, url) = (
        directory(&[
            (
                "0001_note.up.sql",
                "-- pgstrata: requires-table other\nALTER TABLE other ADD note text;\n",
            ),
            ("0001_note.down.sql", "ALTER TABLE other DROP note;\n"),
        ]),
        app(),
    );
    let preflight = || run(dir.path(), &["preflight", "--database-url", &url]);
    connect(&url)
        .batch_execute("CREATE TABLE public.other (id bigint)")
        .expect("a table");
    let missing = preflight();
    assert_eq!(missing.code, 1);
    assert!(
        missing.stdout.contains("the table other is not there"),
        "{missing:#?}"
    );
    connect(&url)
        .batch_execute("CREATE TABLE app.other (id bigint)")
        .expect("a table");
    let found = preflight();
    assert!(!found.stdout.contains("is not there"), "{found:#?}");
    run(dir.path(), &["up", "--database-url", &url]).succeeds();
}

/// A trigger that runs for the rows of a rehearsal is the user's.
#[test]
fn a_rehearsal_fills_tables_with_the_path_of_the_user() {
    let dir = directory(&[
        (
            "0001_seen.up.sql",
            "CREATE TABLE seen (id bigint);\nCREATE TABLE item (id bigint PRIMARY KEY);\n\
             CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS\n    \
             $$ BEGIN INSERT INTO seen VALUES (NEW.id); RETURN NEW; END $$;\n\
             CREATE TRIGGER see BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION see();\n",
        ),
        (
            "0001_seen.down.sql",
            "DROP TABLE item;\nDROP FUNCTION see();\nDROP TABLE seen;\n",
        ),
        (
            "0002_rows.up.sql",
            "DO $$ BEGIN IF (SELECT count(*) FROM item) = 0 THEN RAISE 'no rows'; END IF; END $$;\n",
        ),
        ("0002_rows.down.sql", "SELECT 1;\n"),
    ]);
    let outcome = run(dir.path(), &["rehearse", "--rows", "5"]);
    // All of them together are rehearsed without rows.
    let with_rows = outcome.stdout.split("all up").next().unwrap_or_default();
    assert!(with_rows.contains("0002_rows"), "{outcome:#?}");
    assert!(!with_rows.contains("up fails"), "{outcome:#?}");
}
