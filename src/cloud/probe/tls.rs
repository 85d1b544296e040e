//! A TLS handshake by the trust that work uses, and the certificate that was shown.
use super::super::dial::{Dialler, bare};
use super::super::failure::{find_tls, harmless};
use super::certificate::{OnlyLooks, read};
use super::{Probe, TLS_LIMIT};
use crate::domain::diagnosis::network::{Distrust, Handshake};
use rustls::{CertificateError, ClientConfig};
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::TlsConnector;
use url::Url;

impl Probe {
    /// Shakes hands with a place, through the proxy where there is one.
    pub async fn handshake(&self, place: &Url) -> Handshake {
        handshake(&self.dialler, place, TLS_LIMIT).await
    }
}

impl Dialler {
    /// Shakes hands with a place, through the proxy where there is one.
    pub async fn handshake(&self, place: &Url) -> Handshake {
        handshake(self, place, TLS_LIMIT).await
    }
}

async fn handshake(dialler: &Dialler, place: &Url, limit: Duration) -> Handshake {
    let trusting = dialler.tls.config();
    let first = tokio::time::timeout(limit, shake(dialler, place, trusting)).await;
    let distrust = match first {
        Err(_) => return Handshake::TimedOut,
        Ok(Ok(secured)) => return secured,
        Ok(Err(Failed::Distrust(distrust))) => distrust,
        Ok(Err(Failed::Other(handshake))) => return handshake,
    };
    // once more, only to see whose certificate it is
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let looks = Arc::new(OnlyLooks::new(Arc::clone(&provider)));
    let looking = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map(|builder| {
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::clone(&looks) as Arc<_>)
                .with_no_client_auth()
        });
    if let Ok(looking) = looking {
        // it always ends with a refusal or the deadline; what was seen is what counts
        let _ = tokio::time::timeout(limit, shake(dialler, place, Arc::new(looking))).await;
    }
    Handshake::Distrusted(distrust, looks.seen())
}

enum Failed {
    Distrust(Distrust),
    Other(Handshake),
}

async fn shake(
    dialler: &Dialler,
    place: &Url,
    config: Arc<ClientConfig>,
) -> Result<Handshake, Failed> {
    let host = place.host_str().unwrap_or_default();
    let broken = |words: &str| Failed::Other(Handshake::Broken(harmless(words, 160)));
    let wire = dialler.wire(place, host).await.map_err(|failure| broken(&failure.sentence))?;
    let name = rustls::pki_types::ServerName::try_from(bare(host).to_owned())
        .map_err(|_| broken("it is no host name"))?;
    match TlsConnector::from(config).connect(name, wire).await {
        Ok(stream) => {
            let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
            Ok(Handshake::Secured(shown.and_then(|der| read(der))))
        }
        Err(error) => Err(match find_tls(&error) {
            Some(rustls::Error::InvalidCertificate(why)) => Failed::Distrust(distrust(why)),
            Some(rustls::Error::InvalidMessage(_)) => Failed::Other(Handshake::NotTls),
            Some(other) => broken(&other.to_string()),
            None if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                broken("it closed the connection")
            }
            None => broken(&error.to_string()),
        }),
    }
}

fn distrust(why: &CertificateError) -> Distrust {
    use CertificateError as C;
    match why {
        C::UnknownIssuer | C::BadSignature => Distrust::UnknownIssuer,
        C::Expired | C::ExpiredContext { .. } => Distrust::Expired,
        C::NotValidYet | C::NotValidYetContext { .. } => Distrust::NotYet,
        C::NotValidForName | C::NotValidForNameContext { .. } => Distrust::WrongName,
        // how the verifier tells a self-signed certificate that claims to be an authority
        C::Other(reason) if reason.to_string().contains("CaUsedAsEndEntity") => {
            Distrust::UnknownIssuer
        }
        other => Distrust::Other(harmless(&other.to_string(), 120)),
    }
}
