//! Who may own the history: its owner can add code to it, which would run with the rights of whoever
//! migrates.

use pgstrata::{Error, Event, Migrations, Migrator};
use postgres::Client;

use crate::support::{Database, assert_says, fresh_database, migrations, source, three};
use crate::trust::repairs;

/// A role of this test's own that may make tables.
fn role(database: &Database, name: &str, options: &str) -> String {
    let of = database.url.rsplit('/').next().unwrap();
    let role = format!("{name}_{}", of.split('?').next().unwrap());
    execute(
        database,
        &format!("CREATE ROLE {role} {options}; GRANT ALL ON SCHEMA public TO {role}"),
    );
    role
}

fn execute(database: &Database, sql: &str) {
    let result = database.connect().batch_execute(sql);
    result.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

fn as_role(database: &Database, role: &str) -> Client {
    let mut client = database.connect();
    client.batch_execute(&format!("SET ROLE {role}")).unwrap();
    client
}

fn up_as(database: &Database, role: &str, version: u64) -> Result<(), Error> {
    let mut client = as_role(database, role);
    Migrator::new(three()).up_to(&mut client, version).map(drop)
}

#[test]
fn a_table_that_a_stranger_made_beforehand() {
    let database = fresh_database();
    let stranger = role(&database, "stranger", "");
    up_as(&database, &stranger, 1).unwrap();
    let mut client = database.connect();
    let error = Migrator::new(three()).up(&mut client).unwrap_err();
    assert!(error.is_refused());
    assert_says(&error, &["belongs to the role", &stranger, "history-owner"]);
    assert_eq!(repairs(&error).len(), 3, "{error}");
    // To read it is no danger.
    Migrator::new(three()).status(&mut client).unwrap();
    let error = Migrator::new(three()).down(&mut client, 1).unwrap_err();
    assert!(error.is_refused());
    for repair in repairs(&error) {
        execute(&database, &repair);
    }
    Migrator::new(three()).up(&mut client).unwrap();
    assert_eq!(database.applied(), "1 2 3");
    assert!(up_as(&database, &stranger, 3).is_err());
}

/// The role has more rights than the owner, but need not trust it.
#[test]
fn a_superuser_over_the_table_of_the_application() {
    let database = fresh_database();
    let app = role(&database, "app", "");
    up_as(&database, &app, 1).unwrap();
    let mut client = database.connect();
    assert!(Migrator::new(three()).up(&mut client).is_err());
    Migrator::new(three())
        .history_owner(&app)
        .up_to(&mut client, 2_u64)
        .unwrap();
    let name = database.ask("SELECT current_database()");
    execute(&database, &format!("ALTER DATABASE {name} OWNER TO {app}"));
    Migrator::new(three()).up(&mut client).unwrap();
    assert_eq!(database.applied(), "1 2 3");
}

/// Nothing but SELECT, INSERT, UPDATE and DELETE on the tables.
#[test]
fn a_table_of_the_administrator_with_grants() {
    let database = fresh_database();
    let app = role(&database, "app", "");
    Migrator::new(three())
        .up_to(&mut database.connect(), 1_u64)
        .unwrap();
    execute(
        &database,
        &format!(
            "ALTER TABLE a OWNER TO {app}; GRANT SELECT, INSERT, UPDATE, DELETE \
             ON pgstrata_history, pgstrata_history_events, pgstrata_history_failed TO {app}"
        ),
    );
    let mut client = as_role(&database, &app);
    Migrator::new(three()).up(&mut client).unwrap();
    Migrator::new(three()).down(&mut client, 3).unwrap();
    let steps = migrations([
        source("0001_i", "CREATE TABLE i (id int);", "DROP TABLE i;"),
        source(
            "0002_j",
            "CREATE INDEX CONCURRENTLY j ON i (id);",
            "DROP INDEX CONCURRENTLY j;",
        )
        .no_transaction(),
    ]);
    Migrator::new(steps).up(&mut client).unwrap();
    Migrator::new(steps).down(&mut client, 2).unwrap();
    assert_eq!(database.applied(), "");
}

/// An earlier layout needs its owner once, and the error says so.
#[test]
fn a_table_of_the_administrator_of_an_earlier_layout() {
    let database = fresh_database();
    let app = role(&database, "app", "");
    execute(&database, include_str!("layouts/layout_2.sql"));
    execute(
        &database,
        &format!(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON pgstrata_history, pgstrata_history_events TO {app}"
        ),
    );
    let error = up_as(&database, &app, 1).unwrap_err();
    assert_says(
        &error,
        &["\"public\".\"pgstrata_history\"", "42501", "owner"],
    );
    assert_eq!(database.ask("SELECT to_regclass('a')"), "NULL");
    Migrator::new(three())
        .up_to(&mut database.connect(), 1_u64)
        .unwrap();
}

/// The tables belong to a role that each login role is granted.
#[test]
fn login_roles_that_change() {
    let database = fresh_database();
    let group = role(&database, "group", "NOLOGIN");
    let [first, second] = ["first", "second"].map(|name| role(&database, name, "LOGIN"));
    execute(&database, &format!("GRANT {group} TO {first}, {second}"));
    up_as(&database, &group, 1).unwrap();
    for (login, version) in [(&first, 2_u64), (&second, 3)] {
        up_as(&database, login, version).unwrap();
    }
    // By way of another role, too.
    let third = role(&database, "third", "LOGIN");
    execute(&database, &format!("GRANT {second} TO {third}"));
    let mut client = as_role(&database, &third);
    Migrator::new(three()).up(&mut client).unwrap();
    execute(&database, &format!("REVOKE {second} FROM {third}"));
    assert!(Migrator::new(three()).down(&mut client, 1).is_err());
    let mut client = as_role(&database, &second);
    Migrator::new(three()).down(&mut client, 1).unwrap();
    assert_eq!(database.applied(), "1 2");
}

/// Another session does this at a moment of a run that has read the history: when the observer is
/// told that a step begins, or that its first statement is finished.
fn check_between(
    list: &Migrations<'_>,
    is_moment: fn(&Event<'_>) -> bool,
    change: &str,
    says: &str,
) {
    let database = fresh_database();
    let stranger = role(&database, "stranger", "");
    execute(
        &database,
        "CREATE SEQUENCE public.ran; CREATE FUNCTION public.evil() RETURNS trigger LANGUAGE plpgsql AS \
         $$BEGIN PERFORM pg_catalog.nextval('public.ran'); RETURN NEW; END$$",
    );
    Migrator::new(list)
        .up_to(&mut database.connect(), 1_u64)
        .unwrap();
    let change = change.replace("{stranger}", &stranger);
    let mut is_done = false;
    let mut observer = |event: &Event<'_>| {
        if is_moment(event) && !is_done {
            is_done = true;
            execute(&database, &change);
        }
    };
    let error = Migrator::new(list)
        .observe(&mut observer)
        .up(&mut database.connect())
        .expect_err(&change);
    assert!(is_done, "{change}");
    assert!(error.is_refused(), "{change}: {error}");
    assert_says(&error, &[says]);
    assert_eq!(
        database.ask("SELECT is_called FROM public.ran"),
        "f",
        "{change}"
    );
    assert_eq!(database.applied(), "1", "{change}");
    assert_eq!(
        database.ask("SELECT to_regclass('public.b_id')"),
        "NULL",
        "{change}"
    );
    let error = Migrator::new(list).up(&mut database.connect()).unwrap_err();
    if change.contains("VIEW") {
        return;
    }
    for repair in repairs(&error) {
        execute(&database, &repair);
    }
    Migrator::new(list).up(&mut database.connect()).unwrap();
    assert_eq!(database.ask("SELECT to_regclass('public.b_id')"), "b_id");
}

const CHANGES: [(&str, &str); 5] = [
    ("ALTER TABLE {t} OWNER TO {stranger}", "belongs to the role"),
    (
        "CREATE TRIGGER t BEFORE INSERT OR UPDATE ON {t} FOR EACH ROW EXECUTE FUNCTION public.evil()",
        "has the trigger t",
    ),
    (
        "CREATE RULE r AS ON INSERT TO {t} DO INSTEAD NOTHING",
        "has the rule r",
    ),
    ("CREATE TABLE child () INHERITS ({t})", "has the child"),
    (
        "ALTER TABLE {t} RENAME TO kept; CREATE VIEW {t} AS SELECT * FROM kept",
        "is a view",
    ),
];

fn check_all_between(list: &Migrations<'_>, is_moment: fn(&Event<'_>) -> bool) {
    for table in ["pgstrata_history", "pgstrata_history_events"] {
        for (change, says) in CHANGES {
            check_between(list, is_moment, &change.replace("{t}", table), says);
        }
    }
}

fn without_a_transaction() -> &'static Migrations<'static> {
    migrations([
        source("0001_a", "CREATE TABLE a (id int);", "DROP TABLE a;"),
        source(
            "0002_b",
            "CREATE TABLE b (id int);\nCREATE INDEX CONCURRENTLY b_id ON b (id);",
            "DROP TABLE b;",
        )
        .no_transaction(),
    ])
}

#[test]
fn changes_between_the_look_and_the_claim() {
    let begins = |event: &Event<'_>| matches!(event, Event::Started { .. });
    check_all_between(three(), begins);
    check_all_between(without_a_transaction(), begins);
}

#[test]
fn changes_between_two_statements() {
    check_all_between(without_a_transaction(), |event| {
        matches!(event, Event::StatementFinished { statement: 1, .. })
    });
}
