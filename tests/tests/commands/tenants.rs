//! One schema a tenant: with it in the search path, commands look there, and never at the neighbours.

use std::path::Path;

use tempfile::TempDir;

use crate::support::{Outcome, ask, connect, database, directory, file, run, run_with};

/// With names in everything that the server writes back: defaults, views, constraints, triggers, functions.
const UP: &str = "\
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE SEQUENCE number;
CREATE TABLE item (id serial PRIMARY KEY, mood mood NOT NULL DEFAULT 'good', no bigint DEFAULT nextval('number'));
CREATE TABLE part (id bigint PRIMARY KEY, item integer REFERENCES item, CONSTRAINT positive CHECK (id > 0));
CREATE INDEX part_item ON part (item);
CREATE VIEW bad_item AS SELECT i.id, p.id AS part FROM item AS i JOIN part AS p ON p.item = i.id WHERE i.mood = 'bad';
CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql SET work_mem = '8MB'
    AS $$ BEGIN NEW.no := nextval('number'); RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION touched();
COMMENT ON TABLE item IS 'not of public.item or t1.item';
";

const DOWN: &str = "\
DROP VIEW bad_item;
DROP TABLE part;
DROP TABLE item;
DROP FUNCTION touched();
DROP SEQUENCE number;
DROP TYPE mood;
";

/// What others have in the same database, of the same names and of others, with something to find each.
const NEIGHBOUR: &str = "\
CREATE TABLE item (id text, legacy text);
CREATE TABLE neighbour (id bigint);
ALTER TABLE neighbour ADD CONSTRAINT unchecked CHECK (id > 0) NOT VALID;
CREATE INDEX neighbour_id ON neighbour (id);
CREATE VIEW neighbour_view AS SELECT id FROM neighbour;
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'neighbour_id'::regclass;
";

/// A directory, a database, and the name that is its own.
pub(crate) struct Tenants {
    pub(crate) dir: TempDir,
    pub(crate) url: String,
    pub(crate) name: String,
}

/// How a session comes to its path: what the address has besides, and the variables.
pub(crate) struct Way {
    pub(crate) url: String,
    pub(crate) options: Option<String>,
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn encoded(text: &str) -> String {
    text.bytes()
        .fold(String::new(), |text, byte| format!("{text}%{byte:02X}"))
}

/// A setting as the options of a session have it, where a blank ends one.
fn option(path: &str) -> String {
    format!(
        "-c search_path={}",
        path.replace('\\', "\\\\").replace(' ', "\\ ")
    )
}

impl Tenants {
    /// With what another program has in `public`.
    pub(crate) fn new() -> Self {
        let url = database();
        let name = ask(&mut connect(&url), "SELECT current_database()");
        let dir = directory(&[("0001_item.up.sql", UP), ("0001_item.down.sql", DOWN)]);
        let program = directory(&[
            ("0001_legacy.up.sql", "CREATE TABLE legacy (id bigint);\n"),
            ("0001_legacy.down.sql", "DROP TABLE legacy;\n"),
        ]);
        run(program.path(), &["up", "--database-url", &url]).succeeds();
        connect(&url).batch_execute(NEIGHBOUR).expect("a neighbour");
        Self { dir, url, name }
    }

    pub(crate) fn sql(&self, text: &str) {
        connect(&self.url).batch_execute(text).expect(text);
    }

    /// By the options of the address.
    pub(crate) fn path(&self, path: &str) -> Way {
        Way {
            url: format!("{}?options={}", self.url, encoded(&option(path))),
            options: None,
        }
    }

    /// A schema, migrated by its own program.
    pub(crate) fn tenant(&self, schema: &str) -> Way {
        self.sql(&format!("CREATE SCHEMA {}", quoted(schema)));
        let way = self.path(&quoted(schema));
        self.run(&way, schema, &["up"]).succeeds();
        way
    }

    pub(crate) fn run(&self, way: &Way, history: &str, arguments: &[&str]) -> Outcome {
        let flags = ["--database-url", &way.url, "--history-schema", history];
        let variables: Vec<_> = way.options.iter().map(|it| ("PGOPTIONS", &**it)).collect();
        run_with(self.dir.path(), &[arguments, &flags].concat(), &variables)
    }

    pub(crate) fn fingerprint(&self, way: &Way, schema: &str) -> String {
        let outcome = self.run(way, schema, &["fingerprint"]);
        outcome.succeeds().to_owned()
    }

