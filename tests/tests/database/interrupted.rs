//! Interrupted work has one way on: nothing is skipped, nothing runs twice, and what did nothing
//! counts as nothing.
//!
//! The file is long because each verb meets each way of being interrupted.

use std::time::Duration;

use pgstrata::embedded::{Batch, StatementOptionKind};
use pgstrata::{Error, Event, Fault, Goal, Migrations, Migrator, State, Step};
use postgres::{NoTls, Transaction};

use crate::proxy::{Moment, Proxy};
use crate::support::{Database, Source, assert_says, fresh_database, migrations, source, up};

/// Whoever runs writes here, so that what runs twice or not at all shows.
fn ledger() -> Database {
    let database = fresh_database();
    let tables = "CREATE TABLE ledger (id serial, what text); CREATE TABLE lever (id int); \
                  CREATE TABLE t (a int)";
    database.connect().batch_execute(tables).unwrap();
    database
}

fn wrote(database: &Database) -> String {
    database.ask("SELECT what FROM ledger ORDER BY id")
}

fn says(what: &str) -> String {
    format!("INSERT INTO ledger (what) VALUES ('{what}');\n")
}

/// Fails until somebody pulls the lever.
const GATE: &str = "SELECT 1 / count(*) FROM lever;\n";

fn pull(database: &Database) {
    let pulled = database
        .connect()
        .batch_execute("INSERT INTO lever VALUES (1)");
    pulled.unwrap();
}

fn one(up: &str, down: &str) -> &'static Migrations<'static> {
    migrations([source("0001_a", up, down).no_transaction()])
}

fn run(database: &Database, list: &Migrations<'_>, goal: Goal) -> Result<(), Error> {
    let mut migrator = Migrator::new(list);
    let done = migrator.run(&mut database.connect(), goal, Some("a test"));
    done.map(|_| ())
}

fn down(database: &Database, list: &Migrations<'_>) -> Result<(), Error> {
    run(database, list, Goal::Down(1))
}

/// Rows and events of the history.
fn kept(database: &Database) -> String {
    let rows = "SELECT concat_ws(' ', version, state, statements_done, intent IS NOT NULL, batches) \
                FROM public.pgstrata_history ORDER BY version";
    let events = "SELECT concat(version, ' was ', action) FROM public.pgstrata_history_events ORDER BY attempt, action";
    [database.ask(rows), database.ask(events)].join(" | ")
}

/// The program dies before it sends such a message.
fn die(database: &Database, list: &Migrations<'_>, goal: Goal, before: &'static str) {
    let proxy = Proxy::cutting(&database.url, Moment::Before, move |it| it.contains(before));
    let mut client = proxy.config.connect(NoTls).unwrap();
    let error = Migrator::new(list)
        .run(&mut client, goal, None)
        .unwrap_err();
    assert!(error.is_outcome_unknown(), "{error}");
}

/// Before its first statement, once it has claimed the file.
const FIRST: &str = "SET statements_done = 0 + 1";

#[test]
fn what_stopped_on_its_way_up_is_not_redone() {
    let three = [&*says("one"), GATE, &*says("three")].concat();
    let list = one(&three, &says("back"));
    let database = ledger();
    up(&database, list).unwrap_err();
    let before = kept(&database);
    for goal in [
        Goal::Redo(1),
        Goal::RedoFrom(1),
        Goal::Down(1),
        Goal::DownTo(0),
    ] {
        let error = run(&database, list, goal).unwrap_err();
        assert!(error.is_refused(), "{error}");
        assert_says(&error, &["0001_a.up.sql", "1 of 3", "`Migrator::up`"]);
        assert_eq!(kept(&database), before);
    }
    pull(&database);
    up(&database, list).unwrap();
    assert_eq!(wrote(&database), "one three");
    run(&database, list, Goal::Redo(1)).unwrap();
    assert_eq!(wrote(&database), "one three back one three");
}

