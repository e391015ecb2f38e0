//! Where the schema of one tenant is not what the migrations, or another tenant, say.

use serde_json::Value;

use crate::support::{ask, connect, database, file};
use crate::tenants::{Tenants, Way};

/// A function that keeps the path of its making keeps each tenant's own.
#[test]
fn a_function_with_the_path_of_its_tenant() {
    let tenants = Tenants::new();
    let files = [
        (
            "up",
            "CREATE FUNCTION numbered() RETURNS bigint LANGUAGE sql SET search_path FROM CURRENT AS 'SELECT nextval(''number'')';\n",
        ),
        ("down", "DROP FUNCTION numbered();\n"),
    ];
    for (direction, text) in files {
        file(
            &tenants.dir,
            &format!("0002_numbered.{direction}.sql"),
            text,
        );
    }
    let schemas = ["t1", "Tenant \"1\" a.b"];
    let ways = schemas.map(|schema| tenants.tenant(schema));
    for (way, schema) in ways.iter().zip(schemas) {
        tenants.is_good(way, schema);
    }
    let [one, other] = [0, 1].map(|index| tenants.fingerprint(&ways[index], schemas[index]));
    assert_eq!(one, other);
    tenants.sql("ALTER FUNCTION t1.numbered() SET search_path = public");
    assert_ne!(tenants.fingerprint(&ways[0], "t1"), other);
    let drift = tenants.run(&ways[0], "t1", &["drift", "--json"]);
    repaired(&ways[0], &drift.stdout);
    assert_eq!(tenants.fingerprint(&ways[0], "t1"), other);
}

/// Changes of a tenant's own are found, though its neighbours have what it lacks, and repaired by what is
/// printed, on its own path.
#[test]
fn what_a_tenant_lacks_is_missing() {
    let tenants = Tenants::new();
    // With whether it is also seen without a server to compare with.
    let rounds: [(&[&str], bool); 5] = [
        (&["DROP TABLE item CASCADE"], true),
        (&["DROP TABLE part CASCADE"], true),
        (
            &["DROP VIEW bad_item", "ALTER TABLE item DROP COLUMN no"],
            true,
        ),
        (
            &[
                "DROP INDEX part_item",
                "ALTER TABLE part DROP CONSTRAINT positive",
                "DROP TRIGGER touch ON item",
            ],
            true,
        ),
        (
            &[
                "ALTER TABLE item ALTER COLUMN no DROP DEFAULT",
                "ALTER TABLE part DROP CONSTRAINT part_item_fkey",
                "CREATE OR REPLACE VIEW bad_item AS SELECT i.id, NULL::bigint AS part FROM item AS i",
                "ALTER FUNCTION touched() RESET work_mem",
                "CREATE TABLE extra (id bigint)",
                "ALTER TABLE item ADD extra text",
                "COMMENT ON TABLE item IS NULL",
            ],
            false,
        ),
    ];
    for schema in ["t1", "Tenant \"1\" a.b"] {
        let way = tenants.tenant(schema);
        let mut before = tenants.fingerprint(&way, schema);
        for (changes, is_seen) in rounds {
            let mut last = before.clone();
            for change in changes {
                connect(&way.url).batch_execute(change).expect(change);
                let changed = tenants.fingerprint(&way, schema);
                assert_ne!(changed, last, "{change}");
                last = changed;
            }
            let drift = tenants.run(&way, schema, &["drift", "--json"]);
            assert_eq!(drift.code, 3, "{changes:?}: {drift:#?}");
            assert!(
                !drift.stdout.contains("neighbour"),
                "{changes:?}: {drift:#?}"
            );
            let postflight = tenants.run(&way, schema, &["postflight"]);
            assert_eq!(
                is_seen,
                postflight.code == 3,
                "{changes:?}: {postflight:#?}"
            );
            repaired(&way, &drift.stdout);
            // A column that is made again is the last one.
            if changes.iter().any(|change| change.contains("DROP COLUMN")) {
                before = tenants.fingerprint(&way, schema);
            } else {
                assert_eq!(tenants.fingerprint(&way, schema), before, "{drift:#?}");
            }
        }
        tenants.is_good(&way, schema);
    }
}

/// What is printed runs on the tenant's own path, in its order or after what it needs.
fn repaired(way: &Way, drift: &str) {
    let document: Value = serde_json::from_str(drift).expect("JSON");
    let mut repairs: Vec<&str> = document["differences"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|difference| difference["repair"].as_str())
        .collect();
    assert!(!repairs.is_empty(), "{drift}");
    while !repairs.is_empty() {
        let count = repairs.len();
        let mut refused = String::new();
        repairs.retain(|repair| {
            let ran = connect(&way.url).batch_execute(repair);
            ran.map_err(|error| refused = format!("{refused}\n{repair}: {error:?}"))
                .is_err()
        });
        assert!(repairs.len() < count, "{refused}");
    }
}

