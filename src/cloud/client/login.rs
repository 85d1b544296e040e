//! How a token is had and renewed: with a client's secret, with a person's login, or not at all.
//!
//! Must not know who asks, nor when a renewal is due: the session machine decides that.
use super::{ServiceClient, Shared, Slot, TokenInfo};
use crate::cloud::clock::Clock;
use crate::cloud::credentials::{Credentials, UserLogin};
use crate::cloud::failure::{Asked, plain, unreadable};
use crate::cloud::http::{Call, Patience, accepted};
use crate::cloud::oauth::{BrowserLogin, Code, UserTokens};
use crate::domain::moment;
use crate::domain::session::{Failure, FailureKind};
use jiff::Timestamp;
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A token this young isn't renewed unless the service refused it: when one token nears its end,
/// every session asks for a fresh one, and the first answer serves them all.
const YOUNG_TOKEN: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: Option<String>,
    refresh_token: Option<String>,
    expires_in: Option<f64>,
}

/// A token as it was granted.
struct Granted {
    access: SecretString,
    refresh: Option<SecretString>,
    life: Option<Duration>,
    expires: Option<Timestamp>,
}

/// What a client knows before it has asked anything.
pub(super) fn slot_of(user: &UserLogin) -> Slot {
    let Some(tokens) = &user.tokens else { return Slot::default() };
    Slot {
        token: Some(tokens.access.clone()),
        refresh: tokens.refresh.clone(),
        info: info_of(tokens, None),
        ..Slot::default()
    }
}

fn info_of(tokens: &UserTokens, life: Option<Duration>) -> TokenInfo {
    TokenInfo { expires: tokens.expires, life, renews: tokens.refresh.is_some() }
}

impl ServiceClient {
    /// Makes sure that there is a token. `fresh`: the one at hand was refused or ends soon.
    ///
    /// # Errors
    /// [`FailureKind::CredentialsRefused`] when only other credentials help,
    /// [`FailureKind::TokenRefused`] when a person has to log in again and this program will take
    /// that up by itself, or what kept the login host from answering.
    pub async fn login(&self, fresh: bool) -> Result<TokenInfo, Failure> {
        let _one_at_a_time = self.shared.login.lock().await;
        if let Some(info) = self.shared.usable_token(fresh, self.clock)? {
            self.shared.tell_token(info);
            return Ok(info);
        }
        match &self.shared.credentials {
            Credentials::AccessToken(_) => Err(plain(
                FailureKind::CredentialsRefused,
                "there is no access token; log in again".to_owned(),
            )),
            Credentials::ClientCredentials { client_id, client_secret } => {
                let form = [("grant_type", "client_credentials")];
                let login = Some((client_id.as_str(), client_secret));
                let granted = self.ask_for_token(&form, login, Asked::Token).await?;
                let info = TokenInfo { expires: granted.expires, life: granted.life, renews: true };
                self.shared.keep_token(granted.access, None, info);
                Ok(info)
            }
            Credentials::User(user) => self.renew_login(user, fresh).await,
        }
    }

