//! Down scripts are stored with the history, and the way back is looked at first.

use pgstrata::{Error, Fault, Goal, Migrations, Migrator, StoredDown};

use pgstrata_compiler::checksum::sha256;

use crate::support::{Database, assert_says, fresh_database, migrations, source, three, up};

#[test]
fn an_older_program_rolls_back_what_a_newer_one_did() {
    let database = fresh_database();
    // Text that tells wrong quoting at once.
    let down = "-- größe: \\ and '\nSELECT 'it''s \\', E'\\'', $$a'b\\$$;\nDROP TABLE d;";
    let newer = migrations([
        source(
            "0001_a",
            "CREATE TABLE a (id int PRIMARY KEY);",
            "DROP TABLE a;",
        ),
        source("0002_d", "CREATE TABLE d (id int);", down),
    ]);
    let mut client = database.connect();
    Migrator::new(newer).up(&mut client).unwrap();
    assert_eq!(
        database.ask("SELECT down_sql FROM pgstrata_history WHERE version = 2"),
        down
    );

    let older = migrations([source(
        "0001_a",
        "CREATE TABLE a (id int PRIMARY KEY);",
        "DROP TABLE a;",
    )]);
    let sha256 = hex(&sha256(down.as_bytes()));
    let refused = refused_down(older, &database);
    assert_says(&refused, &["0002_d", "SELECT 'it''s", &sha256]);
    let mut accepting = Migrator::new(older).stored_down(StoredDown::Accept(vec![sha256]));
    let report = accepting.down(&mut client, 1).unwrap();
    assert_eq!(report.steps[0].label, "0002_d");
    assert_eq!(database.ask("SELECT to_regclass('d')"), "NULL");
    assert_eq!(database.applied(), "1");
}

/// What undoes a migration was written for what was applied, not for what its file says now.
#[test]
fn the_stored_script_runs_although_the_program_has_another() {
    let database = fresh_database();
    let with_down = |down| migrations([source("0001_a", "CREATE TABLE a (id int);", down)]);
    up(&database, with_down("DROP TABLE a;")).unwrap();
    let edited = with_down("SELECT 1 / 0;");
    assert_says(&refused_down(edited, &database), &["DROP TABLE a;"]);
    Migrator::new(edited)
        .stored_down(StoredDown::Trust)
        .down(&mut database.connect(), 1)
        .unwrap();
    assert_eq!(database.ask("SELECT to_regclass('a')"), "NULL");
}

#[test]
fn quoting_does_not_depend_on_the_session() {
    let database = fresh_database();
    let down = "DROP TABLE a;\n-- a\\'b";
    let list = migrations([source("0001_a", "CREATE TABLE a (id int);", down)]);
    let mut client = database.connect();
    client
        .batch_execute("SET standard_conforming_strings = off; SET escape_string_warning = off")
        .unwrap();
    Migrator::new(list).up(&mut client).unwrap();
    assert_eq!(database.ask("SELECT down_sql FROM pgstrata_history"), down);
    Migrator::new(list)
        .validate(&mut database.connect())
        .unwrap();
}

#[test]
fn irreversible_is_refused_before_anything_is_written() {
    let database = fresh_database();
    let list = migrations([
        source("0001_a", "CREATE TABLE a (id int);", "").irreversible("the old values are gone"),
        source("0002_b", "CREATE TABLE b (id int);", "DROP TABLE b;"),
    ]);
    up(&database, list).unwrap();
    let error = Migrator::new(list)
        .down(&mut database.connect(), 2)
        .unwrap_err();
    assert!(error.is_refused());
    assert_says(&error, &["0001_a", "the old values are gone"]);
    assert_eq!(database.applied(), "1 2");
    assert_eq!(
        Migrator::new(list)
            .down(&mut database.connect(), 1)
            .unwrap()
            .steps
            .len(),
        1
    );
}

/// A down that is refused since nobody has accepted its text; nothing has changed.
#[track_caller]
fn refused_down(list: &Migrations<'_>, database: &Database) -> Error {
    let applied = database.applied();
    let error = Migrator::new(list)
        .down(&mut database.connect(), 1)
        .unwrap_err();
    assert!(error.is_refused(), "{error}");
    let is_stored = |fault: &Fault| matches!(fault, Fault::StoredDown { .. });
    assert!(error.findings().iter().any(|it| is_stored(&it.fault)));
    assert_eq!(database.applied(), applied);
    error
}

