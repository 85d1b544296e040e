//! The random words of a login, and the challenge that proves one of them.
use super::NoRandom;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// Random bytes of a word: 256 bits, as RFC 7636 advises. In base64 they are the 43 characters
/// that are the least a verifier may have.
const WORD_BYTES: usize = 32;

/// A word that nobody can guess, in characters that need no escaping in an address.
pub(super) fn random_word() -> Result<SecretString, NoRandom> {
    let mut bytes = [0; WORD_BYTES];
    getrandom::fill(&mut bytes).map_err(|reason| NoRandom(reason.to_string()))?;
    Ok(SecretString::from(URL_SAFE_NO_PAD.encode(bytes)))
}

/// The S256 challenge for a verifier: base64url of its SHA-256, without padding.
pub(super) fn challenge(verifier: &SecretString) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose_secret().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::{challenge, random_word};
    use secrecy::{ExposeSecret, SecretString};

    #[test]
    fn the_challenge_is_that_of_the_standards_example() {
        // RFC 7636, appendix B
        let verifier = SecretString::from("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge(&verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn a_word_is_long_enough_and_never_the_same() {
        let (one, two) = (random_word().unwrap(), random_word().unwrap());
        assert_ne!(one.expose_secret(), two.expose_secret());
        assert_eq!(one.expose_secret().len(), 43);
        assert!(
            one.expose_secret()
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        );
    }
}
