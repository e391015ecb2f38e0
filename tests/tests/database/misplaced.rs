//! Tables of the history that something else made, that are missing, or that a restore has left
//! incomplete: they are named before a run begins, and what is printed as the repair leads on.

use pgstrata::{Error, Goal, Migrator};

use crate::support::{Database, assert_says, fresh_database, three};
use crate::trust::repairs;

/// What spoils a database, and what its refusal says.
type Case<'a> = (&'a str, &'a [&'a str]);

fn execute(database: &Database, sql: &str) {
    let result = database.connect().batch_execute(sql);
    result.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

fn up(database: &Database) -> Result<(), Error> {
    Migrator::new(three()).up(&mut database.connect()).map(drop)
}

/// With the first two of three migrations.
fn two() -> Database {
    let database = fresh_database();
    Migrator::new(three())
        .up_to(&mut database.connect(), 2_u64)
        .unwrap();
    database
}

/// The history of [`two`] without the table that holds it; what it applied is gone, too.
fn without_history(spoil: &str) -> Database {
    let database = two();
    execute(&database, "DROP TABLE pgstrata_history, a, b");
    execute(&database, spoil);
    database
}

/// Looking and running refuse with the same words, and change nothing; after the repairs as they are
/// printed a run does all that is left.
fn check(database: &Database, (spoil, says): Case<'_>) {
    let mut client = database.connect();
    let looked = Migrator::new(three())
        .check_history(&mut client)
        .expect_err(spoil);
    let error = up(database).expect_err(spoil);
    assert!(error.is_refused(), "{spoil}: {error}");
    assert_says(&error, says);
    assert_says(&looked, says);
    let of_look = repairs(&looked);
    let repairs = repairs(&error);
    assert_eq!(of_look, repairs);
    assert!(!repairs.is_empty(), "{spoil}: {error}");
    for repair in &repairs {
        let done = client.batch_execute(repair);
        done.unwrap_or_else(|cause| panic!("{spoil}: {repair}: {cause:?} of {error}"));
    }
    Migrator::new(three())
        .check_history(&mut client)
        .unwrap_or_else(|left| panic!("{spoil}: after {repairs:#?}: {left}"));
    up(database).unwrap_or_else(|left| panic!("{spoil}: after {repairs:#?}: {left}"));
    Migrator::new(three())
        .run(&mut client, Goal::Redo(1), None)
        .unwrap_or_else(|left| panic!("{spoil}: after {repairs:#?}: {left}"));
    assert_eq!(database.applied(), "1 2 3");
}

fn stranger(database: &Database) -> String {
    let of = database.url.rsplit('/').next().unwrap();
    let role = format!("misplaced_{}", of.split('?').next().unwrap());
    execute(
        database,
        &format!("CREATE ROLE {role}; GRANT ALL ON SCHEMA public TO {role}"),
    );
    role
}

#[test]
fn names_that_are_taken_before_the_first_run() {
    let cases: &[Case<'_>] = &[
        (
            "CREATE TABLE pgstrata_history_events (id bigint)",
            &["_events\" is not a table of pgstrata's", "RENAME"],
        ),
        (
            "CREATE TABLE pgstrata_history_failed ()",
            &["_failed\" is not a table of pgstrata's"],
        ),
        (
            "CREATE TABLE pgstrata_history ()",
            &["_history\" is not a table of pgstrata's"],
        ),
        (
            "CREATE TABLE pgstrata_history (attempt bigint PRIMARY KEY, version bigint, label text); \
             CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
             CREATE TRIGGER t BEFORE INSERT ON pgstrata_history FOR EACH ROW EXECUTE FUNCTION noted()",
            &["is not a table of pgstrata's"],
        ),
        (
            "CREATE TYPE pgstrata_history_events AS ENUM ('a')",
            &["is a type"],
        ),
        ("CREATE TYPE pgstrata_history AS ENUM ('a')", &["is a type"]),
        (
            "CREATE DOMAIN pgstrata_history_failed AS text",
            &["is a type"],
        ),
        (
            "CREATE VIEW pgstrata_history_events AS SELECT 1 AS attempt",
            &["is a view"],
        ),
    ];
    for case in cases {
        let database = fresh_database();
        execute(&database, case.0);
        check(&database, *case);
    }
    for make in [
        "CREATE VIEW pgstrata_history AS SELECT 1 AS attempt; CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS \
         'BEGIN RETURN NEW; END'; CREATE TRIGGER t INSTEAD OF INSERT ON pgstrata_history FOR EACH ROW EXECUTE FUNCTION noted()",
        "CREATE TABLE pgstrata_history_events (attempt bigint)",
    ] {
        let database = fresh_database();
        let stranger = stranger(&database);
        execute(&database, &format!("SET ROLE {stranger}; {make}"));
        check(&database, (make, &["RENAME TO"]));
    }
}

#[test]
fn tables_of_ours_that_were_there_before_the_first_run() {
    let database = without_history("");
    let stranger = stranger(&database);
    let give = format!("ALTER TABLE pgstrata_history_events OWNER TO {stranger}");
    execute(&database, &give);
    check(&database, (&give, &["belongs to the role", &stranger]));
    // The attempts go on after those of the events.
    let database = without_history("");
    Migrator::new(three())
        .check_history(&mut database.connect())
        .unwrap();
    up(&database).unwrap();
    assert_eq!(
        database.ask("SELECT min(attempt) FROM pgstrata_history"),
        "3"
    );
    assert_eq!(
        database.ask("SELECT count(*) FROM pgstrata_history_events"),
        "5"
    );
}

#[test]
fn events_that_are_missing() {
    for spoil in [
        "DROP TABLE pgstrata_history_events",
        "DROP TABLE pgstrata_history_events; CREATE VIEW pgstrata_history_events AS SELECT 1 AS attempt",
        "DROP TABLE pgstrata_history_events; CREATE TABLE pgstrata_history_events (id bigint)",
        "DROP TABLE pgstrata_history_failed; CREATE TABLE pgstrata_history_failed (id bigint)",
    ] {
        let database = two();
        execute(&database, spoil);
        let mut client = database.connect();
        let plan = Migrator::new(three()).plan(&mut client, Goal::All);
        assert!(plan.unwrap_err().is_refused(), "{spoil}");
        check(&database, (spoil, &["CREATE TABLE IF NOT EXISTS"]));
    }
    let database = two();
    let stranger = stranger(&database);
    let give = format!(
        "DROP TABLE pgstrata_history_events; ALTER TABLE pgstrata_history OWNER TO {stranger}"
    );
    execute(&database, &give);
    check(&database, (&give, &["is missing", "OWNER TO"]));
}

const RESTART: &str = "ALTER TABLE pgstrata_history ALTER COLUMN attempt RESTART";

#[test]
fn a_sequence_that_the_rows_have_overtaken() {
    let database = two();
    execute(&database, RESTART);
    let says: &[&str] = &[
        "refused: the history \"public\".\"pgstrata_history\" cannot number the next attempt; \
         as its owner or a superuser run what is below:\n",
        "  - the sequence of its column attempt is at ",
        ", and its tables go up to 2, as after a restore or a replication of rows alone\n",
        "setval",
    ];
    check(&database, (RESTART, says));
    // The events alone know the newest attempt.
    let database = two();
    up(&database).unwrap();
    Migrator::new(three())
        .down(&mut database.connect(), 2)
        .unwrap();
    let set = "SELECT setval('pgstrata_history_attempt_seq', 1)";
    execute(&database, set);
    check(&database, (set, &["sequence", "setval"]));
}

#[test]
fn a_sequence_that_fails_the_second_half_of_a_redo() {
    let database = two();
    execute(&database, RESTART);
    let mut client = database.connect();
    let error = Migrator::new(three())
        .run(&mut client, Goal::Redo(1), None)
        .unwrap_err();
    assert_says(&error, &["sequence", "setval"]);
    assert_eq!(database.applied(), "1 2");
    assert_eq!(database.ask("SELECT to_regclass('public.b')"), "b");
}

/// As `pg_restore -t` leaves it.
#[test]
fn what_a_restore_does_not_bring() {
    let cases: &[Case<'_>] = &[
        (
            "ALTER TABLE pgstrata_history ALTER COLUMN attempt DROP IDENTITY",
            &["ADD GENERATED ALWAYS AS IDENTITY", "setval"],
        ),
        (
            "CREATE TABLE copy AS TABLE pgstrata_history; DROP TABLE pgstrata_history; ALTER TABLE copy RENAME TO pgstrata_history",
            &["ADD GENERATED ALWAYS AS IDENTITY"],
        ),
        (
            "CREATE SEQUENCE s; ALTER TABLE pgstrata_history ALTER COLUMN attempt DROP IDENTITY; \
             ALTER TABLE pgstrata_history ALTER COLUMN attempt SET DEFAULT nextval('s'), ALTER COLUMN attempt TYPE integer",
            &["ADD GENERATED ALWAYS AS IDENTITY"],
        ),
        (
            "ALTER TABLE pgstrata_history DROP COLUMN statement_rows, DROP COLUMN batches, DROP COLUMN down_targets",
            &["ADD COLUMN statement_rows bigint[];", "ADD COLUMN batches"],
        ),
        (
            "ALTER TABLE pgstrata_history_events DROP COLUMN list_digest, DROP COLUMN duration",
            &["ADD COLUMN list_digest bytea;"],
        ),
        (
            "ALTER TABLE pgstrata_history_failed DROP COLUMN sqlstate",
            &["ADD COLUMN sqlstate text;"],
        ),
        (
            "ALTER TABLE pgstrata_history RENAME COLUMN program TO prog",
            &["RENAME COLUMN prog TO program;"],
        ),
        (
            "ALTER TABLE pgstrata_history RENAME COLUMN version TO ver; COMMENT ON TABLE pgstrata_history IS NULL",
            &["RENAME COLUMN ver TO version;"],
        ),
        (
            "ALTER TABLE pgstrata_history_events RENAME COLUMN action TO \"Act\"; COMMENT ON TABLE pgstrata_history_events IS NULL",
            &["RENAME COLUMN \"Act\" TO action;"],
        ),
    ];
    for case in cases {
        let database = two();
        execute(&database, case.0);
        check(&database, *case);
        let version = database.ask("SELECT min(version) FROM pgstrata_history");
        assert_eq!(version, "1", "{}", case.0);
    }
    // Its values are needed.
    let database = two();
    execute(
        &database,
        "ALTER TABLE pgstrata_history DROP COLUMN version",
    );
    let error = up(&database).unwrap_err();
    assert_says(&error, &["lacks the column version", "from a backup"]);
    assert_eq!(repairs(&error).len(), 1, "{error}");
}

#[test]
fn rows_that_no_key_allows() {
    let columns = "version, label, state, checksum_algorithm, up_checksum, down_checksum, down_sql, down_starts, \
                   down_ends, down_lines, down_concurrent, down_transactional, statements_done, statements_total, program";
    let database = two();
    let twice = format!(
        "ALTER TABLE pgstrata_history DROP CONSTRAINT pgstrata_history_version_key; \
         INSERT INTO pgstrata_history ({columns}) SELECT {columns} FROM pgstrata_history WHERE version = 2"
    );
    execute(&database, &twice);
    let error = up(&database).unwrap_err();
    let says = ["version = 2: 0002_b, 0002_b", "ADD UNIQUE (version)"];
    assert_says(&error, &says);
    let found = repairs(&error);
    assert!(found[0].starts_with("SELECT ctid"), "{error}");
    assert_eq!(database.ask(&found[0]).split(' ').count(), 2);
    execute(
        &database,
        "DELETE FROM pgstrata_history WHERE version = 2 AND attempt > 2",
    );
    for repair in found {
        execute(&database, &repair);
    }
    up(&database).unwrap();
}

#[test]
fn a_layout_that_only_newer_programs_write() {
    let database = two();
    let newer = "COMMENT ON TABLE pgstrata_history IS 'pgstrata history layout 99, extended to 99'";
    execute(&database, newer);
    let looked = Migrator::new(three()).check_history(&mut database.connect());
    assert_says(&looked.unwrap_err(), &["has layout 99"]);
    assert_says(&up(&database).unwrap_err(), &["has layout 99"]);
}

#[test]
fn event_triggers_that_change_each_new_table() {
    for change in [
        "ALTER TABLE %s ADD COLUMN tenant text",
        "CREATE POLICY p ON %s",
    ] {
        let database = fresh_database();
        let trigger = format!(
            "CREATE FUNCTION change() RETURNS event_trigger LANGUAGE plpgsql AS $$ \
             DECLARE made record; \
             BEGIN FOR made IN SELECT * FROM pg_catalog.pg_event_trigger_ddl_commands() WHERE command_tag = 'CREATE TABLE' LOOP \
             EXECUTE format('{change}', made.object_identity); END LOOP; END $$; \
             CREATE EVENT TRIGGER changes ON ddl_command_end EXECUTE FUNCTION change()"
        );
        execute(&database, &trigger);
        let error = up(&database).unwrap_err();
        assert!(error.is_refused(), "{error}");
        assert_says(
            &error,
            &[
                "refused, and nothing was made: the tables of the history \"public\"",
                "would not be as pgstrata makes them; probably an event trigger changes each new table:\n  - \"public\"",
                "as a superuser let the event trigger leave these tables out, or disable it for the first run:\n",
                "ALTER EVENT TRIGGER changes DISABLE;",
            ],
        );
        let made = "SELECT count(*) FROM pg_class WHERE relname LIKE 'pgstrata%'";
        assert_eq!(database.ask(made), "0");
        for repair in repairs(&error) {
            execute(&database, &repair);
        }
        up(&database).unwrap();
    }
}