fn hex(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

/// Whoever may update the history cannot make a program run anything: it has the script itself.
#[test]
fn what_was_tampered_with_is_not_what_runs() {
    let tampered = [
        "down_sql = 'CREATE TABLE mallory ()', down_starts = '{0}', down_ends = '{23}'",
        "down_starts = '{-1}', down_ends = '{-1}'",
        "down_starts = '{}', down_ends = '{}', down_lines = '{}', down_concurrent = '{}'",
        "irreversible = 'so it says'",
        "down_code = 'crate::mallory'",
        "down_transactional = false, down_lock_timeout_ms = 0",
        "down_targets = '{0,drop index,mallory,a}'",
    ];
    for change in tampered {
        let database = fresh_database();
        up(&database, three()).unwrap();
        let change = format!("UPDATE public.pgstrata_history SET {change} WHERE version = 3");
        database.ask(&change);
        Migrator::new(three())
            .down(&mut database.connect(), 1)
            .unwrap();
        assert_eq!(database.ask("SELECT to_regclass('c')"), "NULL", "{change}");
        assert_eq!(database.ask("SELECT to_regclass('mallory')"), "NULL");
        assert_eq!(database.applied(), "1 2");
    }
}

/// What a program cannot compare is shown as it would run, whatever is stored beside it.
#[test]
fn text_that_cannot_be_compared_needs_consent() {
    let database = fresh_database();
    up(&database, three()).unwrap();
    let evil = "DROP TABLE c; CREATE TABLE mallory ()";
    database.ask(&format!(
        "UPDATE public.pgstrata_history SET down_sql = '{evil}', down_checksum = sha256('x'), \
         down_starts = '{{0,14}}', down_ends = '{{12,37}}', down_lines = '{{1,1}}', \
         down_concurrent = '{{f,f}}' WHERE version = 3"
    ));
    assert_says(&refused_down(three(), &database), &[evil]);
    // The plan shows it, and refuses nothing.
    let plan = Migrator::new(three()).plan(&mut database.connect(), Goal::Down(1));
    let step = plan.unwrap().steps.remove(0);
    assert_eq!(step.sql.as_deref(), Some(evil));
    assert_eq!(step.stored_sha256, Some(hex(&sha256(evil.as_bytes()))));
    // A digest of another text accepts nothing.
    let other = StoredDown::Accept(vec![hex(&sha256(b"DROP TABLE c;"))]);
    let error = Migrator::new(three())
        .stored_down(other)
        .down(&mut database.connect(), 1)
        .unwrap_err();
    assert!(error.is_refused(), "{error}");
    assert_eq!(database.ask("SELECT to_regclass('mallory')"), "NULL");
}

/// Nothing is skipped silently, and the others are not rolled back before it is found.
#[test]
fn a_damaged_row_is_refused_before_anything_is_written() {
    let damages = [
        "down_ends = '{99}'",
        "down_starts = '{-1}', down_ends = '{-1}'",
        "down_starts = '{}', down_ends = '{}', down_lines = '{}', down_concurrent = '{}'",
        "down_ends = '{4}'",
        "down_starts = '{5}'",
        "down_starts = '{0,0}', down_ends = '{12,12}', down_lines = '{1,1}', down_concurrent = '{f,f}'",
        "down_starts = '{0,5}', down_ends = '{12,12}', down_lines = '{1,1}', down_concurrent = '{f,f}'",
        "down_lines = '{1,1}'",
        "down_concurrent = '{}'",
        "down_sql = 'DROP TABLE b; DROP TABLE a'",
    ];
    let older = migrations([source(
        "0001_a",
        "CREATE TABLE a (id int);",
        "DROP TABLE a;",
    )]);
    for damage in damages {
        let database = fresh_database();
        up(&database, three()).unwrap();
        database.ask(&format!(
            "UPDATE public.pgstrata_history SET {damage} WHERE version = 2"
        ));
        let error = Migrator::new(older)
            .stored_down(StoredDown::Trust)
            .down(&mut database.connect(), 3)
            .unwrap_err();
        let texts = [
            "the down script stored for 0002_b",
            "is damaged",
            "from a backup",
        ];
        assert_says(&error, &texts);
        assert_eq!(database.applied(), "1 2 3", "{damage}");
    }
}

#[test]
fn a_failing_down_keeps_its_migration() {
    let database = fresh_database();
    let list = three();
    up(&database, list).unwrap();
    database
        .connect()
        .batch_execute("CREATE VIEW v AS SELECT * FROM c")
        .unwrap();
    let error = Migrator::new(list)
        .down(&mut database.connect(), 1)
        .unwrap_err();
    assert_says(
        &error,
        &[
            "rolling back 0003_c",
            "migrations/0003_c.down.sql:1:1 as stored in the history, statement 1 of 1",
            "2BP01",
            "view v",
        ],
    );
    assert_eq!(database.applied(), "1 2 3");
    let events = "SELECT count(*) FROM pgstrata_history_events WHERE action = 'rolled back'";
    assert_eq!(database.ask(events), "0");
}

/// Consent is for what the text says: not for other boundaries in it, and not for a target that makes
/// a statement look as if it had run.
#[test]
fn consent_covers_the_text_as_the_server_reads_it() {
    let tampered = [
        (
            "-- do not: CREATE TABLE mallory ();\nDROP TABLE c;",
            "down_starts = '{11,36}', down_ends = '{34,48}', down_lines = '{1,2}', down_concurrent = '{f,f}'",
        ),
        (
            "DELETE FROM a\nWHERE id = 5;",
            "down_starts = '{0,14}', down_ends = '{13,26}', down_lines = '{1,2}', down_concurrent = '{f,f}', \
             down_transactional = false",
        ),
        (
            "SELECT 1 -- do not; CREATE TABLE mallory ();\n;",
            "down_starts = '{0,20}', down_ends = '{18,43}', down_lines = '{1,1}', down_concurrent = '{f,f}'",
        ),
        (
            "DROP INDEX CONCURRENTLY a_id;",
            "down_starts = '{0}', down_ends = '{28}', down_lines = '{1}', down_concurrent = '{t}', \
             down_transactional = false, down_targets = ARRAY['0', 'drop index', '\"absent\"', '']",
        ),
    ];
    for (text, change) in tampered {
        let database = fresh_database();
        up(&database, three()).unwrap();
        let text = text.replace('\'', "''");
        database.ask("INSERT INTO a VALUES (1), (5)");
        database
            .connect()
            .batch_execute("CREATE INDEX a_id ON a (id)")
            .unwrap();
        database.ask(&format!(
            "UPDATE public.pgstrata_history SET down_sql = E'{}', down_checksum = '\\x00', {change} WHERE version = 3",
            text.replace('\n', "\\n")
        ));
        let policy = StoredDown::Trust;
        let error = Migrator::new(three())
            .stored_down(policy)
            .down(&mut database.connect(), 1);
        let error = error.unwrap_err();
        assert_says(&error, &["0003_c", "damaged"]);
        assert_eq!(
            database.ask("SELECT to_regclass('mallory')"),
            "NULL",
            "{text}"
        );
        assert_eq!(database.ask("SELECT count(*) FROM a"), "2", "{text}");
        assert_eq!(database.applied(), "1 2 3");
    }
}

/// What a terminal would obey is shown, and a row does not get another migration's name.
#[test]
fn nothing_from_the_history_moves_the_cursor() {
    let database = fresh_database();
    up(&database, three()).unwrap();
    database.ask(
        "UPDATE public.pgstrata_history SET label = E'0002_b\\n0009_x', down_checksum = '\\x00', \
         down_sql = E'DROP TABLE c; /*\\x1b[2K\\r  SELECT 1;*/' WHERE version = 3",
    );
    let mut client = database.connect();
    let error = refused_down(three(), &database).to_string();
    let plan = Migrator::new(three())
        .plan(&mut client, Goal::Down(1))
        .unwrap()
        .to_string();
    for shown in [error, plan] {
        assert!(
            shown.contains("DROP TABLE c; /*\\u{1b}[2K\\u{d}  SELECT 1;*/"),
            "{shown}"
        );
        assert!(
            shown.contains("0003_c") && !shown.contains("0002_b"),
            "{shown}"
        );
        assert!(!shown.contains(['\x1b', '\r']), "{shown}");
    }
    let statuses = Migrator::new(three()).status(&mut client).unwrap();
    let labels: Vec<&str> = statuses.iter().map(|it| &*it.label).collect();
    assert_eq!(labels, ["0001_a", "0002_b", "0003_c"]);
}
