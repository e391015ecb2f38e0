//! A connection that goes silent: nothing that one side sends reaches the other, and nothing says so.

use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use pgstrata::{Error, Event, Migrations, Migrator, Report};
use postgres::config::Host;
use postgres::{Config, NoTls};
use tempfile::TempDir;

use crate::support::{Database, fresh_database, migrations, source};
use crate::texts::assert_text;

/// Which side is not heard any more.
#[derive(Clone, Copy, Debug)]
enum Silent {
    Server,
    Client,
}

/// How many connections fall silent, of so many.
type Deafens = fn(usize) -> usize;

const THE_FIRST: Deafens = |_| 1;
const ALL: Deafens = |opened| opened;
/// Those to come, too.
const FOR_GOOD: Deafens = |_| usize::MAX;

/// Forwards connections until a client says a word; from then on one side of the first
/// connection, or of all that are there, is not heard. No connection is ever closed.
struct Hole {
    config: Config,
    _folder: TempDir,
}

impl Hole {
    fn after(url: &str, word: &'static str, silent: Silent, deafens: Deafens) -> Self {
        let server: Config = url.parse().unwrap();
        let [Host::Unix(folder)] = server.get_hosts() else {
            panic!("the tests of faults start a server of their own: unset PGSTRATA_TEST_URL");
        };
        let upstream = folder.join(".s.PGSQL.5432");
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let mut config = Config::new();
        config.host_path(folder.path());
        config.user(server.get_user().unwrap());
        config.dbname(server.get_dbname().unwrap());
        // How many connections fall silent: none yet.
        let deaf = Arc::new(AtomicUsize::new(0));
        let opened = Arc::new(AtomicUsize::new(0));
        thread::spawn(move || {
            for (index, client) in listener.incoming().enumerate() {
                let (client, server) = (client.unwrap(), UnixStream::connect(&upstream).unwrap());
                opened.store(index + 1, Ordering::SeqCst);
                let sides = [
                    (
                        client.try_clone().unwrap(),
                        server.try_clone().unwrap(),
                        Silent::Client,
                    ),
                    (server, client, Silent::Server),
                ];
                for (mut from, mut to, side) in sides {
                    let (deaf, opened) = (Arc::clone(&deaf), Arc::clone(&opened));
                    thread::spawn(move || {
                        let mut bytes = vec![0; 65536];
                        loop {
                            let count = match from.read(&mut bytes) {
                                // It stays open.
                                Ok(0) | Err(_) => loop {
                                    thread::park();
                                },
                                Ok(count) => count,
                            };
                            let says = String::from_utf8_lossy(&bytes[..count]).contains(word);
                            if index == 0 && says && matches!(side, Silent::Client) {
                                let opened = opened.load(Ordering::SeqCst);
                                deaf.store(deafens(opened), Ordering::SeqCst);
                            }
                            let is_swallowed = index < deaf.load(Ordering::SeqCst)
                                && matches!(
                                    (side, silent),
                                    (Silent::Client, Silent::Client)
                                        | (Silent::Server, Silent::Server)
                                );
                            if !is_swallowed {
                                let _ = to.write_all(&bytes[..count]);
                            }
                        }
                    });
                }
            }
        });
        Self {
            config,
            _folder: folder,
        }
    }
}

fn list(second: &str) -> &'static Migrations<'static> {
    migrations([
        source("0001_a", "CREATE TABLE a (n int);", "DROP TABLE a;"),
        source("0002_b", second, "DELETE FROM a;"),
        source("0003_c", "CREATE TABLE c (n int);", "DROP TABLE c;"),
    ])
}

/// The run, whether a step was done when the connection was lost, and how long it took. The
/// caller has a client afterwards that works.
fn run(
    hole: &Hole,
    list: &Migrations<'_>,
    deadline: Option<Duration>,
) -> (Result<Report, Error>, Vec<bool>, Duration) {
    let mut told = Vec::new();
    let mut observer = |event: &Event<'_>| {
        if let Event::Reconnected { was_done, .. } = event {
            told.push(*was_done);
        }
    };
    let mut migrator = Migrator::new(list).observe(&mut observer);
    if let Some(deadline) = deadline {
        migrator = migrator.deadline(deadline);
    }
    let mut client = migrator.connect(&hole.config, NoTls).unwrap();
    let began = Instant::now();
    let result = migrator.up(&mut client);
    let took = began.elapsed();
    client.batch_execute("SELECT 1").unwrap();
    drop(migrator);
    (result, told, took)
}

const MARK: &str = "INSERT INTO a VALUES (77);";

