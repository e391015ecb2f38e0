//! A file without a transaction that one release has begun, and the other one goes on with.

use std::thread;

use crate::release::{PAIRS, Release, database, indexes, not_once, ran_now};
use crate::support::Database;
use Release::Old;

/// What comes between.
#[derive(Clone, Copy, Debug)]
enum Stop {
    /// The server refuses the statement that writes this.
    Refused(&'static str),
    /// The index is not unique, and stays invalid.
    NotUnique,
    /// The backend ends while its statement waits for a transaction of another.
    Ended,
    /// The server refuses the fourth batch.
    Batch,
}

const RAISES: &str = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql \
                      AS 'BEGIN RAISE EXCEPTION ''not now''; END'; ";

impl Stop {
    /// Runs the command, which does not come to its end, and takes away what stopped it.
    fn stop(self, database: &Database, program: Release, command: &str) -> String {
        let mut client = database.connect();
        let mut run = |sql: &str| client.batch_execute(sql).unwrap();
        let end = match self {
            Self::Refused(what) => {
                run(RAISES);
                run(&format!(
                    "CREATE TRIGGER refuse BEFORE INSERT ON ran FOR EACH ROW \
                     WHEN (NEW.what = '{what}') EXECUTE FUNCTION refuse()"
                ));
                "DROP FUNCTION refuse CASCADE"
            }
            Self::Batch => {
                run(RAISES);
                run(
                    "CREATE TRIGGER refuse BEFORE UPDATE ON account FOR EACH ROW \
                     WHEN (NEW.id = 35) EXECUTE FUNCTION refuse()",
                );
                "DROP FUNCTION refuse CASCADE"
            }
            Self::NotUnique => {
                run("UPDATE account SET name = 'name 1' WHERE id = 2");
                "UPDATE account SET name = 'name 2' WHERE id = 2"
            }
            Self::Ended => {
                run("BEGIN; UPDATE account SET name = name");
                "COMMIT"
            }
        };
        let refusal = thread::scope(|scope| {
            let running = scope.spawn(|| program.run(database, command));
            if matches!(self, Self::Ended) {
                database.wait_until(
                    "SELECT count(pg_terminate_backend(pid)) > 0 FROM pg_stat_activity \
                     WHERE datname = current_database() AND query LIKE '%INDEX CONCURRENTLY%' \
                     AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()",
                );
            }
            running.join().unwrap()
        });
        client.batch_execute(end).unwrap();
        refusal.unwrap_err()
    }
}

/// Begins and goes on with the same command.
fn check(stop: Stop, before: &str, command: &str, expected: &str, index: &str) {
    for (begins, goes_on) in PAIRS {
        let tried = format!("{begins:?}, then {goes_on:?}: {stop:?} {command}");
        let database = database();
        begins.run(&database, before).unwrap();
        ran_now(&database);
        let refusal = stop.stop(&database, begins, command);
        assert!(refusal.contains("000"), "{tried}: {refusal}");
        // Each says where it stands, and refuses what would lose it.
        for program in [begins, goes_on] {
            program.run(&database, "status").unwrap();
        }
        goes_on
            .run(&database, command)
            .unwrap_or_else(|refusal| panic!("{tried}: {refusal}"));
        assert_eq!(ran_now(&database), expected, "{tried}");
        assert_eq!(indexes(&database), index, "{tried}");
        for program in [begins, goes_on] {
            assert_eq!(
                program.run(&database, command.replace("down", "validate").as_str()),
                Ok(String::new()),
                "{tried}"
            );
        }
    }
}

const INDEX: &str = "account_name true";

#[test]
fn at_the_first_statement() {
    let stop = Stop::Refused("up 2.1");
    check(stop, "up-to 1", "up-to 2", "up 2.1, up 2.3", INDEX);
}

#[test]
fn at_an_index_that_stays_invalid() {
    check(
        Stop::NotUnique,
        "up-to 1",
        "up-to 2",
        "up 2.1, up 2.3",
        INDEX,
    );
    check(Stop::Ended, "up-to 1", "up-to 2", "up 2.1, up 2.3", INDEX);
}

#[test]
fn at_the_last_statement() {
    let stop = Stop::Refused("up 2.3");
    check(stop, "up-to 1", "up-to 2", "up 2.1, up 2.3", INDEX);
}

#[test]
fn on_the_way_back() {
    for stop in [
        Stop::Refused("down 2.1"),
        Stop::Ended,
        Stop::Refused("down 2.3"),
    ] {
        check(stop, "up-to 2", "down 1", "down 2.1, down 2.3", "");
    }
}

#[test]
fn among_the_batches() {
    check(Stop::Batch, "up-to 2", "up-to 3", "up 3", INDEX);
    for (begins, goes_on) in PAIRS {
        let database = database();
        begins.run(&database, "up-to 2").unwrap();
        Stop::Batch.stop(&database, begins, "up-to 3");
        let counted = "SELECT count(*) FROM account WHERE n = 1";
        assert_eq!(database.ask(counted), "30");
        goes_on.run(&database, "up-to 3").unwrap();
        assert_eq!(not_once(&database), "0", "{begins:?}, then {goes_on:?}");
    }
}

/// The old program's `redo` would skip the way back, and apply twice; today's refuses.
#[test]
fn todays_program_does_not_do_again_what_was_interrupted() {
    for begins in [Old, Release::Today] {
        let database = database();
        begins.run(&database, "up-to 1").unwrap();
        Stop::Refused("up 2.3").stop(&database, begins, "up-to 2");
        ran_now(&database);
        for command in ["redo 1", "down 1", "repair 2", "baseline 2"] {
            let refusal = Release::Today.run(&database, command).unwrap_err();
            let name = "0002_index_name.up.sql was interrupted: 2 of 3";
            assert!(refusal.contains(name), "{command}: {refusal}");
        }
        assert_eq!(ran_now(&database), "");
        Release::Today.run(&database, "up-to 2").unwrap();
        assert_eq!(ran_now(&database), "up 2.3");
    }
}
