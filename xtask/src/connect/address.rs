//! An address as libpq reads it, a URL or `host=… dbname=…` (PostgreSQL manual, libpq: Connection Strings).

use super::keyword::Values;
use crate::failure::Failure;

/// How a URL begins.
const SCHEMES: [&str; 2] = ["postgresql://", "postgres://"];

/// Reads what an address says.
pub(super) fn parse(text: &str) -> Result<Values, Failure> {
    let text = text.trim();
    let mut values = Values::default();
    let url = SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme));
    match (url, text.split_once("://")) {
        (Some(rest), _) => read_url(rest, &mut values)?,
        // A password may have these signs, but none stands before its key word.
        (None, Some((scheme, _))) if !scheme.contains(['=', ' ']) => {
            return Err(cannot_be_read(&format!(
                ": it begins with `{scheme}://`, and not with postgresql:// or postgres://"
            )));
        }
        (None, _) => read_words(text, &mut values)?,
    }
    Ok(values)
}

fn cannot_be_read(cause: &str) -> Failure {
    Failure::configuration(format!(
        "the database URL cannot be read{cause}; write postgresql://user:password@host:5432/name, \
         with special characters percent-encoded, or host=… dbname=…"
    ))
}

fn read_url(rest: &str, values: &mut Values) -> Result<(), Failure> {
    let (userinfo, rest) = userinfo(rest);
    if let Some(userinfo) = userinfo {
        let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
        values.set("user", decoded(user)?)?;
        values.set("password", decoded(password)?)?;
    }
    let (place, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let (hosts, name) = place.split_once('/').unwrap_or((place, ""));
    read_hosts(hosts, values)?;
    values.set("dbname", decoded(name)?)?;
    for parameter in parameters.split('&').filter(|it| !it.is_empty()) {
        let Some((keyword, value)) = parameter.split_once('=') else {
            return Err(cannot_be_read(&format!(": `{parameter}` has no value")));
        };
        let (keyword, value) = (decoded(keyword)?, decoded(value)?);
        match (&*keyword, &*value) {
            // As JDBC has it (libpq, conninfo_uri_parse_params).
            ("ssl", "true") => values.set("sslmode", "require".to_owned())?,
            ("ssl", _) => {
                return Err(Failure::configuration(
                    "ssl may be true alone; sslmode says the rest",
                ));
            }
            _ => values.set(&keyword, value)?,
        }
    }
    Ok(())
}

/// User and password, and what follows. A password need not have its special characters encoded as long as
/// the rest cannot be read in another way.
fn userinfo(rest: &str) -> (Option<&str>, &str) {
    let Some(at) = rest.find('@') else {
        return (None, rest);
    };
    let before = &rest[..at];
    let has_port = |place: &str| {
        let port = place.rsplit_once(':').map_or("", |(_, port)| port);
        place.starts_with('[') || port.bytes().all(|sign| sign.is_ascii_digit())
    };
    match before.find(['/', '?']) {
        // What stands before is a place, so the sign stands in a name or a parameter.
        Some(end) if before[..end].split(',').all(has_port) => (None, rest),
        _ => (Some(before), &rest[at + 1..]),
    }
}

fn read_hosts(hosts: &str, values: &mut Values) -> Result<(), Failure> {
    if hosts.is_empty() {
        return Ok(());
    }
    let (mut names, mut ports) = (Vec::new(), Vec::new());
    for place in hosts.split(',') {
        let (name, port) = match place.strip_prefix('[') {
            Some(rest) => {
                let Some((name, port)) = rest.split_once(']') else {
                    return Err(cannot_be_read(": a bracket is not closed"));
                };
                match port.strip_prefix(':') {
                    Some(port) => (name, port),
                    None if port.is_empty() => (name, ""),
                    None => {
                        return Err(cannot_be_read(
                            ": a colon and the port follow the bracket of an IPv6 address",
                        ));
                    }
                }
            }
            None if place.matches(':').count() > 1 => {
                return Err(cannot_be_read(
                    ": an IPv6 address stands in brackets, as in [::1]:5432",
                ));
            }
            None => place.split_once(':').unwrap_or((place, "")),
        };
        if place.contains('@') {
            return Err(cannot_be_read(
                ": there is more than one @; that of a password is written %40",
            ));
        }
        // It may be a password, and is not repeated.
        if !port.is_empty() && !port.parse().is_ok_and(|port: u16| port > 0) {
            return Err(cannot_be_read(
                ": a port is a number from 1 to 65535, and a password stands before an @",
            ));
        }
        names.push(decoded(name)?);
        ports.push(decoded(port)?);
    }
    values.set("host", names.join(","))?;
    if ports.iter().any(|port| !port.is_empty()) {
        values.set("port", ports.join(","))?;
    }
    Ok(())
}

fn read_words(text: &str, values: &mut Values) -> Result<(), Failure> {
    let mut letters = text.chars().peekable();
    while letters.peek().is_some() {
        let name: String = std::iter::from_fn(|| letters.next_if(|it| *it != '=')).collect();
        if letters.next().is_none() {
            return Err(cannot_be_read(""));
        }
        while letters.next_if(|it| it.is_whitespace()).is_some() {}
        let is_quoted = letters.next_if_eq(&'\'').is_some();
        let mut value = String::new();
        loop {
            match letters.next() {
                Some('\\') => value.extend(letters.next()),
                Some('\'') if is_quoted => break,
                Some(letter) if !is_quoted && letter.is_whitespace() => break,
                Some(letter) => value.push(letter),
                None if is_quoted => return Err(cannot_be_read(": a quote does not end")),
                None => break,
            }
        }
        while letters.next_if(|it| it.is_whitespace()).is_some() {}
        values.set(name.trim(), value)?;
    }
    Ok(())
}

/// Percent signs stand for bytes; one that does not is left as it is.
fn decoded(text: &str) -> Result<String, Failure> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        let is_hex = |hex: &&str| hex.bytes().all(|sign| sign.is_ascii_hexdigit());
        match hex
            .filter(is_hex)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok())
        {
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
    match String::from_utf8(decoded) {
        Ok(text) if !text.contains('\0') => Ok(text),
        _ => Err(cannot_be_read(
            ": percent-encoded bytes are not UTF-8, or are zero",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    /// Key words and values, each followed by a blank.
    fn check(text: &str, expected: &str) {
        let values = parse(text).unwrap_or_else(|failure| panic!("{text}: {failure}"));
        let known = [
            "user",
            "password",
            "host",
            "hostaddr",
            "port",
            "dbname",
            "options",
            "sslmode",
            "sslrootcert",
            "service",
            "application_name",
            "target_session_attrs",
        ];
        let set = known
            .iter()
            .filter_map(|name| Some(format!("{name}={} ", values.get(name)?)));
        assert_eq!(set.collect::<String>().trim_end(), expected, "{text}");
    }

    #[test]
    fn urls() {
        check("postgresql://", "");
        check("postgres://h", "host=h");
        check("postgresql://u@h:1/d", "user=u host=h port=1 dbname=d");
        check(
            "postgresql://u:p%40%2f@h/d%20e",
            "user=u password=p@/ host=h dbname=d e",
        );
        check(
            "postgresql://h:1,i,[::1]:3/d",
            "host=h,i,::1 port=1,,3 dbname=d",
        );
        check(
            "postgresql://u:p?x@h/d?sslmode=verify-full&sslrootcert=%2Fa%20b/c.pem",
            "user=u password=p?x host=h dbname=d sslmode=verify-full sslrootcert=/a b/c.pem",
        );
        check(
            "postgresql://u:p/x@h/d",
            "user=u password=p/x host=h dbname=d",
        );
        check(
            "postgresql://h/d?application_name=a@b",
            "host=h dbname=d application_name=a@b",
        );
        check(
            "postgresql://h:5/d?application_name=a@b",
            "host=h port=5 dbname=d application_name=a@b",
        );
        check(
            "postgresql:///d?host=/a@b&port=7",
            "host=/a@b port=7 dbname=d",
        );
        check("postgresql://?host=/a@b", "host=/a@b");
        check(
            "postgresql://%2Fvar%2Frun:6/d",
            "host=/var/run port=6 dbname=d",
        );
        // The later one counts.
        check(
            "postgresql://%2Fvar%2Frun/d?port=6",
            "host=/var/run port=6 dbname=d",
        );
        check(
            "postgresql://h/d?host=i&dbname=e&user=v",
            "user=v host=i dbname=e",
        );
        check(
            "postgresql://[fe80::1%25eth0]/d",
            "host=fe80::1%eth0 dbname=d",
        );
        check("postgresql:///?service=shop", "service=shop");
        check("postgresql://h/?ssl=true", "host=h sslmode=require");
        check(
            "postgresql://h/d?options=-c%20search_path%3Dt1%2Cpublic",
            "host=h dbname=d options=-c search_path=t1,public",
        );
    }

    #[test]
    fn words() {
        check(
            "host = h sslmode=verify-full password='it\\'s' sslrootcert='/a b/c.pem'",
            "password=it's host=h sslmode=verify-full sslrootcert=/a b/c.pem",
        );
        check("service=shop", "service=shop");
        check("host='' user=u", "user=u");
        check(
            "host=::1 hostaddr=::1,127.0.0.1 password=a://b",
            "password=a://b host=::1 hostaddr=::1,127.0.0.1",
        );
    }

    #[test]
    fn what_cannot_be_read_says_what_can() {
        let refused = |text: &str, part: &str| {
            let failure = parse(text)
                .err()
                .unwrap_or_else(|| panic!("{text}"))
                .to_string();
            assert!(
                failure.contains(part) && !failure.contains("s3cret"),
                "{failure}"
            );
        };
        refused("host", "write postgresql://");
        refused("host='h", "a quote does not end");
        refused(
            "nobody=knows",
            "`nobody` is not a key word of a connection; these are those of libpq",
        );
        refused("postgresql://h/d?ssl_mode=require", "probably `sslmode`");
        refused(
            "postgresql://h/d?schema=t1",
            "options=-c%20search_path%3DNAME",
        );
        refused("postgresql://h/d?sslmode", "`sslmode` has no value");
        refused("postgresql://h/d?ssl=1", "sslmode says the rest");
        refused("mysql://u:s3cret@h/d", "it begins with `mysql://`");
        refused(
            "jdbc:postgresql://h/d",
            "it begins with `jdbc:postgresql://`",
        );
        refused(
            "postgresql://u:s3cret@::1:5432/d",
            "stands in brackets, as in [::1]:5432",
        );
        refused("postgresql://u:s3cret@[::1/d", "a bracket is not closed");
        refused("postgresql://u:s3cret@[::1]5/d", "follow the bracket");
        refused("postgresql://u:s3cret/d", "a port is a number");
        refused("postgresql://h:0/d", "from 1 to 65535");
        refused("postgresql://u:word@s3cret@h/d", "more than one @");
        refused("postgresql://u:s3cret%ff@h/d", "not UTF-8");
        refused("postgresql://u:s3cret%00@h/d", "or are zero");
    }
}
