//! Servers that are not PostgreSQL are refused by name, before the first write.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use pgstrata::{Goal, Migrator};
use postgres::{Client, NoTls};

use crate::support::{assert_says, fresh_database, three};

/// A server by script: it says what it is, and refuses all else as one does that cannot read it.
struct Scripted {
    port: u16,
    /// All messages that it was sent.
    heard: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    fn start(version: &'static str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&heard);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let heard = Arc::clone(&shared);
                thread::spawn(move || serve(connection, version, &heard));
            }
        });
        Self { port, heard }
    }

    fn url(&self) -> String {
        let port = self.port;
        format!("host=127.0.0.1 port={port} user=root dbname=app sslmode=disable")
    }

    fn connect(&self) -> Client {
        Client::connect(&self.url(), NoTls).unwrap()
    }
}

/// <https://www.postgresql.org/docs/current/protocol-message-formats.html>
fn serve(mut connection: TcpStream, version: &str, heard: &Mutex<Vec<String>>) -> io::Result<()> {
    body(&mut connection)?;
    connection.write_all(&[message(b'R', &[0; 4]), message(b'Z', b"I")].concat())?;
    loop {
        let mut kind = [0];
        connection.read_exact(&mut kind)?;
        let body = body(&mut connection)?;
        let text = String::from_utf8_lossy(&body)
            .trim_end_matches('\0')
            .to_owned();
        let answer = match (kind, text.contains("version()") && !text.contains(';')) {
            ([b'Q'], true) => row(version),
            ([b'Q'], false) if text.is_empty() => message(b'I', b""),
            ([b'Q'], false) => message(b'E', b"SERROR\0C0A000\0Munimplemented: this syntax\0\0"),
            _ => return Ok(()),
        };
        heard.lock().unwrap().push(text);
        connection.write_all(&[answer, message(b'Z', b"I")].concat())?;
    }
}

fn body(connection: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    connection.read_exact(&mut length)?;
    let mut body = vec![0; u32::from_be_bytes(length) as usize - 4];
    connection.read_exact(&mut body)?;
    Ok(body)
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap();
    [&[kind], &length.to_be_bytes()[..], body].concat()
}

/// One row of one text.
fn row(text: &str) -> Vec<u8> {
    let column = [
        b"\0\x01version\0".as_slice(),
        &[0; 6],
        &[0, 0, 0, 25, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0],
    ];
    let length = u32::try_from(text.len()).unwrap().to_be_bytes();
    let value = [b"\0\x01".as_slice(), &length, text.as_bytes()].concat();
    [
        message(b'T', &column.concat()),
        message(b'D', &value),
        message(b'C', b"SELECT 1\0"),
    ]
    .concat()
}

#[test]
fn another_product_is_refused_by_name() {
    let products = [
        (
            "CockroachDB CCL v23.1.11 (x86_64-pc-linux-gnu, built 2023/09/27)",
            "CockroachDB",
        ),
        (
            "PostgreSQL 11.2-YB-2.25.0.0-b0 on x86_64-pc-linux-gnu, compiled by clang, 64-bit",
            "YugabyteDB",
        ),
    ];
    for (version, name) in products {
        let server = Scripted::start(version);
        let says = format!(
            "refused before anything was written: this server is {name}, not PostgreSQL; a run needs advisory \
             locks and transactional schema changes as PostgreSQL has them; connect to a PostgreSQL server"
        );
        let migrator = || Migrator::new(three());
        let all = [
            migrator().up(&mut server.connect()).unwrap_err(),
            migrator().down(&mut server.connect(), 1).unwrap_err(),
            migrator()
                .plan(&mut server.connect(), Goal::All)
                .unwrap_err(),
            migrator().status(&mut server.connect()).unwrap_err(),
            migrator().check_history(&mut server.connect()).unwrap_err(),
            migrator()
                .connect(&server.url().parse().unwrap(), NoTls)
                .map(drop)
                .unwrap_err(),
        ];
        for error in all {
            assert_says(&error, &[&says]);
            assert!(error.is_refused());
        }
        let heard = server.heard.lock().unwrap();
        let writes = ["CREATE", "INSERT", "UPDATE", "DELETE"];
        let is_write = |it: &&String| writes.iter().any(|word| it.trim_start().starts_with(word));
        assert_eq!(heard.iter().find(is_write), None);
    }
}

/// Nothing but Aurora DSQL has this view of its own.
#[test]
fn dsql_is_refused_by_its_catalog() {
    let database = fresh_database();
    let mut client = database.connect();
    let view = "CREATE SCHEMA sys; CREATE VIEW sys.iam_pg_role_mappings AS SELECT 1 AS n";
    client.batch_execute(view).unwrap();
    let error = Migrator::new(three()).up(&mut client).unwrap_err();
    assert_says(
        &error,
        &["refused before anything was written: this server is Aurora DSQL"],
    );
    assert!(error.is_refused());
    assert_eq!(
        database.ask("SELECT to_regclass('pgstrata_history')"),
        "NULL"
    );
    assert_eq!(database.ask("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"), "0");
}

/// The coordinator, whose group is 0, makes the tables of the workers.
#[test]
fn a_citus_worker_is_refused_and_the_coordinator_is_not() {
    for (group, is_worker) in [(3, true), (0, false)] {
        let database = fresh_database();
        let mut client = database.connect();
        let table = format!(
            "SET allow_system_table_mods = on; CREATE TABLE pg_catalog.pg_dist_local_group (groupid int); \
             INSERT INTO pg_catalog.pg_dist_local_group VALUES ({group}); RESET allow_system_table_mods"
        );
        client.batch_execute(&table).unwrap();
        let ran = Migrator::new(three()).up(&mut client);
        if is_worker {
            let says = "refused before anything was written: this server is a Citus worker; connect to the \
                        coordinator, which changes the schema on its workers";
            assert_says(&ran.unwrap_err(), &[says]);
            assert_eq!(
                database.ask("SELECT to_regclass('pgstrata_history')"),
                "NULL"
            );
        } else {
            assert_eq!(ran.unwrap().steps.len(), 3);
        }
    }
}
