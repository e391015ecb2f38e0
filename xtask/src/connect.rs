//! From the command line and libpq's environment to a connection.

use std::error::Error as _;
use std::path::PathBuf;
use std::time::Duration;

use postgres::config::{Host, SslMode};
use postgres::{Client, Config, NoTls};

use crate::failure::Failure;
use crate::flags::Common;

/// A host that does not answer is given up after this.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Connects to the database that the user means.
pub(crate) fn connect(common: &Common) -> Result<Client, Failure> {
    let mut config = match &common.database_url {
        Some(url) => parse(url)?,
        None => from_environment()?,
    };
    if config.get_application_name().is_none() {
        config.application_name("pgstrata");
    }
    if config.get_ssl_mode() == SslMode::Require {
        return Err(Failure::configuration(
            "sslmode=require: connections use no TLS in this version; go through a tunnel, or \
             run the migrations from the program itself with its own TLS connector",
        ));
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    config.connect(NoTls).map_err(|error| refused(&config, &error))
}

fn parse(url: &str) -> Result<Config, Failure> {
    url.parse().map_err(|error: postgres::Error| {
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        Failure::configuration(format!(
            "the database URL cannot be read{cause}; write postgresql://user:password@host:5432/name \
             and percent-encode special characters"
        ))
    })
}

/// The variables of libpq; see the PostgreSQL manual, libpq, Environment Variables.
fn from_environment() -> Result<Config, Failure> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let names = ["PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGDATABASE", "PGSERVICE"];
    if names.iter().all(|name| variable(name).is_none()) {
        return Err(Failure::configuration(
            "no database is named; pass --database-url, or set DATABASE_URL or PGHOST and PGDATABASE",
        ));
    }
    if variable("PGSERVICE").is_some() {
        return Err(Failure::configuration(
            "PGSERVICE is not supported by this version; pass --database-url",
        ));
    }
    let mut config = Config::new();
    let host = variable("PGHOST").or_else(|| variable("PGHOSTADDR"));
    match host {
        Some(host) => config.host(&host),
        None => config.host_path(default_socket_folder()),
    };
    if let Some(port) = variable("PGPORT") {
        let port = port.parse().map_err(|_| {
            Failure::configuration(format!("PGPORT is `{port}`, which is no port number"))
        })?;
        config.port(port);
    }
    let user =
        variable("PGUSER").or_else(|| variable("USER")).unwrap_or_else(|| "postgres".to_owned());
    config.user(&user);
    config.dbname(variable("PGDATABASE").as_deref().unwrap_or(&user));
    if let Some(password) = variable("PGPASSWORD") {
        config.password(password);
    }
    if let Some(options) = variable("PGOPTIONS") {
        config.options(&options);
    }
    if let Some(name) = variable("PGAPPNAME") {
        config.application_name(&name);
    }
    Ok(config)
}

/// Debian's and most packagers' choice first, then PostgreSQL's own default.
fn default_socket_folder() -> PathBuf {
    let folder = PathBuf::from("/var/run/postgresql");
    if folder.is_dir() { folder } else { PathBuf::from("/tmp") }
}

/// Names the server and database, never the password.
fn refused(config: &Config, error: &postgres::Error) -> Failure {
    let hosts = config.get_hosts().iter().map(|host| match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(path) => path.display().to_string(),
    });
    let hosts: Vec<String> = hosts.collect();
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let database = config.get_dbname().or(config.get_user()).unwrap_or("its default");
    let user = config.get_user().unwrap_or("the current user");
    let (cause, advice) = match error.as_db_error() {
        Some(refusal) => (refusal.message().to_owned(), advice(refusal.code().code())),
        None => {
            let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            (cause, "check that the server runs and that host and port are right")
        }
    };
    Failure::configuration(format!(
        "cannot connect to database `{database}` as `{user}` on {}:{port}: {cause}\n  {advice}",
        hosts.join(", ")
    ))
}

fn advice(code: &str) -> &'static str {
    match code {
        "28P01" | "28000" => "check user name and password, and the server's pg_hba.conf",
        "3D000" => "create the database first: createdb NAME",
        "53300" => "the server has no connection left; end some, or raise max_connections",
        "57P03" => "the server is starting up or shutting down; try again",
        _ => "see the server's log",
    }
}
