//! One after the other of the places of an address is tried, until one of them is what is wanted.

use std::error::Error as _;
use std::path::PathBuf;
use std::time::Duration;

use postgres::config::ChannelBinding;
use postgres::error::SqlState;
use postgres::{Client, Config, Error};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::host::{Endpoint, Host, hosts, is_random, shuffle};
use super::keyword::{Values, number, one_of};
use super::wanted::{Wanted, wanted};
use super::{Settings, password, tls};
use crate::failure::{Failure, with_causes};
use crate::names::identifier;

/// A host that does not answer is given up after this.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What an address comes to.
pub(super) struct Target {
    /// All but where.
    config: Config,
    hosts: Vec<Host>,
    is_random: bool,
    wanted: Wanted,
    tls: MakeRustlsConnect,
    /// The text of the password file.
    passwords: Option<String>,
    values: Values,
}

/// Why one place was not it.
struct Refusal {
    place: String,
    cause: String,
    advice: String,
    is_password_missing: bool,
    /// No other place is tried after it (PostgreSQL manual, libpq: Specifying Multiple Hosts).
    is_final: bool,
}

impl Target {
    pub(super) fn of(values: Values) -> Result<Self, Failure> {
        let (mut config, hosts) = (config(&values)?, hosts(&values)?);
        let is_socket = |place: &Host| matches!(place, Host::Socket(..));
        let tls = if hosts.iter().all(is_socket) {
            tls::unused()?
        } else {
            tls::connector(&mut config, &values)?
        };
        let passwords = match config.get_password() {
            None => password::text(values.get("passfile").map(PathBuf::from)),
            Some(_) => None,
        };
        Ok(Self {
            hosts,
            is_random: is_random(&values)?,
            wanted: wanted(&values)?,
            config,
            tls,
            passwords,
            values,
        })
    }

    /// Connects; where a password is missing, `asked` may have it.
    pub(super) fn connect(
        mut self,
        asked: impl FnOnce(&Config) -> Result<Option<String>, Failure>,
    ) -> Result<(Client, Settings), Failure> {
        if self.is_random {
            shuffle(&mut self.hosts);
        }
        let made = match self.tried() {
            Err(refusals) if refusals.iter().any(|it| it.is_password_missing) => {
                match asked(&self.config)? {
                    Some(password) => {
                        self.config.password(password);
                        self.tried()
                    }
                    None => Err(refusals),
                }
            }
            made => made,
        };
        let (mut client, config, chosen) = made.map_err(|refusals| self.refused(refusals))?;
        let again = self.wanted.again(&mut client);
        let Self {
            tls, values, hosts, ..
        } = self;
        let settings = Settings {
            config,
            tls,
            values,
            chosen,
            hosts,
            again,
        };
        Ok((client, settings))
    }

    fn tried(&self) -> Result<(Client, Config, Endpoint), Vec<Refusal>> {
        let mut refusals = Vec::new();
        for wanted in self.wanted.tries() {
            refusals.clear();
            for place in &self.hosts {
                let mut endpoints = match place.endpoints() {
                    Ok(endpoints) => endpoints,
                    Err(cause) => {
                        refusals.push(Refusal::said(place, cause));
                        continue;
                    }
                };
                if self.is_random {
                    shuffle(&mut endpoints);
                }
                for endpoint in endpoints {
                    match self.connected(*wanted, place, &endpoint) {
                        Ok((client, config)) => return Ok((client, config, endpoint)),
                        Err(refusal) => refusals.push(refusal),
                    }
                    if refusals.last().is_some_and(|last| last.is_final) {
                        return Err(refusals);
                    }
                }
            }
        }
        Err(refusals)
    }

    fn connected(
        &self,
        wanted: Wanted,
        place: &Host,
        endpoint: &Endpoint,
    ) -> Result<(Client, Config), Refusal> {
        let mut config = self.config.clone();
        endpoint.add_to(&mut config);
        if let Some(text) = &self.passwords
            && let Some(password) = password::find(text, place.in_a_password_file(), &config)
        {
            config.password(password);
        }
        let refused = |error: &Error| self.refusal(place, error);
        let connected = config.connect(self.tls.clone());
        let mut client = connected.map_err(|error| refused(&error))?;
        match wanted.against(&mut client) {
            Ok(None) => Ok((client, config)),
            Ok(Some(why)) => Err(Refusal::said(place, format!("the server is {why}"))),
            Err(error) => Err(refused(&error)),
        }
    }

    /// Names the server and database, never the password.
    fn refused(&self, mut refusals: Vec<Refusal>) -> Failure {
        // Two addresses of one name mostly fail for one reason.
        refusals.dedup_by(|one, other| one.place == other.place && one.cause == other.cause);
        let (database, user) = (self.database(), self.user());
        let head = format!("cannot connect to database `{database}` as `{user}`");
        let mut lines = match &refusals[..] {
            [Refusal { place, cause, .. }] => vec![format!("{head} on {place}: {cause}")],
            _ => vec![format!("{head}: none of these is the one")],
        };
        if refusals.len() > 1 {
            let each = refusals.iter();
            lines.extend(each.map(|Refusal { place, cause, .. }| format!("  {place}: {cause}")));
        }
        let mut advice: Vec<&str> = refusals.iter().map(|it| &*it.advice).collect();
        advice.sort_unstable();
        advice.dedup();
        lines.extend(advice.iter().map(|line| format!("  {line}")));
        Failure::configuration(lines.join("\n"))
    }

