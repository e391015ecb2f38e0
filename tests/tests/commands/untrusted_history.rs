//! What reads the history with queries of its own refuses the tables that `status` refuses, before
//! anything in their place could run.

use crate::support::{connect, database, run, shop};

/// Which commands read it.
const COMMANDS: [&[&str]; 4] = [&["status"], &["info", "1"], &["list"], &["postflight"]];

/// Each refuses what `change` makes of the tables, as `status` does; a view runs nothing.
fn refused(change: &str, says: &str) {
    let (dir, url) = (shop(), database());
    let on_database =
        |command: &[&str]| run(dir.path(), &[command, &["--database-url", &url]].concat());
    on_database(&["up"]).succeeds();
    for command in COMMANDS {
        assert_eq!(on_database(command).code, 0, "{command:?}");
    }
    let mut client = connect(&url);
    client.batch_execute(change).expect(change);
    for command in COMMANDS {
        on_database(command).fails(1, &["cannot be trusted", says]);
    }
    let ran: i64 = client
        .query_one("SELECT count(*) FROM pg_class WHERE relname = 'ran'", &[])
        .expect("a count")
        .get(0);
    assert_eq!(ran, 0, "code of a stranger ran");
}

/// It writes where it is allowed to, as `COPY TO PROGRAM` would whatever the transaction.
const CODE: &str = "CREATE FUNCTION code() RETURNS bigint LANGUAGE plpgsql AS \
    $$ BEGIN CREATE TABLE ran (); RETURN 0; END $$;";

#[test]
fn a_view_in_the_place_of_a_table() {
    for (suffix, column) in [
        ("", "version"),
        ("_events", "attempt"),
        ("_failed", "version"),
    ] {
        let table = format!("pgstrata_history{suffix}");
        let change = format!(
            "{CODE} ALTER TABLE {table} RENAME TO theirs; \
             CREATE VIEW {table} AS SELECT t.* FROM theirs AS t WHERE t.{column} IS DISTINCT FROM code()"
        );
        refused(&change, "is a view, not an ordinary table");
    }
}

#[test]
fn rules_policies_and_triggers() {
    refused(
        "CREATE POLICY p ON pgstrata_history_events USING (true)",
        "has the policy p",
    );
    refused(
        &format!(
            "{CODE} CREATE FUNCTION fired() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN PERFORM code(); RETURN NULL; END $$; \
             CREATE TRIGGER t AFTER INSERT ON pgstrata_history FOR EACH STATEMENT EXECUTE FUNCTION fired()"
        ),
        "has the trigger t",
    );
    refused(
        "CREATE RULE r AS ON INSERT TO pgstrata_history_failed DO INSTEAD NOTHING",
        "has the rule r",
    );
}

/// Without a policy it hides all rows from a role that is not the owner.
#[test]
fn row_security_that_hides_rows() {
    let (dir, url) = (shop(), database());
    run(dir.path(), &["up", "--database-url", &url]).succeeds();
    let mut owner = connect(&url);
    let name: String = owner
        .query_one("SELECT current_database()::text", &[])
        .expect("a name")
        .get(0);
    let role = format!("reader_{name}");
    let prepared = format!(
        "CREATE ROLE {role} LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}; \
         ALTER TABLE pgstrata_history ENABLE ROW LEVEL SECURITY"
    );
    owner.batch_execute(&prepared).expect(&prepared);
    let reader = url.replace("postgres@", &format!("{role}@"));
    for command in COMMANDS {
        run(
            dir.path(),
            &[command, &["--database-url", &reader]].concat(),
        )
        .fails(1, &["cannot be trusted", "row security hides rows"]);
    }
    let leave = format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}");
    owner.batch_execute(&leave).expect(&leave);
}
