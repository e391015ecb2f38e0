//! The database of one history after the other.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread::sleep;
use std::time::{Duration, Instant};

use postgres::{Client, Config, NoTls, SimpleQueryMessage};

/// Longer than any statement of the model takes.
pub(crate) const LIMIT: Duration = Duration::from_secs(40);
pub(crate) const LOOK: Duration = Duration::from_millis(2);

pub(crate) struct Database {
    /// The folder of the server's socket; another one when that server is gone.
    socket: Mutex<PathBuf>,
    name: String,
    /// One connection that looks, for as long as it lasts.
    looking: Mutex<Option<Client>>,
}

impl Database {
    pub(crate) fn new(socket: &Path, name: &str) -> Self {
        Self {
            socket: Mutex::new(socket.to_owned()),
            name: name.to_owned(),
            looking: Mutex::default(),
        }
    }

    /// A new one.
    pub(crate) fn create(socket: &Path, name: &str) -> Self {
        let mut client = Self::new(socket, "postgres").connect();
        let sql = format!("CREATE DATABASE {name} TEMPLATE model");
        client.batch_execute(&sql).unwrap();
        Self::new(socket, name)
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.socket.lock().unwrap().clone()
    }

    /// Another server has it from now on.
    pub(crate) fn move_to(&self, socket: &Path) {
        socket.clone_into(&mut self.socket.lock().unwrap());
        *self.looking.lock().unwrap() = None;
    }

    pub(crate) fn config(&self) -> Config {
        self.through(&self.socket())
    }

    /// By a proxy's folder.
    pub(crate) fn through(&self, folder: &Path) -> Config {
        let mut config = Config::new();
        config.host_path(folder).user("postgres").dbname(&self.name);
        config
    }

    /// Waits for a server that comes up again.
    pub(crate) fn connect(&self) -> Client {
        let began = Instant::now();
        loop {
            match self.config().connect(NoTls) {
                Ok(client) => return client,
                Err(error) => assert!(began.elapsed() < LIMIT, "{}: {error:?}", self.name),
            }
            sleep(LOOK);
        }
    }

    /// A connection to the same server that is nobody's.
    pub(crate) fn aside(&self) -> Client {
        Self::new(&self.socket(), "postgres").connect()
    }

    /// Does something with the connection that looks, which is in no transaction.
    pub(crate) fn look<T>(&self, task: impl FnOnce(&mut Client) -> T) -> T {
        let mut looking = self.looking.lock().unwrap();
        let mut client = looking
            .take()
            .and_then(|mut client| client.batch_execute("").is_ok().then_some(client))
            .unwrap_or_else(|| self.connect());
        let result = task(&mut client);
        *looking = Some(client);
        result
    }

    /// The first column of what a query finds.
    pub(crate) fn rows(&self, query: &str) -> Result<Vec<String>, String> {
        let found = self.look(|client| ask(client, query));
        found.map_err(|error| format!("{query}: {error:?}"))
    }

    /// As it is before any migration.
    pub(crate) fn reset(&self) {
        self.look(|client| {
            client
                .batch_execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                     WHERE datname = current_database() AND pid <> pg_backend_pid()",
                )
                .unwrap();
            Self::settle(client).unwrap();
        });
        self.renew();
    }

    /// The same while no other program runs.
    pub(crate) fn renew(&self) {
        self.look(|client| client.batch_execute(include_str!("world.sql")))
            .unwrap();
    }

    /// Until the backends of programs that are gone have noticed it.
    pub(crate) fn settle(client: &mut Client) -> Result<(), String> {
        let others = "SELECT pid || ' ' || coalesce(state, '') || ' ' || query FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid() \
             AND backend_type = 'client backend'";
        let began = Instant::now();
        loop {
            let found = ask(client, others).map_err(|error| format!("{error:?}"))?;
            if found.is_empty() {
                return Ok(());
            }
            if began.elapsed() > LIMIT {
                return Err(format!("sessions that do not end: {found:?}"));
            }
            sleep(LOOK);
        }
    }
}

/// The first column of all rows.
pub(crate) fn ask(client: &mut Client, query: &str) -> Result<Vec<String>, postgres::Error> {
    let messages = client.simple_query(query)?;
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or("NULL").to_owned()),
        _ => None,
    });
    Ok(rows.collect())
}