#[test]
fn what_stopped_on_its_way_back_is_redone_from_there() {
    for goal in [Goal::Redo(1), Goal::RedoFrom(1)] {
        let list = one(
            &[says("one"), says("two")].concat(),
            &[&*says("first back"), GATE, &*says("last back")].concat(),
        );
        let database = ledger();
        up(&database, list).unwrap();
        down(&database, list).unwrap_err();
        run(&database, list, goal).unwrap_err();
        pull(&database);
        run(&database, list, goal).unwrap();
        assert_eq!(wrote(&database), "one two first back last back one two");
        assert_eq!(
            kept(&database),
            "1 applied 2 f 0 | 1 was applied 1 was rolled back 1 was applied"
        );
    }
}

/// The program dies between the way back and the way up.
#[test]
fn a_redo_that_dies_in_the_middle_applies_once() {
    let list = one(&says("one"), &says("back"));
    let database = ledger();
    up(&database, list).unwrap();
    die(&database, list, Goal::Redo(1), FIRST);
    assert_eq!(wrote(&database), "one");
    die(&database, list, Goal::Redo(1), "'0001_a', 'applying'");
    assert_eq!(wrote(&database), "one back");
    up(&database, list).unwrap();
    assert_eq!(wrote(&database), "one back one");
}

/// Refused by the server, the first statement has done nothing: the corrected file runs.
#[test]
fn a_first_statement_that_is_refused_leaves_nothing() {
    let batch = StatementOptionKind::Batch(Batch {
        pause: Duration::ZERO,
        max_batches: None,
        total: None,
        key: None,
    });
    let with = |first: &str| {
        let text = [first, ";\n", &*says("two")].concat();
        source("0001_a", &text, "SELECT 1;").no_transaction()
    };
    let firsts: Vec<Source> = [
        "CREATE TABLE t (a int)",
        "SELECT nix",
        "SELECT 1 / 0",
        "ALTER TYPE nix ADD VALUE 'a'",
        "CREATE INDEX CONCURRENTLY i ON nix (a)",
        "CREATE INDEX CONCURRENTLY i ON t (nix)",
        "DROP INDEX CONCURRENTLY nix",
        "REINDEX INDEX CONCURRENTLY nix",
        "REINDEX TABLE CONCURRENTLY nix",
        "REINDEX SCHEMA CONCURRENTLY nix",
        "VACUUM nix",
        "CALL nix()",
        "DO $$ BEGIN nix; COMMIT; END $$",
        "DO $$ BEGIN COMMIT; END $$ LANGUAGE nix",
    ]
    .map(with)
    .into_iter()
    .chain([with("DELETE FROM nix").special(0, batch)])
    .collect();
    for first in firsts {
        let wrong = migrations([first]);
        let text = wrong.iter().next().unwrap().up.sql;
        let database = ledger();
        let error = up(&database, wrong).unwrap_err();
        assert_says(
            &error,
            &["statement 1 of 2", "nothing of 0001_a was kept; correct it"],
        );
        assert_eq!(kept(&database), " | ", "{text}");
        let status = Migrator::new(wrong)
            .status(&mut database.connect())
            .unwrap();
        assert_eq!(status[0].state, State::Pending, "{text}");
        let corrected = one(&says("corrected"), "SELECT 1;");
        up(&database, corrected).unwrap();
        assert_eq!(wrote(&database), "corrected", "{text}");
        assert_eq!(database.applied(), "1");
    }
}

/// A lock that is never had, in a transaction or around one, is a refusal as well.
#[test]
fn a_first_statement_that_never_gets_its_lock_leaves_nothing() {
    let batch = StatementOptionKind::Batch(Batch {
        pause: Duration::ZERO,
        max_batches: None,
        total: None,
        key: None,
    });
    for first in [
        source("0001_a", "ALTER TABLE t ADD b int;", "SELECT 1;").no_transaction(),
        source("0001_a", "DELETE FROM t;", "SELECT 1;")
            .no_transaction()
            .special(0, batch),
        source("0001_a", "REINDEX SCHEMA public;", "SELECT 1;").no_transaction(),
    ] {
        let list = migrations([first]);
        let database = ledger();
        let mut holder = database.connect();
        holder
            .batch_execute("CREATE INDEX ON t (a); BEGIN; LOCK TABLE t")
            .unwrap();
        let error = Migrator::new(list)
            .lock_timeout(Duration::from_millis(50))
            .retry_deadline(Duration::ZERO)
            .up(&mut database.connect())
            .unwrap_err();
        assert_says(&error, &["55P03"]);
        assert_eq!(kept(&database), " | ");
        holder.batch_execute("COMMIT").unwrap();
        up(&database, one(&says("right"), "SELECT 1;")).unwrap();
        assert_eq!(wrote(&database), "right");
    }
}

