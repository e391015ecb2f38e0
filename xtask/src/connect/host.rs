//! Where a server may be: hosts with their addresses and ports, in the order in which they are tried
//! (PostgreSQL manual, libpq: Specifying Multiple Hosts).

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher as _;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;

use postgres::Config;
use postgres::config::{SslMode, SslNegotiation};

use super::default_socket_folder;
use super::keyword::{Values, one_of};
use crate::failure::Failure;

/// One host of an address.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Host {
    /// The folder of a socket.
    Socket(PathBuf, u16),
    /// A name, which TLS asks for, and the address, where it is given.
    Tcp(String, Option<IpAddr>, u16),
}

/// A host at one of its addresses.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Endpoint {
    Socket(PathBuf, u16),
    /// An address of a link has a scope, which a bare one loses, and is looked up again.
    Tcp(String, Option<IpAddr>, u16),
}

const DEFAULT_PORT: u16 = 5432;

/// All hosts, as `host`, `hostaddr` and `port` name them.
pub(super) fn hosts(values: &Values) -> Result<Vec<Host>, Failure> {
    let list = |keyword: &str| -> Vec<String> {
        let value = values.get(keyword).unwrap_or_default();
        value.split(',').map(|it| it.trim().to_owned()).collect()
    };
    let (hosts, addresses, ports) = (list("host"), list("hostaddr"), list("port"));
    let has_addresses = values.get("hostaddr").is_some();
    let count = if values.get("host").is_none() && has_addresses {
        addresses.len()
    } else {
        hosts.len()
    };
    let refused = |what: &str, number: usize| {
        Err(Failure::configuration(format!(
            "{number} {what} do not match {count} hosts; name one for each"
        )))
    };
    if has_addresses && addresses.len() != count {
        return refused("addresses of hostaddr", addresses.len());
    }
    if ports.len() > 1 && ports.len() != count {
        return refused("ports", ports.len());
    }
    let place = |index: usize| {
        let host = hosts.get(index).map_or("", |it| it);
        let address = addresses.get(index).filter(|it| !it.is_empty());
        let address = address.map(|it| it.parse()).transpose();
        let address = address.map_err(|_| {
            let written = &addresses[index];
            Failure::configuration(format!(
                "hostaddr is `{written}`, which is not an IP address; a name stands in host"
            ))
        })?;
        let port = port(
            ports
                .get(index)
                .or_else(|| ports.first())
                .map_or("", |it| it),
        )?;
        Ok(match (host, address) {
            ("", None) => Host::Socket(default_socket_folder(), port),
            (folder, None) if folder.starts_with('/') => Host::Socket(folder.into(), port),
            (host, None) if host.starts_with('@') => {
                return Err(Failure::configuration(format!(
                    "host is `{host}`, an abstract socket, which is not supported; the folder of a \
                     socket is, and so are names and addresses"
                )));
            }
            (host, address) => Host::Tcp(host.to_owned(), address, port),
        })
    };
    (0..count).map(place).collect()
}

fn port(text: &str) -> Result<u16, Failure> {
    match text {
        "" => Ok(DEFAULT_PORT),
        text => text.parse().ok().filter(|port| *port > 0).ok_or_else(|| {
            Failure::configuration(format!("port is `{text}`; it may be 1 to 65535"))
        }),
    }
}

/// Whether hosts, and the addresses of each, are tried in any order.
pub(super) fn is_random(values: &Values) -> Result<bool, Failure> {
    let known = [("disable", false), ("random", true)];
    Ok(one_of(values, "load_balance_hosts", &known)?.unwrap_or_default())
}

/// In any order.
pub(super) fn shuffle<T>(all: &mut Vec<T>) {
    let state = RandomState::new();
    let mut numbered: Vec<_> = all.drain(..).enumerate().collect();
    numbered.sort_by_key(|(index, _)| state.hash_one(index));
    all.extend(numbered.into_iter().map(|(_, it)| it));
}

impl Host {
    /// Each address of it; the error says why it has no address.
    pub(super) fn endpoints(&self) -> Result<Vec<Endpoint>, String> {
        let (name, port) = match self {
            Self::Socket(folder, port) => return Ok(vec![Endpoint::Socket(folder.clone(), *port)]),
            Self::Tcp(name, Some(address), port) => {
                return Ok(vec![Endpoint::Tcp(name.clone(), Some(*address), *port)]);
            }
            Self::Tcp(name, None, port) => (name, *port),
        };
        let found = (&**name, port).to_socket_addrs();
        let found = found.map_err(|error| error.to_string())?;
        let endpoint = |address: SocketAddr| {
            let has_scope = matches!(address, SocketAddr::V6(address) if address.scope_id() != 0);
            let address = Some(address.ip()).filter(|_| !has_scope);
            Endpoint::Tcp(name.clone(), address, port)
        };
        let mut endpoints: Vec<Endpoint> = found.map(endpoint).collect();
        endpoints.dedup();
        if endpoints.is_empty() {
            return Err("the name leads to no address".to_owned());
        }
        Ok(endpoints)
    }

    /// As a password file names it.
    pub(super) fn in_a_password_file(&self) -> (String, u16) {
        match self {
            Self::Socket(folder, port) if *folder == default_socket_folder() => {
                ("localhost".to_owned(), *port)
            }
            Self::Socket(folder, port) => (folder.display().to_string(), *port),
            Self::Tcp(name, Some(address), port) if name.is_empty() => (address.to_string(), *port),
            Self::Tcp(name, _, port) => (name.clone(), *port),
        }
    }
}

impl Endpoint {
    /// TLS is for TCP alone, whatever `sslmode` says (PostgreSQL manual, libpq: SSL Support).
    pub(super) fn add_to(&self, config: &mut Config) {
        match self {
            Self::Socket(folder, port) => {
                config
                    .host_path(folder)
                    .port(*port)
                    .ssl_mode(SslMode::Disable);
                config.ssl_negotiation(SslNegotiation::Postgres);
            }
            Self::Tcp(name, address, port) => {
                let bare = address.map(|it| it.to_string()).filter(|_| name.is_empty());
                config.host(bare.as_deref().unwrap_or(name)).port(*port);
                address.map(|address| config.hostaddr(address));
            }
        }
    }

    /// Whether both can stand in one configuration of the client, which has one mode of TLS, and either an
    /// address for each host or none.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let kind = |it: &Self| match it {
            Self::Socket(..) => (true, false),
            Self::Tcp(_, address, _) => (false, address.is_some()),
        };
        kind(self) == kind(other)
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(folder, port) => write!(f, "{}:{port}", folder.display()),
            Self::Tcp(name, Some(address), port) if name.is_empty() => {
                write!(f, "{}", SocketAddr::new(*address, *port))
            }
            Self::Tcp(name, _, port) if name.contains(':') => write!(f, "[{name}]:{port}"),
            Self::Tcp(name, _, port) => write!(f, "{name}:{port}"),
        }
    }
}