    /// Exchanges the code of a browser login for tokens, and uses them from now on. They are not
    /// kept anywhere yet: whoever called decides whether they are worth it.
    ///
    /// # Errors
    /// What the login host said, or that this client has no person's credentials.
    pub async fn exchange(&self, login: &BrowserLogin, code: Code) -> Result<UserTokens, Failure> {
        let Credentials::User(user) = &self.shared.credentials else {
            let sentence = "these credentials are no person's, so no browser login is theirs";
            return Err(plain(FailureKind::CredentialsRefused, sentence.to_owned()));
        };
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", user.client_id.as_str()),
            ("code", code.0.expose_secret()),
            ("code_verifier", login.verifier().expose_secret()),
            ("redirect_uri", login.redirect_uri()),
        ];
        let granted = self.ask_for_token(&form, None, Asked::UserToken).await?;
        Ok(self.use_login(granted, None))
    }

    /// Tells the service that the token in use shall end now.
    ///
    /// # Errors
    /// What the service or the network said. A token that was refused has ended: no error.
    pub async fn revoke(&self) -> Result<(), Failure> {
        let call = Call {
            method: Method::DELETE,
            patience: Patience::Once,
            ..Call::get("/api/v2/tokens/me", "ending the token")
        };
        match self.call(call).await {
            Err(failure) if failure.kind == FailureKind::TokenRefused => Ok(()),
            outcome => outcome.map(|_| ()),
        }
    }

    /// Renews a person's login: with what is kept, if that is newer; with the refresh token, if
    /// the service granted one; otherwise only the person can.
    async fn renew_login(&self, user: &UserLogin, fresh: bool) -> Result<TokenInfo, Failure> {
        let keeper = Arc::clone(&user.keeper);
        // the keyring may take its time, though never more than its limit
        let kept = tokio::task::spawn_blocking(move || keeper.load()).await;
        let kept = kept.unwrap_or_else(|error| Err(error.to_string()));
        let kept =
            kept.inspect_err(|why| tracing::warn!(why, "the login can't be read again")).ok();
        let (held, refresh) = {
            let slot = self.shared.slot();
            (slot.token.clone(), slot.refresh.clone())
        };
        let is_new = kept.as_ref().is_some_and(|kept| {
            held.is_none_or(|held| held.expose_secret() != kept.access.expose_secret())
        });
        if let Some(kept) = kept.as_ref().filter(|kept| is_new && !kept.is_over(self.clock.now())) {
            let info = info_of(kept, None);
            self.shared.keep_token(kept.access.clone(), kept.refresh.clone(), info);
            tracing::info!(expires = moment::in_log(info.expires), "a newer login was taken up");
            return Ok(info);
        }
        // A refresh token is often good once: what is kept is the one that another run got last.
        let refresh = kept.and_then(|kept| kept.refresh).or(refresh);
        let Some(refresh) = refresh else {
            return Err(self.shared.only_the_person(user, fresh, None, self.clock.now()));
        };
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", user.client_id.as_str()),
            ("refresh_token", refresh.expose_secret()),
        ];
        let granted = match self.ask_for_token(&form, None, Asked::UserToken).await {
            Ok(granted) => granted,
            Err(refused) if refused.kind == FailureKind::CredentialsRefused => {
                self.shared.forget_refresh_token();
                return Err(self.shared.only_the_person(
                    user,
                    fresh,
                    Some(refused),
                    self.clock.now(),
                ));
            }
            Err(failure) => return Err(failure),
        };
        let life = granted.life;
        let tokens = self.use_login(granted, Some(refresh));
        let info = info_of(&tokens, life);
        let keeper = Arc::clone(&user.keeper);
        let keeping = tokio::task::spawn_blocking(move || keeper.keep(&tokens)).await;
        if let Err(why) = keeping.unwrap_or_else(|error| Err(error.to_string())) {
            // this run has them; the next one will have to ask the person
            tracing::warn!(why, "the renewed login can't be kept");
        }
        Ok(info)
    }

    /// Uses what was granted. A service that grants no new refresh token means the old one to stay.
    fn use_login(&self, granted: Granted, old_refresh: Option<SecretString>) -> UserTokens {
        let tokens = UserTokens {
            access: granted.access,
            refresh: granted.refresh.or(old_refresh),
            expires: granted.expires,
        };
        let info = info_of(&tokens, granted.life);
        self.shared.keep_token(tokens.access.clone(), tokens.refresh.clone(), info);
        tokens
    }

    /// Asks the login host for a token.
    async fn ask_for_token(
        &self,
        form: &[(&str, &str)],
        client: Option<(&str, &SecretString)>,
        asked: Asked,
    ) -> Result<Granted, Failure> {
        let doing = "logging in";
        let host = self.shared.address.login_host();
        let url = format!("{}/oauth/token", self.shared.address.login_url());
        let mut request = self.http.post(url).form(form);
        if let Some((id, secret)) = client {
            request = request.basic_auth(id, Some(secret.expose_secret()));
        }
        let answer = self.send(request, doing, &host).await?;
        let answer = accepted(answer, doing, &host, asked)?;
        let answer: TokenAnswer = answer.json(doing, &host)?;
        let Some(token) = answer.access_token.filter(|token| !token.is_empty()) else {
            return Err(unreadable(doing, &host, "it holds no access_token"));
        };
        let life = answer.expires_in.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let expires = life.map(|life| moment::add(self.clock.now(), life));
        tracing::info!(%host, expires = moment::in_log(expires), "logged in");
        let refresh = answer.refresh_token.filter(|token| !token.is_empty());
        Ok(Granted { access: token.into(), refresh: refresh.map(Into::into), life, expires })
    }
}