/// What has left something stays interrupted, and goes on.
#[test]
fn a_first_statement_that_left_something_is_interrupted() {
    let database = ledger();
    let mut client = database.connect();
    client
        .batch_execute("INSERT INTO t VALUES (1), (1)")
        .unwrap();
    let list = one("CREATE UNIQUE INDEX CONCURRENTLY i ON t (a);", "SELECT 1;");
    assert_says(&up(&database, list).unwrap_err(), &["23505", "0 of its 1"]);
    assert_eq!(kept(&database), "1 applying 0 t 0 | ");
    let other = one(&says("other"), "SELECT 1;");
    assert!(up(&database, other).unwrap_err().is_refused());
    client.batch_execute("DELETE FROM t").unwrap();
    up(&database, list).unwrap();
    assert_eq!(
        database.ask("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass"),
        "t"
    );

    // It has committed: nothing takes that back.
    for error in ["PERFORM 1 / 0", "EXECUTE 'SELEC'", "EXECUTE 'SELECT nix'"] {
        let block =
            format!("DO $$ BEGIN INSERT INTO ledger (what) VALUES ('a'); COMMIT; {error}; END $$;");
        let list = one(&block, "SELECT 1;");
        let database = ledger();
        up(&database, list).unwrap_err();
        assert_eq!(kept(&database), "1 applying 0 t 0 | ", "{error}");
        assert!(up(&database, other).unwrap_err().is_refused());
        assert_eq!(wrote(&database), "a");
    }
}

/// The program died before it could do anything: the claim is the corrected file's, in whatever
/// mode that is.
#[test]
fn a_claim_without_a_statement_goes_to_the_corrected_file() {
    let wrong = one(&says("wrong"), &says("wrong back"));
    for corrected in [
        one(&says("right"), &says("right back")),
        migrations([source("0001_a", &says("right"), &says("right back"))]),
        migrations([source("0001_renamed", &says("right"), &says("right back")).no_transaction()]),
        one(&says("wrong"), &says("right back")),
    ] {
        let database = ledger();
        die(&database, wrong, Goal::All, FIRST);
        assert_eq!(kept(&database), "1 applying 0 f 0 | ");
        Migrator::new(corrected)
            .validate(&mut database.connect())
            .unwrap();
        up(&database, corrected).unwrap();
        let first = if corrected.iter().next().unwrap().up.sql.contains("wrong") {
            "wrong"
        } else {
            "right"
        };
        assert_eq!(wrote(&database), first);
        assert_eq!(kept(&database), "1 applied 1 f 0 | 1 was applied");
        up(&database, corrected).unwrap();
        down(&database, corrected).unwrap();
        assert_eq!(wrote(&database), format!("{first} right back"));
    }
    // One that begins with an index: it had not begun, either.
    let wrong = one("CREATE INDEX CONCURRENTLY i ON t (a);", "SELECT 1;");
    let database = ledger();
    die(&database, wrong, Goal::All, "SET intent = p.snapshot");
    up(&database, one(&says("right"), "SELECT 1;")).unwrap();
    assert_eq!(wrote(&database), "right");
}

/// With the old claim lost in the middle of being replaced, too.
#[test]
fn a_claim_is_replaced_once() {
    let wrong = one(&says("wrong"), "SELECT 1;");
    let right = one(&says("right"), "SELECT 1;");
    let database = ledger();
    die(&database, wrong, Goal::All, FIRST);
    for moment in [Moment::Before, Moment::After] {
        let proxy = Proxy::cutting(&database.url, moment, |it| {
            it.contains("'0001_a', 'applying'")
        });
        let mut client = proxy.config.connect(NoTls).unwrap();
        Migrator::new(right).up(&mut client).unwrap_err();
        assert_eq!(wrote(&database), "");
    }
    up(&database, right).unwrap();
    assert_eq!(wrote(&database), "right");
    assert_eq!(kept(&database), "1 applied 1 f 0 | 1 was applied");
}

