//! Whatever runs for a migration sees the session's search path and role, although our own
//! statements around it do not.

#![allow(
    clippy::redundant_closure_for_method_calls,
    reason = "the method itself has one lifetime, not every"
)]

use std::time::Duration;

use pgstrata::embedded::{Batch, StatementOptionKind};
use pgstrata::{Migrations, Migrator, Step};
use postgres::{Client, Config, NoTls, Transaction};

use crate::pooler::pooler;
use crate::support::{ask, assert_says, fresh_database, migrations, source, with_repeatables};

type Result = std::result::Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// Who looks writes down what it sees.
fn look(place: &str, from: &str) -> String {
    format!(
        "INSERT INTO public.seen SELECT '{place}', current_setting('search_path'), \
         current_schemas(true)::text, concat_ws(' ', current_user, current_setting('role')){from}"
    )
}

fn look_from_rust(transaction: &mut Transaction<'_>, place: &str) -> Result {
    Ok(transaction.batch_execute(&look(place, ""))?)
}

/// All that a session may see differently.
const SEES: &str = "SELECT concat_ws(' | ', current_setting('search_path'), current_schemas(true)::text, \
                    concat_ws(' ', current_user, current_setting('role')))";
const SEEN: &str =
    "SELECT string_agg(DISTINCT concat_ws(' | ', path, schemas, role), chr(10)) FROM public.seen";
const PLACES: &str = "SELECT string_agg(DISTINCT place, ' ' ORDER BY place) FROM public.seen";

const READY: &str = "CREATE SCHEMA one; CREATE SCHEMA two; \
    CREATE TABLE public.seen (place text, path text, schemas text, role text); \
    CREATE TABLE public.work (id int); INSERT INTO public.work SELECT generate_series(1, 3); \
    CREATE TABLE public.walked (id bigint); INSERT INTO public.walked SELECT generate_series(1, 5)";

const WITHIN: &str = "after before code first last other repeated";
const APART: &str = "alone batch between walk";

/// `wanted` is what `current_schemas(true)` is.
fn list(wanted: &str, has_apart: bool) -> &'static Migrations<'static> {
    let three =
        |first: &str, last: &str| format!("{};\nSELECT 1;\n{};", look(first, ""), look(last, ""));
    let verify: &'static str =
        format!("SELECT 1 / (current_schemas(true)::text = '{wanted}')::int;").leak();
    let batch = Batch {
        pause: Duration::ZERO,
        max_batches: None,
        total: Some(format!("SELECT 3 / (current_schemas(true)::text = '{wanted}')::int").leak()),
        key: None,
    };
    let gone = "WITH gone AS (DELETE FROM public.work WHERE id = (SELECT min(id) FROM public.work) RETURNING id) ";
    let walk = format!(
        "WITH found AS (SELECT id FROM public.walked WHERE id > $1 ORDER BY id LIMIT 2), \
         looked AS ({}) SELECT id FROM found",
        look("walk", " FROM found")
    );
    let statements = |work: &str| {
        format!(
            "{};\n{work};\n{};",
            look("between", ""),
            look("between", "")
        )
    };
    let mut all = vec![
        source("0001_a", &three("first", "last"), "SELECT 1;").verify(verify),
        source(
            "0002_moves",
            "SET LOCAL search_path = two;\nSELECT 1 / (current_schemas(false)::text = '{two}')::int;",
            "SELECT 1;",
        ),
        source(
            "0003_sets",
            "SET search_path = two;\nSELECT 1;",
            "SELECT 1;",
        ),
        source("0004_code", &three("first", "other"), "SELECT 1;")
            .code("crate::look", Some(|it| look_from_rust(it, "code"))),
    ];
    if has_apart {
        let batch_text = gone.to_owned() + &look("batch", " FROM gone");
        all.extend([
            source("0005_batch", &statements(&batch_text), "SELECT 1;")
                .no_transaction()
                .special(1, StatementOptionKind::Batch(batch)),
            source("0006_walk", &statements(&walk), "SELECT 1;")
                .no_transaction()
                .special(
                    1,
                    StatementOptionKind::Batch(Batch {
                        key: Some("id"),
                        ..batch
                    }),
                ),
            source(
                "0007_alone",
                &format!(
                    "CREATE INDEX CONCURRENTLY ON public.walked (id);\n{};\nDO $$ BEGIN COMMIT; {}; END $$;",
                    look("alone", ""),
                    look("alone", "")
                ),
                "SELECT 1;",
            )
            .no_transaction()
            .verify(verify),
        ]);
    }
    with_repeatables(migrations(all), &[("view", &(look("repeated", "") + ";"))])
}