    /// Nothing is found, and no neighbour is named.
    pub(crate) fn is_good(&self, way: &Way, schema: &str) {
        for command in ["postflight", "drift"] {
            let outcome = self.run(way, schema, &[command]);
            assert_eq!(outcome.code, 0, "{command} of {schema}: {outcome:#?}");
            for name in ["neighbour", "legacy", "extra", "unchecked"] {
                let said = format!("{outcome:?}");
                assert!(!said.contains(name), "{command} of {schema}: {outcome:#?}");
            }
        }
    }
}

#[test]
fn every_way_to_a_path() {
    let tenants = Tenants::new();
    let Tenants { url, name, .. } = &tenants;
    let schema = format!("t1_{name}");
    let other = tenants.tenant("t2");
    tenants.tenant(&schema);
    let role = |suffix: &str| {
        let role = format!("{name}_{suffix}");
        tenants.sql(&format!("CREATE ROLE {role} LOGIN SUPERUSER"));
        let url = url.replace("postgres@", &format!("{role}@"));
        (role, Way { url, options: None })
    };
    let (by_role, way_by_role) = role("r");
    tenants.sql(&format!("ALTER ROLE {by_role} SET search_path = {schema}"));
    let (in_database, way_in_database) = role("d");
    tenants.sql(&format!(
        "ALTER ROLE {in_database} IN DATABASE {name} SET search_path = {schema}, public"
    ));
    tenants.sql(&format!("CREATE ROLE {schema} LOGIN SUPERUSER"));
    let own = Way {
        url: url.replace("postgres@", &format!("{schema}@")),
        options: None,
    };
    let variable = Way {
        url: url.clone(),
        options: Some(option(&format!("{schema},public"))),
    };
    let ways = [
        tenants.path(&schema),
        tenants.path(&format!("{schema},public")),
        tenants.path(&format!("nowhere,{schema}, public , t2")),
        tenants.path(&format!("pg_catalog,{schema},pg_temp")),
        way_by_role,
        way_in_database,
        own,
        variable,
    ];
    let expected = tenants.fingerprint(&other, "t2");
    for way in &ways {
        tenants.is_good(way, &schema);
        assert_eq!(tenants.fingerprint(way, &schema), expected, "{}", way.url);
    }
    tenants.sql(&format!("ALTER DATABASE {name} SET search_path = {schema}"));
    let of_the_database = Way {
        url: url.clone(),
        options: None,
    };
    tenants.is_good(&of_the_database, &schema);
    assert_eq!(tenants.fingerprint(&of_the_database, &schema), expected);
    tenants.is_good(&tenants.path("t2"), "t2");
    let leave =
        [by_role, in_database, schema].map(|it| format!("DROP OWNED BY {it}; DROP ROLE {it};"));
    tenants.sql(&leave.concat());
}

#[test]
fn what_neighbours_do_is_theirs() {
    let tenants = Tenants::new();
    let odd = "Tenant \"1\" a.b";
    let [one, two, third] = ["t1", "t2", odd].map(|schema| tenants.tenant(schema));
    let before = tenants.fingerprint(&one, "t1");
    assert_eq!(tenants.fingerprint(&two, "t2"), before);
    assert_eq!(
        tenants.fingerprint(&third, odd),
        before,
        "whatever the name"
    );
    tenants.sql(
        "ALTER TABLE t2.item ADD extra text; DROP INDEX t2.part_item; CREATE TABLE t2.extra (id bigint);
         ALTER TABLE t2.part ADD CONSTRAINT unchecked CHECK (id > 1) NOT VALID;
         CREATE SCHEMA t3; CREATE TABLE t3.extra (id bigint); CREATE FUNCTION t3.extra() RETURNS int LANGUAGE sql AS 'SELECT 1';
         CREATE TABLE public.extra (id bigint); CREATE TYPE public.extra_type AS ENUM ('a');
         CREATE PUBLICATION extra FOR TABLE t2.item",
    );
    for (way, schema) in [(&one, "t1"), (&third, odd)] {
        tenants.is_good(way, schema);
        assert_eq!(tenants.fingerprint(way, schema), before);
    }
    assert_ne!(tenants.fingerprint(&two, "t2"), before);
    tenants
        .run(&two, "t2", &["postflight"])
        .fails(3, &["postflight failed"]);
    let drift = tenants.run(&two, "t2", &["drift"]);
    drift.fails(3, &["4 differences"]);
    // The server's own schemas are nobody's.
    let hardened = tenants.path("pg_catalog, public, pg_temp");
    assert_eq!(
        tenants.fingerprint(&hardened, "t1"),
        tenants.fingerprint(&tenants.path("public"), "t1")
    );
    // The whole database has all of them.
    let all = Way {
        url: tenants.url.clone(),
        options: None,
    };
    assert_ne!(tenants.fingerprint(&all, "t1"), before);
}

/// Where the schema is still to be made, its neighbours are not looked at instead.
#[test]
fn a_tenant_without_its_schema() {
    let tenants = Tenants::new();
    tenants.tenant("t1");
    let nobody = tenants.path("t9");
    let drift = tenants.run(&nobody, "t1", &["drift"]);
    assert!(drift.stdout.contains("table item is missing"), "{drift:#?}");
    assert!(
        !drift.stdout.contains("neighbour") && !drift.stdout.contains("DROP"),
        "{drift:#?}"
    );
    let postflight = tenants.run(&nobody, "t1", &["postflight"]);
    postflight.fails(3, &[]);
    assert!(postflight.stdout.contains("table item"), "{postflight:#?}");
    assert!(!postflight.stdout.contains("neighbour"), "{postflight:#?}");
}

/// A role with rights in its own schema alone; what is changed is backed up there.
#[test]
fn a_run_of_a_tenant() {
    let tenants = Tenants::new();
    let role = format!("{}_tenant", tenants.name);
    let create = format!(
        "CREATE ROLE {role} LOGIN; REVOKE ALL ON SCHEMA public FROM PUBLIC;
         CREATE SCHEMA {role} AUTHORIZATION {role}"
    );
    tenants.sql(&create);
    let way = Way {
        url: tenants.url.replace("postgres@", &format!("{role}@")),
        options: None,
    };
    tenants.run(&way, &role, &["preflight"]).succeeds();
    tenants.run(&way, &role, &["up"]).succeeds();
    connect(&way.url)
        .batch_execute("INSERT INTO item SELECT generate_series(1, 7)")
        .expect("rows");
    file(
        &tenants.dir,
        "0002_name.up.sql",
        "ALTER TABLE item ADD name text;\n",
    );
    file(
        &tenants.dir,
        "0002_name.down.sql",
        "ALTER TABLE item DROP name;\n",
    );
    let preflight = tenants.run(&way, &role, &["preflight"]);
    preflight.succeeds();
    tenants.sql(&format!("ALTER ROLE {role} SUPERUSER"));
    let up = tenants.run(&way, &role, &["up"]);
    up.succeeds();
    tenants.sql(&format!("ALTER ROLE {role} NOSUPERUSER"));
    assert!(up.stdout.contains("7 rows of 1 tables"), "{up:#?}");
    tenants.is_good(&way, &role);
    tenants.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

/// A backup holds the whole database, whatever the path, and so does what it is compared with.
#[test]
fn a_backup_of_all_tenants() {
    let tenants = Tenants::new();
    let Tenants { url, name, .. } = &tenants;
    tenants.tenant("t1");
    // An invalid index is in no dump.
    tenants.sql(&format!(
        "DROP INDEX neighbour_id; ALTER DATABASE {name} SET search_path = t1"
    ));
    let way = Way {
        url: url.clone(),
        options: None,
    };
    tenants.run(&way, "t1", &["backup"]).succeeds();
    let into = format!("{name}_restored");
    let restored = tenants.run(&way, "t1", &["restore", "--into", &into]);
    restored.succeeds();
    let copy = url.replace(name.as_str(), &into);
    let has = "SELECT count(*) FROM pg_class WHERE relname IN ('neighbour', 'part')";
    assert_eq!(ask(&mut connect(&copy), has), "2");
    assert!(Path::new(tenants.dir.path()).exists());
}

/// Nobody's history lies in `public`: it is a neighbour like others, unless the path or a file names it.
#[test]
fn public_is_looked_at_where_it_is_named() {
    let url = database();
    connect(&url).batch_execute(NEIGHBOUR).expect("a neighbour");
    let name = ask(&mut connect(&url), "SELECT current_database()");
    let dir = directory(&[("0001_item.up.sql", UP), ("0001_item.down.sql", DOWN)]);
    let tenants = Tenants { dir, url, name };
    let way = tenants.tenant("t1");
    tenants.is_good(&way, "t1");
    let named = tenants.run(&tenants.path("t1,public"), "t1", &["postflight"]);
    named.fails(3, &["postflight failed"]);
    assert!(named.stdout.contains("unchecked"), "{named:#?}");
    file(
        &tenants.dir,
        "0002_note.up.sql",
        "COMMENT ON TABLE public.item IS 'shared';",
    );
    file(
        &tenants.dir,
        "0002_note.down.sql",
        "COMMENT ON TABLE public.item IS NULL;",
    );
    let written = tenants.run(&way, "t1", &["postflight"]);
    assert!(written.stdout.contains("unchecked"), "{written:#?}");
}
