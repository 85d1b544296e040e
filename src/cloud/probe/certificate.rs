//! What a certificate says, and a verifier that only looks.
use super::super::failure::harmless;
use crate::domain::diagnosis::network::Certificate;
use jiff::Timestamp;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, SignatureScheme};
use std::sync::{Arc, Mutex, PoisonError};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::x509::X509Name;

/// Names of a certificate that are read at most.
const MAX_NAMES: usize = 8;

/// Reads a certificate; `None` when it is none.
pub(super) fn read(der: &[u8]) -> Option<Certificate> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let validity = certificate.validity();
    let time = |seconds: i64| Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
    let alternatives = certificate.subject_alternative_name().ok().flatten();
    let names = alternatives
        .map(|extension| {
            let names = extension.value.general_names.iter();
            names.filter_map(name_of).take(MAX_NAMES).collect()
        })
        .unwrap_or_default();
    Some(Certificate {
        subject: shown(certificate.subject()),
        issuer: shown(certificate.issuer()),
        names,
        begins: time(validity.not_before.timestamp()),
        ends: time(validity.not_after.timestamp()),
        self_signed: certificate.subject() == certificate.issuer(),
    })
}

fn name_of(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(harmless(name, 80)),
        GeneralName::IPAddress([a, b, c, d]) => Some(format!("{a}.{b}.{c}.{d}")),
        _ => None,
    }
}

/// Common name and organisation, as far as they are there.
fn shown(name: &X509Name<'_>) -> String {
    let common = name.iter_common_name().next().and_then(|part| part.as_str().ok());
    let organization = name.iter_organization().next().and_then(|part| part.as_str().ok());
    let text = match (common, organization) {
        (Some(common), Some(organization)) if !common.contains(organization) => {
            format!("{common} ({organization})")
        }
        (Some(one), _) | (None, Some(one)) => one.to_owned(),
        (None, None) => "an authority without a name".to_owned(),
    };
    harmless(&text, 100)
}

/// Notes the certificate that is shown and trusts none: nothing is ever sent behind it.
#[derive(Debug)]
pub(super) struct OnlyLooks {
    provider: Arc<CryptoProvider>,
    seen: Mutex<Option<CertificateDer<'static>>>,
}

impl OnlyLooks {
    pub(super) fn new(provider: Arc<CryptoProvider>) -> Self {
        Self { provider, seen: Mutex::new(None) }
    }

    /// The certificate that was shown.
    pub(super) fn seen(&self) -> Option<Certificate> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.as_ref().and_then(|der| read(der))
    }
}

impl ServerCertVerifier for OnlyLooks {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(end_entity.clone().into_owned());
        Err(refusal())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(refusal())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(refusal())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn refusal() -> rustls::Error {
    rustls::Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure)
}
