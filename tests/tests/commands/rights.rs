//! A role that may not read or write the history is told the statements that give it the right, and they
//! are right as they are printed.
//!
//! The file is long because each right that may be missing is a case.

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Outcome, connect, database, file, run, shop};

/// A name that SQL reads as one word, and one that it does not.
const NAMES: [&str; 2] = ["reader", "Odd \"role"];

/// What reads the history, and the tables beside the history that it reads.
const COMMANDS: [&[&str]; 7] = [
    &["status"],
    &["info", "1"],
    &["verify"],
    &["preflight"],
    &["plan"],
    &["postflight"],
    &["list"],
];

/// A history in a schema of its own, and a role that has no right there.
struct Place {
    dir: TempDir,
    url: String,
    role: String,
    schema: &'static str,
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Place {
    fn new(role: &str, schema: &'static str) -> Self {
        let (dir, url) = (shop(), database());
        let database = url.rsplit('/').next().unwrap_or_default();
        let database = database.split('?').next().unwrap_or_default();
        let role = format!("{role} {database}");
        let role = if role.starts_with("reader") {
            role.replace(' ', "_")
        } else {
            role
        };
        let place = Self {
            dir,
            url,
            role,
            schema,
        };
        place.sql(&format!(
            "REVOKE ALL ON SCHEMA public FROM PUBLIC; CREATE ROLE {} LOGIN",
            quoted(&place.role)
        ));
        place
    }

    /// With migrations applied, by their owner.
    fn applied(role: &str, schema: &'static str) -> Self {
        let place = Self::new(role, schema);
        run(
            place.dir.path(),
            &[
                "up",
                "--database-url",
                &place.url,
                "--history-schema",
                schema,
            ],
        )
        .succeeds();
        place
    }

    fn sql(&self, text: &str) {
        connect(&self.url).batch_execute(text).expect(text);
    }

    fn database(&self) -> String {
        let name = connect(&self.url).query_one("SELECT current_database()::text", &[]);
        quoted(name.expect("a name").get(0))
    }

    /// With the names filled in.
    fn grant(&self, text: &str) {
        let table = |suffix: &str| format!("{}.pgstrata_history{suffix}", quoted(self.schema));
        let text = text
            .replace("{schema}", &quoted(self.schema))
            .replace("{table}", &table(""))
            .replace("{events}", &table("_events"))
            .replace("{failed}", &table("_failed"))
            .replace("{role}", &quoted(&self.role));
        self.sql(&text);
    }

    /// As the role.
    fn ask(&self, arguments: &[&str]) -> Outcome {
        let user = self
            .role
            .replace('%', "%25")
            .replace(' ', "%20")
            .replace('"', "%22");
        let url = self.url.replace("postgres@", &format!("{user}@"));
        assert_ne!(url, self.url);
        let flags = ["--database-url", &url, "--history-schema", self.schema];
        run(self.dir.path(), &[arguments, &flags].concat())
    }

    /// The statements that an outcome prints are run as they are.
    fn repair(&self, outcome: &Outcome) -> usize {
        let said = [&*outcome.stdout, &outcome.stderr].concat();
        let grants: Vec<&str> = said
            .lines()
            .filter_map(|line| {
                line.find("GRANT ")
                    .filter(|_| line.ends_with(';'))
                    .map(|at| &line[at..])
            })
            .collect();
        for grant in &grants {
            self.sql(grant);
        }
        grants.len()
    }

    fn leave(self) {
        let role = quoted(&self.role);
        self.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
    }
}

/// Those that lack something say what, and after it have all that they need; the others are silent.
fn check(granted: &str, lacking: &[&str]) {
    for (role, schema) in NAMES.into_iter().zip(["public", "The \"past"]) {
        for command in COMMANDS {
            let place = Place::applied(role, schema);
            place.grant(granted);
            let before = place.ask(command);
            let lacks = lacking.contains(&command[0]);
            let count = place.repair(&before);
            assert_eq!(count > 0, lacks, "{granted}, {command:?}: {before:#?}");
            let after = place.ask(command);
            assert_eq!(
                after.code, 0,
                "{granted}, {command:?}: {before:#?}\n{after:#?}"
            );
            let said = format!("{after:?}");
            assert!(
                !said.contains("GRANT"),
                "{granted}, {command:?}: {after:#?}"
            );
            place.leave();
        }
    }
}

const ALL: [&str; 7] = [
    "status",
    "info",
    "verify",
    "preflight",
    "plan",
    "postflight",
    "list",
];

#[test]
fn nothing_is_granted() {
    check("SELECT", &ALL);
}

#[test]
fn the_schema_is_open() {
    check("GRANT USAGE ON SCHEMA {schema} TO {role}", &ALL);
}

#[test]
fn the_schema_is_closed() {
    check(
        "GRANT SELECT ON {table}, {events}, {failed} TO {role}",
        &ALL,
    );
}

/// A lock on a table needs the right to the whole table.
#[test]
fn some_columns_are_granted() {
    let some = "GRANT USAGE ON SCHEMA {schema} TO {role}; \
        GRANT SELECT ON {events}, {failed} TO {role}; \
        GRANT SELECT (version, label, state, up_checksum, down_checksum) ON {table} TO {role}";
    check(some, &ALL);
}

/// What needs the other tables answers without them, and says so.
#[test]
fn the_history_alone_is_granted() {
    let history = "GRANT USAGE ON SCHEMA {schema} TO {role}; GRANT SELECT ON {table} TO {role}";
    check(history, &["info", "postflight", "list"]);
    let place = Place::applied("reader", "public");
    place.grant(history);
    for (command, part) in [
        (&["info", "1"][..], "applied, 1 of 1 statements"),
        (&["list"], "0002_create_invoice"),
        (&["postflight"], "postflight passed"),
    ] {
        let outcome = place.ask(command);
        assert_eq!(outcome.code, 0, "{outcome:#?}");
        assert!(outcome.stdout.contains(part), "{outcome:#?}");
    }
    let info = place.ask(&["info", "1", "--json"]);
    let info: Value = serde_json::from_str(&info.stdout).expect("JSON");
    assert_eq!([&info["events"], &info["failures"]], [&Value::Null; 2]);
    assert_eq!(info["recorded"]["state"], "applied");
    place.leave();
}

#[test]
fn failures_alone_are_hidden() {
    let events =
        "GRANT USAGE ON SCHEMA {schema} TO {role}; GRANT SELECT ON {table}, {events} TO {role}";
    check(events, &["info"]);
}

/// The rights are those of the role that the session has taken.
#[test]
fn a_role_that_the_session_has_taken() {
    let place = Place::applied("reader", "public");
    let other = format!("{}_other", place.role);
    place.sql(&format!(
        "CREATE ROLE {other} LOGIN; GRANT {} TO {other}",
        place.role
    ));
    let url = place.url.replace("postgres@", &format!("{other}@"));
    let options = format!("{url}&options=-c%20role%3D{}", place.role);
    let options = if url.contains('?') {
        options
    } else {
        options.replacen('&', "?", 1)
    };
    let ask = || run(place.dir.path(), &["status", "--database-url", &options]);
    let before = ask();
    assert!(
        before.stderr.contains(&format!("TO {};", place.role)),
        "{before:#?}"
    );
    place.repair(&before);
    assert_eq!(ask().code, 0, "{before:#?}");
    place.sql(&format!("DROP ROLE {other}"));
    place.leave();
}

/// The first run makes the tables, and their schema where it is not there.
#[test]
fn a_first_run_that_may_not_make_the_history() {
    for (role, schema) in NAMES.into_iter().zip(["public", "The \"past"]) {
        for is_there in [true, false] {
            let place = Place::new(role, schema);
            place.sql("DROP SCHEMA public; CREATE SCHEMA own; CREATE SCHEMA public");
            if is_there {
                place.sql(&format!("CREATE SCHEMA IF NOT EXISTS {}", quoted(schema)));
            } else if schema == "public" {
                place.sql("DROP SCHEMA public");
            }
            place.sql(&format!(
                "GRANT ALL ON SCHEMA own TO {0}; ALTER ROLE {0} SET search_path = own",
                quoted(&place.role)
            ));
            for command in [&["preflight"][..], &["up"]] {
                // What comes before the first write only reads, and says what that needs.
                let (mut outcome, mut rounds) = (place.ask(command), 0);
                while outcome.code != 0 && rounds < 2 {
                    let count = place.repair(&outcome);
                    assert!(count > 0, "{schema} {is_there} {command:?}: {outcome:#?}");
                    (outcome, rounds) = (place.ask(command), rounds + 1);
                }
                assert_eq!(outcome.code, 0, "{command:?}: {outcome:#?}");
                assert!(rounds > 0, "{command:?}: {outcome:#?}");
                let revoke = "REVOKE ALL ON SCHEMA {schema} FROM {role}";
                let exists = connect(&place.url)
                    .query_one(
                        "SELECT count(*) FROM pg_namespace WHERE nspname = $1",
                        &[&schema],
                    )
                    .expect("a count");
                if command == ["preflight"] && exists.get::<_, i64>(0) == 1 {
                    place.grant(revoke);
                }
                if command == ["preflight"] && !is_there {
                    let name = place.database();
                    place.grant(&format!("REVOKE ALL ON DATABASE {name} FROM {{role}}"));
                }
            }
            place.leave();
        }
    }
}

/// The tables are another's, and may only be read.
#[test]
fn a_run_that_may_not_write_the_history() {
    let place = Place::applied("reader", "public");
    let read = "GRANT USAGE, CREATE ON SCHEMA public TO {role}; \
        GRANT SELECT ON {table}, {events}, {failed} TO {role}";
    place.grant(read);
    let files = [
        ("0003_note.up.sql", "CREATE TABLE note (id bigint);\n"),
        ("0003_note.down.sql", "DROP TABLE note;\n"),
    ];
    for (name, text) in files {
        file(&place.dir, name, text);
    }
    for command in [&["preflight"][..], &["up", "--skip-backup"]] {
        let before = place.ask(command);
        assert_ne!(before.code, 0, "{command:?}: {before:#?}");
        assert!(place.repair(&before) > 0, "{command:?}: {before:#?}");
        let after = place.ask(command);
        assert_eq!(after.code, 0, "{command:?}: {before:#?}\n{after:#?}");
        if command == ["preflight"] {
            place.grant("REVOKE ALL ON {table}, {events}, {failed} FROM {role}");
            place.grant(read);
        }
    }
    place.leave();
}

#[test]
fn a_database_that_is_closed() {
    let place = Place::applied("Odd \"role", "public");
    let name = place.database();
    place.sql(&format!("REVOKE CONNECT ON DATABASE {name} FROM PUBLIC"));
    place.grant("GRANT USAGE ON SCHEMA {schema} TO {role}; GRANT SELECT ON {table} TO {role}");
    let before = place.ask(&["status"]);
    before.fails(
        5,
        &[
            "permission denied for database",
            "GRANT CONNECT ON DATABASE",
        ],
    );
    assert_eq!(place.repair(&before), 1, "{before:#?}");
    place.ask(&["status"]).succeeds();
    place.leave();
}

/// Whether a contract step is held, the events know.
#[test]
fn a_contract_step_whose_release_is_hidden() {
    let place = Place::new("reader", "public");
    let steps = [
        (
            "0003_expand.up.sql",
            "-- pgstrata: phase expand\nALTER TABLE customer ADD name text;\n",
        ),
        ("0003_expand.down.sql", "ALTER TABLE customer DROP name;\n"),
        (
            "0004_contract.up.sql",
            "-- pgstrata: phase contract\nDROP TABLE invoice;\n",
        ),
        (
            "0004_contract.down.sql",
            "-- pgstrata: irreversible rows are gone\n",
        ),
    ];
    let up = || {
        run(
            place.dir.path(),
            &["up", "--skip-backup", "--database-url", &place.url],
        )
    };
    up().succeeds();
    for (name, text) in steps {
        file(&place.dir, name, text);
    }
    up().succeeds();
    let all = "GRANT USAGE ON SCHEMA {schema} TO {role}; GRANT SELECT ON {table} TO {role}";
    place.grant(all);
    let before = place.ask(&["status"]);
    assert!(
        before.stdout.contains("held") || before.stderr.contains("GRANT SELECT ON"),
        "{before:#?}"
    );
    place.grant("GRANT SELECT ON {events} TO {role}");
    let after = place.ask(&["status"]);
    assert!(after.stdout.contains("held"), "{after:#?}");
    place.leave();
}

/// What does not need the history is asked all the same, and nothing is said of what is pending.
#[test]
fn preflight_without_rights_goes_on_with_what_it_can() {
    for granted in ["SELECT", "GRANT USAGE ON SCHEMA {schema} TO {role}"] {
        let place = Place::applied("reader", "history");
        place.grant(granted);
        let outcome = place.ask(&["preflight"]);
        outcome.fails(1, &["preflight failed, 1 error"]);
        let good = outcome.stdout.split_once("good: ").map_or("", |it| it.1);
        // What asks for pending migrations has nothing to ask for.
        let good = good.split_whitespace().collect::<Vec<_>>().join(" ");
        let asked = "server, transactions, blocking, connections, replication, wraparound";
        assert_eq!(good, asked, "{outcome:#?}");
        assert!(outcome.stdout.contains("what is pending is not known"));
        assert!(
            !outcome.stdout.contains("nothing is pending"),
            "{outcome:#?}"
        );
        let outcome = place.ask(&["preflight", "--json"]);
        let object: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
        assert_eq!(object["findings"][0]["check"], "history");
        assert_eq!(object["findings"][0]["severity"], "error");
        place.leave();
    }
}
