//! What is written down where a step fails, and that it never gets in the way of the error.

use std::error::Error as _;

use pgstrata::{Error, Event, Migrations, Migrator};
use postgres::NoTls;

use crate::support::{Database, ask, assert_says, fresh_database, migrations, source, three, up};

const FAILURES: &str = "SELECT coalesce(string_agg(concat_ws(' ', version, label, action, statement, sqlstate, reason, who = session_user, \
                        program LIKE 'pgstrata %', octet_length(list_digest)), '; ' ORDER BY at), 'none') \
                        FROM public.pgstrata_history_failed";

/// The second statement fails with data in the server's message.
fn broken() -> &'static Migrations<'static> {
    migrations([
        source("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;"),
        source(
            "0002_b",
            "INSERT INTO a VALUES (1);\nSELECT 'secret'::int;",
            "SELECT 1;",
        ),
    ])
}

fn failed(database: &Database, list: &Migrations<'_>) -> Error {
    let error = up(database, list).unwrap_err();
    assert_says(&error, &["0002_b"]);
    error
}

#[test]
fn each_failure_is_a_row_without_data() {
    let database = fresh_database();
    let error = failed(&database, broken());
    assert_eq!(error.code(), Some("22P02"));
    let cause = error.source().and_then(|cause| cause.downcast_ref());
    assert_eq!(cause.map(pgstrata::DatabaseError::severity), Some("ERROR"));
    let mut migrator = Migrator::new(broken()).per_statement();
    let goal = pgstrata::Goal::All;
    migrator
        .run(&mut database.connect(), goal, Some("because"))
        .unwrap_err();
    assert_eq!(
        database.ask(FAILURES),
        "2 0002_b apply 2 22P02 t t 32; 2 0002_b apply 2 22P02 because t t 32"
    );
    let all = "SELECT f::text FROM public.pgstrata_history_failed AS f";
    assert!(!database.ask(all).contains("secret"));
    assert_eq!(database.applied(), "1");
}

#[test]
fn outside_a_transaction_and_on_the_way_back() {
    let database = fresh_database();
    let list = migrations([
        source(
            "0001_a",
            "CREATE TABLE a (id int);",
            "SELECT 1;\nSELECT 1 / 0;",
        ),
        source(
            "0002_b",
            "INSERT INTO a VALUES (1), (1);\nCREATE UNIQUE INDEX CONCURRENTLY a_id ON a (id);",
            "SELECT 1;",
        )
        .no_transaction(),
    ]);
    Migrator::new(list)
        .up_to(&mut database.connect(), 1_u64)
        .unwrap();
    Migrator::new(list)
        .down(&mut database.connect(), 1)
        .unwrap_err();
    failed(&database, list);
    assert_eq!(
        database.ask(FAILURES),
        "1 0001_a roll back 2 22012 t t 32; 2 0002_b apply 2 23505 t t 32"
    );
}

#[test]
fn in_one_transaction_and_after_a_role_and_a_timeout_of_the_script() {
    let database = fresh_database();
    let error = Migrator::new(broken())
        .single_transaction()
        .up(&mut database.connect())
        .unwrap_err();
    assert_says(&error, &["0002_b"]);
    assert_eq!(database.ask(FAILURES), "2 0002_b apply 2 22P02 t t 32");

    let database = fresh_database();
    let role = format!("failing_{}", std::process::id());
    database
        .connect()
        .batch_execute(&format!("CREATE ROLE {role}"))
        .unwrap();
    let script = format!("SET ROLE {role};\nSELECT 1 / 0;");
    let list = migrations([source("0002_b", &script, "SELECT 1;").no_transaction()]);
    failed(&database, list);
    assert_eq!(database.ask(FAILURES), "2 0002_b apply 2 22012 t t 32");
    database
        .connect()
        .batch_execute(&format!("DROP ROLE {role}"))
        .unwrap();
}

