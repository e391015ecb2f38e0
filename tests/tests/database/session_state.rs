//! `search_path` and role are the same after each migration as before; what else was changed is
//! told at the end.

use pgstrata::{Event, Migrator, Step};
use postgres::Transaction;

use crate::support::{ask, fresh_database, migrations, source};

fn check(source_of_change: crate::support::Source) {
    let database = fresh_database();
    let mut client = database.connect();
    let role = format!("session_{}", std::process::id());
    let create = format!(
        "DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object OR unique_violation THEN END $$; \
         CREATE SCHEMA \"My Schema\"; SET search_path = \"My Schema\", public"
    );
    client.batch_execute(&create).unwrap();
    let list = migrations([
        source_of_change,
        source("0002_t", "CREATE TABLE t (id int);", "DROP TABLE t;"),
    ]);
    Migrator::new(list).up(&mut client).unwrap();
    let place = "SELECT n.nspname || ' ' || (c.relowner = 'postgres'::regrole) \
                 FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relname = 't'";
    assert_eq!(
        ask(
            &mut client,
            &place.replace("'postgres'::regrole", "session_user::regrole")
        ),
        "My Schema true"
    );
    assert_eq!(
        ask(&mut client, "SHOW search_path"),
        "\"My Schema\", public"
    );
    assert_eq!(ask(&mut client, "SHOW role"), "none");
    assert_eq!(
        ask(
            &mut client,
            "SELECT string_agg(version::text, ' ') FROM public.pgstrata_history"
        ),
        "1 2"
    );
}

fn moves() -> String {
    format!(
        "SELECT set_config('search_path', '', false);\n\
         SELECT set_config('role', 'session_{}', false);",
        std::process::id()
    )
}

#[test]
fn after_a_transaction() {
    check(source("0001_moves", &moves(), "SELECT 1;"));
}

#[test]
fn after_statements_outside_one() {
    let path = "SELECT set_config('search_path', '', false);";
    check(source("0001_moves", path, "SELECT 1;").no_transaction());
}

#[test]
fn other_settings_that_were_changed_are_told() {
    let database = fresh_database();
    let list = migrations([
        source(
            "0001_path",
            &moves().lines().next().unwrap().replace("''", "'x'"),
            "SELECT 1;",
        ),
        source("0002_local", "SET LOCAL work_mem = '9MB';", "SELECT 1;"),
        source(
            "0003_set",
            "SET work_mem = '8MB';\nSET geqo = off;",
            "SELECT 1;",
        ),
        source("0004_t", "CREATE TABLE t (id int);", "DROP TABLE t;"),
    ]);
    let told = |version: u64| {
        let mut told = Vec::new();
        let mut observer = |event: &Event<'_>| {
            if let Event::SettingsChanged { names } = event {
                told.extend_from_slice(names);
            }
        };
        let mut migrator = Migrator::new(list).observe(&mut observer);
        migrator.up_to(&mut database.connect(), version).unwrap();
        drop(migrator);
        told
    };
    assert_eq!(told(2), [""; 0]);
    assert_eq!(told(3), ["geqo", "work_mem"]);
    assert_eq!(told(4), [""; 0]);
}

/// Who has set a setting, nobody is told, only whether it has another value.
#[test]
fn a_setting_with_the_same_value_is_not_told() {
    let database = fresh_database();
    let set = format!(
        "ALTER DATABASE {} SET geqo_effort = 3",
        database.ask("SELECT current_database()")
    );
    database.connect().batch_execute(&set).unwrap();
    let list = migrations([source(
        "0001_sets",
        "RESET work_mem;\nRESET geqo_threshold;\nSET geqo_effort = 3;\nSET enable_sort = on;\nSET join_collapse_limit = 8;\nSET my.own = 'x';",
        "SELECT 1;",
    )]);
    let mut client = database.connect();
    client
        .batch_execute("SET work_mem = '4MB'; SET geqo_threshold = 12; SET from_collapse_limit = 7; SET my.own = 'x'")
        .unwrap();
    let mut told = Vec::new();
    let mut observer = |event: &Event<'_>| {
        if let Event::SettingsChanged { names } = event {
            told.extend_from_slice(names);
        }
    };
    Migrator::new(list)
        .observe(&mut observer)
        .up(&mut client)
        .unwrap();
    assert_eq!(told, [""; 0]);
    assert_eq!(ask(&mut client, "SHOW from_collapse_limit"), "7");
}

