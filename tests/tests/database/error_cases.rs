//! Errors for `error_texts.rs` that need more than a failing script: what is interrupted, what the history
//! brings, what other sessions do.

use std::time::Duration;

use pgstrata::embedded::{Contract, Phase};
use pgstrata::{Error, Event, Goal, Migrations, Migrator};

use crate::encodings::database_in;
use crate::support::{Database, ask, fresh_database, migrations, source, up};

fn first() -> crate::support::Source {
    source("0001_first", "CREATE TABLE a (id int);", "DROP TABLE a;")
}

fn one() -> &'static Migrations<'static> {
    migrations([first()])
}

fn two() -> &'static Migrations<'static> {
    migrations([first(), source("0002_second", "SELECT 1;", "SELECT 1;")])
}

/// The first of [`two`] is applied.
fn prepared() -> Database {
    let database = fresh_database();
    up(&database, one()).unwrap();
    database
}

/// The same, and that was done to it.
fn after(change: &str) -> Database {
    let database = prepared();
    database.connect().batch_execute(change).unwrap();
    database
}

pub(crate) fn all() -> Vec<(&'static str, String)> {
    let errors = history()
        .into_iter()
        .chain(encodings())
        .chain(runs())
        .chain(interrupted());
    let errors = errors.map(|(name, error)| (name, error.to_string()));
    errors.chain(held()).collect()
}

fn history() -> Vec<(&'static str, Error)> {
    let earlier = fresh_database();
    let layout = include_str!("layouts/layout_3.sql");
    let grant = "GRANT SELECT ON pgstrata_history, pgstrata_history_events TO pg_monitor; \
                 REVOKE CREATE ON SCHEMA public FROM PUBLIC";
    let mut client = earlier.connect();
    client
        .batch_execute(&format!("{layout}; {grant}; SET ROLE pg_monitor"))
        .unwrap();
    let untrusted = after(
        "CREATE POLICY p ON pgstrata_history USING (true); \
         CREATE RULE r AS ON INSERT TO pgstrata_history_events DO INSTEAD NOTHING",
    );
    let twice = "UPDATE pg_index SET {set} FROM pg_class AS c \
                 WHERE c.oid = indexrelid AND c.relname = 'pgstrata_history_version_key'";
    let set = |to: &str| {
        let set = format!("indislive = {to}, indisready = {to}");
        twice.replace("{set}", &set)
    };
    let twice = after(&set("false"));
    let columns = "version, label, state, checksum_algorithm, up_checksum, down_checksum, down_sql, down_starts, \
                   down_ends, down_lines, down_concurrent, down_transactional, statements_done, statements_total, program";
    for sql in [
        &*format!(
            "INSERT INTO pgstrata_history ({columns}) SELECT {columns} FROM pgstrata_history"
        ),
        &set("true"),
    ] {
        twice.connect().batch_execute(sql).unwrap();
    }
    let damaged = after("UPDATE pgstrata_history SET down_ends = '{9999}'");
    let locked = prepared();
    let mut holder = locked.connect();
    let lock = "SET application_name = 'report'; BEGIN; LOCK TABLE pgstrata_history";
    holder.batch_execute(lock).unwrap();
    vec![
        (
            "an upgrade that this role may not make",
            Migrator::new(two()).check_history(&mut client).unwrap_err(),
        ),
        (
            "an upgrade that fails",
            Migrator::new(two()).up(&mut client).unwrap_err(),
        ),
        (
            "a history that is not trusted",
            up(&untrusted, two()).unwrap_err(),
        ),
        ("two rows of one version", up(&twice, two()).unwrap_err()),
        (
            "a stored script that is damaged",
            Migrator::new(migrations([]))
                .down(&mut damaged.connect(), 1)
                .unwrap_err(),
        ),
        (
            "a stored script that nobody has accepted",
            Migrator::new(migrations([]))
                .down(&mut prepared().connect(), 1)
                .unwrap_err(),
        ),
        (
            "a history that another session has locked",
            Migrator::new(two())
                .lock_deadline(Duration::from_millis(100))
                .up(&mut locked.connect())
                .unwrap_err(),
        ),
    ]
}

fn encodings() -> Vec<(&'static str, Error)> {
    let lacking = migrations([
        first(),
        source(
            "0002_second",
            "COMMENT ON TABLE a IS 'größer als 5 €';",
            "-- 5 €\nCOMMENT ON TABLE a IS NULL;",
        ),
    ]);
    let says = migrations([
        first(),
        source(
            "0002_second",
            "DO $$BEGIN RAISE NOTICE '%', convert_from('\\xe9', 'SQL_ASCII'); END$$;",
            "SELECT 1;",
        ),
    ]);
    let another = prepared();
    let mut client = another.connect();
    client
        .batch_execute("SET client_encoding = 'WIN1252'")
        .unwrap();
    vec![
        (
            "characters that the encoding lacks",
            up(&database_in("LATIN1"), lacking).unwrap_err(),
        ),
        (
            "a message of the server with bytes that are not UTF-8",
            up(&database_in("SQL_ASCII"), says).unwrap_err(),
        ),
        (
            "a session in another encoding",
            Migrator::new(two()).up(&mut client).unwrap_err(),
        ),
    ]
}

