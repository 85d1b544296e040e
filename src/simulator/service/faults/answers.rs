//! Answers that are wrong on purpose: which calls, and what they get.
use super::super::answer::{Answer, error};
use super::super::state::State;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// Longest list of rules; a further one takes the place of the oldest.
const MAX_RULES: usize = 32;

/// What calls answer instead of the right thing. With no status and no kind the call is only
/// late.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaultyAnswer {
    /// Part of the path; with `*` in it the whole path. Empty for every call.
    pub path: String,
    /// The method; empty for every method.
    pub method: String,
    /// The status.
    pub status: u16,
    /// The service's error code, or the login's `error`.
    pub code: String,
    /// The error's message.
    pub message: String,
    /// How often; absent for ever.
    pub times: Option<u32>,
    /// Whether the answer is a page, as a captive portal gives.
    pub html: bool,
    /// Whether the answer is JSON that breaks off.
    pub garbage: bool,
    /// Whether the connection is closed without an answer.
    pub hang_up: bool,
    /// What `Retry-After` says, in seconds; absent for no such header.
    pub retry_after: Option<u32>,
    /// How long the answer takes, in milliseconds of real time.
    pub delay_ms: u64,
}

/// What becomes of a call.
pub(in super::super) enum Verdict {
    /// It goes its way.
    Right,
    /// This instead.
    Wrong(Answer),
    /// Nothing: the connection ends.
    HangUp,
}

impl FaultyAnswer {
    fn fits(&self, method: &str, path: &str) -> bool {
        let of_path = if self.path.contains('*') {
            super::super::rest::like(&self.path, path)
        } else {
            path.contains(&self.path)
        };
        let of_method = self.method.is_empty() || self.method.eq_ignore_ascii_case(method);
        of_path && of_method && self.times != Some(0)
    }

    /// Whether it takes rules away instead of being one.
    fn ends(&self) -> bool {
        let wrong = self.status != 0 || self.html || self.garbage || self.hang_up;
        !wrong && self.delay_ms == 0
    }

    fn answer(&self, state: &mut State, login: bool) -> Verdict {
        if self.hang_up {
            return Verdict::HangUp;
        }
        let status = if self.status == 0 { 200 } else { self.status };
        let answer = if self.html {
            Answer::html(status, "Sign in to the Hotel Wi-Fi")
        } else if self.garbage {
            Answer::text(status, "{\"entities\":[{\"id\":\"stream")
        } else if self.status == 0 {
            return Verdict::Right;
        } else if login {
            let code = if self.code.is_empty() { "server_error" } else { &self.code };
            let body = json!({"error": code, "error_description": self.message, "description": self.message});
            Answer { status, ..Answer::json(body) }
        } else {
            let (code, message) = usual(status);
            let code = if self.code.is_empty() { code } else { &self.code };
            let message = if self.message.is_empty() { message } else { &self.message };
            error(state, status, code, message)
        };
        Verdict::Wrong(match self.retry_after {
            Some(seconds) => answer.header("retry-after", seconds),
            None => answer,
        })
    }
}

/// The service's own code and message for a status.
fn usual(status: u16) -> (&'static str, &'static str) {
    match status {
        400 => ("bad.request", "The request could not be understood."),
        401 => ("bad.credentials", "Invalid login credentials."),
        403 => (
            "missing.permissions",
            "Unable to perform the requested action. You are missing the following permission(s): routing:queue:view",
        ),
        404 => ("not.found", "The requested resource was not found."),
        429 => (
            "too.many.requests",
            "Rate limit exceeded the maximum [300] requests within [60] seconds",
        ),
        503 => {
            ("service.unavailable", "Service Unavailable - The server is currently unavailable.")
        }
        504 => ("request.timeout", "The request timed out."),
        _ => ("internal.server.error", "The server encountered an unexpected condition."),
    }
}

/// The rules in force; the newest that fits counts.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Rules(Vec<FaultyAnswer>);

impl Rules {
    /// Puts a rule in force, in the place of one for the same calls; one that asks for nothing
    /// ends those of its path, and all when it names none.
    pub(super) fn put(&mut self, rule: &FaultyAnswer) {
        if rule.ends() {
            self.0.retain(|known| !rule.path.is_empty() && known.path != rule.path);
            return;
        }
        self.0.retain(|known| known.path != rule.path || known.method != rule.method);
        if self.0.len() >= MAX_RULES {
            self.0.remove(0);
        }
        self.0.push(rule.clone());
    }
}

/// What the rules make of a call, and how long it takes.
pub(in super::super) fn judge(state: &mut State, method: &str, path: &str) -> (Duration, Verdict) {
    if path.starts_with("/simulator") {
        return (Duration::ZERO, Verdict::Right);
    }
    let rules = &mut state.switches.answers.0;
    let Some(rule) = rules.iter_mut().rev().find(|rule| rule.fits(method, path)) else {
        return (Duration::ZERO, Verdict::Right);
    };
    rule.times = rule.times.map(|times| times - 1);
    let rule = rule.clone();
    let verdict = rule.answer(state, path.contains("/oauth/"));
    (Duration::from_millis(rule.delay_ms), verdict)
}
