//! The server cancels a message of a run between any two of its statements: no lock of the session stays,
//! no setting, and the next run completes.
//!
//! A proxy puts a statement that cancels itself into one message of the run, so that it comes at that
//! place each time: also right after the lock was given, which outlives the failed message.

use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::{Arc, Mutex};
use std::thread;

use pgstrata::{Migrations, Migrator};
use postgres::config::Host;
use postgres::{Client, Config, NoTls};
use tempfile::TempDir;

use crate::proxy::message;
use crate::support::{ask, fresh_database, migrations, source};

const CANCEL: &str = "\nSELECT pg_catalog.pg_cancel_backend(pg_catalog.pg_backend_pid()), pg_catalog.pg_sleep(60);\n";
const GIVES_LOCK: &str = "pg_try_advisory_lock(";
const HELD: &str = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' \
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
const PREPARED: &str = "SELECT count(*) FROM pg_prepared_statements";
const SETTINGS: &str = "SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings \
                        WHERE context IN ('user', 'superuser') AND name NOT LIKE 'plpgsql.%' AND name NOT LIKE 'pgstrata.%'";

/// What goes through the proxy.
#[derive(Default)]
struct Traffic {
    /// The number of a simple query, and of the boundary in it where it is cancelled.
    cancel: Option<(usize, usize)>,
    texts: Vec<String>,
    is_cancelled: bool,
    /// Whether the lock was given in the same message.
    is_after_lock: bool,
}

struct Canceller {
    config: Config,
    traffic: Arc<Mutex<Traffic>>,
    _folder: TempDir,
}

impl Canceller {
    fn start(url: &str) -> Self {
        let server: Config = url.parse().unwrap();
        let [Host::Unix(folder)] = server.get_hosts() else {
            panic!("the tests of faults start a server of their own: unset PGSTRATA_TEST_URL");
        };
        let upstream = folder.join(".s.PGSQL.5432");
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let mut config = Config::new();
        config
            .host_path(folder.path())
            .user(server.get_user().unwrap());
        config.dbname(server.get_dbname().unwrap());
        let traffic: Arc<Mutex<Traffic>> = Arc::default();
        let shared = Arc::clone(&traffic);
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server) = (client.unwrap(), UnixStream::connect(&upstream).unwrap());
                forward(&client, &server, &shared);
            }
        });
        Self {
            config,
            traffic,
            _folder: folder,
        }
    }

    /// From now on, that is cancelled; the simple queries are counted from here.
    fn arm(&self, cancel: Option<(usize, usize)>) {
        *self.traffic.lock().unwrap() = Traffic {
            cancel,
            ..Traffic::default()
        };
    }
}

fn forward(client: &UnixStream, server: &UnixStream, traffic: &Arc<Mutex<Traffic>>) {
    let both = || (client.try_clone().unwrap(), server.try_clone().unwrap());
    let ((mut from, mut to), shared) = (both(), Arc::clone(traffic));
    thread::spawn(move || {
        // The first message has a length and no type.
        let mut startup = [0; 4];
        from.read_exact(&mut startup).unwrap();
        let mut rest = vec![0; u32::from_be_bytes(startup) as usize - 4];
        from.read_exact(&mut rest).unwrap();
        to.write_all(&[&startup[..], &rest].concat()).unwrap();
        while let Some(mut sent) = message(&mut from) {
            if sent[0] == b'Q' {
                sent = simple(&sent, &mut shared.lock().unwrap());
            }
            if to.write_all(&sent).is_err() {
                break;
            }
        }
    });
    let ((mut to, mut from), shared) = (both(), Arc::clone(traffic));
    thread::spawn(move || {
        while let Some(answer) = message(&mut from) {
            let is_cancel = answer[0] == b'E' && answer.windows(7).any(|it| it == b"C57014\0");
            shared.lock().unwrap().is_cancelled |= is_cancel;
            if to.write_all(&answer).is_err() {
                break;
            }
        }
    });
}

