//! TLS with a throw-away authority, so that clients that insist on https can be tried without a
//! certificate of anybody's. The keys live in memory only and end with the process.
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ZonedDateTime};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivateKeyDer;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// What the certificate is for: every name of the loopback address.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
/// How long it holds: a test that runs for longer can start anew, and some platforms refuse
/// certificates of more than 398 days.
const LIFE: SignedDuration = SignedDuration::from_hours(24 * 90);
/// How far it reaches back, for clients whose clock is slow.
const BACK: SignedDuration = SignedDuration::from_hours(48);

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum SecureError {
    /// The certificate can't be made.
    #[error("the throw-away certificate can't be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The TLS library refuses it.
    #[error("TLS was refused: {0}")]
    Refused(#[from] rustls::Error),
}

/// A certificate for the loopback address, with the authority that signed it.
#[derive(Clone)]
pub struct Secured {
    pub(super) acceptor: TlsAcceptor,
    authority: String,
}

impl std::fmt::Debug for Secured {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Secured").finish_non_exhaustive()
    }
}

impl Secured {
    /// Makes both anew, to hold from a moment before `now`.
    ///
    /// # Errors
    /// When the libraries refuse, which no machine is known to make them do.
    pub fn new(now: Timestamp) -> Result<Self, SecureError> {
        let mut authority = params(now, "gcwatch simulate: throw-away authority", &[])?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority_key = KeyPair::generate()?;
        let pem = authority.self_signed(&authority_key)?.pem();

        let mut leaf = params(now, "gcwatch simulate", &NAMES)?;
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        // strict clients (Python since 3.13) want to be told whose key signed it
        leaf.use_authority_key_identifier_extension = true;
        let leaf_key = KeyPair::generate()?;
        let certificate = leaf.signed_by(&leaf_key, &Issuer::new(authority, authority_key))?;

        let key = PrivateKeyDer::from(leaf_key);
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)?;
        // sockets are upgraded from HTTP/1.1; a client that is offered 2 takes it
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), authority: pem })
    }

    /// The authority's certificate in PEM form, for the client to trust.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }
}

fn params(now: Timestamp, name: &str, names: &[&str]) -> Result<CertificateParams, rcgen::Error> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, name);
    let day = |at: Timestamp| {
        let date = ZonedDateTime::new(at, TimeZone::UTC).date();
        let part = |part: i8| u8::try_from(part).unwrap_or(1);
        date_time_ymd(date.year().into(), part(date.month()), part(date.day()))
    };
    params.not_before = day(now.saturating_sub(BACK).unwrap_or(now));
    params.not_after = day(now.saturating_add(LIFE).unwrap_or(now));
    Ok(params)
}
