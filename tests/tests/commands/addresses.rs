//! Every way to say where a database is: sockets, IPv6, and what of an address is not supported.

use std::io::copy;
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread;

use pgstrata_tools::cluster::Cluster;
use postgres::config::Host;

use crate::support::{Outcome, ask, connect, database, run_with, server, shop};

const NOBODY: (&str, &str) = ("HOME", "/nonexistent");

/// `status` there, where all is pending if it could connect.
pub(crate) fn status(address: &str, variables: &[(&str, &str)]) -> Outcome {
    command(shop().path(), &["status"], address, variables)
}

pub(crate) fn command(
    dir: &Path,
    arguments: &[&str],
    address: &str,
    variables: &[(&str, &str)],
) -> Outcome {
    run_with(
        dir,
        &[arguments, &["--database-url", address]].concat(),
        &[&[NOBODY], variables].concat(),
    )
}

/// The folder of a server's socket.
pub(crate) fn socket(cluster: &Cluster) -> PathBuf {
    match cluster.config("postgres").get_hosts() {
        [Host::Unix(folder)] => folder.clone(),
        other => panic!("these tests start servers of their own: {other:?}"),
    }
}

pub(crate) fn encoded(folder: &Path) -> String {
    folder.display().to_string().replace('/', "%2F")
}

/// A database of the shared server: its name, and the folder of the socket.
fn place() -> (String, PathBuf) {
    let name = ask(&mut connect(&database()), "SELECT current_database()");
    (name, socket(server()))
}

#[test]
fn sockets() {
    let (name, folder) = place();
    let (shown, hidden) = (folder.display(), encoded(&folder));
    let addresses = [
        format!("postgresql://postgres@{hidden}/{name}"),
        format!("postgresql://postgres@{hidden}:5432/{name}"),
        format!("postgres://postgres@{hidden}/{name}?port=5432"),
        format!("postgresql:///{name}?host={shown}&user=postgres"),
        format!("postgresql://postgres@/{name}?host={shown}"),
        format!("postgresql://postgres@/{name}?host={hidden}&port=5432"),
        format!("postgresql://postgres@:5432/{name}?host={hidden}"),
        format!("postgresql://postgres@elsewhere:7/{name}?host={hidden}&port=5432"),
        format!("postgresql://?host={shown}&dbname={name}&user=postgres"),
        format!("host={shown} dbname={name} user=postgres"),
        format!("host='{shown}' port = 5432 dbname={name} user=postgres"),
        format!("postgresql://postgres@%2Fnowhere,{hidden}/{name}"),
        format!("host=/nowhere,{shown} port=7,5432 dbname={name} user=postgres"),
        // Nothing is encrypted there, whatever is said of TLS.
        format!("postgresql://postgres@{hidden}/{name}?sslmode=verify-full"),
        format!("postgresql://postgres@{hidden}/{name}?sslmode=require&sslnegotiation=direct"),
        format!("postgresql://postgres@{hidden},localhost:9/{name}?sslmode=require"),
    ];
    for address in addresses {
        status(&address, &[]).fails(6, &[]);
    }
    let folder = folder.to_str().expect("a path");
    let variables = [
        ("PGHOST", folder),
        ("PGDATABASE", &name),
        ("PGUSER", "postgres"),
    ];
    let dir = shop();
    let variables = [&[NOBODY][..], &variables].concat();
    run_with(dir.path(), &["status"], &variables).fails(6, &[]);
    let lists = [("PGHOST", "/nowhere,"), ("PGPORT", "7,5432")];
    let host = format!("{}{folder}", lists[0].1);
    let variables = [&variables[..], &[("PGHOST", &host), lists[1]]].concat();
    run_with(dir.path(), &["status"], &variables).fails(6, &[]);
    // An address of the environment is that of its own host.
    let url = format!("postgresql://postgres@{hidden}/{name}");
    status(
        &url,
        &[("PGHOSTADDR", "192.0.2.1"), ("PGHOST", "elsewhere")],
    )
    .fails(6, &[]);
    status("host=@hidden user=postgres", &[])
        .fails(5, &["an abstract socket", "the folder of a socket is"]);
    let ports = "host=/a,/b,/c port=1,2 user=postgres";
    status(ports, &[]).fails(5, &["2 ports do not match 3 hosts"]);
    status("host=/a port=many", &[]).fails(5, &["port is `many`; it may be 1 to 65535"]);
    status("postgresql://h:0/d", &[]).fails(5, &["a port is a number from 1 to 65535"]);
}

