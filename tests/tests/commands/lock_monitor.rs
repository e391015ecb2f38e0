//! A command that waits for a lock says who is in the way.

use crate::preflight::until;
use crate::support::{WAITING, connect, database, run, shop};

/// The monitor's own connection has asked and is done with it.
const HAS_LOOKED: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
      AND state = 'idle' AND query <> ''";

#[test]
fn who_is_in_the_way_is_told() {
    let (dir, url) = (shop(), database());
    let on_database =
        |arguments: &[&str]| run(dir.path(), &[arguments, &["--database-url", &url]].concat());
    on_database(&["up"]).succeeds();
    connect(&url)
        .batch_execute("INSERT INTO customer VALUES (1)")
        .unwrap();
    for (name, text) in [
        (
            "0003_email.up.sql",
            "ALTER TABLE customer ADD email text;\n",
        ),
        ("0003_email.down.sql", "ALTER TABLE customer DROP email;\n"),
    ] {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    for command in [&["backup"][..], &["fingerprint"], &["postflight"], &["up"]] {
        let (mut holder, mut observer) = (connect(&url), connect(&url));
        let locked =
            "BEGIN; SET LOCAL application_name = 'a report'; ALTER TABLE customer ADD more int";
        holder.batch_execute(locked).unwrap();
        let waits = std::thread::spawn(move || {
            until(&mut observer, WAITING);
            until(&mut observer, HAS_LOOKED);
            holder.batch_execute("ROLLBACK").unwrap();
        });
        let outcome = on_database(command);
        waits.join().unwrap();
        outcome.succeeds();
        let told: Vec<&str> = outcome
            .stderr
            .lines()
            .filter(|line| line.starts_with("waits for a lock"))
            .collect();
        assert_eq!(told.len(), 1, "{outcome:#?}");
        assert!(
            told[0].contains(", application a report, in a transaction for "),
            "{told:?}"
        );
        assert!(
            told[0].contains("ALTER TABLE customer ADD more int"),
            "{told:?}"
        );
    }
}
