//! Repeatables follow what they stand on, as a user sees it: rehearse and trace find a migration that a
//! view of theirs is in the way of, `up` refuses it before it writes, and one that drops the view gets it
//! back.
//!
//! The file is long because each kind of object in the way is a case.

use tempfile::TempDir;

use crate::support::{Outcome, connect, database, directory, file, run};

const VIEW: &str = "CREATE OR REPLACE VIEW names AS SELECT id, name FROM customer;\n";

/// A table, a repeatable, and a migration with its way back.
fn project(repeatable: &str, up: &str, down: &str) -> TempDir {
    let dir = directory(&[
        (
            "0001_create_customer.up.sql",
            "CREATE TABLE customer (id bigint PRIMARY KEY, name text, n int);\n",
        ),
        ("0001_create_customer.down.sql", "DROP TABLE customer;\n"),
    ]);
    file(&dir, "repeatable/names.sql", repeatable);
    file(&dir, "0002_change_customer.up.sql", up);
    file(&dir, "0002_change_customer.down.sql", down);
    dir
}

/// A database that has the first migration and the repeatables.
fn before(dir: &TempDir) -> String {
    let url = database();
    apply_the_first(dir, &url);
    url
}

fn apply_the_first(dir: &TempDir, url: &str) {
    for name in [
        "0002_change_customer.up.sql",
        "0002_change_customer.down.sql",
    ] {
        std::fs::rename(dir.path().join(name), dir.path().join(format!(".{name}"))).expect("away");
    }
    run(dir.path(), &["up", "--database-url", url]).succeeds();
    for name in [
        "0002_change_customer.up.sql",
        "0002_change_customer.down.sql",
    ] {
        std::fs::rename(dir.path().join(format!(".{name}")), dir.path().join(name)).expect("back");
    }
}

fn columns(url: &str, view: &str) -> i64 {
    let query =
        "SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass($1::text) AND attnum > 0";
    connect(url)
        .query_one(query, &[&view])
        .expect("a count")
        .get(0)
}

/// What a view is in the way of: the migration, its way back, and what the server says.
const IN_THE_WAY: [(&str, &str, &str); 4] = [
    (
        "ALTER TABLE customer ALTER COLUMN name TYPE varchar(50);\n",
        "ALTER TABLE customer ALTER COLUMN name TYPE text;\n",
        "cannot alter type of a column used by a view or rule",
    ),
    (
        "ALTER TABLE customer ADD COLUMN more int, DROP COLUMN name;\n",
        "ALTER TABLE customer DROP COLUMN more, ADD COLUMN name text;\n",
        "cannot drop column name of table customer because other objects depend on it",
    ),
    (
        "-- pgstrata: no-transaction\nALTER TABLE customer ALTER name TYPE varchar(50);\n",
        "-- pgstrata: no-transaction\nALTER TABLE customer ALTER name TYPE text;\n",
        "cannot alter type of a column used by a view or rule",
    ),
    (
        "CREATE TABLE more (id int);\nDROP TABLE customer;\n",
        "CREATE TABLE customer (id bigint PRIMARY KEY, name text, n int);\nDROP TABLE more;\n",
        "cannot drop table customer because other objects depend on it",
    ),
];

fn assert_shows(outcome: &Outcome, parts: &[&str]) {
    let shown = [&*outcome.stdout, &*outcome.stderr].concat();
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in parts {
        assert!(shown.contains(part), "{part:?} is not in {outcome:#?}");
    }
}

#[test]
fn rehearse_and_trace_find_what_a_view_is_in_the_way_of() {
    for (up, down, said) in IN_THE_WAY {
        let dir = project(VIEW, up, down);
        run(dir.path(), &["check"]).succeeds();
        let rehearsed = run(dir.path(), &["rehearse"]);
        assert_eq!(rehearsed.code, 3, "{rehearsed:#?}");
        let ways_out = ["-- pgstrata: requires 0002", "DROP VIEW"];
        assert_shows(
            &rehearsed,
            &["the repeatables of before", said, "view names"],
        );
        assert_shows(&rehearsed, &ways_out);
        let traced = run(dir.path(), &["trace"]);
        assert_eq!(traced.code, 2, "{traced:#?}");
        assert_shows(&traced, &["the repeatables of before", said]);
        let rehearsed = run(dir.path(), &["rehearse", "--format", "json"]);
        assert_eq!(rehearsed.code, 3, "{rehearsed:#?}");
    }
}