fn runs() -> Vec<(&'static str, Error)> {
    let inside = prepared();
    let mut client = inside.connect();
    client.batch_execute("BEGIN").unwrap();
    let unlocks = migrations([source(
        "0001_first",
        "SELECT pg_advisory_unlock_all();",
        "SELECT 1;",
    )]);
    let verified = migrations([first().verify("SELECT 1 / count(*) FROM a;")]);
    let applied = prepared();
    let mut adopting = applied.connect();
    vec![
        (
            "no reason",
            Migrator::new(one())
                .run(&mut adopting, Goal::Baseline(1), None)
                .unwrap_err(),
        ),
        (
            "a transaction of the caller's, with a history",
            Migrator::new(two()).up(&mut client).unwrap_err(),
        ),
        (
            "a lock that a script has released",
            up(&fresh_database(), unlocks).unwrap_err(),
        ),
        (
            "a verify script that a database fails later",
            Migrator::new(verified).verify(&mut adopting).unwrap_err(),
        ),
        ("an async task", {
            let runtime = ::tokio::runtime::Builder::new_current_thread();
            let runtime = { runtime }.build().unwrap();
            let mut client = prepared().connect();
            runtime.block_on(async { Migrator::new(two()).up(&mut client).unwrap_err() })
        }),
        ("a history that changes meanwhile", moved()),
    ]
}

/// Another run rolls back what this one was to roll back, while this one waits.
fn moved() -> Error {
    let database = prepared();
    let mut holder = database.connect();
    let key = "hashtextextended('pgstrata ' || current_database() || ' \"public\".\"pgstrata_history\"', 0)";
    ask(&mut holder, &format!("SELECT pg_advisory_lock({key})"));
    let mut observer = |event: &Event<'_>| {
        if let Event::WaitingForLock { .. } = event {
            let done = format!(
                "DELETE FROM pgstrata_history; DROP TABLE IF EXISTS a; SELECT pg_advisory_unlock({key})"
            );
            holder.batch_execute(&done).unwrap();
        }
    };
    let mut client = database.connect();
    let mut migrator = Migrator::new(one()).observe(&mut observer);
    migrator.down(&mut client, 1).unwrap_err()
}

/// Every way on, and every state of what is left.
fn interrupted() -> Vec<(&'static str, Error)> {
    let file = |sql: &str, down: &str| {
        let second = source("0002_second", sql, down);
        migrations([first(), second.no_transaction()])
    };
    let index = "SELECT 1;\nCREATE INDEX CONCURRENTLY i ON a (nix);";
    let down = "SELECT 1;\nSELECT 2;";
    let same = file(index, down);
    let changed = file("SELECT 3;", down);
    // Of a transaction only code leaves a part.
    let inside = migrations([first(), source("0002_second", index, down)]);
    let database = fresh_database();
    up(&database, same).unwrap_err();
    let told = |program: &Migrations<'_>, goal, set: &str| {
        let change = format!("UPDATE pgstrata_history SET {set} WHERE version = 2");
        let mut client = database.connect();
        client.batch_execute(&change).unwrap();
        Migrator::new(program).plan(&mut client, goal).unwrap_err()
    };
    let down = Goal::Down(1);
    vec![
        (
            "interrupted before its second statement",
            told(same, down, "intent = NULL"),
        ),
        (
            "interrupted in its second statement, and changed",
            told(changed, Goal::All, "intent = '{0}'"),
        ),
        (
            "interrupted before its first statement, and unknown",
            told(
                one(),
                Goal::All,
                "intent = NULL, statements_done = 0, statement_work = '{}'",
            ),
        ),
        (
            "interrupted after its last statement, and by Rust code",
            told(inside, Goal::All, "statements_done = statements_total"),
        ),
        (
            "interrupted on its way back",
            told(
                same,
                Goal::All,
                "state = 'rolling back', statements_done = 1, down_transactional = false",
            ),
        ),
    ]
}

/// No errors, but as long sentences.
fn held() -> Vec<(&'static str, String)> {
    let expand = || source("0002_expand", "SELECT 1;", "SELECT 1;").phase(Phase::Expand);
    let contract = || source("0003_contract", "SELECT 1;", "SELECT 1;").phase(Phase::Contract);
    let all = || migrations([first(), expand(), contract()]);
    let says = |database: &Database, migrator: &mut Migrator<'_>| {
        let plan = migrator.plan(&mut database.connect(), Goal::All).unwrap();
        plan.held_back.unwrap().to_string()
    };
    let database = prepared();
    let now = says(&database, &mut Migrator::new(all()));
    up(&database, all()).unwrap();
    let later = says(&database, &mut Migrator::new(all()));
    let next = migrations([
        first(),
        expand(),
        contract(),
        source("0004_fourth", "SELECT 1;", "SELECT 1;"),
    ]);
    let day = Duration::from_secs(24 * 3600);
    let mut next = *next;
    next.contract = Contract::NextRelease { after: day };
    let young = says(&database, &mut Migrator::new(&next));
    vec![
        ("held in the run of its expand", now),
        ("held by the same list", later),
        ("held for some time", young),
    ]
}