/// Leads to a socket, so that a server that listens nowhere has an address.
fn forwarded(listener: TcpListener, folder: &Path) {
    let socket = folder.join(".s.PGSQL.5432");
    thread::spawn(move || {
        for from in listener.incoming() {
            let (Ok(from), Ok(to)) = (from, UnixStream::connect(&socket)) else {
                return;
            };
            let pump = |mut from: TcpStream, mut to: UnixStream| {
                let _ = copy(&mut from, &mut to);
                let _ = to.shutdown(std::net::Shutdown::Write);
            };
            let (Ok(other_from), Ok(other_to)) = (from.try_clone(), to.try_clone()) else {
                return;
            };
            thread::spawn(move || pump(other_from, other_to));
            thread::spawn(move || {
                let (mut to, mut from) = (to, from);
                let _ = copy(&mut to, &mut from);
                let _ = from.shutdown(std::net::Shutdown::Write);
            });
        }
    });
}

#[test]
fn addresses_of_both_families() {
    let (name, folder) = place();
    let mut families = vec![("127.0.0.1", "127.0.0.1")];
    if TcpListener::bind("[::1]:0").is_ok() {
        families.push(("::1", "[::1]"));
    } else {
        eprintln!("this machine has no IPv6: its addresses were only read");
    }
    for (bare, shown) in families {
        let listener = TcpListener::bind(format!("{shown}:0")).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        forwarded(listener, &folder);
        for address in [
            format!("postgresql://postgres@{shown}:{port}/{name}"),
            format!("postgresql://postgres@{shown}/{name}?port={port}"),
            format!("postgresql://postgres@localhost:9,{shown}:{port}/{name}"),
            format!("host={bare} port={port} user=postgres dbname={name}"),
            format!("hostaddr={bare} port={port} user=postgres dbname={name}"),
            format!("host=no.such.name hostaddr={bare} port={port} user=postgres dbname={name}"),
            format!("postgresql://postgres@no.such.name:{port}/{name}?hostaddr={bare}"),
            format!(
                "postgresql://postgres@{shown}:{port}/{name}?load_balance_hosts=random&sslmode=prefer"
            ),
        ] {
            status(&address, &[]).fails(6, &[]);
            if address.contains("no.such.name") || address.starts_with("hostaddr") {
                command(shop().path(), &["up"], &address, &[]).succeeds();
                command(shop().path(), &["backup"], &address, &[]).succeeds();
                command(
                    shop().path(),
                    &["down", "--to", "0", "--yes"],
                    &address,
                    &[],
                )
                .succeeds();
            }
        }
    }
    status("postgresql://postgres@::1:5432/d", &[]).fails(5, &["in brackets, as in [::1]:5432"]);
    status("postgresql://postgres@[::1/d", &[]).fails(5, &["a bracket is not closed"]);
    status("hostaddr=localhost", &[])
        .fails(5, &["which is not an IP address; a name stands in host"]);
    status("host=a,b hostaddr=127.0.0.1", &[])
        .fails(5, &["1 addresses of hostaddr do not match 2 hosts"]);
    let nobody = "postgresql://postgres@[::1]:9,127.0.0.1:9/d";
    status(nobody, &[]).fails(5, &["[::1]:9: ", "127.0.0.1:9: Connection refused"]);
}

