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

/// What is made without a schema and named with one later is one table: for the forecast, for what must be
/// there, and on a throw-away server.
#[test]
fn every_command_looks_names_up_along_the_path_of_the_settings() {
    let files = [
        ("pgstrata.toml", "search-path = [\"My App\", \"public\"]\n"),
        (
            "0001_tables.up.sql",
            "CREATE TABLE customer (id bigint PRIMARY KEY);\nCREATE TABLE U&\"d\\0061ta\" (id bigint);\n\
             CREATE TABLE public.customer (id bigint);\nINSERT INTO customer SELECT generate_series(1, 3);\n",
        ),
        (
            "0001_tables.down.sql",
            "DROP TABLE public.customer;\nDROP TABLE \"My App\".data;\nDROP TABLE \"My App\".\"customer\";\n",
        ),
        (
            "0002_note.up.sql",
            "ALTER TABLE \"My App\".customer ADD COLUMN note text;\nALTER TABLE data ADD COLUMN \"Note\" text;\n",
        ),
        (
            "0002_note.down.sql",
            "ALTER TABLE customer DROP COLUMN note;\n\
             ALTER TABLE U&\"My!0020App\" UESCAPE '!' . data DROP COLUMN U&\"\\004eote\";\n",
        ),
    ];
    let (dir, url) = (directory(&files), database());
    let mut client = connect(&url);
    let name: String = client
        .query_one("SELECT current_database()::text", &[])
        .expect("a name")
        .get(0);
    let sql = format!(
        "CREATE SCHEMA \"My App\"; ALTER DATABASE {name} SET search_path = \"My App\", public"
    );
    client.batch_execute(&sql).expect("a schema");
    let on = |command: &[&str]| run(dir.path(), &[command, &["--database-url", &url]].concat());

    let planned = on(&["plan", "--format", "json"]);
    let second = planned.stdout.lines().nth(1).expect("two migrations");
    let plan: Value = serde_json::from_str(second).expect("JSON");
    let statements = plan["statements"].as_array().expect("statements").iter();
    let tables: Vec<String> = statements
        .map(|it| format!("{}.{}", it["locks"][0]["schema"], it["locks"][0]["table"]))
        .collect();
    assert_eq!(
        tables,
        ["\"My App\".\"customer\"", "\"My App\".\"data\""],
        "{planned:#?}"
    );
    let checked = run(dir.path(), &["check"]);
    for rule in ["not-reversed", "unknown-object"] {
        assert!(!checked.stderr.contains(rule), "{checked:#?}");
    }
    let listed = run(dir.path(), &["list", "--format", "json"]);
    let list: Value = serde_json::from_str(&listed.stdout).expect("JSON");
    assert_eq!(
        list["migrations"][1]["uses"],
        serde_json::json!([1]),
        "{listed:#?}"
    );

    let traced = run(dir.path(), &["trace", "--rows", "20", "--format", "json"]);
    for line in traced.stdout.lines() {
        let traced: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(traced["not_forecast"], serde_json::json!([]), "{traced:#}");
    }
    run(dir.path(), &["rehearse"]).succeeds();
    on(&["up"]).succeeds();
    on(&["postflight"]).succeeds();
    client
        .batch_execute("DROP TABLE \"My App\".data")
        .expect("a table less");
    on(&["postflight"]).fails(3, &["postflight failed"]);
}
