//! Answers in the service's form: JSON, errors with a code and a contextId, limits in headers.
use super::state::State;
use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

/// An answer under construction.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Option<Value>,
    pub(super) html: Option<String>,
    pub(super) headers: Vec<(&'static str, String)>,
}

impl Answer {
    pub(super) fn json(body: Value) -> Self {
        Self { status: 200, body: Some(body), html: None, headers: Vec::new() }
    }

    pub(super) fn status(status: u16) -> Self {
        Self { status, body: None, html: None, headers: Vec::new() }
    }

    pub(super) fn html(status: u16, title: &str) -> Self {
        let page = format!(
            "<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
        );
        Self { html: Some(page), ..Self::status(status) }
    }

    pub(super) fn header(mut self, name: &'static str, value: impl std::fmt::Display) -> Self {
        self.headers.push((name, format!("{value}")));
        self
    }

    pub(super) fn into_response(self, state: &mut State) -> Response<Body> {
        let (body, kind) = match (self.html, self.body) {
            (Some(page), _) => (Body::from(page), "text/html; charset=utf-8"),
            (None, Some(value)) => (Body::from(value.to_string()), "application/json"),
            (None, None) => (Body::empty(), "application/json"),
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        let date = state.clock.now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
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

/// One page of a list: `nextUri` is missing on the last one.
pub(super) fn page(path: &str, all: &[Value], size: usize, number: usize) -> Answer {
    let size = size.max(1);
    let number = number.max(1);
    let pages = all.len().div_ceil(size).max(1);
    let entities: Vec<&Value> =
        all.iter().skip(size.saturating_mul(number - 1)).take(size).collect();
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