/// Roles belong to the whole server.
static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);

type Change = for<'m> fn(Migrator<'m>) -> Migrator<'m>;

/// Runs all of it, and compares what was seen.
fn check(connect: impl Fn() -> Client, other: &mut Client, has_apart: bool, change: Change) {
    let mut before = |_: &Step, it: &mut Transaction<'_>| look_from_rust(it, "before");
    let mut after = |_: &Step, it: &mut Transaction<'_>| look_from_rust(it, "after");
    for has_hooks in [false, true] {
        other
            .batch_execute(&format!(
                "DROP TABLE IF EXISTS public.seen, public.work, public.walked, public.pgstrata_history, \
                 public.pgstrata_history_events, public.pgstrata_history_failed; \
                 DROP SCHEMA IF EXISTS one, two; {READY}"
            ))
            .unwrap();
        let mut client = connect();
        let wants = ask(&mut client, SEES);
        let wanted = ask(&mut client, "SELECT current_schemas(true)::text");
        let list = list(&wanted, has_apart);
        let mut migrator = change(Migrator::new(list));
        if has_hooks {
            migrator = migrator.before_each(&mut before).after_each(&mut after);
        }
        migrator.up(&mut client).unwrap();
        drop(migrator);
        Migrator::new(list).verify(&mut connect()).unwrap();
        assert_eq!(ask(other, SEEN), wants);
        assert_eq!(ask(&mut client, SEES), wants);
        let places = ask(other, PLACES);
        let places: Vec<&str> = places.split(' ').collect();
        let mut expected: Vec<&str> = WITHIN.split(' ').collect();
        if has_apart {
            expected.extend(APART.split(' '));
        }
        expected.retain(|place| has_hooks || !["after", "before"].contains(place));
        expected.sort_unstable();
        assert_eq!(places, expected);
    }
}

/// As the session, the role and the database set it.
fn every_way(has_apart: bool, change: Change) {
    let database = fresh_database();
    let config: Config = database.url.parse().unwrap();
    let mut other = database.connect();
    other.batch_execute("SET search_path = public").unwrap();
    let plain = || {
        let mut client = database.connect();
        let set = "SET search_path = one, \"$user\", public; SET ROLE NONE";
        client.batch_execute(set).unwrap();
        client
    };
    check(plain, &mut other, has_apart, change);

    let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let role = format!("path_{}_{number}", std::process::id());
    let make =
        format!("CREATE ROLE {role} SUPERUSER LOGIN; ALTER ROLE {role} SET search_path = two, one");
    other.batch_execute(&make).unwrap();
    let as_role = || {
        let mut config = config.clone();
        config.user(&role).connect(NoTls).unwrap()
    };
    check(as_role, &mut other, has_apart, change);
    let set_role = || {
        let mut client = database.connect();
        client.batch_execute(&format!("SET ROLE {role}")).unwrap();
        client
    };
    check(set_role, &mut other, has_apart, change);

    let name = config.get_dbname().unwrap();
    let alter = format!("ALTER DATABASE {name} SET search_path = one, public");
    other.batch_execute(&alter).unwrap();
    check(|| database.connect(), &mut other, has_apart, change);
    let drop =
        format!("REASSIGN OWNED BY {role} TO CURRENT_USER; DROP OWNED BY {role}; DROP ROLE {role}");
    other.batch_execute(&drop).unwrap();
}

#[test]
fn one_message_a_step() {
    every_way(true, |it| it);
}

#[test]
fn statement_by_statement() {
    every_way(true, |it| it.per_statement());
}

#[test]
fn in_one_transaction() {
    every_way(false, |it| it.single_transaction());
}

