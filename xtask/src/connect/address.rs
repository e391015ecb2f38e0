//! An address as libpq reads it: what the `postgres` crate knows, and what it does not.

use std::collections::BTreeMap;
use std::error::Error as _;

use postgres::Config;

use crate::failure::Failure;

/// What an address says.
#[derive(Default)]
pub(super) struct Address {
    pub(super) config: Config,
    /// Key words that only we know.
    pub(super) extra: BTreeMap<String, String>,
}

/// Key words of libpq that the crate refuses, or of which it would not tell that they were there.
const EXTRA: [&str; 6] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "service",
    "passfile",
];

/// Reads a URL, or `host=… dbname=…`.
pub(super) fn parse(text: &str) -> Result<Address, Failure> {
    let mut extra = BTreeMap::new();
    let rest = match text.split_once("://") {
        Some(_) => without_extra_parameters(text, &mut extra),
        None => without_extra_words(text, &mut extra).ok_or_else(|| cannot_be_read(""))?,
    };
    let config = rest.parse().map_err(|error: postgres::Error| {
        let cause = error
            .source()
            .map(|cause| format!(": {cause}"))
            .unwrap_or_default();
        cannot_be_read(&cause)
    })?;
    Ok(Address { config, extra })
}

fn cannot_be_read(cause: &str) -> Failure {
    Failure::configuration(format!(
        "the database URL cannot be read{cause}; write postgresql://user:password@host:5432/name \
         and percent-encode special characters"
    ))
}

fn without_extra_parameters(url: &str, extra: &mut BTreeMap<String, String>) -> String {
    // A password may have a question mark.
    let start = url.find('@').unwrap_or_default();
    let Some(query) = url[start..].find('?').map(|at| start + at) else {
        return url.to_owned();
    };
    let mut kept = Vec::new();
    for parameter in url[query + 1..].split('&') {
        match parameter
            .split_once('=')
            .filter(|(name, _)| EXTRA.contains(name))
        {
            Some((name, value)) => _ = extra.insert(name.to_owned(), decoded(value)),
            None => kept.push(parameter),
        }
    }
    let kept = kept.join("&");
    if kept.is_empty() {
        url[..query].to_owned()
    } else {
        format!("{}?{kept}", &url[..query])
    }
}

/// `None` where a quote does not end.
fn without_extra_words(text: &str, extra: &mut BTreeMap<String, String>) -> Option<String> {
    let mut kept = String::new();
    let mut letters = text.trim().chars().peekable();
    while letters.peek().is_some() {
        let name: String = std::iter::from_fn(|| letters.next_if(|it| *it != '=')).collect();
        letters.next()?;
        while letters.next_if(|it| it.is_whitespace()).is_some() {}
        let is_quoted = letters.next_if_eq(&'\'').is_some();
        let mut value = String::new();
        loop {
            match letters.next() {
                Some('\\') => value.push(letters.next()?),
                Some('\'') if is_quoted => break,
                Some(letter) if !is_quoted && letter.is_whitespace() => break,
                Some(letter) => value.push(letter),
                None if is_quoted => return None,
                None => break,
            }
        }
        while letters.next_if(|it| it.is_whitespace()).is_some() {}
        let name = name.trim();
        if EXTRA.contains(&name) {
            extra.insert(name.to_owned(), value);
        } else {
            let value = value.replace('\\', "\\\\").replace('\'', "\\'");
            kept = format!("{kept} {name}='{value}'");
        }
    }
    Some(kept)
}

/// Percent signs stand for bytes; what is none is left as it is.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::parse;

    /// Host, password, and what only we know.
    fn check(text: &str, host: &str, password: Option<&str>, extra: &[(&str, &str)]) {
        let address = parse(text).unwrap_or_else(|failure| panic!("{text}: {failure}"));
        let found = address
            .config
            .get_hosts()
            .first()
            .map(|host| format!("{host:?}"));
        assert_eq!(found.unwrap_or_default(), host, "{text}");
        assert_eq!(
            address.config.get_password(),
            password.map(str::as_bytes),
            "{text}"
        );
        let found: Vec<_> = address
            .extra
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        assert_eq!(found, extra, "{text}");
    }

    #[test]
    fn what_only_libpq_knows_is_taken_out() {
        let tls = [("sslmode", "verify-full"), ("sslrootcert", "/a b/c.pem")];
        check(
            "postgresql://u:p?x@h/d?sslmode=verify-full&connect_timeout=3&sslrootcert=%2Fa%20b/c.pem",
            "Tcp(\"h\")",
            Some("p?x"),
            &tls,
        );
        check(
            "host = h sslmode=verify-full password='it\\'s' sslrootcert='/a b/c.pem'",
            "Tcp(\"h\")",
            Some("it's"),
            &tls,
        );
        check("service=shop", "", None, &[("service", "shop")]);
        check(
            "postgresql:///?service=shop",
            "",
            None,
            &[("service", "shop")],
        );
        check("postgresql://h/d", "Tcp(\"h\")", None, &[]);
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for text in ["postgresql://h:port/d", "host", "host='h", "nobody=knows"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