/// By the server's clock.
#[test]
fn a_lock_on_the_table_does_not_delay_the_error() {
    let database = fresh_database();
    Migrator::new(broken())
        .up_to(&mut database.connect(), 1_u64)
        .unwrap();
    for table in [
        "pgstrata_history_failed",
        "pgstrata_history, pgstrata_history_events, pgstrata_history_failed",
    ] {
        let mut holder = database.connect();
        let mut client = database.connect();
        let lock = format!("BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE");
        let mut began = String::new();
        let mut observer = |event: &Event<'_>| {
            // It is told before anything is written.
            if let Event::Failed { .. } = event {
                holder.batch_execute(&lock).unwrap();
                began = ask(&mut holder, "SELECT clock_timestamp()");
            }
        };
        let mut migrator = Migrator::new(broken()).observe(&mut observer);
        let error = migrator.up(&mut client).unwrap_err();
        drop(migrator);
        assert_eq!(error.code().unwrap(), "22P02");
        // Nobody has let go yet, and nobody has waited for that.
        let soon = format!("SELECT clock_timestamp() - '{began}' < interval '5 s'");
        assert_eq!(ask(&mut holder, &soon), "t", "{table}");
        assert_eq!(ask(&mut client, "SELECT 'alive'"), "alive");
        drop(holder);
        assert_eq!(database.ask(FAILURES), "none");
    }
}

#[test]
fn who_may_not_write_it_gets_the_error_all_the_same() {
    let database = fresh_database();
    let role = format!("unheard_{}", std::process::id());
    let list = broken();
    Migrator::new(list)
        .up_to(&mut database.connect(), 1_u64)
        .unwrap();
    let grants = format!(
        "CREATE ROLE {role}; GRANT ALL ON a, pgstrata_history, pgstrata_history_events TO {role}; \
         GRANT USAGE ON SCHEMA public TO {role}"
    );
    database.connect().batch_execute(&grants).unwrap();
    let mut client = database.connect();
    client.batch_execute(&format!("SET ROLE {role}")).unwrap();
    let error = Migrator::new(list).up(&mut client).unwrap_err();
    assert_eq!(error.code().unwrap(), "22P02");
    assert_eq!(database.ask(FAILURES), "none");
    drop(client);

    database
        .connect()
        .batch_execute("DROP TABLE pgstrata_history_failed")
        .unwrap();
    assert_eq!(failed(&database, list).code().unwrap(), "22P02");
    let done = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    database.connect().batch_execute(&done).unwrap();
}

#[test]
fn a_trigger_that_came_meanwhile_does_not_run() {
    let database = fresh_database();
    let list = broken();
    Migrator::new(list)
        .up_to(&mut database.connect(), 1_u64)
        .unwrap();
    let trap = "CREATE TABLE trapped (); CREATE FUNCTION trap() RETURNS trigger LANGUAGE plpgsql AS \
                $$ BEGIN INSERT INTO public.trapped DEFAULT VALUES; RETURN NEW; END $$; \
                CREATE TRIGGER trap BEFORE INSERT ON pgstrata_history_failed \
                FOR EACH ROW EXECUTE FUNCTION trap()";
    let mut other = database.connect();
    let mut observer = |event: &Event<'_>| {
        if let Event::Failed { .. } = event {
            other.batch_execute(trap).unwrap();
        }
    };
    Migrator::new(list)
        .observe(&mut observer)
        .up(&mut database.connect())
        .unwrap_err();
    assert_eq!(database.ask("SELECT count(*) FROM trapped"), "0");
    assert_eq!(database.ask(FAILURES), "none");
}

/// The watching connection writes it.
#[test]
fn of_a_connection_that_is_lost_for_good() {
    let database = fresh_database();
    let die = "SELECT pg_terminate_backend(pg_backend_pid());";
    let list = migrations([source("0002_b", die, "SELECT 1;")]);
    let mut migrator = Migrator::new(list);
    let mut client = migrator
        .connect(&database.url.parse().unwrap(), NoTls)
        .unwrap();
    migrator.up(&mut client).unwrap_err();
    let written = database.ask("SELECT count(*) FROM public.pgstrata_history_failed");
    assert_eq!(written, "1");
}

#[test]
fn nothing_is_written_where_nothing_fails() {
    let database = fresh_database();
    up(&database, three()).unwrap();
    Migrator::new(three())
        .down(&mut database.connect(), 3)
        .unwrap();
    assert_eq!(database.ask(FAILURES), "none");
}
