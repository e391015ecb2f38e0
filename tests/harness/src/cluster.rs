//! A throw-away PostgreSQL server, for `demo`, `rehearse`, `trace` and tests.
//!
//! The server is `$PGSTRATA_TEST_URL` where that is set; else one of our own,
//! from the programs that are installed, or else from an npm package. Our
//! own server lives and dies with a watchdog process.

mod error;

mod account;
mod programs;
mod npm;

mod borrowed;
mod server;

use std::env;

use postgres::{Client, Config, NoTls};

use account::Account;
use borrowed::Borrowed;
use programs::Programs;
#[doc(hidden)]
pub use programs::{leading_number, program_folders};
use server::Server;

pub use error::ClusterError;

/// The address of a running server that is used instead of starting one.
const ADDRESS_VARIABLE: &str = "PGSTRATA_TEST_URL";

/// A running PostgreSQL server that is thrown away afterwards.
///
/// Dropping it ends all its processes and removes all its files. So does the
/// end of this process, whatever ends it: a `static` is cleaned up as well, and
/// so is the server of a process that was killed. Only the databases made on a
/// server named by `$PGSTRATA_TEST_URL` need the drop.
///
/// The methods block, and like everything on the `postgres` crate they panic
/// inside an async runtime: call them through `spawn_blocking` there.
///
/// ```no_run
/// use pgstrata_testing::cluster::Cluster;
///
/// let cluster = Cluster::start(None)?;
/// cluster.create_database("shop")?;
/// let mut client = cluster.config("shop").connect(postgres::NoTls)?;
/// client.batch_execute("CREATE TABLE item (id bigint PRIMARY KEY)")?;
/// drop(client);
/// cluster.stop()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Cluster {
    place: Source,
    server_version: String,
    origin: String,
}

/// Where the server runs; each kind cleans up in its own `Drop`.
#[derive(Debug)]
enum Source {
    Own(Server),
    Borrowed(Box<Borrowed>),
}

impl Cluster {
    /// Starts a server of the major `version`, or of the newest one installed.
    ///
    /// An installed server starts offline in about a second. Where there is
    /// none, the first call fetches one of some 25 MB through npm.
    ///
    /// # Errors
    ///
    /// When there are no server programs that can be used, when they fail, and
    /// when the server at `$PGSTRATA_TEST_URL` cannot be reached or has another
    /// major version than the one asked for.
    pub fn start(version: Option<u32>) -> Result<Self, ClusterError> {
        let (place, origin) = match env::var(ADDRESS_VARIABLE) {
            Ok(url) if !url.is_empty() => {
                let borrowed = Source::Borrowed(Box::new(Borrowed::new(url)?));
                (borrowed, format!("${ADDRESS_VARIABLE}"))
            }
            Err(env::VarError::NotUnicode(_)) => {
                return Err(ClusterError::new(format!(
                    "reading ${ADDRESS_VARIABLE}: it is not valid UTF-8; correct or unset it"
                )));
            }
            Ok(_) | Err(env::VarError::NotPresent) => {
                let account = Account::find()?;
                let programs =
                    Programs::find(version, &account, || npm::programs(version, &account))?;
                let server = Source::Own(Server::start(&programs, &account)?);
                (server, programs.origin)
            }
        };
        let mut cluster = Self {
            place,
            server_version: String::new(),
            origin,
        };
        cluster.server_version = cluster.show("server_version")?;
        cluster.refuse_other_than(version)?;
        Ok(cluster)
    }

    /// The address of `database`, for [`postgres::Config`] and for libpq.
    pub fn url(&self, database: &str) -> String {
        match &self.place {
            Source::Own(server) => server.url(database),
            Source::Borrowed(borrowed) => borrowed.url(database),
        }
    }

    /// How to connect to `database`, with [`NoTls`].
    pub fn config(&self, database: &str) -> Config {
        let mut config = self.home();
        config.dbname(database);
        config
    }

    /// Creates an empty database in UTF-8 with the C locale; returns its address.
    ///
    /// # Errors
    ///
    /// When the server refuses, as it does a name that is taken.
    pub fn create_database(&self, name: &str) -> Result<String, ClusterError> {
        // template0 holds nothing of ours and nobody can be connected to it;
        // any other template would fix the encoding and the locale.
        let sql = format!(
            "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'",
            quote_identifier(name)
        );
        self.connect()?.batch_execute(&sql).map_err(|cause| {
            ClusterError::new(format!(
                "creating database {name:?} on the server of {}; take a name that is free, as a role that may create databases",
                self.origin
            ))
            .caused_by(cause)
        })?;
        if let Source::Borrowed(borrowed) = &self.place {
            borrowed.remember(name);
        }
        Ok(self.url(name))
    }

