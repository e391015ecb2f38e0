//! `search_path` and role are the same after each migration as before; what else was changed is
//! told at the end.

use pgstrata::{Event, Migrator};

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
        ask(&mut client, &place.replace("'postgres'::regrole", "session_user::regrole")),
        "My Schema true"
    );
    assert_eq!(ask(&mut client, "SHOW search_path"), "\"My Schema\", public");
    assert_eq!(ask(&mut client, "SHOW role"), "none");
    assert_eq!(
        ask(&mut client, "SELECT string_agg(version::text, ' ') FROM public.pgstrata_history"),
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
        source("0001_path", &moves().lines().next().unwrap().replace("''", "'x'"), "SELECT 1;"),
        source("0002_local", "SET LOCAL work_mem = '9MB';", "SELECT 1;"),
        source("0003_set", "SET work_mem = '8MB';\nSET geqo = off;", "SELECT 1;"),
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
