//! A run inside a transaction that the caller has begun is refused by name, before it reads or sets anything,
//! and what the database has as defaults of transactions does not hold a start up.

use std::thread;

use pgstrata::Migrator;

use crate::support::{ask, assert_says, fresh_database, three, up};

#[test]
fn it_is_refused_by_name_whatever_the_history_is() {
    for is_made in [false, true] {
        for begun in [
            "BEGIN",
            "BEGIN; SELECT 1",
            "BEGIN; CREATE TABLE mine ()",
            "BEGIN; CREATE TABLE mine (); SAVEPOINT s",
            "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE",
        ] {
            let database = fresh_database();
            if is_made {
                up(&database, three()).unwrap();
            }
            let mut client = database.connect();
            client.batch_execute(begun).unwrap();
            let error = Migrator::new(three()).up(&mut client).unwrap_err();
            assert_says(
                &error,
                &["the connection is inside a transaction", "roll it back"],
            );
            // As after each statement that fails: none of it can be committed.
            let refused = client.batch_execute("SELECT 1").unwrap_err();
            assert_eq!(refused.code().unwrap().code(), "25P02", "{begun}");
            client.batch_execute("COMMIT").unwrap();
            assert_eq!(ask(&mut client, "SELECT to_regclass('mine')"), "NULL");
            for (setting, value) in [
                ("transaction_read_only", "off"),
                ("lock_timeout", "0"),
                ("statement_timeout", "0"),
                ("row_security", "on"),
            ] {
                assert_eq!(ask(&mut client, &format!("SHOW {setting}")), value);
            }
            Migrator::new(three()).up(&mut client).unwrap();
        }
    }
}

#[test]
fn a_start_waits_for_no_safe_snapshot() {
    for read_only in ["off", "on"] {
        let database = fresh_database();
        up(&database, three()).unwrap();
        let mut other = database.connect();
        let writes = "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT * FROM other; \
                      INSERT INTO other VALUES (1)";
        other.batch_execute("CREATE TABLE other (id int)").unwrap();
        other.batch_execute(writes).unwrap();
        let mut client = database.connect();
        let defaults = format!(
            "SET application_name = 'start'; SET default_transaction_isolation = serializable; \
             SET default_transaction_deferrable = on; SET default_transaction_read_only = {read_only}"
        );
        client.batch_execute(&defaults).unwrap();
        let start = thread::spawn(move || Migrator::new(three()).up(&mut client).unwrap());
        while !start.is_finished() {
            let waits = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'start' \
                         AND wait_event = 'SafeSnapshot' AND datname = current_database()";
            assert_eq!(database.ask(waits), "0", "{read_only}");
        }
        assert!(start.join().unwrap().is_empty());
        other.batch_execute("ROLLBACK").unwrap();
    }
}

/// What goes down asks first, so the transaction goes on.
#[test]
fn on_the_way_down_it_is_left_as_it_was() {
    let database = fresh_database();
    up(&database, three()).unwrap();
    let mut client = database.connect();
    client.batch_execute("BEGIN; CREATE TABLE mine ()").unwrap();
    let error = Migrator::new(three()).down(&mut client, 1).unwrap_err();
    let says = "the connection is inside a transaction: commit it or roll it back before migrating, or use a \
                connection of its own";
    assert_says(&error, &[says]);
    for (setting, value) in [
        ("transaction_read_only", "off"),
        ("lock_timeout", "0"),
        ("statement_timeout", "0"),
        ("row_security", "on"),
        ("search_path", "\"$user\", public"),
    ] {
        assert_eq!(ask(&mut client, &format!("SHOW {setting}")), value);
    }
    client.batch_execute("COMMIT").unwrap();
    assert_eq!(database.ask("SELECT to_regclass('mine')"), "mine");
}
