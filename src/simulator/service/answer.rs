//! Answers in the service's form: JSON, errors with a code and a contextId, limits in headers.
use super::state::State;
use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// An answer under construction.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Option<Value>,
    /// A body that is no JSON, and its type.
    pub(super) other: Option<(String, &'static str)>,
    pub(super) headers: Vec<(&'static str, String)>,
}

impl Answer {
    pub(super) fn json(body: Value) -> Self {
        Self { status: 200, body: Some(body), other: None, headers: Vec::new() }
    }

    pub(super) fn status(status: u16) -> Self {
        Self { status, body: None, other: None, headers: Vec::new() }
    }

    pub(super) fn html(status: u16, title: &str) -> Self {
        let page = format!(
            "<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
        );
        Self { other: Some((page, "text/html; charset=utf-8")), ..Self::status(status) }
    }

    /// Text that says it is JSON.
    pub(super) fn text(status: u16, text: &str) -> Self {
        Self { other: Some((text.to_owned(), "application/json")), ..Self::status(status) }
    }

    pub(super) fn header(mut self, name: &'static str, value: impl std::fmt::Display) -> Self {
        self.headers.push((name, format!("{value}")));
        self
    }

    pub(super) fn into_response(self, state: &mut State) -> Response<Body> {
        let (body, kind) = match (self.other, self.body) {
            (Some((text, kind)), _) => (Body::from(text), kind),
            (None, Some(value)) => (Body::from(value.to_string()), "application/json"),
            (None, None) => (Body::empty(), "application/json"),
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        let skew = SignedDuration::from_secs(state.switches.clock_skew_s);
        let shown = state.clock.now().saturating_add(skew).unwrap_or(Timestamp::MAX);
        let date = shown.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let correlation = state.uuid();
        let fixed = [("date", date), ("inin-correlation-id", correlation)];
        for (name, value) in fixed.into_iter().chain(self.headers) {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        response
    }
}

/// An error in the service's form.
pub(super) fn error(state: &mut State, status: u16, code: &str, message: &str) -> Answer {
    let context = state.uuid();
    Answer {
        status,
        ..Answer::json(json!({
            "message": message,
            "code": code,
            "status": status,
            "messageParams": {},
            "contextId": context,
            "details": [],
            "errors": [],
        }))
    }
}

pub(super) fn not_found(state: &mut State, what: &str) -> Answer {
    error(state, 404, "not.found", &format!("The requested resource was not found: {what}"))
}

/// One page of a list, of which only that page is written.
pub(super) struct Page {
    /// Entries of a page, at least 1.
    pub(super) size: usize,
    /// From 1.
    pub(super) number: usize,
}

/// One page of a list: `nextUri` is missing on the last one.
pub(super) fn page<T>(path: &str, all: &[T], page: &Page, write: impl Fn(&T) -> Value) -> Answer {
    let &Page { size, number } = page;
    let size = size.max(1);
    let number = number.max(1);
    let pages = all.len().div_ceil(size).max(1);
    let entities: Vec<Value> =
        all.iter().skip(size.saturating_mul(number - 1)).take(size).map(write).collect();
    let uri = |number: usize| format!("{path}?pageSize={size}&pageNumber={number}");
    let mut body = json!({
        "entities": entities,
        "pageSize": size,
        "pageNumber": number,
        "total": all.len(),
        "pageCount": pages,
        "firstUri": uri(1),
        "lastUri": uri(pages),
        "selfUri": uri(number),
    });
    if number < pages {
        body["nextUri"] = json!(uri(number + 1));
    }
    if number > 1 {
        body["previousUri"] = json!(uri(number - 1));
    }
    Answer::json(body)
}
