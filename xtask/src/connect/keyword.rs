//! The key words of an address, with their variables (PostgreSQL manual, libpq: Parameter Key Words,
//! Environment Variables), and what is not supported of them.

use std::collections::BTreeMap;

use pgstrata_compiler::spelling::nearest;

use crate::failure::Failure;

/// What a key word comes to here.
enum Meaning {
    /// What it says is done.
    Used,
    /// It is about something that is not done anyway.
    Idle,
    /// These values ask for nothing; any other one asks for what is not supported.
    Only(&'static [&'static str], &'static str),
    /// Any value asks for what is not supported.
    Unsupported(&'static str),
}

use Meaning::{Idle, Only, Unsupported, Used};

const NO_GSS: &str =
    "GSSAPI is not supported; a password, a certificate (sslcert, sslkey) or peer is";
const NO_CRL: &str = "lists of revoked certificates are not read; sslrootcert says who is trusted";
const NO_OAUTH: &str = "OAuth is not supported; a password or a certificate is";
const NO_KEYS: &str = "SCRAM by keys is not supported; by a password it is";

/// Every key word of PostgreSQL 18, and `ssl`, which libpq takes in a URL.
const KEYWORDS: [(&str, &str, Meaning); 55] = [
    ("host", "PGHOST", Used),
    ("hostaddr", "PGHOSTADDR", Used),
    ("port", "PGPORT", Used),
    ("dbname", "PGDATABASE", Used),
    ("user", "PGUSER", Used),
    ("password", "PGPASSWORD", Used),
    ("passfile", "PGPASSFILE", Used),
    ("service", "PGSERVICE", Used),
    ("servicefile", "PGSERVICEFILE", Used),
    ("options", "PGOPTIONS", Used),
    ("application_name", "PGAPPNAME", Used),
    ("fallback_application_name", "", Used),
    ("connect_timeout", "PGCONNECT_TIMEOUT", Used),
    ("keepalives", "", Used),
    ("keepalives_idle", "", Used),
    ("keepalives_interval", "", Used),
    ("keepalives_count", "", Used),
    ("tcp_user_timeout", "", Used),
    ("target_session_attrs", "PGTARGETSESSIONATTRS", Used),
    ("load_balance_hosts", "PGLOADBALANCEHOSTS", Used),
    ("channel_binding", "PGCHANNELBINDING", Used),
    ("sslmode", "PGSSLMODE", Used),
    ("sslnegotiation", "PGSSLNEGOTIATION", Used),
    ("sslrootcert", "PGSSLROOTCERT", Used),
    ("sslcert", "PGSSLCERT", Used),
    ("sslkey", "PGSSLKEY", Used),
    ("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION", Used),
    ("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION", Used),
    ("ssl", "", Used),
    ("sslcompression", "PGSSLCOMPRESSION", Idle),
    (
        "sslsni",
        "PGSSLSNI",
        Only(&["1"], "the name of the host is always sent"),
    ),
    (
        "sslcertmode",
        "PGSSLCERTMODE",
        Only(
            &["allow"],
            "a certificate of one's own is sent where one is named and the server asks",
        ),
    ),
    ("sslcrl", "PGSSLCRL", Unsupported(NO_CRL)),
    ("sslcrldir", "PGSSLCRLDIR", Unsupported(NO_CRL)),
    (
        "sslpassword",
        "",
        Unsupported("a key with a password is not read; one without, which only you may read, is"),
    ),
    (
        "sslkeylogfile",
        "",
        Unsupported("keys of TLS are not written"),
    ),
    (
        "gssencmode",
        "PGGSSENCMODE",
        Only(
            &["disable", "prefer"],
            "GSSAPI encryption is not supported; TLS is, see sslmode",
        ),
    ),
    ("krbsrvname", "PGKRBSRVNAME", Idle),
    ("gsslib", "PGGSSLIB", Idle),
    ("gssdelegation", "PGGSSDELEGATION", Only(&["0"], NO_GSS)),
    (
        "require_auth",
        "PGREQUIREAUTH",
        Unsupported(
            "the server chooses how it asks who one is; channel_binding=require and sslmode=verify-full are",
        ),
    ),
    (
        "requirepeer",
        "PGREQUIREPEER",
        Unsupported("who owns a socket is not looked at; sslmode=verify-full over TCP is"),
    ),
    (
        "client_encoding",
        "",
        Only(
            &["auto", "utf8", "utf-8", "UTF8", "UTF-8", "unicode"],
            "this client speaks UTF8",
        ),
    ),
    (
        "replication",
        "",
        Only(
            &["false", "off", "no", "0"],
            "migrations need an ordinary session",
        ),
    ),
    (
        "min_protocol_version",
        "PGMINPROTOCOLVERSION",
        Only(&["3.0"], "this client speaks protocol 3.0"),
    ),
    ("max_protocol_version", "PGMAXPROTOCOLVERSION", Idle),
    ("scram_client_key", "", Unsupported(NO_KEYS)),
    ("scram_server_key", "", Unsupported(NO_KEYS)),
    ("oauth_issuer", "", Unsupported(NO_OAUTH)),
    ("oauth_client_id", "", Unsupported(NO_OAUTH)),
    ("oauth_client_secret", "", Unsupported(NO_OAUTH)),
    ("oauth_scope", "", Unsupported(NO_OAUTH)),
    // Of earlier releases of libpq, which does nothing with them any more.
    (
        "requiressl",
        "PGREQUIRESSL",
        Only(&["0"], "write sslmode=require"),
    ),
    ("authtype", "", Idle),
    ("tty", "", Idle),
];

/// Words of other drivers and tools for what the options of a session say.
const OF_THE_PATH: [&str; 4] = ["schema", "schemas", "search_path", "currentSchema"];

/// What all places together say, by key word.
#[derive(Clone, Default)]
pub(super) struct Values(BTreeMap<&'static str, String>);

impl Values {
    pub(super) fn get(&self, keyword: &str) -> Option<&str> {
        self.0.get(keyword).map(|value| &**value)
    }

    /// A later one takes the place of an earlier one, as in libpq.
    pub(super) fn set(&mut self, keyword: &str, value: String) -> Result<(), Failure> {
        let known = KEYWORDS.iter().map(|it| it.0);
        let Some(name) = known.clone().find(|known| *known == keyword) else {
            return Err(Failure::configuration(unknown(keyword, known)));
        };
        // Empty is the same as not there (libpq, conninfo_add_defaults).
        if value.is_empty() {
            self.0.remove(name);
        } else {
            self.0.insert(name, value);
        }
        Ok(())
    }

    /// What is open is filled in by `others`. Ports and addresses of other places are those of other hosts.
    pub(super) fn complete_place(&mut self, mut others: Self) {
        if self.get("host").is_some() || self.get("hostaddr").is_some() {
            others.0.remove("host");
            others.0.remove("hostaddr");
        }
        for (keyword, value) in others.0 {
            self.0.entry(keyword).or_insert(value);
        }
    }

    /// What the environment says.
    pub(super) fn of_the_environment() -> Self {
        let named = KEYWORDS
            .iter()
            .filter(|(_, variable, _)| !variable.is_empty());
        let set = named.filter_map(|(keyword, variable, _)| {
            let value = std::env::var(variable)
                .ok()
                .filter(|value| !value.is_empty());
            Some((*keyword, value?))
        });
        Self(set.collect())
    }

    /// Refuses by name what is not supported.
    pub(super) fn check(&self) -> Result<(), Failure> {
        for (keyword, _, meaning) in &KEYWORDS {
            let Some(value) = self.get(keyword) else {
                continue;
            };
            match meaning {
                Used | Idle => {}
                Only(values, _) if values.contains(&value) => {}
                Only(values, why) => {
                    let values = values.join(", ");
                    return Err(Failure::configuration(format!(
                        "{keyword} is `{value}`, which is not supported: {why}; leave it out, or say {values}"
                    )));
                }
                Unsupported(why) => {
                    return Err(Failure::configuration(format!(
                        "{keyword} is not supported: {why}"
                    )));
                }
            }
        }
        Ok(())
    }

    /// The variables of libpq that say the same of these key words.
    pub(super) fn variables(&self, keywords: &[&str]) -> Vec<(String, String)> {
        let all = KEYWORDS.iter().filter(|it| keywords.contains(&it.0));
        let set = all.filter_map(|(keyword, variable, _)| {
            Some(((*variable).to_owned(), self.get(keyword)?.to_owned()))
        });
        set.collect()
    }
}

/// Any of these names a database.
pub(super) fn names_a_database() -> bool {
    let names = ["host", "hostaddr", "port", "user", "dbname", "service"];
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    KEYWORDS
        .iter()
        .any(|(keyword, variable, _)| names.contains(keyword) && is_set(variable))
}

fn unknown(keyword: &str, known: impl Iterator<Item = &'static str>) -> String {
    let more = if OF_THE_PATH.contains(&keyword) {
        "; a search path is set by options=-c%20search_path%3DNAME".to_owned()
    } else if let Some(near) = nearest(keyword, known) {
        format!("; probably `{near}`")
    } else {
        "; these are those of libpq, such as host, port, user, dbname, sslmode and \
         target_session_attrs"
            .to_owned()
    };
    format!("`{keyword}` is not a key word of a connection{more}")
}

/// The value of a key word that has some alone.
pub(super) fn one_of<T: Copy>(
    values: &Values,
    keyword: &str,
    known: &[(&str, T)],
) -> Result<Option<T>, Failure> {
    let Some(value) = values.get(keyword) else {
        return Ok(None);
    };
    if let Some((_, meant)) = known.iter().find(|(name, _)| *name == value) {
        return Ok(Some(*meant));
    }
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let (last, others) = names
        .split_last()
        .map_or(("", &[][..]), |(last, others)| (*last, others));
    Err(Failure::configuration(format!(
        "{keyword} is `{value}`; it may be {} or {last}",
        others.join(", ")
    )))
}

/// The value of a key word that counts.
pub(super) fn number(values: &Values, keyword: &str) -> Result<Option<i64>, Failure> {
    let Some(value) = values.get(keyword) else {
        return Ok(None);
    };
    let number = value.trim().parse().map_err(|_| {
        Failure::configuration(format!("{keyword} is `{value}`, which is not a number"))
    })?;
    Ok(Some(number))
}
