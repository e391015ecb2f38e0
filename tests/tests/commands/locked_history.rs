//! Every command that only looks ends within its limit, if another session has locked the history's
//! tables, and names that session.

use std::thread;

use crate::support::{connect, database, run_with, shop};

/// With what each may need to look into the database.
const COMMANDS: [&[&str]; 11] = [
    &["status"],
    &["plan"],
    &["verify"],
    &["preflight"],
    &["postflight"],
    &["fingerprint"],
    &["drift"],
    &["list"],
    &["info", "1"],
    &["graph"],
    &["backup"],
];

/// As short as a session may want it: what is tried is that there is an end at all.
const SHORT: (&str, &str) = ("PGOPTIONS", "-c lock_timeout=500ms");

#[test]
fn no_command_waits_for_the_history_indefinitely() {
    let (dir, url) = (shop(), database());
    let ended = |arguments: &[&str], variables: &[(&str, &str)]| {
        let database = ["--database-url", &url, "--lock-deadline", "1"];
        run_with(dir.path(), &[arguments, &database].concat(), variables)
    };
    ended(&["up"], &[]).succeeds();
    // `list` goes without durations then, and says so; `graph` does not look at the database.
    let tables = "pgstrata_history, pgstrata_history_events, pgstrata_history_failed";
    for locked in [tables, "pgstrata_history_failed", "customer"] {
        let mut holder = connect(&url);
        let lock = format!("SET application_name = 'a report'; BEGIN; LOCK TABLE {locked}");
        holder.batch_execute(&lock).expect("the lock");
        let outcomes = thread::scope(|scope| {
            let all = COMMANDS.map(|command| scope.spawn(|| ended(command, &[SHORT])));
            all.map(|it| it.join().expect("no panic"))
        });
        for (command, outcome) in COMMANDS.iter().zip(&outcomes) {
            let looks_there = locked == tables && *command != ["graph"];
            let must_fail = looks_there && *command != ["list"];
            assert!(!must_fail || outcome.code != 0, "{command:?}: {outcome:#?}");
            let names = outcome.stderr.contains("application a report");
            let must_name = looks_there || outcome.code != 0;
            assert!(!must_name || names, "{command:?}, {locked}: {outcome:#?}");
        }
    }
    // Without a shorter one, the command's own limit ends the wait.
    let mut holder = connect(&url);
    holder
        .batch_execute(&format!("BEGIN; LOCK TABLE {tables}"))
        .expect("the lock");
    let note = "without durations: another session kept a lock on the history";
    let outcome = ended(&["list"], &[]);
    assert!(outcome.stderr.contains(note), "{outcome:#?}");
}
