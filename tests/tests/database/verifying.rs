//! A verify script runs behind its migration, in the same transaction, and leaves nothing.

use pgstrata::Migrator;

use crate::support::{assert_says, fresh_database, migrations, source, up};

const UP: &str = "CREATE TABLE a (id int);\nINSERT INTO a VALUES (1);";

#[test]
fn it_leaves_nothing() {
    let database = fresh_database();
    let list = migrations([source("0001_a", UP, "DROP TABLE a;")
        .verify("INSERT INTO a VALUES (2);\nSELECT 1 / (count(*) - 1) FROM a; -- two")]);
    up(&database, list).unwrap();
    assert_eq!(database.ask("SELECT id FROM a"), "1");
    assert_eq!(database.applied(), "1");
}

#[test]
fn where_it_fails_the_migration_does() {
    let database = fresh_database();
    let fails = "SELECT 1;\nSELECT 1 / (count(*) - 1) FROM a;";
    let list = migrations([source("0001_a", UP, "DROP TABLE a;").verify(fails)]);
    let told = ["0001_a.verify.sql:2:1, statement 2 of 2", "SELECT 1 / (count(*)", "22012"];
    assert_says(&up(&database, list).unwrap_err(), &told);
    assert_eq!(database.ask("SELECT to_regclass('a')"), "NULL");
    let list =
        migrations([source("0001_a", UP, "DROP TABLE a;").verify("SELECT 1;\nSELECT nix FROM a;")]);
    let error = up(&database, list).unwrap_err();
    assert_says(&error, &["0001_a.verify.sql:2:8, statement 2 of 2", "42703"]);
    let mut client = database.connect();
    Migrator::new(list).single_transaction().up(&mut client).unwrap_err();
    assert_eq!(database.applied(), "");
}

/// There it runs behind the last statement, in the transaction that records the end.
#[test]
fn outside_a_transaction_it_keeps_the_record_back() {
    let database = fresh_database();
    let one = |verify| {
        let source = source("0001_a", UP, "DROP TABLE a;").no_transaction();
        migrations([source.verify(verify)])
    };
    let error = up(&database, one("SELECT 1 / (count(*) - 1) FROM a")).unwrap_err();
    assert_says(
        &error,
        &["0001_a.verify.sql:1:1, statement 1 of 1", "22012", "2 of its 2 statements"],
    );
    assert_eq!(database.applied(), "");
    up(&database, one("INSERT INTO a VALUES (2); -- one")).unwrap();
    assert_eq!((database.applied(), database.ask("SELECT id FROM a")), ("1".into(), "1".into()));
}