#[test]
fn rehearse_and_trace_pass_what_none_is_in_the_way_of() {
    let drops =
        "DROP VIEW IF EXISTS names;\nALTER TABLE customer ALTER COLUMN name TYPE varchar(50);\n";
    let undrops = "DROP VIEW IF EXISTS names;\nALTER TABLE customer ALTER COLUMN name TYPE text;\n";
    let requires = ["-- pgstrata: requires 0002\n", VIEW].concat();
    let (alters, unalters, _) = IN_THE_WAY[0];
    for (repeatable, up, down) in [
        (VIEW, drops, undrops),
        (&*requires, alters, unalters),
        // It cannot have been there before.
        (
            "CREATE OR REPLACE VIEW names AS SELECT more FROM customer;\n",
            "ALTER TABLE customer ADD COLUMN more int, ALTER COLUMN n TYPE bigint;\n",
            "ALTER TABLE customer DROP COLUMN more, ALTER COLUMN n TYPE int;\n",
        ),
        (
            VIEW,
            "ALTER TABLE customer ADD COLUMN more int;\n",
            "ALTER TABLE customer DROP COLUMN more;\n",
        ),
    ] {
        let dir = project(repeatable, up, down);
        run(dir.path(), &["rehearse"]).succeeds();
        run(dir.path(), &["trace"]).succeeds();
    }
    // Another one that requires it was not there either.
    let dir = project(&requires, alters, unalters);
    let other =
        "-- pgstrata: requires names\nCREATE OR REPLACE VIEW other AS SELECT name FROM customer;\n";
    file(&dir, "repeatable/other.sql", other);
    run(dir.path(), &["rehearse"]).succeeds();
}

#[test]
fn up_refuses_before_it_writes_and_names_the_two_statements() {
    for (up, down, _) in IN_THE_WAY {
        let dir = project(VIEW, up, down);
        let url = before(&dir);
        let line = if up.starts_with("--") || up.starts_with("CREATE") {
            2
        } else {
            1
        };
        let place = format!("0002_change_customer.up.sql:{line}");
        let says = [
            &*place,
            "public.names",
            "repeatable/names.sql",
            "DROP VIEW public.names;",
            "CREATE VIEW public.names AS",
            "; what a repeatable makes the run makes again, so its CREATE may be left out",
        ];
        for arguments in [
            &["up"][..],
            &["up", "--skip-backup"],
            &["up", "--steps", "1"],
        ] {
            let outcome = run(dir.path(), &[arguments, &["--database-url", &url]].concat());
            assert_eq!(outcome.code, 1, "{outcome:#?}");
            assert_shows(&outcome, &says);
        }
        let preflight = run(dir.path(), &["preflight", "--database-url", &url]);
        assert_eq!(preflight.code, 1, "{preflight:#?}");
        assert_shows(&preflight, &says);
        let status = run(dir.path(), &["status", "--database-url", &url]);
        assert_eq!(status.code, 6, "{status:#?}");
        assert_eq!(columns(&url, "names"), 2);
        assert_eq!(columns(&url, "more"), 0);
    }
}

#[test]
fn a_view_of_nobody_we_know_is_named_with_all_that_stand_on_it() {
    let (up, down, _) = IN_THE_WAY[0];
    let dir = project(VIEW, up, down);
    let url = before(&dir);
    connect(&url)
        .batch_execute("CREATE VIEW over AS SELECT name FROM names; CREATE VIEW besides AS SELECT n FROM customer")
        .expect("views");
    let outcome = run(dir.path(), &["up", "--database-url", &url]);
    assert_eq!(outcome.code, 1, "{outcome:#?}");
    assert_shows(
        &outcome,
        &[
            "DROP VIEW public.over; DROP VIEW public.names;",
            "CREATE VIEW public.names AS",
            "CREATE VIEW public.over AS",
        ],
    );
    assert!(!outcome.stderr.contains("besides"), "{outcome:#?}");
}