/// What goes on in place of a simple query.
fn simple(sent: &[u8], traffic: &mut Traffic) -> Vec<u8> {
    let mut text = String::from_utf8(sent[5..sent.len() - 1].to_vec()).unwrap();
    let number = traffic.texts.len();
    traffic.texts.push(text.clone());
    match traffic.cancel {
        Some((wanted, boundary)) if wanted == number => {
            // Numbers in it may have more digits than before.
            let place = boundaries(&text)[boundary];
            traffic.is_after_lock = text[..place].contains(GIVES_LOCK);
            text.insert_str(place, CANCEL);
        }
        _ => {}
    }
    let length = u32::try_from(text.len() + 5).unwrap();
    [b"Q", &length.to_be_bytes()[..], text.as_bytes(), b"\0"].concat()
}

/// Where a statement ends, outside of quotes.
fn boundaries(text: &str) -> Vec<usize> {
    let ends = text.match_indices(";\n").map(|(at, _)| at + 2);
    let is_outside = |at: &usize| {
        // An apostrophe in a comment of ours is no quote.
        let lines = text[..*at]
            .lines()
            .filter(|line| !line.trim_start().starts_with("--"));
        let before: String = lines.collect();
        let is_even = |quote| before.matches(quote).count() % 2 == 0;
        is_even("'") && is_even("$pgstrata_0$")
    };
    assert!(is_outside(&text.len()), "a quote that does not end: {text}");
    [0].into_iter().chain(ends).filter(is_outside).collect()
}

/// Whether it went well.
type Verb = fn(&Migrations<'_>, &mut Client) -> bool;

fn apply(list: &Migrations<'_>, client: &mut Client) -> bool {
    Migrator::new(list).up(client).is_ok()
}

fn roll_back(list: &Migrations<'_>, client: &mut Client) -> bool {
    Migrator::new(list).down_to(client, 1_u64).is_ok()
}

/// Versions from 1 to `newest`.
fn check(list: &Migrations<'_>, newest: u64) {
    let database = fresh_database();
    let proxy = Canceller::start(&database.url);
    Migrator::new(list)
        .up_to(&mut database.connect(), 1_u64)
        .unwrap();
    let verbs: [(Verb, Verb); 2] = [(roll_back, apply), (apply, roll_back)];
    let mut texts = Vec::new();
    for (prepare, verb) in verbs {
        prepare(list, &mut database.connect());
        proxy.arm(None);
        assert!(verb(list, &mut proxy.config.connect(NoTls).unwrap()));
        texts.push(std::mem::take(&mut proxy.traffic.lock().unwrap().texts));
    }
    let all: Vec<String> = (1..=newest).map(|version| version.to_string()).collect();
    let all = all.join(" ");
    let (mut count, mut after_lock) = (0, 0);
    for ((prepare, verb), texts) in verbs.into_iter().zip(&texts) {
        for (number, text) in texts.iter().enumerate() {
            for boundary in 0..boundaries(text).len() {
                prepare(list, &mut database.connect());
                let mut client = proxy.config.connect(NoTls).unwrap();
                let before = ask(&mut client, SETTINGS);
                proxy.arm(Some((number, boundary)));
                verb(list, &mut client);
                let what = format!("at boundary {boundary} of {text}");
                let traffic = std::mem::take(&mut *proxy.traffic.lock().unwrap());
                assert!(traffic.is_cancelled, "{what}");
                assert_eq!(database.ask(HELD), "0", "{what}");
                assert_eq!(ask(&mut client, SETTINGS), before, "{what}");
                assert_eq!(ask(&mut client, PREPARED), "0", "{what}");
                proxy.arm(None);
                assert!(apply(list, &mut client), "{what}");
                assert_eq!(database.applied(), all, "{what}");
                count += 1;
                after_lock += usize::from(traffic.is_after_lock);
            }
        }
    }
    println!("{count} cancels, {after_lock} after the lock was given");
    assert!(count > 20 && after_lock > 1, "{count}, {after_lock}");
}

fn tables<const N: usize>(labels: [&'static str; N]) -> &'static Migrations<'static> {
    migrations(labels.map(|label| {
        let table = &label[5..];
        let up = format!("CREATE TABLE {table} (id int);");
        source(label, &up, &format!("DROP TABLE {table};"))
    }))
}

#[test]
fn of_steps_in_a_transaction() {
    check(tables(["0001_a", "0002_b", "0003_c"]), 3);
}

/// So many that what frames them is prepared.
#[test]
fn of_prepared_steps() {
    let labels = ["0001_a", "0002_b", "0003_c", "0004_d", "0005_e", "0006_f"];
    check(tables(labels), 6);
}