/// A hook has run with the claim, so the claim stays, and it does not run again.
#[test]
fn a_hook_before_runs_once_a_claim() {
    let database = ledger();
    let wrong = one("SELECT nix;", "SELECT 1;");
    let right = one(&says("right"), "SELECT 1;");
    let mut hook = |_: &Step, it: &mut Transaction<'_>| Ok(it.batch_execute(&says("hook"))?);
    let mut client = database.connect();
    for (list, is_right) in [(wrong, false), (wrong, false), (right, true)] {
        let result = Migrator::new(list).before_each(&mut hook).up(&mut client);
        assert_eq!(result.is_ok(), is_right);
    }
    assert_eq!(wrote(&database), "hook right");
    let database = ledger();
    let mut client = database.connect();
    let mut after = |_: &Step, it: &mut Transaction<'_>| {
        it.batch_execute("COMMIT")?;
        Ok(())
    };
    // What a transaction's own code has ended is not a claim without a statement.
    let whole = migrations([source("0001_a", &says("x"), "SELECT 1;")]);
    Migrator::new(whole)
        .after_each(&mut after)
        .up(&mut client)
        .unwrap_err();
    for list in [whole, right] {
        let error = up(&database, list).unwrap_err();
        assert!(error.is_refused(), "{error}");
    }
    assert_eq!(wrote(&database), "x");
}

#[test]
fn a_way_back_that_is_refused_at_once_leaves_it_applied() {
    for first in [
        "DROP TABLE nix",
        "REINDEX SCHEMA CONCURRENTLY nix",
        "VACUUM nix",
    ] {
        let list = one(&says("one"), &format!("{first};\n{}", says("back")));
        let database = ledger();
        up(&database, list).unwrap();
        let before = kept(&database);
        let error = down(&database, list).unwrap_err();
        assert_says(&error, &["statement 1 of 2", "nothing of 0001_a was kept"]);
        assert_eq!(kept(&database), before, "{first}");
        up(&database, list).unwrap();
        let corrected = one(&says("one"), &says("corrected"));
        run(&database, corrected, Goal::Repair(1)).unwrap();
        down(&database, corrected).unwrap();
        assert_eq!(wrote(&database), "one corrected", "{first}");
    }
}

/// Where the program died before the way back did anything, `repair` accepts a corrected one.
#[test]
fn a_way_back_that_had_not_begun_is_repaired() {
    let list = one(&says("one"), &says("wrong back"));
    let database = ledger();
    up(&database, list).unwrap();
    die(&database, list, Goal::Down(1), FIRST);
    assert_eq!(
        kept(&database),
        "1 rolling back 0 f 0 | 1 was applied 1 was rolled back"
    );
    let corrected = one(&says("one"), &says("corrected"));
    run(&database, corrected, Goal::Repair(1)).unwrap();
    assert_eq!(
        kept(&database),
        "1 applied 1 f 0 | 1 was applied 1 was repaired"
    );
    up(&database, corrected).unwrap();
    down(&database, corrected).unwrap();
    assert_eq!(wrote(&database), "one corrected");
}

