//! From the command line, service files and libpq's environment to a connection.

mod address;
mod environment;
mod password;
mod prompt;
mod service;
mod tls;

use std::collections::BTreeMap;
use std::error::Error as _;
use std::path::PathBuf;
use std::time::Duration;

use postgres::config::Host;
use postgres::error::SqlState;
use postgres::{Client, Config, Error};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::failure::{Failure, with_causes};
use crate::flags::Common;
use crate::own::Own;
use crate::preflight::pending::identifier;
use address::Address;

/// A host that does not answer is given up after this.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How to connect, with the password where one is known.
#[derive(Clone)]
pub(crate) struct Settings {
    /// What goes to the server.
    pub(crate) config: Config,
    /// What `sslmode` and its like come to.
    pub(crate) tls: MakeRustlsConnect,
    /// The same as variables of libpq.
    tls_words: Vec<(String, String)>,
}

/// Connects to the database that the user means, and to no other one.
pub(crate) fn connect(common: &Common) -> Result<Client, Failure> {
    connect_and_keep(common).map(|(client, _)| client)
}

/// The same, with what further connections need: also a password that was asked for.
pub(crate) fn connect_and_keep(common: &Common) -> Result<(Client, Settings), Failure> {
    let mut settings = settings(common)?;
    let connect = |settings: &Settings| settings.config.connect(settings.tls.clone());
    let made = match connect(&settings) {
        Err(error) if is_password_missing(&error) => match prompt::password(&settings.config)? {
            Some(password) => {
                settings.config.password(password);
                connect(&settings)
            }
            None => Err(error),
        },
        made => made,
    };
    let mut client = made.map_err(|error| refused(&settings.config, &error))?;
    expect(&mut client, common)?;
    Ok((client, settings))
}

/// The number of the session's process.
pub(crate) fn backend(client: &mut Client) -> Result<i32, Error> {
    Own::open(client)?
        .row(include_str!("connect/backend.sql"), &[])?
        .try_get(0)
}

/// Any of these names a database.
const NAMES: [&str; 6] = [
    "PGHOST",
    "PGHOSTADDR",
    "PGPORT",
    "PGUSER",
    "PGDATABASE",
    "PGSERVICE",
];

/// Whether the command line or the environment names a database.
pub(crate) fn is_named(common: &Common) -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    common.database_url.is_some() || NAMES.into_iter().any(is_set)
}

/// Who connects where, as all places together say it: the address first, then its service, then
/// the environment (PostgreSQL manual, libpq: Parameter Key Words, Environment Variables).
pub(crate) fn settings(common: &Common) -> Result<Settings, Failure> {
    let address = match &common.database_url {
        Some(url) => address::parse(url)?,
        None => Address::default(),
    };
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let service = address
        .extra
        .get("service")
        .cloned()
        .or_else(|| variable("PGSERVICE"));
    if !is_named(common) {
        return Err(Failure::configuration(
            "no database is named; pass --database-url, or set DATABASE_URL, PGSERVICE, or PGHOST \
             and PGDATABASE",
        ));
    }
    let service = service.map_or_else(|| Ok(BTreeMap::new()), |name| service::read(&name))?;
    let Address { mut config, extra } = address;
    let value = |keyword: &str, name: &str| {
        extra
            .get(keyword)
            .or_else(|| service.get(keyword))
            .cloned()
            .or_else(|| variable(name))
    };
    complete(&mut config, &value)?;
    let tls = tls::connector(&mut config, &value)?;
    if config.get_password().is_none() {
        let file = value("passfile", "PGPASSFILE");
        if let Some(password) = password::find(&config, file.map(PathBuf::from)) {
            config.password(password);
        }
    }
    let words = [
        ("sslmode", "PGSSLMODE"),
        ("sslrootcert", "PGSSLROOTCERT"),
        ("sslcert", "PGSSLCERT"),
        ("sslkey", "PGSSLKEY"),
    ];
    let words = words
        .iter()
        .filter_map(|(word, name)| Some(((*name).to_owned(), value(word, name)?)));
    let tls_words = words.collect();
    Ok(Settings {
        config,
        tls,
        tls_words,
    })
}

