//! Blocking calls that can be left alone.
//!
//! A call of the client's blocks until the server answers, and nothing else ends it: neither a
//! timeout nor, on a socket of the machine, keepalives. So what may never be answered runs on a thread of its
//! own that has the client, and the run goes on without both where it gives up. The
//! caller's client is borrowed, so another one has to stand in its place meanwhile.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use postgres::config::SslMode;
use postgres::{Client, Config, NoTls};

/// `AuthenticationOk` and `ReadyForQuery`.
/// <https://www.postgresql.org/docs/current/protocol-message-formats.html>
const WELCOME: &[u8] = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I";

/// More than a connection within the machine takes.
const SOON: Duration = Duration::from_secs(2);

/// A task on a thread of its own.
pub(super) struct Apart<T> {
    thread: JoinHandle<()>,
    /// Says when there is a result, and breaks off where the task panics.
    pub(super) done: Receiver<()>,
    result: Arc<Mutex<Option<T>>>,
}

impl<T: Send + 'static> Apart<T> {
    pub(super) fn start(task: impl FnOnce() -> T + Send + 'static) -> io::Result<Self> {
        let result = Arc::new(Mutex::new(None));
        let place = Arc::clone(&result);
        let (thread, done) = spawn(Box::new(move || *kept(&place) = Some(task())))?;
        Ok(Self {
            thread,
            done,
            result,
        })
    }

    /// Waits for the result; `None` where the task has panicked.
    pub(super) fn result(self) -> Option<T> {
        self.thread.join().ok()?;
        kept(&self.result).take()
    }
}

/// Compiled once for all tasks.
fn spawn(task: Box<dyn FnOnce() + Send>) -> io::Result<(JoinHandle<()>, Receiver<()>)> {
    let (sender, done) = channel();
    let thread = thread::Builder::new().spawn(move || {
        task();
        // Nobody waits for what was given up.
        let _ = sender.send(());
    })?;
    Ok((thread, done))
}

fn kept<T>(result: &Mutex<T>) -> MutexGuard<'_, T> {
    result.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does it on a thread of its own; `None` where that takes longer, and then the thread is left alone.
pub(super) fn apart<T: Send + 'static>(
    limit: Duration,
    task: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let apart = Apart::start(task).ok()?;
    apart.done.recv_timeout(limit).ok()?;
    apart.result()
}

/// A client without a server: whatever is asked of it fails at once, as on a connection that was lost.
/// `None` where a program may not connect to itself.
pub(crate) fn stand_in() -> Option<Client> {
    apart(SOON, || {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
        let port = listener.local_addr().ok()?.port();
        Apart::start(move || -> io::Result<()> {
            let (mut connection, _) = listener.accept()?;
            let _ = connection.read(&mut [0; 1024])?;
            connection.write_all(WELCOME)
        })
        .ok()?;
        let mut config = Config::new();
        config.host("127.0.0.1").port(port).user("nobody");
        config.ssl_mode(SslMode::Disable).connect(NoTls).ok()
    })?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_without_a_server_fails_at_once() {
        let mut client = stand_in().unwrap();
        assert!(client.batch_execute("").is_err());
        assert!(client.simple_query("SELECT 1").is_err());
    }

    #[test]
    fn what_takes_too_long_is_left_alone() {
        let (_sender, never) = channel::<()>();
        assert_eq!(apart(Duration::from_millis(10), move || never.recv()), None);
        assert_eq!(apart(SOON, || 1), Some(1));
    }
}