/// Of each key word: what is not supported, and what is.
#[test]
fn what_is_not_supported_is_named() {
    let (name, folder) = place();
    let address = |parameter: &str| {
        format!(
            "postgresql://postgres@{}/{name}?{parameter}",
            encoded(&folder)
        )
    };
    for (parameter, parts) in [
        (
            "target_session_attrs=master",
            &[
                "target_session_attrs is `master`",
                "any, read-write, read-only, primary, standby or prefer-standby",
            ][..],
        ),
        (
            "load_balance_hosts=round",
            &["load_balance_hosts is `round`; it may be disable or random"],
        ),
        ("channel_binding=yes", &["disable, prefer or require"]),
        (
            "gssencmode=require",
            &["gssencmode is `require`, which is not supported", "TLS is"],
        ),
        ("sslcrl=/a", &["sslcrl is not supported", "sslrootcert"]),
        ("sslpassword=s3cret", &["sslpassword is not supported"]),
        (
            "require_auth=scram-sha-256",
            &["require_auth is not supported", "channel_binding=require"],
        ),
        ("requirepeer=postgres", &["requirepeer is not supported"]),
        (
            "client_encoding=LATIN1",
            &["client_encoding is `LATIN1`", "UTF8"],
        ),
        (
            "replication=database",
            &["replication is `database`", "ordinary session"],
        ),
        ("oauth_client_id=a", &["OAuth is not supported"]),
        (
            "connect_timeout=soon",
            &["connect_timeout is `soon`, which is not a number"],
        ),
        (
            "sslmodes=require",
            &["`sslmodes` is not a key word", "probably `sslmode`"],
        ),
        ("currentSchema=t1", &["options=-c%20search_path%3DNAME"]),
        ("pool=7", &["`pool` is not a key word of a connection"]),
        ("sslmode", &["`sslmode` has no value"]),
    ] {
        let outcome = status(&address(parameter), &[]);
        outcome.fails(5, parts);
        assert!(!outcome.stderr.contains("s3cret"), "{outcome:#?}");
        let variable = match parameter.split_once('=') {
            Some(("target_session_attrs", value)) => ("PGTARGETSESSIONATTRS", value),
            Some(("load_balance_hosts", value)) => ("PGLOADBALANCEHOSTS", value),
            Some(("gssencmode", value)) => ("PGGSSENCMODE", value),
            Some(("sslcrl", value)) => ("PGSSLCRL", value),
            _ => continue,
        };
        status(&address(""), &[variable]).fails(5, parts);
    }
    let tls = |parameter: &str| format!("postgresql://u:s3cret@localhost:9/d?{parameter}");
    for (parameter, parts) in [
        (
            "sslmode=full",
            &[
                "sslmode is `full`; it may be disable",
                "verify-ca or verify-full",
            ][..],
        ),
        (
            "sslmode=require&sslrootcert=system",
            &["sslrootcert=system goes with sslmode=verify-full alone"],
        ),
        ("sslnegotiation=direct", &["goes with sslmode require"]),
        (
            "ssl_max_protocol_version=TLSv1.1",
            &["leave no version: TLSv1.2 and TLSv1.3"],
        ),
        (
            "ssl_min_protocol_version=TLSv2",
            &["TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3"],
        ),
        ("ssl=yes", &["ssl may be true alone; sslmode says the rest"]),
    ] {
        let outcome = status(&tls(parameter), &[]);
        outcome.fails(5, parts);
        assert!(!outcome.stderr.contains("s3cret"), "{outcome:#?}");
    }
    for (url, part) in [
        ("mysql://u:s3cret@h/d", "it begins with `mysql://`"),
        (
            "jdbc:postgresql://h/d?password=s3cret",
            "it begins with `jdbc:postgresql://`",
        ),
        (
            "postgresql+asyncpg://u:s3cret@h/d",
            "it begins with `postgresql+asyncpg://`",
        ),
        (
            "postgresql://u:word@s3cret@h/d",
            "that of a password is written %40",
        ),
        ("shop", "or host=… dbname=…"),
    ] {
        let outcome = status(url, &[]);
        outcome.fails(5, &["the database URL cannot be read", part]);
        assert!(!outcome.stderr.contains("s3cret"), "{outcome:#?}");
    }
    for parameter in [
        "gssencmode=disable",
        "gssencmode=prefer",
        "krbsrvname=postgres",
        "client_encoding=auto",
        "client_encoding=UTF8",
        "replication=false",
        "sslcompression=0",
        "sslsni=1",
        "fallback_application_name=shop",
        "connect_timeout=0",
        "keepalives=1&keepalives_idle=60&keepalives_interval=5&keepalives_count=3",
        "tcp_user_timeout=30000",
        "channel_binding=prefer",
        "options=-c%20statement_timeout%3D60s",
        "target_session_attrs=",
    ] {
        status(&address(parameter), &[]).fails(6, &[]);
    }
}
