//! One TLS configuration for REST and the socket.
//!
//! The crypto provider is named here and nowhere else: left to chance, the HTTP library panics
//! at run time when none or several are compiled in.
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;
use std::sync::Arc;
use thiserror::Error;

/// The configuration that REST and sockets share. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tls(Arc<ClientConfig>);

/// Why there is no TLS configuration.
#[derive(Debug, Error)]
pub enum TlsError {
    /// The extra CA certificates can't be read.
    #[error("the CA file holds no certificate in PEM form (-----BEGIN CERTIFICATE-----): {0}")]
    CaFile(String),
    /// The TLS library refuses the configuration.
    #[error("the TLS configuration was refused: {0}")]
    Refused(#[from] rustls::Error),
}

impl Tls {
    /// Trusts what the operating system trusts, and the PEM certificates of `extra_ca` too (a
    /// company's own authority). `SSL_CERT_FILE` and `SSL_CERT_DIR` are obeyed on Linux.
    ///
    /// # Errors
    /// [`TlsError`] when `extra_ca` holds no certificate.
    pub fn new(extra_ca: Option<&[u8]>) -> Result<Self, TlsError> {
        let extra = extra_ca.map_or_else(|| Ok(Vec::new()), certificates)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?;
        let config = match Verifier::new_with_extra_roots(extra.clone(), provider) {
            Ok(verifier) => {
                // "dangerous" is the library's word for any verifier that isn't its own; this one
                // is the platform's
                builder
                    .dangerous()
                    .with_custom_certificate_verifier(Arc::new(verifier))
                    .with_no_client_auth()
            }
            Err(reason) => {
                // A computer without any CA certificate can still talk to a simulated service on
                // loopback; https will be refused with "unknown issuer", which says the remedy.
                tracing::warn!(%reason, "no certificates of the system could be loaded");
                let mut roots = RootCertStore::empty();
                for certificate in extra {
                    roots.add(certificate)?;
                }
                builder.with_root_certificates(roots).with_no_client_auth()
            }
        };
        Ok(Self(Arc::new(config)))
    }

    /// The configuration for a socket.
    pub(super) fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.0)
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|reason| TlsError::CaFile(reason.to_string()))?;
    if found.is_empty() {
        return Err(TlsError::CaFile("nothing found in it".to_owned()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::{Tls, TlsError};

    #[test]
    fn a_file_without_certificates_is_refused_in_words() {
        for pem in [&b""[..], b"hello", b"-----BEGIN CERTIFICATE-----\n!!!"] {
            let error = Tls::new(Some(pem)).unwrap_err();
            assert!(matches!(error, TlsError::CaFile(_)), "{error}");
        }
        assert!(Tls::new(None).is_ok());
    }
}
