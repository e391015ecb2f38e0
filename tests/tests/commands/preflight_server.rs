//! `preflight`: what is wrong with the whole server.

use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use pgstrata_tools::cluster::Cluster;
use postgres::Client;

use crate::preflight::{ADD_COLUMN, changing, finding, preflight, until, write};
use crate::support::{connect, run, shop};

#[test]
fn a_server_without_connections() {
    // A server of its own, as nobody else could connect to it meanwhile.
    let cluster = Cluster::start(None).unwrap();
    let url = cluster.create_database("crowded").unwrap();
    connect(&url)
        .batch_execute("CREATE ROLE plain LOGIN")
        .unwrap();
    let dir = shop();
    assert_eq!(preflight(dir.path(), &url, &[]).0, 0);
    let limits = "SELECT current_setting('max_connections')::bigint - current_setting('superuser_reserved_connections')::bigint";
    let most: i64 = connect(&url).query_one(limits, &[]).unwrap().get(0);
    let plain = url.replace("postgres@", "plain@");
    let crowd: Vec<Client> = (1..most).map(|_| connect(&plain)).collect();
    let (code, object) = preflight(dir.path(), &url, &[]);
    assert_eq!(code, 1);
    let (message, evidence, _) = finding(&object, "connections");
    assert_eq!(
        message,
        format!("error: of {most} connections of the server {most} are taken")
    );
    assert_eq!(evidence[0]["used"], most);
    let last = connect(&url);
    run(dir.path(), &["preflight", "--database-url", &plain]).fails(5, &["no connection left"]);
    drop((crowd, last));
}

#[test]
fn a_read_only_database_is_refused() {
    let (dir, url) = changing(ADD_COLUMN);
    let read_only = format!("{url}?options=-cdefault_transaction_read_only=on");
    let (code, object) = preflight(dir.path(), &read_only, &[]);
    assert_eq!(code, 1);
    assert_eq!(
        finding(&object, "server").0,
        "error: transactions are read-only here"
    );
}

/// Where the server's own programs are, also where only links to some of them are on the PATH.
fn programs_of(cluster: &Cluster) -> Option<PathBuf> {
    let server = Path::new(cluster.origin()).join("postgres");
    let folder = server.canonicalize().ok()?.parent()?.to_owned();
    folder.join("pg_basebackup").exists().then_some(folder)
}

#[test]
fn a_standby_is_refused() {
    let cluster = Cluster::start(None).unwrap();
    let Some(programs) = programs_of(&cluster) else {
        pgstrata_tests::skip("a standby", "a server with pg_basebackup");
        return;
    };
    let url = cluster.create_database("shop").unwrap();
    let dir = shop();
    run(dir.path(), &["up", "--to", "1", "--database-url", &url]).succeeds();
    let mut client = connect(&url);
    let mut show = |name: &str| -> String {
        client
            .query_one("SELECT current_setting($1)", &[&name])
            .unwrap()
            .get(0)
    };
    let (data, socket) = (show("data_directory"), show("unix_socket_directories"));
    // A standby must have room for as much (PostgreSQL manual: Hot Standby, Administrator's Overview).
    let room = [
        "max_connections",
        "max_prepared_transactions",
        "max_locks_per_transaction",
        "max_wal_senders",
        "max_worker_processes",
    ];
    let room = room.map(|name| format!("{name}={}", show(name)));
    let owner = std::fs::metadata(data).unwrap();
    let folder = tempfile::tempdir().unwrap();
    chown(folder.path(), Some(owner.uid()), Some(owner.gid())).unwrap();
    let copy = folder.path().join("data");
    let program = |name: &str| {
        let mut command = Command::new(programs.join(name));
        command
            .current_dir(folder.path())
            .uid(owner.uid())
            .gid(owner.gid())
            .arg("-D")
            .arg(&copy);
        command.stdout(Stdio::null());
        command
    };
    let mut backup = program("pg_basebackup");
    backup.args([
        "-R",
        "-c",
        "fast",
        "-U",
        "postgres",
        "-h",
        socket.trim_matches('"'),
    ]);
    assert!(backup.status().unwrap().success());
    let mut standby = program("postgres");
    standby
        .args(["-c", "listen_addresses=", "-c", "fsync=off", "-k"])
        .arg(folder.path());
    for setting in &room {
        standby.args(["-c", setting]);
    }
    let _standby = Running(standby.stderr(Stdio::null()).spawn().unwrap());
    let host = folder.path().display().to_string().replace('/', "%2F");
    let copied = format!("postgresql://postgres@{host}/shop");
    let started = std::time::Instant::now();
    while postgres::Client::connect(&copied, postgres::NoTls).is_err() {
        assert!(
            started.elapsed().as_secs() < 60,
            "the standby does not answer"
        );
        thread::sleep(std::time::Duration::from_millis(20));
    }
    let (code, object) = preflight(dir.path(), &copied, &[]);
    assert_eq!(code, 1);
    let (message, _, advice) = finding(&object, "server");
    assert_eq!(
        message,
        "error: the server is a standby, which takes no writes"
    );
    assert!(advice.contains("primary"), "{advice}");
    assert_eq!(object["pending"][0]["label"], "0002_create_invoice");
    // The same database as far as its numbers go, and no place for a marker of the other.
    run(dir.path(), &["up", "--database-url", &copied]).fails(
        2,
        &[
            "25006",
            "connect to the primary",
            "nothing of 0002_create_invoice was kept",
        ],
    );
}

