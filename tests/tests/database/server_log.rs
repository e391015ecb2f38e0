//! What a start with nothing pending does, as the server itself writes it down.

use std::path::Path;

use pgstrata::{Migrations, Migrator};
use pgstrata_tools::cluster::Cluster;
use postgres::config::Host;
use postgres::{Client, Config, NoTls};

use crate::support::{ask, migrations, source, version};

/// Every line tells whose it is and which transaction number it has.
const TALKATIVE: [&str; 4] = [
    "ALTER SYSTEM SET log_line_prefix = 'pid=%p xid=%x '",
    "ALTER SYSTEM SET log_min_duration_statement = 0",
    // Nobody else may take transaction numbers.
    "ALTER SYSTEM SET autovacuum = off",
    "SELECT pg_reload_conf()",
];

fn thousand() -> &'static Migrations<'static> {
    let label = |number| format!("{number:04}_m").leak();
    migrations((1..=1000).map(|number| source(label(number), "SELECT 1;", "SELECT 1;")))
}

/// What the server has written about a session, an entry a query.
fn log_of(folder: &Path, pid: &str) -> Vec<String> {
    let log = std::fs::read_to_string(folder.join("log")).unwrap();
    // The lines of a query after its first begin with a tab.
    let entries = log.replace("\n\t", " ");
    let ours = entries
        .lines()
        .filter(|line| line.starts_with(&format!("pid={pid} ")));
    ours.map(str::to_owned).collect()
}

fn next_transaction(client: &mut Client) -> String {
    ask(client, "SELECT pg_snapshot_xmax(pg_current_snapshot())")
}

#[test]
fn nothing_pending_is_one_query_and_no_write() {
    // Nobody else's tests run on it.
    let cluster = Cluster::start(version()).unwrap();
    let url = cluster.create_database("settled").unwrap();
    let config: Config = url.parse().unwrap();
    let [Host::Unix(folder)] = config.get_hosts() else {
        pgstrata_tests::skip(
            "what a start leaves in the log",
            "the log of a server of our own",
        );
        return;
    };
    let list = thousand();
    let mut before = config.connect(NoTls).unwrap();
    Migrator::new(list)
        .single_transaction()
        .up(&mut before)
        .unwrap();
    for setting in TALKATIVE {
        before.simple_query(setting).unwrap();
    }
    let mut client = loop {
        let mut client = config.connect(NoTls).unwrap();
        if ask(&mut client, "SHOW log_min_duration_statement") == "0" {
            break client;
        }
    };
    let pid = ask(&mut client, "SELECT pg_backend_pid()");
    let next = next_transaction(&mut before);
    let heard = log_of(folder, &pid).len();

    assert!(Migrator::new(list).up(&mut client).unwrap().is_empty());

    let lines = log_of(folder, &pid).split_off(heard);
    let told: Vec<&str> = lines.iter().map(|line| step(line)).collect();
    // One message of the simple protocol: its settings end with it.
    assert_eq!(told, ["statement"], "{lines:#?}");
    assert!(
        lines[0].contains("FROM ONLY \"public\".\"pgstrata_history\""),
        "{lines:#?}"
    );
    assert!(!lines[0].contains("advisory"), "{lines:#?}");
    assert!(
        lines.iter().all(|line| line.contains(" xid=0 ")),
        "{lines:#?}"
    );
    assert_eq!(next_transaction(&mut before), next);
    // The server itself adds to its write-ahead log now and then, a run would each time.
    let mut end = || ask(&mut before, "SELECT pg_current_wal_insert_lsn()");
    let mut writes = || {
        let before = end();
        Migrator::new(list).up(&mut client).unwrap();
        before != end()
    };
    assert!((0..3).any(|_| !writes()));
    // Sessions keep an advisory lock until they give it back.
    assert_eq!(
        ask(
            &mut client,
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
        ),
        "0"
    );
    // Nor was anything of the session's set.
    assert_eq!(
        ask(
            &mut client,
            "SELECT coalesce(current_setting('pgstrata.role', true), '')"
        ),
        ""
    );
}

/// Such as `parse`, of `pid=1 xid=0 LOG:  duration: 0.1 ms  parse <unnamed>: SELECT …`.
fn step(line: &str) -> &str {
    let words = line.split(" ms  ").nth(1).unwrap_or(line);
    words.split([' ', ':']).next().unwrap_or(words)
}
