//! Reading what the login host sends back by way of the browser.
use crate::domain::text::harmless_within;
use secrecy::SecretString;
use thiserror::Error;
use url::form_urlencoded;

/// Longest answer that is read, in bytes: codes have some 50, addresses with them some 200.
pub(super) const MAX_ANSWER_BYTES: usize = 8 << 10;
/// Most characters of the login host's own words in a sentence.
const MAX_WORDS: usize = 200;

/// The code that stands for the login until it is exchanged. Good once, for minutes.
#[derive(Clone, Debug)]
pub struct Code(pub(in crate::cloud) SecretString);

/// Why an answer is no code.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AnswerError {
    /// The login host says no, or the person did.
    #[error("the login was refused: {reason}{}", remedy(.error))]
    Refused {
        /// OAuth's word for it, such as `access_denied`, made harmless.
        error: String,
        /// The login host's own sentence or that word, made harmless.
        reason: String,
    },
    /// The answer belongs to another login, or somebody made it up.
    #[error(
        "an answer with a wrong state came, so it belongs to another login (an old tab?) or was made up: it is not taken"
    )]
    OtherLogin,
    /// There is neither a code nor an error in it.
    #[error(
        "there is no code in it: copy the whole address that the browser shows after the login, it holds code=…"
    )]
    Nothing,
}

fn remedy(error: &str) -> &'static str {
    match error {
        "access_denied" => "; log in as a user who may use this OAuth client, and allow it",
        "unauthorized_client" | "unsupported_response_type" => {
            "; the OAuth client must be of the kind \"Code Authorization\" with PKCE"
        }
        "invalid_scope" => {
            "; the OAuth client needs scopes: ask its administrator (docs/login.md lists them)"
        }
        "invalid_request" => "; check the client id and the redirect URI of the OAuth client",
        "server_error" | "temporarily_unavailable" => "; try again later",
        _ => "",
    }
}

/// Reads an answer; `state` is what this login sent along.
///
/// A code that is pasted alone has no state to compare. That is no hole: the code is worth
/// nothing without the verifier of the very login that it was given to.
pub(super) fn read(answer: &str, state: &str) -> Result<Code, AnswerError> {
    let answer = answer.trim();
    if answer.is_empty() || answer.len() > MAX_ANSWER_BYTES {
        return Err(AnswerError::Nothing);
    }
    let query = super::query_of(answer);
    let (mut code, mut error, mut words, mut given_state) = (None, None, None, None);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let slot = match name.as_ref() {
            "code" => &mut code,
            "error" => &mut error,
            "error_description" => &mut words,
            "state" => &mut given_state,
            _ => continue,
        };
        *slot = Some(value.into_owned()).filter(|value| !value.is_empty());
    }
    let is_ours = given_state.as_deref().map(|given| given == state);
    if is_ours == Some(false) {
        return Err(AnswerError::OtherLogin);
    }
    if let Some(error) = error {
        let reason = words.as_deref().unwrap_or(&error);
        return Err(AnswerError::Refused {
            reason: harmless_within(reason, MAX_WORDS).trim_end_matches('.').to_owned(),
            error: harmless_within(&error, 60),
        });
    }
    match code {
        // a code by itself in a query is nobody's paste
        Some(_) if is_ours.is_none() => Err(AnswerError::OtherLogin),
        Some(code) => Ok(Code(code.into())),
        None if looks_like_code(answer) => Ok(Code(answer.into())),
        None => Err(AnswerError::Nothing),
    }
}

/// Whether a text without any name can be a code.
fn looks_like_code(text: &str) -> bool {
    text.len() >= 16
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~+/".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::{AnswerError, read};
    use secrecy::ExposeSecret;

    #[test]
    fn a_code_is_found_in_an_address_a_query_and_alone() {
        for answer in [
            "http://localhost:5000?code=abcdefghij0123456789&state=S",
            " http://localhost:5000/callback?state=S&code=abcdefghij0123456789 \n",
            "code=abcdefghij0123456789&state=S",
            "/?code=abcdefghij0123456789&state=S",
            "abcdefghij0123456789",
        ] {
            let code = read(answer, "S").unwrap();
            assert_eq!(code.0.expose_secret(), "abcdefghij0123456789", "{answer}");
        }
    }

    #[test]
    fn what_is_no_code_of_this_login_is_told_apart() {
        for (answer, expected) in [
            ("code=abcdefghij0123456789&state=T", AnswerError::OtherLogin),
            ("code=abcdefghij0123456789", AnswerError::OtherLogin),
            ("error=access_denied&state=T", AnswerError::OtherLogin),
            ("", AnswerError::Nothing),
            ("state=S", AnswerError::Nothing),
            ("code=&state=S", AnswerError::Nothing),
            ("hello", AnswerError::Nothing),
            ("what shall I paste here?", AnswerError::Nothing),
            ("http://localhost:5000/", AnswerError::Nothing),
        ] {
            assert_eq!(read(answer, "S").unwrap_err(), expected, "{answer}");
        }
        assert_eq!(read(&"x".repeat(9_000), "S").unwrap_err(), AnswerError::Nothing);
    }

    #[test]
    fn a_refusal_is_told_with_its_remedy_and_without_tricks() {
        let answer = "?error=access_denied&error_description=No%20way%1b%5b31m.&state=S";
        let error = read(answer, "S").unwrap_err();
        let text = error.to_string();
        assert!(text.contains("No way␛[31m; log in as a user"), "{text}");
        // some hosts forget the state of a refusal; nothing is at stake with it
        assert!(matches!(read("error=server_error", "S"), Err(AnswerError::Refused { .. })));
    }

    #[test]
    fn the_code_is_not_shown() {
        let code = read("abcdefghij0123456789", "S").unwrap();
        assert!(!format!("{code:?}").contains("abcdef"));
    }
}