/// What the run has prepared for all of its migrations, if they are not few.
const PREPARED: &str = "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'pgstrata%'";

fn seen_by(client: &mut postgres::Client) -> String {
    ask(
        client,
        "SELECT string_agg(prepared::text, ' ' ORDER BY step) FROM seen",
    )
}

fn sees(label: &'static str, more: &str) -> crate::support::Source {
    let seen = format!("{more}INSERT INTO seen (prepared) {PREPARED};");
    source(label, &seen, "SELECT 1;")
}

const SEEN: &str = "CREATE TABLE seen (step serial, prepared bigint);";

#[test]
fn what_a_run_prepares_ends_with_it() {
    let database = fresh_database();
    let mut client = database.connect();
    client.batch_execute(SEEN).unwrap();
    let list = migrations([
        sees("0001_a", ""),
        sees("0002_b", ""),
        sees("0003_c", ""),
        sees("0004_d", ""),
        source("0005_fails", "SELECT 1 / 0;", "SELECT 1;"),
    ]);
    Migrator::new(list).up_to(&mut client, 4_u64).unwrap();
    assert_eq!(seen_by(&mut client), "3 3 3 3");
    assert_eq!(ask(&mut client, PREPARED), "0");
    for is_told in [false, true] {
        let database = fresh_database();
        let mut client = database.connect();
        client.batch_execute(SEEN).unwrap();
        let mut nobody = |_: &Event<'_>| {};
        let migrator = Migrator::new(list);
        let mut migrator = if is_told {
            migrator.observe(&mut nobody)
        } else {
            migrator
        };
        migrator.up(&mut client).unwrap_err();
        assert_eq!(seen_by(&mut client), "3 3 3 3");
        assert_eq!(ask(&mut client, PREPARED), "0");
    }
}

#[test]
fn a_script_may_drop_what_the_run_has_prepared() {
    let list = migrations([
        sees("0001_a", ""),
        sees("0002_b", "DEALLOCATE ALL;\n"),
        sees("0003_c", ""),
        sees("0004_d", "DEALLOCATE ALL;\n"),
    ]);
    for (is_told, is_single) in [(false, false), (true, false), (true, true)] {
        let database = fresh_database();
        let mut client = database.connect();
        client.batch_execute(SEEN).unwrap();
        let mut nobody = |_: &Event<'_>| {};
        let migrator = Migrator::new(list);
        let migrator = if is_told {
            migrator.observe(&mut nobody)
        } else {
            migrator
        };
        let mut migrator = if is_single {
            migrator.single_transaction()
        } else {
            migrator
        };
        let report = migrator.up(&mut client).unwrap();
        assert_eq!(report.steps.len(), 4);
        let seen = if is_single { "0 0 0 0" } else { "3 0 0 0" };
        assert_eq!(seen_by(&mut client), seen);
    }
}

/// Our own statements, and those of the file that follow, are the session's again.
#[test]
fn a_role_that_a_statement_has_committed_ends_with_it() {
    let role = format!(
        "DO $$ BEGIN PERFORM set_config('role', 'session_{}', false); COMMIT; END $$;",
        std::process::id()
    );
    check(source("0001_moves", &role, "SELECT 1;").no_transaction());
}