/// The catalog shows that there is nothing to take back.
#[test]
fn a_way_back_whose_object_is_gone_is_recorded() {
    let partitions = "CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE p1 (a int); CREATE TABLE p2 (a int)";
    for (first, makes, is_gone) in [
        ("DROP INDEX CONCURRENTLY i", "", true),
        ("DROP INDEX CONCURRENTLY public.i", "", true),
        ("REINDEX INDEX CONCURRENTLY i", "", true),
        (
            "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY",
            partitions,
            true,
        ),
        // It is there, but not where the name leads to.
        (
            "DROP INDEX CONCURRENTLY i",
            "CREATE SCHEMA s; CREATE TABLE s.u (a int); CREATE INDEX i ON s.u (a)",
            false,
        ),
        (
            "REINDEX INDEX CONCURRENTLY i",
            "CREATE SCHEMA s; CREATE TABLE s.u (a int); CREATE INDEX i ON s.u (a)",
            false,
        ),
        (
            "ALTER TABLE p DETACH PARTITION nix CONCURRENTLY",
            partitions,
            false,
        ),
    ] {
        let database = ledger();
        let old = database.ask("SELECT current_setting('server_version_num')::int < 140000") == "t";
        if old && first.contains("DETACH") {
            continue;
        }
        database.connect().batch_execute(makes).unwrap();
        let list = one(&says("one"), &format!("{first};\n{}", says("back")));
        up(&database, list).unwrap();
        let mut recovered = 0;
        let mut observer = |event: &Event<'_>| {
            if let Event::Recovered {
                executed: [],
                statement: 1,
                ..
            } = event
            {
                recovered += 1;
            }
        };
        let result = Migrator::new(list)
            .observe(&mut observer)
            .down(&mut database.connect(), 1);
        assert_eq!(
            (result.is_ok(), recovered),
            (is_gone, i32::from(is_gone)),
            "{first} {makes}"
        );
        let expected = if is_gone { "one back" } else { "one" };
        assert_eq!(wrote(&database), expected, "{first}");
    }
    // Not on the way up: what an up says that it drops must be there.
    let database = ledger();
    up(&database, one("DROP INDEX CONCURRENTLY i;", "SELECT 1;")).unwrap_err();
}

/// Each is told by name what is interrupted, and that nobody is at work.
#[test]
fn other_verbs_refuse_by_name() {
    let three = [&*says("one"), GATE, &*says("three")].concat();
    let list = migrations([
        source("0001_a", &three, &three).no_transaction(),
        source("0002_b", "SELECT 1;", "SELECT 1;"),
    ]);
    let changed = migrations([
        source("0001_a", &says("other"), &says("other")).no_transaction(),
        source("0002_b", "SELECT 1;", "SELECT 1;"),
    ]);
    let older = migrations([]);
    for way in ["up", "down"] {
        let database = ledger();
        if way == "down" {
            pull(&database);
            run(&database, list, Goal::To(1)).unwrap();
            database
                .connect()
                .batch_execute("DELETE FROM lever")
                .unwrap();
            down(&database, list).unwrap_err();
        } else {
            up(&database, list).unwrap_err();
        }
        let before = (kept(&database), wrote(&database));
        for (program, goal) in [list, changed]
            .into_iter()
            .flat_map(|it| {
                [
                    Goal::Baseline(1),
                    Goal::Baseline(2),
                    Goal::Repair(1),
                    Goal::Only(2),
                ]
                .map(|goal| (it, goal))
            })
            .chain([
                (changed, Goal::Only(1)),
                (changed, Goal::All),
                (older, Goal::All),
            ])
        {
            let error = run(&database, program, goal).unwrap_err();
            assert!(error.is_refused(), "{goal:?}: {error}");
            assert_says(&error, &[&format!("0001_a.{way}.sql"), "1 of 3"]);
            assert!(!error.to_string().contains("changed while"), "{error}");
            assert_eq!((kept(&database), wrote(&database)), before, "{goal:?}");
        }
    }
}

/// What comes next is said in the words that ran, not in those of the new file.
#[test]
fn the_text_that_ran_is_shown() {
    let text = [&*says("one"), GATE].concat();
    let list = one(&text, &text);
    let database = ledger();
    up(&database, list).unwrap_err();
    let changed = one(&[says("two"), says("two")].concat(), "SELECT 1;");
    let shown = "statement 2 (line 2: SELECT 1 / count(*) FROM lever)";
    assert_says(
        &up(&database, changed).unwrap_err(),
        &[&format!("nothing of {shown} was kept")],
    );
    assert_says(&up(&database, migrations([])).unwrap_err(), &[shown]);
    // A row of an older program has no text, and nothing shows that a first statement did nothing.
    let old = "UPDATE public.pgstrata_history SET next_statement = NULL";
    database.connect().batch_execute(old).unwrap();
    let error = up(&database, changed).unwrap_err();
    assert_says(&error, &["statement 2 may have run"]);
    assert!(!error.to_string().contains("line 2"), "{error}");
    let [finding] = error.findings() else {
        panic!("{error}")
    };
    assert!(matches!(
        finding.fault,
        Fault::Interrupted {
            done: 1,
            total: 2,
            ..
        }
    ));
}