/// A file that one has written is the measure of another, and of the same tables in `public`.
#[test]
fn a_snapshot_of_another_tenant() {
    let tenants = Tenants::new();
    let [one, two] = ["t1", "t2"].map(|schema| tenants.tenant(schema));
    let snapshot = tenants.dir.path().join("schema.snapshot.json");
    let against = [
        "drift",
        "--against",
        snapshot.to_str().expect("a path"),
        "--json",
    ];
    tenants
        .run(&one, "t1", &["fingerprint", "--write"])
        .succeeds();
    tenants.run(&two, "t2", &against).succeeds();
    let text = std::fs::read_to_string(&snapshot).expect("a snapshot");
    assert!(!text.contains("neighbour"), "{text}");
    tenants.sql(
        "DROP TABLE t2.item CASCADE; DROP FUNCTION t2.touched(); CREATE TABLE t1.extra (id int)",
    );
    let drift = tenants.run(&two, "t2", &against);
    assert_eq!(drift.code, 3, "{drift:#?}");
    assert!(!drift.stdout.contains("extra"), "{drift:#?}");
    repaired(&two, &drift.stdout);
    tenants.run(&two, "t2", &against).succeeds();
    tenants.is_good(&two, "t2");
    // As from a database where all is in `public`.
    let usual = database();
    let staging = Way {
        url: usual,
        options: None,
    };
    tenants.run(&staging, "public", &["up"]).succeeds();
    tenants
        .run(&staging, "public", &["fingerprint", "--write"])
        .succeeds();
    tenants.run(&two, "t2", &against).succeeds();
    tenants
        .run(&one, "t1", &against)
        .fails(3, &["1 difference"]);
}

/// Schemas that the migrations name are looked at, too, as far as they name what is in them.
#[test]
fn what_migrations_name_elsewhere() {
    let tenants = Tenants::new();
    let up = "CREATE SCHEMA IF NOT EXISTS shared;
        CREATE TABLE IF NOT EXISTS shared.country (code text PRIMARY KEY);
        CREATE TABLE IF NOT EXISTS public.audit (id bigint PRIMARY KEY);
        CREATE INDEX IF NOT EXISTS audit_id ON public.audit (id);
        CREATE TABLE note (id bigint PRIMARY KEY, country text REFERENCES shared.country);
        CREATE VIEW noted AS SELECT n.id, a.id AS audit FROM note AS n, public.audit AS a;\n";
    let down = "-- pgstrata: irreversible others have it\n";
    for (direction, text) in [("up", up), ("down", down)] {
        file(&tenants.dir, &format!("0002_note.{direction}.sql"), text);
    }
    let [one, two] = ["t1", "t2"].map(|schema| tenants.tenant(schema));
    for (way, schema) in [(&one, "t1"), (&two, "t2")] {
        tenants.is_good(way, schema);
    }
    assert_eq!(
        tenants.fingerprint(&one, "t1"),
        tenants.fingerprint(&two, "t2")
    );
    // Others may have more there.
    tenants.sql("CREATE TABLE shared.extra (id int); CREATE TABLE public.extra (id int)");
    tenants.is_good(&one, "t1");
    tenants.sql("ALTER TABLE shared.country DROP CONSTRAINT country_pkey CASCADE; DROP TABLE public.audit CASCADE");
    for (way, schema) in [(&one, "t1"), (&two, "t2")] {
        let postflight = tenants.run(way, schema, &["postflight"]);
        postflight.fails(3, &[]);
        assert!(postflight.stdout.contains("audit"), "{postflight:#?}");
        let drift = tenants.run(way, schema, &["drift", "--json"]);
        drift.fails(3, &[]);
        assert!(
            drift.stdout.contains("public.audit") && drift.stdout.contains("country_pkey"),
            "{drift:#?}"
        );
        assert!(!drift.stdout.contains("extra"), "{drift:#?}");
    }
    repaired(&one, &tenants.run(&one, "t1", &["drift", "--json"]).stdout);
    tenants.is_good(&one, "t1");
}

/// An extension that all tenants find in `public` is made there by none of them.
#[test]
fn an_extension_of_all_tenants() {
    let tenants = Tenants::new();
    let available = "SELECT count(*) FROM pg_available_extensions WHERE name = 'citext'";
    if ask(&mut connect(&tenants.url), available) == "0" {
        pgstrata_tests::skip("an extension of all tenants", "a server with citext");
        return;
    }
    tenants.sql("CREATE SCHEMA extensions; CREATE EXTENSION citext SCHEMA extensions");
    let files = [
        (
            "up",
            "CREATE EXTENSION IF NOT EXISTS citext;\nCREATE TABLE mail (address citext DEFAULT 'a'::citext);\n",
        ),
        (
            "down",
            "DROP TABLE mail;\n-- CREATE EXTENSION stays, for the others.\n",
        ),
    ];
    for (direction, text) in files {
        file(&tenants.dir, &format!("0002_mail.{direction}.sql"), text);
    }
    let [one, two] = ["t1", "t2"].map(|schema| {
        tenants.sql(&format!("CREATE SCHEMA {schema}"));
        let way = tenants.path(&format!("{schema},extensions"));
        tenants.run(&way, schema, &["up"]).succeeds();
        way
    });
    tenants.is_good(&one, "t1");
    tenants.is_good(&two, "t2");
    assert_eq!(
        tenants.fingerprint(&one, "t1"),
        tenants.fingerprint(&two, "t2")
    );
    tenants.sql("ALTER TABLE t2.mail ALTER COLUMN address TYPE text");
    let drift = tenants.run(&two, "t2", &["drift", "--json"]);
    assert_eq!(drift.code, 3, "{drift:#?}");
    repaired(&two, &drift.stdout);
    tenants.is_good(&two, "t2");
}
