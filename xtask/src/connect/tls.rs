//! `sslmode` and its like, as libpq means them (PostgreSQL manual, libpq: SSL Support).

mod trust;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use postgres::Config;
use postgres::config::{SslMode, SslNegotiation};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, SupportedProtocolVersion};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::keyword::{Values, one_of};
use crate::failure::Failure;
use trust::{Trust, Whom};

/// Who a server must be, and with which versions of TLS it is talked to.
pub(super) fn connector(
    config: &mut Config,
    values: &Values,
) -> Result<MakeRustlsConnect, Failure> {
    let roots = values.get("sslrootcert");
    let is_system = roots == Some("system");
    let known = [
        ("disable", (SslMode::Disable, Whom::Anybody)),
        ("allow", (SslMode::Prefer, Whom::Anybody)),
        ("prefer", (SslMode::Prefer, Whom::Anybody)),
        // A file of roots makes the same of it as for libpq.
        (
            "require",
            (
                SslMode::Require,
                roots.map_or(Whom::Anybody, |_| Whom::Certified),
            ),
        ),
        ("verify-ca", (SslMode::Require, Whom::Certified)),
        ("verify-full", (SslMode::Require, Whom::Named)),
    ];
    let usual = if is_system { known[5].1 } else { known[2].1 };
    let (mode, whom) = one_of(values, "sslmode", &known)?.unwrap_or(usual);
    if is_system && whom != Whom::Named {
        return Err(Failure::configuration(
            "sslrootcert=system goes with sslmode=verify-full alone: of those whom a system trusts \
             anybody can have a certificate",
        ));
    }
    config.ssl_mode(mode);
    let roots = match whom {
        Whom::Anybody => Vec::new(),
        Whom::Certified | Whom::Named => certificates(&roots_file(roots)?)?,
    };
    let failed = |error: rustls::Error| Failure::configuration(format!("preparing TLS: {error}"));
    let provider = Arc::new(ring::default_provider());
    let trust = Trust::new(&provider, roots, whom).map_err(Failure::configuration)?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions(values)?)
        .map_err(failed)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(trust));
    let own = values.get("sslcert").zip(values.get("sslkey"));
    let mut client = match own {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let key = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable(key, &error))?;
            let certificates = certificates(Path::new(certificate))?;
            builder
                .with_client_auth_cert(certificates, key)
                .map_err(failed)?
        }
    };
    let negotiation = [
        ("postgres", SslNegotiation::Postgres),
        ("direct", SslNegotiation::Direct),
    ];
    let negotiation = one_of(values, "sslnegotiation", &negotiation)?;
    if negotiation == Some(SslNegotiation::Direct) {
        if mode != SslMode::Require {
            return Err(Failure::configuration(
                "sslnegotiation=direct goes with sslmode require, verify-ca or verify-full alone",
            ));
        }
        // The server asks for it (PostgreSQL manual, Protocol: SSL Session Encryption).
        client.alpn_protocols = vec![b"postgresql".to_vec()];
        config.ssl_negotiation(SslNegotiation::Direct);
    }
    Ok(MakeRustlsConnect::new(client))
}

/// For sockets, over which nothing is encrypted, whatever is said of TLS (PostgreSQL manual, libpq: SSL
/// Support).
pub(super) fn unused() -> Result<MakeRustlsConnect, Failure> {
    connector(&mut Config::new(), &Values::default())
}

/// Those between the lowest and the highest; the lowest here is 1.2.
fn versions(values: &Values) -> Result<Vec<&'static SupportedProtocolVersion>, Failure> {
    let known = [("TLSv1", 0), ("TLSv1.1", 1), ("TLSv1.2", 2), ("TLSv1.3", 3)];
    let lowest = one_of(values, "ssl_min_protocol_version", &known)?.unwrap_or(2);
    let highest = one_of(values, "ssl_max_protocol_version", &known)?.unwrap_or(3);
    let all = [(2, &TLS12), (3, &TLS13)];
    let all = all
        .into_iter()
        .filter(|(version, _)| (lowest..=highest).contains(version));
    let all: Vec<_> = all.map(|(_, version)| version).collect();
    if all.is_empty() {
        return Err(Failure::configuration(
            "ssl_min_protocol_version and ssl_max_protocol_version leave no version: TLSv1.2 and \
             TLSv1.3 are supported, and none before them",
        ));
    }
    Ok(all)
}

fn roots_file(named: Option<&str>) -> Result<PathBuf, Failure> {
    match named {
        // Where the packages of Debian, RPM, Alpine and SUSE put them.
        Some("system") => {
            let files = [
                "/etc/ssl/certs/ca-certificates.crt",
                "/etc/pki/tls/certs/ca-bundle.crt",
                "/etc/ssl/cert.pem",
                "/etc/ssl/ca-bundle.pem",
            ];
            let own = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
            let mut files = own.into_iter().chain(files.into_iter().map(PathBuf::from));
            files.find(|file| file.is_file()).ok_or_else(|| {
                Failure::configuration(
                    "sslrootcert=system: this system has no file of certificates where it is \
                     usual; name one in SSL_CERT_FILE",
                )
            })
        }
        Some(file) => Ok(PathBuf::from(file)),
        None => {
            let home = std::env::var_os("HOME")
                .map(PathBuf::from)
                .unwrap_or_default();
            let file = home.join(".postgresql/root.crt");
            if file.is_file() {
                return Ok(file);
            }
            Err(Failure::configuration(format!(
                "sslmode asks for the server's certificate to be verified: name the file of those \
                 who certify it in sslrootcert (`system` for those of this system), or put it at {}",
                file.display()
            )))
        }
    }
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let shown = file.display().to_string();
    let certificates = CertificateDer::pem_file_iter(file).and_then(Iterator::collect);
    let certificates: Vec<_> = certificates.map_err(|error| unreadable(&shown, &error))?;
    if certificates.is_empty() {
        return Err(Failure::configuration(format!(
            "there is no certificate in {shown}"
        )));
    }
    Ok(certificates)
}

fn unreadable(file: &str, error: &rustls::pki_types::pem::Error) -> Failure {
    Failure::configuration(format!("cannot read {file}: {error}"))
}
