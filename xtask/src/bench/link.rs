//! A long way to the server: what is sent arrives later, as much as is sent.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use postgres::Config;
use postgres::config::Host;
use tempfile::TempDir;

use crate::cluster::percent_encode;
use crate::failure::Failure;

/// A socket that leads to the server's, until it is dropped.
pub(super) struct Link {
    socket: TempDir,
    user: String,
    turns: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
}

/// Such as PostgreSQL's own in a folder, for port 5432.
const SOCKET: &str = ".s.PGSQL.5432";

impl Link {
    /// Each way takes `delay`, half of what a round trip gets longer.
    pub(super) fn start(server: &Config, delay: Duration) -> Result<Self, Failure> {
        let ([Host::Unix(folder)], Some(user)) = (server.get_hosts(), server.get_user()) else {
            return Err(Failure::configuration(
                "the link leads to a socket, which the server at $PGSTRATA_TEST_URL does not have; unset it to start one",
            ));
        };
        let port = server.get_ports().first().copied().unwrap_or(5432);
        let upstream = folder.join(format!(".s.PGSQL.{port}"));
        let failed = |error: std::io::Error| {
            Failure::configuration(format!("cannot make a socket for the link: {error}"))
        };
        let socket = tempfile::tempdir().map_err(failed)?;
        let listener = UnixListener::bind(socket.path().join(SOCKET)).map_err(failed)?;
        let (turns, is_over) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let link = Self {
            socket,
            user: user.to_owned(),
            turns,
            is_over,
        };
        let (turns, is_over) = (Arc::clone(&link.turns), Arc::clone(&link.is_over));
        thread::spawn(move || accept(&listener, &upstream, delay, &turns, &is_over));
        Ok(link)
    }

    /// The address of `database` behind the link.
    pub(super) fn url(&self, database: &str) -> String {
        use std::os::unix::ffi::OsStrExt as _;
        let folder = percent_encode(self.socket.path().as_os_str().as_bytes());
        format!(
            "postgresql://{}@{folder}/{database}",
            percent_encode(self.user.as_bytes())
        )
    }

    /// How often clients have waited for the server since the last call: each time they sent
    /// something behind an answer.
    pub(super) fn turns(&self) -> usize {
        self.turns.swap(0, Ordering::SeqCst)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        let _ = UnixStream::connect(self.socket.path().join(SOCKET));
    }
}

fn accept(
    listener: &UnixListener,
    upstream: &PathBuf,
    delay: Duration,
    turns: &Arc<AtomicUsize>,
    is_over: &AtomicBool,
) {
    for client in listener.incoming() {
        if is_over.load(Ordering::SeqCst) {
            return;
        }
        // Whoever cannot be served sees the end of the connection.
        let Ok(client) = client else { return };
        if let Ok(server) = UnixStream::connect(upstream) {
            let _ = join(&client, &server, delay, turns);
        }
    }
}

fn join(
    client: &UnixStream,
    server: &UnixStream,
    delay: Duration,
    turns: &Arc<AtomicUsize>,
) -> std::io::Result<()> {
    let server_spoke = Arc::new(AtomicUsize::new(1));
    let (spoke, turns) = (Arc::clone(&server_spoke), Arc::clone(turns));
    let sent = move || {
        turns.fetch_add(spoke.swap(0, Ordering::SeqCst), Ordering::SeqCst);
    };
    carry(client.try_clone()?, server.try_clone()?, delay, sent, || {});
    let arrived = move || server_spoke.store(1, Ordering::SeqCst);
    carry(
        server.try_clone()?,
        client.try_clone()?,
        delay,
        || {},
        arrived,
    );
    Ok(())
}

/// One thread reads, another one writes later, so that what is under way does not hold up
/// what follows. `sent` and `arrived` are told of each piece.
fn carry(
    mut from: UnixStream,
    mut to: UnixStream,
    delay: Duration,
    sent: impl Fn() + Send + 'static,
    arrived: impl Fn() + Send + 'static,
) {
    let (pieces, under_way) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            sent();
            if pieces
                .send((Instant::now() + delay, buffer[..length].to_vec()))
                .is_err()
            {
                break;
            }
        }
    });
    thread::spawn(move || {
        for (due, piece) in under_way {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            arrived();
            if to.write_all(&piece).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers each byte with another one.
    fn echo(folder: &TempDir) -> Config {
        let listener = UnixListener::bind(folder.path().join(SOCKET)).unwrap();
        thread::spawn(move || {
            let (mut client, _) = listener.accept().unwrap();
            let mut byte = [0];
            while client.read_exact(&mut byte).is_ok() && client.write_all(&byte).is_ok() {}
        });
        let mut config = Config::new();
        config.host_path(folder.path()).user("postgres");
        config
    }

    #[test]
    fn what_is_sent_arrives_later_and_each_wait_for_an_answer_counts() {
        let folder = tempfile::tempdir().unwrap();
        let delay = Duration::from_millis(20);
        let link = Link::start(&echo(&folder), delay).unwrap();
        let mut client = UnixStream::connect(link.socket.path().join(SOCKET)).unwrap();
        let mut answers = [0; 3];
        for round in 0..4 {
            let begun = Instant::now();
            client.write_all(b"abc").unwrap();
            client.read_exact(&mut answers).unwrap();
            assert_eq!(&answers, b"abc");
            assert!(
                begun.elapsed() >= 2 * delay,
                "round {round}: {:?}",
                begun.elapsed()
            );
        }
        assert_eq!(link.turns(), 4);
        assert_eq!(link.turns(), 0, "counted anew");
    }

    #[test]
    fn a_server_without_a_socket_has_no_link() {
        let mut config = Config::new();
        config.host("localhost").user("postgres");
        assert!(Link::start(&config, Duration::ZERO).is_err());
    }
}
