//! Which certificates of a server are good enough.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// Whom to take for the server.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Whom {
    /// Whoever answers: `require` and `prefer` keep listeners out, and nobody else.
    Anybody,
    /// Whoever has a certificate of ours, whatever name is in it: `verify-ca`.
    Certified,
    /// Whoever has one for the name to which we connect: `verify-full`.
    Named,
}

#[derive(Debug)]
pub(super) struct Trust {
    whom: Whom,
    provider: Arc<CryptoProvider>,
    roots: Vec<CertificateDer<'static>>,
    /// There is none where nobody is asked.
    by_roots: Option<Arc<WebPkiServerVerifier>>,
}

impl Trust {
    pub(super) fn new(
        provider: &Arc<CryptoProvider>,
        roots: Vec<CertificateDer<'static>>,
        whom: Whom,
    ) -> Result<Self, String> {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(roots.iter().cloned());
        let by_roots = if store.is_empty() {
            None
        } else {
            let builder =
                WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(provider));
            Some(
                builder
                    .build()
                    .map_err(|error| format!("preparing TLS: {error}"))?,
            )
        };
        if whom != Whom::Anybody && by_roots.is_none() {
            return Err("no certificate of sslrootcert can be used".to_owned());
        }
        Ok(Self {
            whom,
            provider: Arc::clone(provider),
            roots,
            by_roots,
        })
    }
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(by_roots) = self
            .by_roots
            .as_ref()
            .filter(|_| self.whom != Whom::Anybody)
        else {
            return Ok(ServerCertVerified::assertion());
        };
        // A server that signed its own certificate is known by that one, whatever it says of its use.
        if self.roots.contains(certificate) {
            if self.whom == Whom::Named {
                verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
            }
            return Ok(ServerCertVerified::assertion());
        }
        match by_roots.verify_server_cert(certificate, between, name, ocsp, now) {
            // The name is looked at last.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if self.whom == Whom::Certified => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
