//! From the command line, service files and libpq's environment to a connection.

mod keyword;
mod address;
mod environment;
mod password;
mod host;
mod prompt;
mod service;
mod tls;
mod wanted;
mod target;
pub(crate) mod identity;
pub(crate) mod clients;
pub(crate) mod lock_monitor;

use std::fmt;
use std::path::PathBuf;
use std::thread;

use postgres::config::TargetSessionAttrs;
use postgres::{Client, Config, Error};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::catalog_session::CatalogSession;
use crate::context::Context;
use crate::failure::{Failure, with_causes};
use host::{Endpoint, Host};
use keyword::Values;
use target::Target;

/// How to connect again, to the server that was found, with the password where one is known.
#[derive(Clone)]
pub(crate) struct Settings {
    /// What goes to that server, at that address of it, and to no other.
    pub(crate) config: Config,
    /// What `sslmode` and its like come to.
    pub(crate) tls: MakeRustlsConnect,
    /// Everything that was said.
    values: Values,
    /// Where that server is, and all places that were named.
    chosen: Endpoint,
    hosts: Vec<Host>,
    /// What it must be then.
    again: TargetSessionAttrs,
}

/// Connects to the database that the user means, and to no other one.
pub(crate) fn connect(context: &Context) -> Result<Client, Failure> {
    connect_and_keep(context).map(|(client, _)| client)
}

/// The same, with what further connections need: also a password that was asked for.
pub(crate) fn connect_and_keep(context: &Context) -> Result<(Client, Settings), Failure> {
    if !is_named(context) {
        return Err(Failure::configuration(
            "no database is named; pass --database-url, or set DATABASE_URL, PGSERVICE, or PGHOST \
             and PGDATABASE",
        ));
    }
    let target = Target::of(completed(context.database.url.as_deref())?)?;
    let (mut client, settings) = target.connect(prompt::password)?;
    expect(&mut client, context)?;
    Ok((client, settings))
}

/// For a service that is given an address: what the `postgres` crate and `Migrator::connect` take.
///
/// That crate reads some of what libpq does: it refuses `sslmode=verify-full` and `verify-ca`,
/// `target_session_attrs=primary`, `standby` and `prefer-standby`, `gssencmode` and others, and makes no TLS by
/// itself. This reads an address as the commands do, with services, password files and the
/// environment. It connects once, to find the server that is meant, which comes first in the result; of
/// several, the others stand there for when that one is given up.
///
/// ```no_run
/// # static MIGRATIONS: pgstrata::Migrations = pgstrata::Migrations::new("", &[], &[]);
/// let url = "postgresql://app@db.example/app?sslmode=verify-full&sslrootcert=system";
/// let (config, tls) = pgstrata_tools::connection(url)?;
/// let mut migrator = pgstrata::Migrator::new(&MIGRATIONS);
/// let mut client = migrator.connect(&config, tls)?;
/// migrator.up(&mut client)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Says what of the address is not supported, and what is, or why no server is the one.
pub fn connection(url: &str) -> Result<(Config, MakeRustlsConnect), ConnectionError> {
    let found = || {
        let target = completed(Some(url)).and_then(Target::of)?;
        let (_, settings) = target.connect(|_| Ok(None))?;
        Ok((settings.with_others(), settings.tls))
    };
    // The client blocks on a runtime of its own, which one that runs already refuses.
    let joined = thread::scope(|scope| scope.spawn(found).join());
    let found = joined.unwrap_or_else(|_| Err(Failure::configuration("the thread has panicked")));
    found.map_err(|failure| ConnectionError(failure.to_string()))
}

/// Why [`connection`] has found no server.
pub struct ConnectionError(String);

impl fmt::Display for ConnectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ConnectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConnectionError {}

impl Settings {
    /// What a run connects with: first to the same server, and where that is given up, to another one.
    pub(crate) fn with_others(&self) -> Config {
        let mut config = self.config.clone();
        config.target_session_attrs(self.again);
        let all = self.hosts.iter().filter_map(|it| it.endpoints().ok());
        let is_other = |it: &Endpoint| *it != self.chosen && it.is_like(&self.chosen);
        for other in all.flatten().filter(is_other) {
            other.add_to(&mut config);
        }
        config
    }
}

/// The number of the session's process.
pub(crate) fn backend(client: &mut Client) -> Result<i32, Error> {
    CatalogSession::open(client)?
        .row(include_str!("connect/backend.sql"), &[])?
        .try_get(0)
}

/// Whether the command line or the environment names a database.
pub(crate) fn is_named(context: &Context) -> bool {
    context.database.url.is_some() || keyword::names_a_database()
}

/// Who connects where, as all places together say it: the address first, then its service, then
/// the environment (PostgreSQL manual, libpq: Parameter Key Words, Environment Variables).
fn completed(address: Option<&str>) -> Result<Values, Failure> {
    let mut values = address.map_or_else(|| Ok(Values::default()), address::parse)?;
    let environment = Values::of_the_environment();
    let of = |keyword: &str| values.get(keyword).or_else(|| environment.get(keyword));
    if let Some(name) = of("service") {
        let service = service::read(name, of("servicefile"))?;
        values.complete_place(service);
    }
    values.complete_place(environment);
    values.check()?;
    Ok(values)
}

/// Debian's and most packagers' choice first, then PostgreSQL's own default.
fn default_socket_folder() -> PathBuf {
    let folder = PathBuf::from("/var/run/postgresql");
    if folder.is_dir() {
        folder
    } else {
        PathBuf::from("/tmp")
    }
}

/// Refuses a database that is not the one of `--expect-database`.
pub(crate) fn expect(client: &mut Client, context: &Context) -> Result<(), Failure> {
    let Some(expected) = &context.database.expected else {
        return Ok(());
    };
    let row = CatalogSession::open(client)
        .and_then(|mut own| own.row(include_str!("connect/database.sql"), &[]));
    let name: String = row.and_then(|row| row.try_get(0)).map_err(|error| {
        Failure::configuration(format!("asking for the database: {}", with_causes(&error)))
    })?;
    if name == *expected {
        return Ok(());
    }
    Err(Failure::configuration(format!(
        "this is the database `{name}`, and --expect-database says `{expected}`; nothing was changed"
    )))
}