    /// Creates a database with all that `name` holds; returns its address. Nobody may be
    /// connected to `name`.
    ///
    /// # Errors
    ///
    /// When the server refuses.
    pub fn copy_database(&self, name: &str, copy: &str) -> Result<String, ClusterError> {
        let sql = format!(
            "CREATE DATABASE {} TEMPLATE {}",
            quote_identifier(copy),
            quote_identifier(name)
        );
        self.connect()?.batch_execute(&sql).map_err(|cause| {
            ClusterError::new(format!(
                "copying database {name:?}; close the connections to it"
            ))
            .caused_by(cause)
        })?;
        if let Source::Borrowed(borrowed) = &self.place {
            borrowed.remember(copy);
        }
        Ok(self.url(copy))
    }

    /// Drops a database, whoever is connected to it.
    ///
    /// # Errors
    ///
    /// When the server refuses.
    pub fn drop_database(&self, name: &str) -> Result<(), ClusterError> {
        let sql = format!(
            "DROP DATABASE IF EXISTS {} WITH (FORCE)",
            quote_identifier(name)
        );
        self.connect()?.batch_execute(&sql).map_err(|cause| {
            ClusterError::new(format!("dropping database {name:?}")).caused_by(cause)
        })
    }

    /// Gives a database another name, to which nobody is connected.
    pub(crate) fn rename_database(&self, name: &str, to: &str) -> Result<(), ClusterError> {
        let sql = format!(
            "ALTER DATABASE {} RENAME TO {}",
            quote_identifier(name),
            quote_identifier(to)
        );
        self.connect()?.batch_execute(&sql).map_err(|cause| {
            ClusterError::new(format!("renaming database {name:?} to {to:?}")).caused_by(cause)
        })
    }

    /// What the server says it is, such as `17.2 (Debian 17.2-1.pgdg120+1)`.
    pub fn server_version(&self) -> &str {
        &self.server_version
    }

    /// Where the server comes from: the folder of its programs, an npm package
    /// or `$PGSTRATA_TEST_URL`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Stops the server and removes what it left, as a drop does.
    ///
    /// # Errors
    ///
    /// When something could not be removed, which a drop keeps to itself.
    pub fn stop(mut self) -> Result<(), ClusterError> {
        match &mut self.place {
            Source::Own(server) => server.stop(),
            Source::Borrowed(borrowed) => borrowed.stop(),
        }
    }

    /// Whether others may be on this server as well.
    pub fn is_borrowed(&self) -> bool {
        matches!(self.place, Source::Borrowed(_))
    }

    /// How to connect to the database that is there before ours are.
    fn home(&self) -> Config {
        match &self.place {
            Source::Own(server) => server.config(),
            Source::Borrowed(borrowed) => borrowed.config(),
        }
    }

    /// A connection to the database that is there before ours are.
    ///
    /// # Errors
    ///
    /// When the server refuses it.
    pub fn connect(&self) -> Result<Client, ClusterError> {
        self.home().connect(NoTls).map_err(|cause| {
            ClusterError::new(format!(
                "connecting to the server of {}; check that it is running and accepts connections without TLS",
                self.origin
            ))
            .caused_by(cause)
        })
    }

    fn show(&self, setting: &str) -> Result<String, ClusterError> {
        let refused = || {
            ClusterError::new(format!(
                "asking the server of {} for {setting}; check that it is PostgreSQL",
                self.origin
            ))
        };
        let mut client = self.connect()?;
        let row = client
            .query_one(&format!("SHOW {setting}"), &[])
            .map_err(|cause| refused().caused_by(cause))?;
        row.try_get(0).map_err(|cause| refused().caused_by(cause))
    }

    /// A borrowed server has the version it has; a test for another must not
    /// pass by accident.
    fn refuse_other_than(&self, version: Option<u32>) -> Result<(), ClusterError> {
        match version {
            Some(wanted) if leading_number(&self.server_version) != Some(wanted) => {
                Err(ClusterError::new(format!(
                    "starting PostgreSQL {wanted}: the server of {} is version {}; name another server, or unset ${ADDRESS_VARIABLE} to start one",
                    self.origin, self.server_version
                )))
            }
            _ => Ok(()),
        }
    }
}

/// A name as SQL has it in quotes.
#[doc(hidden)]
pub fn quote_identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Everything but RFC 3986's unreserved characters, so that a folder can stand
/// where an address has its host.
#[doc(hidden)]
pub fn percent_encode(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|&byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