#[test]
fn on_a_watched_connection() {
    let database = fresh_database();
    let mut other = database.connect();
    let config: Config = database.url.parse().unwrap();
    let name = config.get_dbname().unwrap();
    let alter = format!("ALTER DATABASE {name} SET search_path = one, public");
    other
        .batch_execute(&format!("{READY}; {alter}; SET search_path = public"))
        .unwrap();
    let wanted = ask(
        &mut database.connect(),
        "SELECT current_schemas(true)::text",
    );
    let wants = ask(&mut database.connect(), SEES);
    let mut migrator = Migrator::new(list(&wanted, true));
    let mut client = migrator.connect(&config, NoTls).unwrap();
    migrator.up(&mut client).unwrap();
    assert_eq!(ask(&mut other, SEEN), wants);
    assert_eq!(ask(&mut client, SEES), wants);
}

#[test]
fn behind_a_pooler() {
    let Some(pooler) = pooler() else { return };
    let mut other = pooler.database.connect();
    let name = ask(&mut other, "SELECT current_database()");
    let alter = format!("ALTER DATABASE {name} SET search_path = one, public");
    other
        .batch_execute(&format!("{alter}; SET search_path = public"))
        .unwrap();
    // Those of the pool are older than the setting.
    ask(
        &mut other,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    // Only `other` is left.
    pooler.database.wait_until(
        "SELECT count(*) = 1 FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    check(
        || pooler.connect(),
        &mut other,
        false,
        |it| it.behind_pooler(),
    );
}

/// Nothing of ours looks into a name or a statement, whatever it looks like.
#[test]
fn names_and_statements_may_look_like_our_quotes_and_blanks() {
    let names = [
        ("$pgstrata_0$", "$pgstrata$"),
        ("{history}", "{events} {quote}"),
        ("a$pgstrata_0$$pgstrata_1$", "{blocker}{virtual} {key}"),
        ("s", "{done}{attempt}{judge}"),
    ];
    for (schema, name) in names {
        let database = fresh_database();
        database
            .connect()
            .batch_execute("CREATE TABLE work (id int, said text); INSERT INTO work SELECT generate_series(1, 3)")
            .unwrap();
        let batch = Batch {
            pause: Duration::ZERO,
            max_batches: None,
            total: Some("SELECT count(*) FROM work WHERE '$pgstrata_0$ {number}' <> '{total}'"),
            key: None,
        };
        let said = "$pgstrata_0$ $pgstrata_1$ $pgstrata$ {history} {quote} {key} {path}";
        let update = format!(
            "UPDATE work SET said = '{said}' WHERE id = (SELECT min(id) FROM work WHERE said IS NULL)"
        );
        let index = "\"{history}{done}$pgstrata_0$\"";
        let list = migrations([
            source("0001_batch", &format!("SELECT 1;\n{update};"), "SELECT 1;")
                .no_transaction()
                .special(1, StatementOptionKind::Batch(batch)),
            source(
                "0002_index",
                &format!("CREATE INDEX CONCURRENTLY {index} ON work (id);"),
                &format!("DROP INDEX CONCURRENTLY {index};"),
            )
            .no_transaction(),
            source("0003_fails", "SELECT 1 / 0;", "SELECT 1;"),
        ]);
        let migrator = || Migrator::new(list).history(schema, name);
        let mut client = database.connect();
        let error = migrator().up(&mut client).unwrap_err();
        assert_says(&error, &["0003_fails", "division by zero"]);
        assert_eq!(ask(&mut client, "SELECT DISTINCT said FROM work"), said);
        let count = format!("SELECT count(*) FROM \"{schema}\".\"{name}_failed\"");
        assert_eq!(ask(&mut client, &count), "1");
        migrator().status(&mut client).unwrap();
        // A holder of such a history has a name, too.
        let mut holder = database.connect();
        let hold = format!("BEGIN; LOCK TABLE \"{schema}\".\"{name}\"");
        holder.batch_execute(&hold).unwrap();
        let pid = ask(&mut holder, "SELECT pg_backend_pid()");
        let error = migrator()
            .lock_deadline(Duration::ZERO)
            .status(&mut client)
            .unwrap_err();
        assert_says(&error, &[&format!("pid {pid}")]);
        drop(holder);
        migrator().down(&mut client, 2).unwrap();
    }
}