/// Repeatables also make what else a column cannot be changed under.
#[test]
fn routines_triggers_and_policies_are_named_likewise() {
    let function = "CREATE OR REPLACE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';\n";
    let trigger = [
        function,
        "DROP TRIGGER IF EXISTS t ON customer;\nCREATE TRIGGER t BEFORE UPDATE OF name ON customer FOR EACH ROW EXECUTE FUNCTION t();\n",
    ];
    for (repeatable, drop, create) in [
        (
            &*trigger.concat(),
            "DROP TRIGGER t ON public.customer;",
            "CREATE TRIGGER t BEFORE UPDATE OF name ON public.customer",
        ),
        (
            "DROP POLICY IF EXISTS p ON customer;\nCREATE POLICY p ON customer USING (name <> '');\n",
            "DROP POLICY p ON public.customer;",
            "CREATE POLICY p ON public.customer AS PERMISSIVE FOR ALL TO PUBLIC USING ((name <> ''::text))",
        ),
        (
            "CREATE OR REPLACE FUNCTION f() RETURNS bigint BEGIN ATOMIC SELECT count(name) FROM customer; END;\n",
            "DROP ROUTINE public.f();",
            "CREATE OR REPLACE FUNCTION public.f()",
        ),
    ] {
        let (alter, unalter, _) = IN_THE_WAY[0];
        let dir = project(repeatable, alter, unalter);
        let url = before(&dir);
        let outcome = run(dir.path(), &["up", "--database-url", &url]);
        assert_eq!(outcome.code, 1, "{outcome:#?}");
        assert_shows(&outcome, &[drop, create]);
        let rehearsed = run(dir.path(), &["rehearse"]);
        assert_eq!(rehearsed.code, 3, "{rehearsed:#?}");
        // With the first statement it runs, and what was dropped comes back.
        let dropping = drop.replace("public.", "");
        file(
            &dir,
            "0002_change_customer.up.sql",
            &format!("{dropping}\n{alter}"),
        );
        run(dir.path(), &["up", "--skip-backup", "--database-url", &url]).succeeds();
        let status = run(dir.path(), &["status", "--database-url", &url]);
        assert!(!status.succeeds().contains("pending"), "{status:#?}");
        let query = "SELECT (SELECT count(*) FROM pg_trigger WHERE tgname = 't') + (SELECT count(*) FROM pg_policy)
            + (SELECT count(*) FROM pg_proc WHERE proname = 'f')";
        let count: i64 = connect(&url).query_one(query, &[]).expect("a count").get(0);
        assert_eq!(count, 1, "{drop}");
    }
}

/// What is printed has to work as printed, and to lose nothing.
#[test]
fn the_two_statements_work_as_printed() {
    let names = "CREATE VIEW names WITH (security_barrier = true) AS SELECT id, name || 'a  b\n--c' AS n FROM customer";
    for (made, up, down) in [
        (names, IN_THE_WAY[0].0, IN_THE_WAY[0].1),
        (
            "CREATE VIEW \"N \"\"  x\" AS SELECT id, name FROM customer WITH CHECK OPTION; CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM \"N \"\"  x\"",
            IN_THE_WAY[0].0,
            IN_THE_WAY[0].1,
        ),
        (
            "CREATE FUNCTION f() RETURNS bigint BEGIN ATOMIC SELECT count(name) FROM customer; END;
             CREATE VIEW names AS SELECT f() AS n",
            IN_THE_WAY[0].0,
            IN_THE_WAY[0].1,
        ),
        (
            "CREATE RULE r AS ON UPDATE TO customer DO ALSO DELETE FROM customer WHERE name = old.name",
            IN_THE_WAY[0].0,
            IN_THE_WAY[0].1,
        ),
        // Nor can a view be dropped on which another one stands.
        (
            "CREATE VIEW below AS SELECT id FROM customer; CREATE VIEW names AS SELECT id FROM below",
            "DROP VIEW below;\n",
            "SELECT 1;\n",
        ),
        (
            "CREATE TABLE other (id int); CREATE POLICY p ON other USING (EXISTS (SELECT FROM customer))",
            "DROP TABLE customer;\n",
            "SELECT 1;\n",
        ),
    ] {
        let dir = project("SELECT 1;\n", up, down);
        let url = before(&dir);
        connect(&url).batch_execute(made).expect("objects");
        let refused = run(dir.path(), &["up", "--skip-backup", "--database-url", &url]);
        assert_eq!(refused.code, 1, "{refused:#?}");
        let fixed = refused.stderr.split_once("`--allow-in-use`:\n");
        let (drop, create) = fixed
            .and_then(|it| it.1.split_once('\n'))
            .expect("two statements");
        let fixed = format!("{drop}\n{up}{create}\n");
        // What stood on what is gone cannot come back.
        let fixed = if up.starts_with("DROP") {
            format!("{drop}\n{up}")
        } else {
            fixed
        };
        let definitions = "SELECT string_agg(pg_get_viewdef(oid) || coalesce(reloptions::text, ''), ';' ORDER BY relname)
            FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace";
        let defined = |url: &str| -> Option<String> {
            connect(url)
                .query_one(definitions, &[])
                .expect("a text")
                .get(0)
        };
        let was = defined(&url);
        file(&dir, "0002_change_customer.up.sql", &fixed);
        run(dir.path(), &["up", "--skip-backup", "--database-url", &url]).succeeds();
        if !up.starts_with("DROP") {
            // The column is a varchar now, which the server says where it is used.
            let same = |text: Option<String>| {
                let text = text.unwrap_or_default();
                let text = text.replace("(customer.name)::text", "customer.name");
                text.replace("(name)::text", "name")
            };
            assert_eq!(same(defined(&url)), same(was), "{fixed}");
        }
    }
}

