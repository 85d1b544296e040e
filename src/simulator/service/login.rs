//! The login host: tokens for client credentials, authorization codes (PKCE too) and refresh.
use super::answer::Answer;
use super::state::{Bearer, Code, State};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Most codes that await their exchange.
const MAX_CODES: usize = 100;

fn refuse(status: u16, error: &str, description: &str) -> Answer {
    Answer {
        status,
        ..Answer::json(
            json!({"error": error, "error_description": description, "description": description}),
        )
    }
}

/// `POST /oauth/token`.
pub(super) fn token(state: &mut State, authorization: Option<&str>, form: &str) -> Answer {
    let fields: HashMap<String, String> =
        url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
    let basic = authorization
        .and_then(|header| header.strip_prefix("Basic "))
        .and_then(|encoded| STANDARD.decode(encoded.trim()).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|pair| {
            pair.split_once(':').map(|(id, secret)| (id.to_owned(), secret.to_owned()))
        });
    let known = |id: &str, secret: &str| {
        let addresses = &state.addresses;
        (id == addresses.client_id && secret == addresses.client_secret)
            || (id == addresses.limited_client_id && secret == addresses.limited_client_secret)
    };
    match fields.get("grant_type").map(String::as_str) {
        Some("client_credentials") => {
            let Some((id, secret)) = basic else {
                return refuse(401, "invalid_client", "client authentication is missing");
            };
            if !known(&id, &secret) {
                return refuse(401, "invalid_client", "client not found or secret is wrong");
            }
            let limited = id == state.addresses.limited_client_id;
            grant(state, Bearer { client: id, user: None, limited }, false)
        }
        Some("authorization_code") => {
            let code = fields.get("code").and_then(|code| state.codes.remove(code));
            let Some(code) = code else {
                return refuse(400, "invalid_grant", "the code is unknown or was used");
            };
            let redirect = fields.get("redirect_uri").is_some_and(|uri| *uri == code.redirect);
            let verified = code.challenge.as_ref().is_none_or(|challenge| {
                fields.get("code_verifier").is_some_and(|verifier| {
                    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) == *challenge
                })
            });
            let confidential = basic.is_some_and(|(id, secret)| known(&id, &secret));
            if !redirect || !verified || (code.challenge.is_none() && !confidential) {
                return refuse(400, "invalid_grant", "code_verifier or redirect_uri doesn't fit");
            }
            let user = state.world.user_ids().next().map(str::to_owned);
            grant(state, Bearer { client: code.client, user, limited: false }, true)
        }
        Some("refresh_token") => {
            match fields.get("refresh_token").and_then(|token| state.refresh.remove(token)) {
                Some(bearer) => grant(state, bearer, true),
                None => refuse(400, "invalid_grant", "the refresh token is unknown"),
            }
        }
        _ => refuse(400, "unsupported_grant_type", "grant_type is missing or unknown"),
    }
}

fn grant(state: &mut State, bearer: Bearer, refreshes: bool) -> Answer {
    let (token, life) = state.issue(bearer.clone());
    let mut body = json!({"access_token": token, "token_type": "bearer", "expires_in": life});
    if refreshes && state.switches.refresh_tokens && state.refresh.len() < MAX_CODES {
        let refresh: String = (0..64).map(|_| state.rng.alphanumeric()).collect();
        body["refresh_token"] = json!(refresh);
        state.refresh.insert(refresh, bearer);
    }
    Answer::json(body)
}

/// `GET /oauth/authorize`: consents at once and sends the browser back.
pub(super) fn authorize(state: &mut State, query: &HashMap<String, String>) -> Answer {
    let redirect = query.get("redirect_uri").cloned().unwrap_or_default();
    let loopback = url::Url::parse(&redirect).ok().filter(|url| {
        url.scheme() == "http"
            && matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
    });
    let client = query.get("client_id").cloned().unwrap_or_default();
    let challenge = query.get("code_challenge").cloned();
    let known = client == state.addresses.pkce_client_id || client == state.addresses.client_id;
    let (Some(mut url), true) =
        (loopback, known && query.get("response_type").is_some_and(|kind| kind == "code"))
    else {
        return Answer::html(400, "invalid request: client_id, response_type or redirect_uri");
    };
    if query.get("code_challenge_method").is_some_and(|method| method != "S256") {
        return Answer::html(400, "invalid request: only S256");
    }
    if state.switches.consent_denied {
        url.query_pairs_mut().append_pair("error", "access_denied");
        if let Some(value) = query.get("state") {
            url.query_pairs_mut().append_pair("state", value);
        }
        return Answer::status(302).header("location", url);
    }
    let code: String = (0..40).map(|_| state.rng.alphanumeric()).collect();
    if state.codes.len() >= MAX_CODES {
        state.codes.clear();
    }
    state.codes.insert(code.clone(), Code { client, redirect, challenge });
    url.query_pairs_mut().append_pair("code", &code);
    if let Some(value) = query.get("state") {
        url.query_pairs_mut().append_pair("state", value);
    }
    Answer::status(302).header("location", url)
}