impl Shared {
    /// The token at hand if it will do.
    fn usable_token(&self, fresh: bool, clock: Clock) -> Result<Option<TokenInfo>, Failure> {
        let slot = self.slot();
        if slot.token.is_none() {
            return Ok(None);
        }
        if matches!(self.credentials, Credentials::AccessToken(_)) {
            if slot.refused {
                let sentence = format!(
                    "{} doesn't take the access token (any more), and a token alone can't be renewed: get another one, or use a client id and secret",
                    self.address.api_host()
                );
                return Err(plain(FailureKind::CredentialsRefused, sentence));
            }
            return Ok(Some(slot.info));
        }
        let young = slot.info.life.map_or(YOUNG_TOKEN, |life| YOUNG_TOKEN.min(life / 2));
        let is_young =
            slot.obtained.is_some_and(|obtained| clock.passed(obtained.elapsed()) < young);
        let is_over = slot.info.expires.is_some_and(|end| end <= clock.now());
        Ok((!slot.refused && !is_over && (!fresh || is_young)).then_some(slot.info))
    }

    fn keep_token(&self, token: SecretString, refresh: Option<SecretString>, info: TokenInfo) {
        let mut slot = self.slot();
        *slot = Slot {
            token: Some(token),
            refresh,
            info,
            obtained: Some(Instant::now()),
            refused: false,
            has_worked: slot.has_worked,
            generation: slot.generation + 1,
        };
        drop(slot);
        self.tell_token(info);
    }

    /// The refresh token is worth nothing any more: from now on the token ends when it ends.
    fn forget_refresh_token(&self) {
        let mut slot = self.slot();
        slot.refresh = None;
        slot.info.renews = false;
        let info = slot.info;
        drop(slot);
        self.tell_token(info);
    }

    /// What to say when nothing but a new login helps. Where a token has worked in this run, the
    /// failure is one that is tried again: the person logs in elsewhere, and it is taken up here.
    fn only_the_person(
        &self,
        user: &UserLogin,
        fresh: bool,
        refused: Option<Failure>,
        now: Timestamp,
    ) -> Failure {
        let slot = self.slot();
        let left =
            slot.info.expires.map(|end| moment::since(end, now)).filter(|left| !left.is_zero());
        let command = &user.log_in_again;
        let sentence = match left {
            Some(left) if fresh && !slot.refused => {
                let minutes = left.as_secs().div_ceil(60);
                format!(
                    "this login ends in {minutes} min and can't be renewed by itself: log in again with `{command}` in another terminal, it is taken up here without a break"
                )
            }
            _ if slot.has_worked => format!(
                "the login has ended: log in again with `{command}` in another terminal, it is taken up here"
            ),
            _ => format!("the login of this profile has ended: log in again with `{command}`"),
        };
        let kind = if slot.has_worked {
            FailureKind::TokenRefused
        } else {
            FailureKind::CredentialsRefused
        };
        let context_id = refused.and_then(|refused| refused.context_id);
        Failure { context_id, ..plain(kind, sentence) }
    }
}