#[test]
fn what_is_in_the_way_in_children_is_found_and_what_is_not_is_left_alone() {
    let alter = IN_THE_WAY[0].0;
    let drop = "ALTER TABLE customer DROP COLUMN n;\n";
    let parts = "ALTER TABLE customer RENAME TO old; CREATE TABLE customer (id bigint, name text, n int) PARTITION BY LIST (id);
        CREATE TABLE one PARTITION OF customer FOR VALUES IN (1);";
    let child = "CREATE TABLE child () INHERITS (customer);";
    let own = "CREATE TABLE child (n int, name text) INHERITS (customer);";
    for (made, up, code) in [
        ([parts, "CREATE VIEW names AS SELECT name FROM one"].concat(), alter, 1),
        ([parts, "CREATE VIEW names AS SELECT name FROM one"].concat(), "DROP TABLE customer;\n", 1),
        ([child, "CREATE VIEW names AS SELECT n FROM child"].concat(), drop, 1),
        // That column stays.
        ([own, "CREATE VIEW names AS SELECT n FROM child"].concat(), drop, 0),
        // A policy and a trigger of the table go with it.
        (
            "CREATE POLICY p ON customer USING (name <> ''); CREATE VIEW names AS SELECT 1".to_owned(),
            "DROP TABLE customer;\n",
            0,
        ),
        // All that stands on each other goes with one statement.
        (
            "CREATE VIEW names AS SELECT name FROM customer; CREATE VIEW over AS SELECT name FROM names".to_owned(),
            "DROP VIEW names, over;\nALTER TABLE customer DROP COLUMN name;\n",
            0,
        ),
    ] {
        let dir = project("SELECT 1;\n", up, "SELECT 1;\n");
        let url = before(&dir);
        connect(&url).batch_execute(&made).expect("objects");
        let outcome = run(dir.path(), &["up", "--skip-backup", "--database-url", &url]);
        assert_eq!(outcome.code, code, "{made}: {outcome:#?}");
        // The server agrees.
        let flags = ["up", "--skip-backup", "--allow-in-use", "--database-url", &url];
        let allowed = run(dir.path(), &flags);
        assert_eq!(allowed.code, code * 2, "{made}: {allowed:#?}");
    }
}

#[test]
fn an_earlier_pending_step_that_may_free_it_is_no_reason_to_refuse() {
    let alter = IN_THE_WAY[0].0;
    for (frees, code) in [
        ("DROP VIEW names;\n", 0),
        ("DO $$BEGIN EXECUTE 'DROP VIEW names'; END$$;\n", 0),
        ("CREATE TABLE more (id int);\n", 1),
    ] {
        let dir = project(VIEW, frees, "SELECT 1;\n");
        file(&dir, "0003_alter.up.sql", alter);
        file(&dir, "0003_alter.down.sql", "SELECT 1;\n");
        std::fs::rename(dir.path().join("0003_alter.up.sql"), dir.path().join(".3u"))
            .expect("away");
        std::fs::rename(
            dir.path().join("0003_alter.down.sql"),
            dir.path().join(".3d"),
        )
        .expect("away");
        let url = before(&dir);
        std::fs::rename(dir.path().join(".3u"), dir.path().join("0003_alter.up.sql"))
            .expect("back");
        std::fs::rename(
            dir.path().join(".3d"),
            dir.path().join("0003_alter.down.sql"),
        )
        .expect("back");
        let plan = run(dir.path(), &["plan", "--database-url", &url]);
        assert_eq!(plan.code, code, "{frees}: {plan:#?}");
        let outcome = run(dir.path(), &["up", "--skip-backup", "--database-url", &url]);
        assert_eq!(outcome.code, code, "{frees}: {outcome:#?}");
        assert_eq!(columns(&url, "more"), 0);
    }
}

