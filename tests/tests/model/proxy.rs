//! Stands between programs and a server: does harm at one request of the first connection, and
//! may change what is sent.
//!
//! A request is a simple query, or what an extended one sends up to its `Sync`.
//! <https://www.postgresql.org/docs/current/protocol-message-formats.html>

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::thread;

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

/// Does what is to happen to the backend with this pid; says whether the connection ends.
pub(crate) type Harm = Box<dyn Fn(i32) -> bool + Send + Sync>;

/// Changes the SQL of a message.
pub(crate) type Tamper = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

pub(crate) struct Plan {
    /// From 1; 0 never comes.
    pub(crate) request: AtomicUsize,
    /// Where it is sent, this is the request.
    pub(crate) aim: Option<String>,
    pub(crate) moment: Moment,
    pub(crate) harm: Harm,
    /// Comes before the server gets the request, where harm is done during that.
    pub(crate) ready: Option<Box<dyn Fn() + Send + Sync>>,
}

impl Plan {
    /// The first message that is the text, and no other that only speaks of it.
    fn take_aim(&self, message: &[u8], number: usize) {
        let Some(aim) = &self.aim else {
            return;
        };
        let is_text = message[0] == b'Q' && message[5..].starts_with(aim.as_bytes());
        if is_text {
            let unknown = AtomicUsize::compare_exchange;
            let _ = unknown(&self.request, 0, number, Ordering::SeqCst, Ordering::SeqCst);
        }
    }
}

struct Shared {
    plan: Option<Plan>,
    tamper: Option<Tamper>,
    /// 0 before the harm, 1 while it is done, 2 afterwards, 3 where that failed.
    harm: AtomicUsize,
    is_over: AtomicBool,
}

pub(crate) struct Proxy {
    pub(crate) folder: TempDir,
    shared: Arc<Shared>,
}

impl Proxy {
    /// In front of the socket in the folder `upstream`.
    pub(crate) fn start(upstream: &Path, plan: Option<Plan>, tamper: Option<Tamper>) -> Self {
        let upstream = upstream.join(".s.PGSQL.5432");
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let shared = Arc::new(Shared {
            plan,
            tamper,
            harm: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
        });
        let all = Arc::clone(&shared);
        thread::spawn(move || {
            for (index, client) in listener.incoming().enumerate() {
                if all.is_over.load(Ordering::SeqCst) {
                    break;
                }
                let (Ok(client), Ok(server)) = (client, UnixStream::connect(&upstream)) else {
                    continue;
                };
                forward(&client, &server, &all, index == 0);
            }
        });
        Self { folder, shared }
    }

    /// Whether its harm was done; waits for the end of it.
    pub(crate) fn has_fired(&self) -> bool {
        loop {
            match self.shared.harm.load(Ordering::SeqCst) {
                1 => thread::yield_now(),
                3 => panic!("what was to happen did not"),
                stage => return stage == 2,
            }
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        let _ = UnixStream::connect(self.folder.path().join(".s.PGSQL.5432"));
    }
}

fn forward(client: &UnixStream, server: &UnixStream, shared: &Arc<Shared>, is_first: bool) {
    let both = || (client.try_clone().unwrap(), server.try_clone().unwrap());
    let pid = Arc::new(AtomicI32::new(0));
    let sent = Arc::new(AtomicUsize::new(0));
    let up = Link {
        shared: Arc::clone(shared),
        is_first,
        pid: Arc::clone(&pid),
        sent: Arc::clone(&sent),
    };
    let down = Link {
        shared: Arc::clone(shared),
        is_first,
        pid,
        sent,
    };
    let (from, to) = both();
    thread::spawn(move || up.requests(from, to));
    let (to, from) = both();
    thread::spawn(move || down.answers(from, to));
}

/// One connection.
struct Link {
    shared: Arc<Shared>,
    is_first: bool,
    pid: Arc<AtomicI32>,
    sent: Arc<AtomicUsize>,
}

impl Link {
    fn plan(&self, moment: Moment) -> Option<&Plan> {
        let plan = self.shared.plan.as_ref().filter(|_| self.is_first);
        plan.filter(|plan| plan.moment == moment)
    }

