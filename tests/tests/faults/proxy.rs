//! Stands between a program and the server, counts the program's requests, and does harm at
//! one of them.
//!
//! A request is a simple query, or what an extended one sends up to its `Sync`; it is answered
//! by `ReadyForQuery`. <https://www.postgresql.org/docs/current/protocol-message-formats.html>

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use postgres::Config;
use postgres::config::Host;
use tempfile::TempDir;

/// When harm is done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Moment {
    /// The server does not get the request.
    Before,
    /// The server has it, and may be at work on it.
    During,
    /// The server has done it, and its answer goes nowhere.
    After,
}

/// Does what is to happen; gets the pid of the backend.
pub(crate) type Harm = Box<dyn Fn(i32) + Send + Sync>;

/// Whether a simple query is the one.
type Matches = Box<dyn Fn(&str) -> bool + Send + Sync>;

struct Plan {
    /// From 1; 0 never comes.
    request: usize,
    /// The first simple query that matches, if that is asked for.
    matches: Option<Matches>,
    moment: Moment,
    harm: Harm,
}

#[allow(dead_code, reason = "each test program uses a part of it")]
pub(crate) struct Proxy {
    /// How to connect through it.
    pub(crate) config: Config,
    requests: Arc<AtomicUsize>,
    _folder: TempDir,
}

#[allow(dead_code, reason = "each test program uses a part of it")]
impl Proxy {
    /// Harms the first connection at its request with this number, and then ends it.
    pub(crate) fn start(url: &str, request: usize, moment: Moment, harm: Harm) -> Self {
        let plan = Plan {
            request,
            matches: None,
            moment,
            harm,
        };
        Self::with(url, plan)
    }

    /// Cuts the first connection before or after its first simple query that matches.
    pub(crate) fn cutting(
        url: &str,
        moment: Moment,
        matches: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Self {
        let plan = Plan {
            request: 0,
            matches: Some(Box::new(matches)),
            moment,
            harm: Box::new(|_| {}),
        };
        Self::with(url, plan)
    }

    fn with(url: &str, plan: Plan) -> Self {
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
        let requests = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&requests);
        let plan = Arc::new(plan);
        let none = Arc::new(Plan {
            request: 0,
            matches: None,
            moment: Moment::Before,
            harm: Box::new(|_| {}),
        });
        thread::spawn(move || {
            for (index, client) in listener.incoming().enumerate() {
                let (Ok(client), Ok(server)) = (client, UnixStream::connect(&upstream)) else {
                    continue;
                };
                let first = index == 0;
                let plan = Arc::clone(if first { &plan } else { &none });
                let counter = if first {
                    Arc::clone(&counter)
                } else {
                    Arc::default()
                };
                forward(&client, &server, &plan, &counter);
            }
        });
        Self {
            config,
            requests,
            _folder: folder,
        }
    }

    /// One that only counts.
    pub(crate) fn counting(url: &str) -> Self {
        Self::start(url, 0, Moment::Before, Box::new(|_| {}))
    }

    /// How many requests the first connection has made.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

fn forward(client: &UnixStream, server: &UnixStream, plan: &Arc<Plan>, counter: &Arc<AtomicUsize>) {
    let both = || (client.try_clone().unwrap(), server.try_clone().unwrap());
    let pid = Arc::new(Mutex::new(0));
    // The next answer goes nowhere.
    let is_matched = Arc::new(AtomicBool::new(false));
    let found = Arc::clone(&is_matched);
    let ((mut from, mut to), plan_up, counter) = (both(), Arc::clone(plan), Arc::clone(counter));
    let backend = Arc::clone(&pid);
    thread::spawn(move || {
        // The first message has a length and no type.
        let mut startup = [0; 4];
        let _ = from.read_exact(&mut startup);
        let length = (u32::from_be_bytes(startup) as usize).saturating_sub(4);
        let mut rest = vec![0; length];
        let _ = from.read_exact(&mut rest);
        let _ = to.write_all(&[&startup[..], &rest].concat());
        while let Some(message) = message(&mut from) {
            let mut is_ours = false;
            if matches!(message[0], b'Q' | b'S') {
                is_ours = counter.fetch_add(1, Ordering::SeqCst) + 1 == plan_up.request;
            }
            let text = || String::from_utf8_lossy(&message[5..]);
            let is_wanted = plan_up.matches.as_ref().filter(|_| message[0] == b'Q');
            if is_wanted.is_some_and(|is_wanted| is_wanted(&text())) {
                is_ours = true;
                found.store(true, Ordering::SeqCst);
            }
            if is_ours && plan_up.moment == Moment::Before {
                (plan_up.harm)(*backend.lock().unwrap());
                break;
            }
            if to.write_all(&message).is_err() {
                break;
            }
            if is_ours && plan_up.moment == Moment::During {
                (plan_up.harm)(*backend.lock().unwrap());
                break;
            }
        }
        end(&from, &to);
    });
    let ((mut to, mut from), plan) = (both(), Arc::clone(plan));
    thread::spawn(move || {
        // Of the start-up, then of each request.
        let mut answers = 0;
        while let Some(message) = message(&mut from) {
            if message[0] == b'K' {
                *pid.lock().unwrap() = i32::from_be_bytes(message[5..9].try_into().unwrap());
            }
            answers += usize::from(message[0] == b'Z');
            if is_matched.load(Ordering::SeqCst) && plan.moment == Moment::After {
                if message[0] == b'Z' {
                    break;
                }
                continue;
            }
            if plan.moment == Moment::After && plan.request > 0 {
                // The answer before was the last that goes through.
                if answers == plan.request + 1 {
                    (plan.harm)(*pid.lock().unwrap());
                    break;
                }
                if answers == plan.request && message[0] != b'Z' {
                    continue;
                }
            }
            if to.write_all(&message).is_err() {
                break;
            }
        }
        end(&from, &to);
    });
}

/// One message with its type and length.
pub(crate) fn message(from: &mut UnixStream) -> Option<Vec<u8>> {
    let mut head = [0; 5];
    from.read_exact(&mut head).ok()?;
    let length = u32::from_be_bytes(head[1..].try_into().ok()?) as usize;
    let mut message = head.to_vec();
    message.resize(length + 1, 0);
    from.read_exact(&mut message[5..]).ok()?;
    Some(message)
}

fn end(one: &UnixStream, other: &UnixStream) {
    let _ = one.shutdown(Shutdown::Both);
    let _ = other.shutdown(Shutdown::Both);
}