#[test]
fn a_role_that_a_hook_has_set_does_not_reach_a_file_without_a_transaction() {
    let database = fresh_database();
    let mut client = database.connect();
    let set = format!("SET ROLE hook_{}", std::process::id());
    client.batch_execute(&set.replace("SET", "CREATE")).unwrap();
    let who = "CREATE TABLE seen AS SELECT current_user = session_user;";
    let list = migrations([source("0001_seen", who, "DROP TABLE seen;").no_transaction()]);
    let mut hook = |_: &Step, transaction: &mut Transaction<'_>| {
        transaction.batch_execute(&set)?;
        Ok(())
    };
    let mut migrator = Migrator::new(list).before_each(&mut hook);
    migrator.up(&mut client).unwrap();
    assert_eq!(database.ask("TABLE seen"), "t");
    assert_eq!(ask(&mut client, "SHOW role"), "none");
}

/// It resets settings of ours that hold until the transaction's end, too.
#[test]
fn a_script_or_a_hook_may_reset_all() {
    let database = fresh_database();
    let resets = |label, table: &str| {
        let up = format!("RESET ALL;\nCREATE TABLE {table} (id int);");
        source(label, &up, "RESET ALL;")
    };
    let list = migrations([resets("0001_a", "a"), resets("0002_b", "b")]);
    let mut client = database.connect();
    for is_single in [false, true] {
        let migrator = Migrator::new(list).behind_pooler();
        let mut migrator = if is_single {
            migrator.single_transaction()
        } else {
            migrator
        };
        migrator.up(&mut client).unwrap();
        migrator.down(&mut client, 2).unwrap();
        client.batch_execute("DROP TABLE a, b").unwrap();
    }
    let mut hook = |_: &Step, transaction: &mut Transaction<'_>| {
        transaction.batch_execute("RESET ALL")?;
        Ok(())
    };
    let mut migrator = Migrator::new(list).before_each(&mut hook);
    migrator.up(&mut client).unwrap();
    assert_eq!(database.applied(), "1 2");
}

#[test]
fn the_session_is_whose_it_was() {
    let database = fresh_database();
    let mut client = database.connect();
    let other = format!("authorized_{}", std::process::id());
    let create = format!("CREATE ROLE {other}; GRANT CREATE ON SCHEMA public TO {other}");
    client.batch_execute(&create).unwrap();
    let changes = format!("SET SESSION AUTHORIZATION {other};");
    let who = "CREATE TABLE seen AS SELECT session_user, current_user;";
    let list = migrations([
        source("0001_changes", &changes, &changes),
        source("0002_seen", who, "DROP TABLE seen;"),
    ]);
    let us = ask(&mut client, "SELECT session_user");
    let run = |mut migrator: Migrator<'_>, client: &mut postgres::Client| {
        migrator.up(client).unwrap();
        assert_eq!(ask(client, "SELECT session_user FROM seen"), us);
        migrator.down(client, 2).unwrap();
        assert_eq!(ask(client, "SELECT session_user"), us);
    };
    run(Migrator::new(list), &mut client);
    run(Migrator::new(list).behind_pooler(), &mut client);
    // Who is no superuser may be only who logged in.
    client.batch_execute(&changes).unwrap();
    let plain = migrations([source(
        "0001_a",
        "CREATE TABLE a (id int);",
        "DROP TABLE a;",
    )]);
    let mut migrator = Migrator::new(plain).history("public", "other");
    migrator.up(&mut client).unwrap();
    assert_eq!(ask(&mut client, "SELECT session_user"), other);
}

/// The session is another client's afterwards.
#[test]
fn one_transaction_behind_a_pooler() {
    let database = fresh_database();
    let mut client = database.connect();
    let list = migrations([
        source("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;"),
        source("0002_b", "CREATE TABLE b (id int);", "DROP TABLE b;"),
        source("0003_c", "CREATE TABLE c (id int);", "DROP TABLE c;"),
    ]);
    let before = ask(&mut client, "SHOW search_path");
    let mut migrator = Migrator::new(list).behind_pooler().single_transaction();
    migrator.up(&mut client).unwrap();
    assert_eq!(ask(&mut client, "SHOW search_path"), before);
    migrator.down(&mut client, 3).unwrap();
    assert_eq!(ask(&mut client, "SHOW search_path"), before);
}