/// Ends a program of the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn another_version_than_was_promised() {
    let (dir, url) = changing(ADD_COLUMN);
    let major: i32 = connect(&url)
        .query_one(
            "SELECT current_setting('server_version_num')::int / 10000",
            &[],
        )
        .unwrap()
        .get(0);
    let other = if major == 13 { 14 } else { 13 };
    write(
        dir.path(),
        "pgstrata.toml",
        &format!("postgres = \"{other}\"\n"),
    );
    let (code, object) = preflight(dir.path(), &url, &[]);
    assert_eq!(code, 1);
    let message = format!(
        "error: the server is PostgreSQL {major}; the migrations were made for {other} to {other}"
    );
    assert_eq!(finding(&object, "server").0, message);
}

#[test]
fn a_slot_that_nobody_reads_and_a_standby_that_nobody_started() {
    let cluster = Cluster::start(None).unwrap();
    let url = cluster.create_database("primary").unwrap();
    let dir = shop();
    let mut client = connect(&url);
    client
        .batch_execute("SELECT pg_create_physical_replication_slot('forgotten', true)")
        .unwrap();
    let (code, object) = preflight(dir.path(), &url, &[]);
    assert_eq!(code, 0);
    assert!(
        finding(&object, "replication")
            .0
            .starts_with("warning: nobody reads the slot forgotten")
    );
    client
        .batch_execute("SELECT pg_drop_replication_slot('forgotten')")
        .unwrap();
    client
        .batch_execute("ALTER DATABASE \"primary\" SET synchronous_commit = 'on'")
        .unwrap();
    client
        .batch_execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        .unwrap();
    client.batch_execute("SELECT pg_reload_conf()").unwrap();
    until(
        &mut client,
        "SELECT count(*) FROM pg_settings WHERE name = 'synchronous_standby_names' AND setting <> ''",
    );
    let (code, object) = preflight(dir.path(), &url, &[]);
    assert_eq!(code, 1);
    assert!(
        finding(&object, "replication")
            .0
            .starts_with("error: commits wait for")
    );
}

#[test]
fn a_database_whose_oldest_row_is_very_old() {
    // A server of its own, as it believes that it must vacuum soon.
    let cluster = Cluster::start(None).unwrap();
    let url = cluster.create_database("old").unwrap();
    let dir = shop();
    let mut client = connect(&url);
    for (age, code, severity) in [
        (1_500_000_000_i64, 0, "warning"),
        (2_120_000_000, 1, "error"),
    ] {
        // Numbers go round.
        let oldest = "SELECT ((pg_current_xact_id()::text::bigint - $1 + (1::bigint << 32)) % (1::bigint << 32))::text";
        let oldest: String = client.query_one(oldest, &[&age]).unwrap().get(0);
        let update =
            format!("UPDATE pg_database SET datfrozenxid = '{oldest}' WHERE datname = 'old'");
        client.batch_execute(&update).unwrap();
        let (found, object) = preflight(dir.path(), &url, &[]);
        assert_eq!(found, code, "{object:#}");
        let message = finding(&object, "wraparound").0;
        assert!(message.starts_with(&format!("{severity}: the oldest row of the database is ")));
    }
}

/// Its age is that of the table alone, whose vacuum is told to be slow.
#[test]
fn a_vacuum_that_does_not_make_way() {
    let cluster = Cluster::start(None).unwrap();
    let url = cluster.create_database("vacuumed").unwrap();
    let dir = shop();
    run(dir.path(), &["up", "--to", "1", "--database-url", &url]).succeeds();
    let mut client = connect(&url);
    client
        .batch_execute(
            "INSERT INTO customer SELECT n FROM generate_series(1, 200000) AS n;
             ALTER TABLE customer SET (autovacuum_freeze_max_age = 100000, autovacuum_vacuum_cost_delay = 100,
                                       autovacuum_vacuum_cost_limit = 1);
             CREATE TABLE spent (n int);
             -- Each block that writes takes a number.
             DO $$ BEGIN FOR n IN 1..100100 LOOP
                 BEGIN INSERT INTO spent VALUES (n); EXCEPTION WHEN division_by_zero THEN END;
             END LOOP; END $$;",
        )
        .unwrap();
    client
        .batch_execute("ALTER SYSTEM SET autovacuum_naptime = 1")
        .unwrap();
    client.batch_execute("SELECT pg_reload_conf()").unwrap();
    until(
        &mut client,
        "SELECT count(*) FROM pg_stat_progress_vacuum WHERE relid = 'customer'::regclass",
    );
    write(
        dir.path(),
        "0002_create_invoice.up.sql",
        "ALTER TABLE customer ADD COLUMN email text;\n",
    );
    let (code, object) = preflight(dir.path(), &url, &[]);
    assert_eq!(code, 1);
    let (message, evidence, _) = finding(&object, "wraparound");
    assert!(
        message.starts_with("error: a vacuum against wraparound works on customer"),
        "{message}"
    );
    assert_eq!(evidence[0]["table"], "customer");
}