    fn database(&self) -> &str {
        self.config.get_dbname().unwrap_or("its default")
    }

    fn user(&self) -> &str {
        self.config.get_user().unwrap_or("the current user")
    }

    fn refusal(&self, place: &Host, error: &Error) -> Refusal {
        let is_password_missing = with_causes(error).contains("password missing");
        let code = error.code().map_or("", SqlState::code);
        let (cause, advice) = match error.as_db_error() {
            Some(refusal) if refusal.code() == &SqlState::INSUFFICIENT_PRIVILEGE => {
                let grant = format!(
                    "as its owner or a superuser: GRANT CONNECT ON DATABASE {} TO {};",
                    identifier(self.database()),
                    identifier(self.user())
                );
                (refusal.message().to_owned(), grant)
            }
            Some(refusal) => (refusal.message().to_owned(), advice(code).to_owned()),
            None if is_password_missing => (
                "the server asks for a password".to_owned(),
                "set PGPASSWORD, write it into ~/.pgpass or PGPASSFILE, or run it on a terminal"
                    .to_owned(),
            ),
            None => {
                let cause = error
                    .source()
                    .map_or_else(|| error.to_string(), with_causes);
                (cause, of_the_network(error).to_owned())
            }
        };
        let is_final = is_password_missing
            || code.starts_with("28")
            || [
                SqlState::INVALID_CATALOG_NAME,
                SqlState::INSUFFICIENT_PRIVILEGE,
            ]
            .iter()
            .any(|it| it.code() == code);
        Refusal {
            place: place.to_string(),
            cause,
            advice,
            is_password_missing,
            is_final,
        }
    }
}

impl Refusal {
    fn said(place: &Host, cause: String) -> Self {
        let advice = if cause.contains("target_session_attrs") {
            "name another server, or write another target_session_attrs: any, read-write, \
             read-only, primary, standby or prefer-standby"
        } else {
            "check that the name is right"
        };
        Self {
            place: place.to_string(),
            cause,
            advice: advice.to_owned(),
            is_password_missing: false,
            is_final: false,
        }
    }
}

/// What the address leaves open; all but where.
fn config(values: &Values) -> Result<Config, Failure> {
    let mut config = Config::new();
    let own = std::env::var("USER").ok();
    let user = values.get("user").or(own.as_deref()).unwrap_or("postgres");
    config
        .user(user)
        .dbname(values.get("dbname").unwrap_or(user));
    if let Some(password) = values.get("password") {
        config.password(password);
    }
    if let Some(options) = values.get("options") {
        config.options(options);
    }
    let name = values
        .get("application_name")
        .or(values.get("fallback_application_name"));
    config.application_name(name.unwrap_or("pgstrata"));
    let seconds = |keyword: &str| {
        let number = number(values, keyword)?.and_then(|number| u64::try_from(number).ok());
        Ok::<_, Failure>(number.filter(|number| *number > 0).map(Duration::from_secs))
    };
    config.connect_timeout(seconds("connect_timeout")?.unwrap_or(CONNECT_TIMEOUT));
    if let Some(number) = number(values, "keepalives")? {
        config.keepalives(number != 0);
    }
    if let Some(idle) = seconds("keepalives_idle")? {
        config.keepalives_idle(idle);
    }
    if let Some(interval) = seconds("keepalives_interval")? {
        config.keepalives_interval(interval);
    }
    if let Some(count) = number(values, "keepalives_count")?.and_then(|it| u32::try_from(it).ok()) {
        config.keepalives_retries(count);
    }
    // In milliseconds, as libpq has it.
    let timeout = number(values, "tcp_user_timeout")?.and_then(|it| u64::try_from(it).ok());
    if let Some(timeout) = timeout.filter(|timeout| *timeout > 0) {
        config.tcp_user_timeout(Duration::from_millis(timeout));
    }
    let bindings = [
        ("disable", ChannelBinding::Disable),
        ("prefer", ChannelBinding::Prefer),
        ("require", ChannelBinding::Require),
    ];
    if let Some(binding) = one_of(values, "channel_binding", &bindings)? {
        config.channel_binding(binding);
    }
    Ok(config)
}

fn of_the_network(error: &Error) -> &'static str {
    let text = with_causes(error);
    if text.contains("certificate") {
        "check sslmode and sslrootcert, and the names in the server's certificate"
    } else if text.contains("TLS") {
        "check sslmode, and whether the server takes encrypted connections"
    } else {
        "check that the server runs and that host and port are right"
    }
}

fn advice(code: &str) -> &'static str {
    match code {
        "28P01" | "28000" => "check user name and password, sslmode, and the server's pg_hba.conf",
        "0A000" => {
            "if UTF-8 is what the server cannot convert to, move the database to one made with ENCODING 'UTF8'"
        }
        "3D000" => "create the database first: createdb NAME",
        "53300" => "the server has no connection left; end some, or raise max_connections",
        "57P03" => "the server is starting up or shutting down; try again",
        _ => "see the server's log",
    }
}