    /// Whether the connection is to end.
    fn harm(&self, plan: &Plan) -> bool {
        self.shared.harm.store(1, Ordering::SeqCst);
        let pid = self.pid.load(Ordering::SeqCst);
        let ends = catch_unwind(AssertUnwindSafe(|| (plan.harm)(pid)));
        let stage = if ends.is_ok() { 2 } else { 3 };
        self.shared.harm.store(stage, Ordering::SeqCst);
        ends.unwrap_or(true)
    }

    fn requests(&self, mut from: UnixStream, mut to: UnixStream) {
        // The first message has a length and no type.
        let mut startup = [0; 4];
        let _ = from.read_exact(&mut startup);
        let length = (u32::from_be_bytes(startup) as usize).saturating_sub(4);
        let mut rest = vec![0; length.min(1 << 16)];
        let _ = from.read_exact(&mut rest);
        let _ = to.write_all(&[&startup[..], &rest].concat());
        while let Some(message) = message(&mut from) {
            let message = self
                .shared
                .tamper
                .as_ref()
                .map_or_else(|| message.clone(), |tamper| edited(&message, &**tamper));
            let is_request = matches!(message[0], b'Q' | b'S');
            let number = self.sent.load(Ordering::SeqCst) + usize::from(is_request);
            let is_now = |plan: &&Plan| is_request && plan.request.load(Ordering::SeqCst) == number;
            if let Some(plan) = self.shared.plan.as_ref().filter(|_| self.is_first) {
                plan.take_aim(&message, number);
            }
            if let Some(plan) = self.plan(Moment::Before).filter(is_now)
                && self.harm(plan)
            {
                break;
            }
            self.sent.store(number, Ordering::SeqCst);
            let during = self.plan(Moment::During).filter(is_now);
            if let Some(ready) = during.and_then(|plan| plan.ready.as_ref()) {
                ready();
            }
            if to.write_all(&message).is_err() {
                break;
            }
            if let Some(plan) = during
                && self.harm(plan)
            {
                break;
            }
        }
        end(&from, &to);
    }

    fn answers(&self, mut from: UnixStream, mut to: UnixStream) {
        // Of the start-up, then of each request.
        let mut answers = 0;
        while let Some(message) = message(&mut from) {
            if message[0] == b'K' {
                let pid = message[5..9].try_into().unwrap();
                self.pid.store(i32::from_be_bytes(pid), Ordering::SeqCst);
            }
            answers += usize::from(message[0] == b'Z');
            if let Some(plan) = self.plan(Moment::After) {
                let request = plan.request.load(Ordering::SeqCst);
                if request == 0 {
                    // It is not known yet.
                } else if answers == request + 1 && message[0] == b'Z' {
                    if self.harm(plan) {
                        break;
                    }
                } else if answers == request && message[0] != b'Z' {
                    // Its answer goes nowhere.
                    continue;
                }
            }
            if to.write_all(&message).is_err() {
                break;
            }
        }
        end(&from, &to);
    }
}

/// A simple query or a `Parse` with other SQL.
fn edited(message: &[u8], tamper: &(dyn Fn(&str) -> Option<String> + Send + Sync)) -> Vec<u8> {
    let cut = |from: usize| message[from..].iter().position(|byte| *byte == 0);
    let start = match message[0] {
        b'Q' => Some(5),
        b'P' => cut(5).map(|length| 5 + length + 1),
        _ => None,
    };
    let range = start.and_then(|start| Some(start..start + cut(start)?));
    let sql = range
        .clone()
        .and_then(|range| std::str::from_utf8(&message[range]).ok());
    let (Some(range), Some(other)) = (range, sql.and_then(tamper)) else {
        return message.to_vec();
    };
    let body = [
        &message[5..range.start],
        other.as_bytes(),
        &message[range.end..],
    ]
    .concat();
    let length = u32::try_from(body.len() + 4).unwrap();
    [&message[..1], &length.to_be_bytes(), &body].concat()
}

/// One message with its type and length.
fn message(from: &mut UnixStream) -> Option<Vec<u8>> {
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
