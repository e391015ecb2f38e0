//! Reading the address of a database: what the client reads by itself, and the ways of `sslmode` that it does not
//! know (PostgreSQL manual, libpq: Connection Strings).

use std::ops::Range;

use postgres::Config;
use postgres::config::SslMode;

use crate::error::{Error, Result};
use crate::messages;

/// Ways of `sslmode` that verify the server's certificate. To the client all are `require`: what is verified
/// is decided by the TLS connector.
const VERIFYING: [&str; 2] = ["verify-ca", "verify-full"];

/// Whether the connection that is to be made is encrypted.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Tls {
    /// By a connector of the caller's.
    Connector,
    Never,
}

/// What the client makes of an address.
pub(crate) fn config(address: &str, tls: Tls) -> Result<Config> {
    let parameters = parameters(address);
    let verifying = parameters
        .iter()
        .find(|it| it.key == "sslmode" && VERIFYING.contains(&&address[it.value.clone()]));
    let mut readable = address.to_owned();
    if let Some(parameter) = verifying {
        readable.replace_range(parameter.value.clone(), "require");
    }
    let config: Config = readable.parse().map_err(|error| {
        let unread = parameters.iter().find_map(|it| advice(address, it));
        match unread {
            Some(message) => Error::said(message),
            None => Error::database("reading the address of the database", error),
        }
    })?;
    if tls == Tls::Never && (verifying.is_some() || config.get_ssl_mode() == SslMode::Require) {
        let mode = verifying.map_or("require", |it| &address[it.value.clone()]);
        return Err(Error::said(messages::tls_required(mode)));
    }
    Ok(config)
}

/// What to do instead of a parameter that libpq reads and the client does not.
fn advice(address: &str, parameter: &Parameter) -> Option<String> {
    let value = &address[parameter.value.clone()];
    match &*parameter.key {
        key @ ("sslrootcert" | "sslcert" | "sslkey" | "sslcrl" | "sslcrldir" | "sslpassword") => {
            Some(messages::for_the_connector(key))
        }
        key @ "sslmode"
            if ![VERIFYING[0], VERIFYING[1], "disable", "prefer", "require"].contains(&value) =>
        {
            Some(messages::unread_value(
                key,
                "disable, prefer, require, verify-ca or verify-full",
            ))
        }
        key @ "target_session_attrs" if !["any", "read-write", "read-only"].contains(&value) => {
            Some(messages::unread_value(key, "any, read-write or read-only"))
        }
        _ => None,
    }
}

/// A parameter as it is written.
struct Parameter {
    key: String,
    value: Range<usize>,
}

/// Of either form, as far as it is well formed.
fn parameters(address: &str) -> Vec<Parameter> {
    let is_url = ["postgresql://", "postgres://"]
        .iter()
        .any(|scheme| address.starts_with(scheme));
    if is_url {
        in_url(address)
    } else {
        in_words(address)
    }
}

/// `?key=value&key=value`
fn in_url(address: &str) -> Vec<Parameter> {
    let Some((before, query)) = address.split_once('?') else {
        return Vec::new();
    };
    let mut start = before.len() + 1;
    let mut all = Vec::new();
    for pair in query.split('&') {
        if let Some((key, value)) = pair.split_once('=') {
            let from = start + key.len() + 1;
            all.push(Parameter {
                key: key.to_owned(),
                value: from..from + value.len(),
            });
        }
        start += pair.len() + 1;
    }
    all
}

/// `key = value key = 'a \'value\''`
fn in_words(address: &str) -> Vec<Parameter> {
    let mut all = Vec::new();
    let mut rest = address;
    let at = |rest: &str| address.len() - rest.len();
    while let Some((key, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let (from, length, next) = match after.strip_prefix('\'') {
            Some(quoted) => {
                let length = end_of_value(quoted, |it| it == '\'');
                (
                    at(quoted),
                    length,
                    quoted.get(length + 1..).unwrap_or_default(),
                )
            }
            None => {
                let length = end_of_value(after, char::is_whitespace);
                (at(after), length, &after[length..])
            }
        };
        all.push(Parameter {
            key: key.trim().to_owned(),
            value: from..from + length,
        });
        rest = next;
    }
    all
}

/// Where a value ends; a backslash takes the next character as it is.
fn end_of_value(text: &str, is_end: impl Fn(char) -> bool) -> usize {
    let mut letters = text.char_indices();
    while let Some((index, letter)) = letters.next() {
        match letter {
            '\\' => _ = letters.next(),
            letter if is_end(letter) => return index,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::{Tls, config, parameters};

    #[test]
    fn parameters_stand_where_they_are_written() {
        for (address, expected) in [
            ("postgresql://localhost/app", ""),
            (
                "postgres://h/d?sslmode=verify-full&a=%20b&c",
                "sslmode:verify-full a:%20b",
            ),
            (
                "host=h  sslmode = verify-ca x=y",
                "host:h sslmode:verify-ca x:y",
            ),
            (
                r"password='a\'b sslmode=c' sslmode=d\ e",
                r"password:a\'b sslmode=c sslmode:d\ e",
            ),
            ("host=", "host:"),
            ("a='", "a:"),
            ("ä='ö' =", "ä:ö :"),
        ] {
            let found = parameters(address);
            let shown = found
                .iter()
                .map(|it| format!("{}:{}", it.key, &address[it.value.clone()]));
            assert_eq!(shown.collect::<Vec<_>>().join(" "), expected, "{address}");
        }
    }

    #[test]
    fn a_verifying_mode_asks_for_tls() {
        for address in [
            "postgresql://h/d?sslmode=verify-full",
            "postgresql://h/d?connect_timeout=3&sslmode=verify-ca&application_name=verify-full",
            "host=h sslmode='verify-full' dbname=d",
        ] {
            let read = config(address, Tls::Connector).unwrap();
            assert_eq!(
                read.get_ssl_mode(),
                postgres::config::SslMode::Require,
                "{address}"
            );
            assert!(config(address, Tls::Never).is_err(), "{address}");
        }
        let named = config("postgresql://h/d?application_name=verify-full", Tls::Never).unwrap();
        assert_eq!(named.get_application_name(), Some("verify-full"));
    }
}