fn check_once(database: &Database) {
    assert_eq!(database.applied(), "1 2 3");
    assert_eq!(database.ask("SELECT count(*) FROM a"), "1");
}

/// Its answer is lost, and without a deadline only the idle backend shows it.
#[test]
fn an_answer_that_is_lost() {
    let database = fresh_database();
    let hole = Hole::after(&database.url, "VALUES (77)", Silent::Server, THE_FIRST);
    let (result, told, _) = run(&hole, list(MARK), None);
    assert_eq!(result.unwrap().steps.len(), 3);
    assert_eq!(told, [true]);
    check_once(&database);
}

/// The server never hears of it.
#[test]
fn a_message_that_is_lost() {
    let database = fresh_database();
    let hole = Hole::after(&database.url, "VALUES (77)", Silent::Client, THE_FIRST);
    let (result, told, _) = run(&hole, list(MARK), None);
    assert_eq!(result.unwrap().steps.len(), 3);
    assert_eq!(told, [false]);
    check_once(&database);
}

/// Then nothing shows anything but the deadline: the watching connection is as silent.
#[test]
fn both_connections_at_the_deadline() {
    let database = fresh_database();
    let hole = Hole::after(&database.url, "VALUES (77)", Silent::Server, ALL);
    let slow = format!("{MARK}\nSELECT pg_sleep(60);");
    let (result, told, took) = run(&hole, list(&slow), Some(Duration::from_secs(3)));
    let error = result.unwrap_err();
    assert_text("nothing was committed", &error);
    assert_eq!(told, [false]);
    assert!(took < Duration::from_secs(3 + 10 + 10), "{took:?}");
    assert_eq!(database.applied(), "1");
    // Its session is over, so that nothing is locked.
    let holders = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' \
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    database.wait_until(&format!("SELECT ({holders}) = 0"));
}

#[test]
fn both_connections_at_the_deadline_outside_a_transaction() {
    let database = fresh_database();
    let hole = Hole::after(&database.url, "VALUES (77)", Silent::Server, ALL);
    let slow = format!("{MARK}\nSELECT pg_sleep(60);");
    let list = migrations([
        source("0001_a", "CREATE TABLE a (n int);", "DROP TABLE a;"),
        source("0002_b", &slow, "DELETE FROM a;").no_transaction(),
    ]);
    let (result, _, _) = run(&hole, list, Some(Duration::from_secs(3)));
    assert_text("the file has begun", &result.unwrap_err());
    assert_eq!(database.applied(), "1");
}

/// And no other connection is answered.
#[test]
fn a_server_that_answers_no_more() {
    let database = fresh_database();
    let hole = Hole::after(&database.url, "VALUES (77)", Silent::Server, FOR_GOOD);
    let mut migrator = Migrator::new(list(MARK)).deadline(Duration::from_secs(2));
    let mut client = migrator.connect(&hole.config, NoTls).unwrap();
    let error = migrator.up(&mut client).unwrap_err();
    assert_text("no answer", &error);
}

/// What was committed before the deadline is done, and the run says so.
#[test]
fn a_commit_whose_answer_is_lost_at_the_deadline() {
    let database = fresh_database();
    let hole = Hole::after(&database.url, "VALUES (77)", Silent::Server, ALL);
    let list = migrations([
        source("0001_a", "CREATE TABLE a (n int);", "DROP TABLE a;"),
        source("0002_b", MARK, "DELETE FROM a;"),
    ]);
    let (result, told, _) = run(&hole, list, Some(Duration::from_secs(3)));
    assert_eq!(told, [true], "{result:?}");
    assert_eq!(result.unwrap().steps.len(), 2);
    assert_eq!(database.applied(), "1 2");
}

/// Our own statements are as easily lost as those of the files.
#[test]
fn a_statement_of_our_own() {
    let database = fresh_database();
    let list = migrations([
        source("0001_a", "CREATE TABLE a (n int);", "DROP TABLE a;"),
        source(
            "0002_i",
            "CREATE INDEX CONCURRENTLY i ON a (n);",
            "DROP INDEX CONCURRENTLY i;",
        )
        .no_transaction(),
    ]);
    // The intent names it.
    let hole = Hole::after(&database.url, "parse_ident", Silent::Server, THE_FIRST);
    let (result, told, _) = run(&hole, list, None);
    assert_eq!(result.unwrap().steps.len(), 2);
    assert_eq!(told, [false]);
    assert_eq!(database.applied(), "1 2");
    let valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass";
    assert_eq!(database.ask(valid), "t");
}
