//! What a person's login gives, and how it is handed to whoever keeps it.
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The tokens of a person's login. Shows none of them in its debug form.
#[derive(Clone, Debug)]
pub struct UserTokens {
    /// What the API takes.
    pub access: SecretString,
    /// What gives the next access token, where the service grants one. Often good once.
    pub refresh: Option<SecretString>,
    /// When the access token ends, if the service said so.
    pub expires: Option<Timestamp>,
}

/// The form in which they are kept.
#[derive(Deserialize, Serialize)]
struct Kept<'a> {
    access_token: std::borrow::Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<std::borrow::Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Timestamp>,
}

impl UserTokens {
    /// As one secret, for a place that keeps secrets.
    #[must_use]
    pub fn to_secret(&self) -> SecretString {
        let kept = Kept {
            access_token: self.access.expose_secret().into(),
            refresh_token: self.refresh.as_ref().map(|token| token.expose_secret().into()),
            expires: self.expires,
        };
        // two texts and a time: this can't fail, and an empty secret is refused by every keeper
        SecretString::from(serde_json::to_string(&kept).unwrap_or_default())
    }

    /// From such a secret; `None` when it is none.
    #[must_use]
    pub fn from_secret(secret: &SecretString) -> Option<Self> {
        let kept: Kept<'_> = serde_json::from_str(secret.expose_secret()).ok()?;
        let token = |text: std::borrow::Cow<'_, str>| SecretString::from(text.into_owned());
        (!kept.access_token.is_empty()).then(|| Self {
            access: token(kept.access_token),
            refresh: kept.refresh_token.map(token),
            expires: kept.expires,
        })
    }

    /// Whether the access token has ended.
    pub(in crate::cloud) fn is_over(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|end| end <= now)
    }
}

/// Keeps a login between runs. Both calls may block, within limits.
pub trait TokenKeeper: fmt::Debug + Send + Sync {
    /// What is kept now. It may be newer than what this program has: another one may have renewed
    /// it, or the person has logged in again.
    ///
    /// # Errors
    /// Why it can't be had, in a sentence.
    fn load(&self) -> Result<UserTokens, String>;

    /// Keeps these instead.
    ///
    /// # Errors
    /// Why they can't be kept, in a sentence.
    fn keep(&self, tokens: &UserTokens) -> Result<(), String>;
}

#[cfg(test)]
mod tests {
    use super::UserTokens;
    use secrecy::{ExposeSecret, SecretString};

    #[test]
    fn tokens_come_back_as_they_were_kept_and_show_nothing() {
        for (refresh, expires) in [(None, None), (Some("R"), Some("2026-11-24T10:00:00Z"))] {
            let tokens = UserTokens {
                access: "AAA".into(),
                refresh: refresh.map(SecretString::from),
                expires: expires.map(|time| time.parse().unwrap()),
            };
            let secret = tokens.to_secret();
            assert!(!secret.expose_secret().contains(char::is_control), "one line");
            let back = UserTokens::from_secret(&secret).unwrap();
            assert_eq!(back.access.expose_secret(), "AAA");
            assert_eq!(
                back.refresh.map(|token| token.expose_secret().to_owned()).as_deref(),
                refresh
            );
            assert_eq!(back.expires, tokens.expires);
            assert!(!format!("{tokens:?}").contains("AAA"));
        }
        for nothing in ["", "{}", "AAA", r#"{"access_token":""}"#] {
            assert!(UserTokens::from_secret(&SecretString::from(nothing)).is_none(), "{nothing}");
        }
    }
}