/// What the address leaves open.
fn complete(
    config: &mut Config,
    value: &dyn Fn(&str, &str) -> Option<String>,
) -> Result<(), Failure> {
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        match value("host", "PGHOST").or_else(|| value("hostaddr", "PGHOSTADDR")) {
            Some(hosts) => hosts.split(',').for_each(|host| _ = config.host(host)),
            None => _ = config.host_path(default_socket_folder()),
        }
    }
    if config.get_ports().is_empty()
        && let Some(port) = value("port", "PGPORT")
    {
        let port = port.parse().map_err(|_| {
            Failure::configuration(format!("PGPORT is `{port}`, which is no port number"))
        })?;
        config.port(port);
    }
    if config.get_user().is_none() {
        let user = value("user", "PGUSER").or_else(|| std::env::var("USER").ok());
        config.user(user.as_deref().unwrap_or("postgres"));
    }
    if config.get_dbname().is_none() {
        let user = config.get_user().unwrap_or_default().to_owned();
        config.dbname(&value("dbname", "PGDATABASE").unwrap_or(user));
    }
    if config.get_password().is_none()
        && let Some(password) = value("password", "PGPASSWORD")
    {
        config.password(password);
    }
    if config.get_options().is_none()
        && let Some(options) = value("options", "PGOPTIONS")
    {
        config.options(&options);
    }
    if config.get_application_name().is_none() {
        let name = value("application_name", "PGAPPNAME");
        config.application_name(name.as_deref().unwrap_or("pgstrata"));
    }
    if config.get_connect_timeout().is_none() {
        let seconds = value("connect_timeout", "PGCONNECT_TIMEOUT");
        let seconds = seconds
            .and_then(|seconds| seconds.parse().ok())
            .filter(|it| *it > 0);
        config.connect_timeout(seconds.map_or(CONNECT_TIMEOUT, Duration::from_secs));
    }
    Ok(())
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
pub(crate) fn expect(client: &mut Client, common: &Common) -> Result<(), Failure> {
    let Some(expected) = &common.expect_database else {
        return Ok(());
    };
    let row =
        Own::open(client).and_then(|mut own| own.row(include_str!("connect/database.sql"), &[]));
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

fn is_password_missing(error: &Error) -> bool {
    with_causes(error).contains("password missing")
}

/// Names the server and database, never the password.
fn refused(config: &Config, error: &Error) -> Failure {
    let hosts = config.get_hosts().iter().map(|host| match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(path) => path.display().to_string(),
    });
    let hosts: Vec<String> = hosts.collect();
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let database = config
        .get_dbname()
        .or(config.get_user())
        .unwrap_or("its default");
    let user = config.get_user().unwrap_or("the current user");
    let grant = format!(
        "as its owner or a superuser: GRANT CONNECT ON DATABASE {} TO {};",
        identifier(database),
        identifier(user)
    );
    let (cause, advice) = match error.as_db_error() {
        Some(refusal) if refusal.code() == &SqlState::INSUFFICIENT_PRIVILEGE => {
            (refusal.message().to_owned(), &*grant)
        }
        Some(refusal) => (refusal.message().to_owned(), advice(refusal.code().code())),
        None if is_password_missing(error) => (
            "the server asks for a password".to_owned(),
            "set PGPASSWORD, write it into ~/.pgpass or PGPASSFILE, or run it on a terminal",
        ),
        None => {
            let cause = error
                .source()
                .map_or_else(|| error.to_string(), with_causes);
            let advice = if with_causes(error).contains("certificate") {
                "check sslmode and sslrootcert, and the names in the server's certificate"
            } else {
                "check that the server runs and that host and port are right"
            };
            (cause, advice)
        }
    };
    Failure::configuration(format!(
        "cannot connect to database `{database}` as `{user}` on {}:{port}: {cause}\n  {advice}",
        hosts.join(", ")
    ))
}

fn advice(code: &str) -> &'static str {
    match code {
        "28P01" | "28000" => "check user name and password, sslmode, and the server's pg_hba.conf",
        "3D000" => "create the database first: createdb NAME",
        "53300" => "the server has no connection left; end some, or raise max_connections",
        "57P03" => "the server is starting up or shutting down; try again",
        _ => "see the server's log",
    }
}
