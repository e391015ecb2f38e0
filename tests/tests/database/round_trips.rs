//! Start-up with nothing pending is one round trip and no lock.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use pgstrata::Migrator;
use postgres::{Config, NoTls};

use crate::support::{fresh_database, three, up};

/// Forwards one connection and counts the turns: bytes from the client after bytes
/// from the server.
fn proxy(listener: &UnixListener, server: &UnixStream, turns: &Arc<AtomicUsize>) {
    let (client, _) = listener.accept().unwrap();
    let server_spoke = Arc::new(AtomicUsize::new(1));
    let (mut from, mut to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    let spoke = Arc::clone(&server_spoke);
    thread::spawn(move || {
        forward(&mut from, &mut to, || spoke.store(1, Ordering::SeqCst));
    });
    let (mut from, mut to) = (client, server.try_clone().unwrap());
    let turns = Arc::clone(turns);
    thread::spawn(move || {
        forward(&mut from, &mut to, || {
            turns.fetch_add(server_spoke.swap(0, Ordering::SeqCst), Ordering::SeqCst);
        });
    });
}

fn forward(from: &mut UnixStream, to: &mut UnixStream, mut each: impl FnMut()) {
    let mut buffer = [0; 8192];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        each();
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
}

#[test]
fn nothing_pending_is_one_round_trip() {
    let database = fresh_database();
    let list = three();
    up(&database, list).unwrap();
    // The rows may lie in the table in any order.
    let reorder = "UPDATE public.pgstrata_history SET program = program WHERE version = 1";
    database.connect().batch_execute(reorder).unwrap();
    let config: Config = database.url.parse().unwrap();
    let (Some(postgres::config::Host::Unix(folder)), port) = (
        config.get_hosts().first(),
        config.get_ports().first().copied().unwrap_or(5432),
    ) else {
        pgstrata_tests::skip("round trips", "a server with a socket to listen in on");
        return;
    };
    let server = UnixStream::connect(folder.join(format!(".s.PGSQL.{port}"))).unwrap();
    let socket = tempfile::tempdir().unwrap();
    let listener = UnixListener::bind(socket.path().join(".s.PGSQL.5432")).unwrap();
    let turns = Arc::new(AtomicUsize::new(0));
    let mut through = Config::new();
    through.host_path(socket.path()).port(5432);
    through
        .user(config.get_user().unwrap())
        .dbname(config.get_dbname().unwrap());
    if let Some(password) = config.get_password() {
        through.password(password);
    }
    let accepted = Arc::clone(&turns);
    let acceptor = thread::spawn(move || proxy(&listener, &server, &accepted));
    let mut client = through.connect(NoTls).unwrap();
    acceptor.join().unwrap();

    turns.store(0, Ordering::SeqCst);
    assert!(Migrator::new(list).up(&mut client).unwrap().is_empty());
    assert_eq!(turns.load(Ordering::SeqCst), 1);
}
