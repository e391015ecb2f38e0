//! `sslmode` and its like, as libpq means them (PostgreSQL manual, libpq: SSL Support).

mod trust;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use postgres::Config;
use postgres::config::SslMode;
use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::failure::Failure;
use trust::{Trust, Whom};

/// Sets the mode, and makes what does the handshakes.
pub(super) fn connector(
    config: &mut Config,
    value: &dyn Fn(&str, &str) -> Option<String>,
) -> Result<MakeRustlsConnect, Failure> {
    let roots = value("sslrootcert", "PGSSLROOTCERT");
    let mode = value("sslmode", "PGSSLMODE").unwrap_or_else(|| "prefer".to_owned());
    let (mode, whom) = match &*mode {
        "disable" => (SslMode::Disable, Whom::Anybody),
        "allow" | "prefer" => (SslMode::Prefer, Whom::Anybody),
        // A file of roots makes the same of it as for libpq.
        "require" if roots.is_some() => (SslMode::Require, Whom::Certified),
        "require" => (SslMode::Require, Whom::Anybody),
        "verify-ca" => (SslMode::Require, Whom::Certified),
        "verify-full" => (SslMode::Require, Whom::Named),
        other => {
            return Err(Failure::configuration(format!(
                "sslmode is `{other}`; it may be disable, prefer, require, verify-ca or verify-full"
            )));
        }
    };
    config.ssl_mode(mode);
    let roots = match whom {
        Whom::Anybody => Vec::new(),
        Whom::Certified | Whom::Named => certificates(&roots_file(roots.as_deref())?)?,
    };
    let failed = |error: rustls::Error| Failure::configuration(format!("preparing TLS: {error}"));
    let provider = Arc::new(ring::default_provider());
    let trust = Trust::new(&provider, roots, whom).map_err(Failure::configuration)?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(trust));
    let own = value("sslcert", "PGSSLCERT").zip(value("sslkey", "PGSSLKEY"));
    let client = match own {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let key =
                PrivateKeyDer::from_pem_file(&key).map_err(|error| unreadable(&key, &error))?;
            let certificates = certificates(Path::new(&certificate))?;
            builder
                .with_client_auth_cert(certificates, key)
                .map_err(failed)?
        }
    };
    Ok(MakeRustlsConnect::new(client))
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