/// Whatever may take the view away before is no reason to refuse.
#[test]
fn up_applies_what_takes_the_view_out_of_the_way_and_gives_it_back() {
    let alter = "ALTER TABLE customer ALTER COLUMN name TYPE varchar(50);\n";
    for takes in [
        "DROP VIEW names;\n",
        "DROP VIEW IF EXISTS public.names;\n",
        "DO $$BEGIN EXECUTE 'DROP VIEW names'; END$$;\n",
        "ALTER VIEW names RENAME TO old;\nDROP VIEW old;\n",
        "CREATE SCHEMA s; ALTER VIEW names SET SCHEMA s; DROP VIEW s.names;\n",
        "CREATE OR REPLACE VIEW names AS SELECT id, NULL::text AS name FROM customer;\n",
        "DROP TABLE customer CASCADE;\nCREATE TABLE customer (id bigint PRIMARY KEY, name text, n int);\n",
    ] {
        let up = [takes, alter].concat();
        let dir = project(VIEW, &up, "SELECT 1;\n");
        let url = before(&dir);
        run(dir.path(), &["up", "--skip-backup", "--database-url", &url]).succeeds();
        assert_eq!(columns(&url, "names"), 2, "{takes}");
        let status = run(dir.path(), &["status", "--database-url", &url]);
        assert!(!status.succeeds().contains("pending"), "{status:#?}");
    }
    for up in [
        "ALTER TABLE customer DROP COLUMN name CASCADE;\nALTER TABLE customer ADD COLUMN name text;\n",
        "ALTER TABLE customer DROP COLUMN n;\n",
        "ALTER TABLE customer DROP COLUMN IF EXISTS nothing;\n",
        "DROP TABLE IF EXISTS nothing;\n",
    ] {
        let dir = project(VIEW, up, "SELECT 1;\n");
        let url = before(&dir);
        run(dir.path(), &["up", "--skip-backup", "--database-url", &url]).succeeds();
        assert_eq!(columns(&url, "names"), 2, "{up}");
    }
}

#[test]
fn names_without_a_schema_are_those_of_the_sessions_path() {
    let (alter, unalter, _) = IN_THE_WAY[0];
    let drops = ["DROP VIEW names;\n", alter].concat();
    for (up, path, code) in [
        (alter, "app, public", 1),
        (&*drops, "app, public", 0),
        (alter, "app", 1),
        (&*drops, "app", 0),
    ] {
        let dir = project(VIEW, up, unalter);
        let url = database();
        let mut client = connect(&url);
        let name: String = client
            .query_one("SELECT current_database()::text", &[])
            .expect("a name")
            .get(0);
        let set = format!("CREATE SCHEMA app; ALTER DATABASE {name} SET search_path = {path}");
        client.batch_execute(&set).expect("a path");
        // A table of somebody else has the same name.
        client
            .batch_execute("CREATE TABLE public.besides (name text)")
            .expect("a table");
        apply_the_first(&dir, &url);
        let arguments = ["up", "--skip-backup", "--database-url", &url];
        let outcome = run(dir.path(), &arguments);
        assert_eq!(outcome.code, code, "{path}: {outcome:#?}");
        assert_eq!(columns(&url, "app.names"), 2);
        if code == 1 {
            assert_shows(&outcome, &["DROP VIEW app.names;", "repeatable/names.sql"]);
        }
    }
}

#[test]
fn up_says_what_others_lose_and_what_is_not_built_again() {
    let built = "CREATE MATERIALIZED VIEW IF NOT EXISTS built AS SELECT id FROM customer;\n";
    let dir = project(
        VIEW,
        "DROP VIEW names;\nDROP MATERIALIZED VIEW built;\n",
        "SELECT 1;\n",
    );
    file(&dir, "repeatable/built.sql", built);
    let url = before(&dir);
    connect(&url)
        .batch_execute("GRANT SELECT ON names TO pg_monitor")
        .expect("a grant");
    let log = dir.path().join("run.jsonl");
    let log = log.to_str().expect("a path");
    let up = ["up", "--skip-backup", "--log", log, "--database-url", &url];
    let outcome = run(dir.path(), &up);
    outcome.succeeds();
    assert_shows(
        &outcome,
        &[
            "GRANT SELECT ON public.names TO pg_monitor;",
            "materialized view public.built is gone and is not built again",
        ],
    );
}
