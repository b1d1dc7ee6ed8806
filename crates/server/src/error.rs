//! The errors that callers see, and what the operator's log says of them.
//!
//! A handler returns an [`Error`]; the edge writes it in the shape that the
//! caller accepts (`wire.md` 1.5, RFC 9457) and logs its private context once.

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use hospes_api::envelope::{ErrorBody, Problem};
use hospes_model::Refusal;

/// An answer that is not success.
#[derive(Debug, Clone)]
pub struct Error(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    status: StatusCode,
    code: Option<Cow<'static, str>>,
    message: Cow<'static, str>,
    errors: BTreeMap<String, Vec<String>>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// For the log only.
    context: Option<String>,
}

impl Error {
    fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Parts {
            status,
            code: Some(Cow::Borrowed(code)),
            message: message.into(),
            errors: BTreeMap::new(),
            headers: Vec::new(),
            context: None,
        }))
    }

    /// 400: the request cannot be read at all.
    pub fn bad_request(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// 401: no token, or one that does not work.
    pub fn unauthenticated() -> Self {
        let mut error = Self::new(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", "Unauthenticated.");
        error.0.headers.push((axum::http::header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
        error
    }

    /// 403: a token for another organization. The same whether or not the
    /// organization asked for exists.
    pub fn foreign_organization() -> Self {
        Self::new(StatusCode::FORBIDDEN, "FORBIDDEN", "You do not have access to this organization.")
    }

    /// 403: a form that does not come from a page that was shown to the same
    /// browser.
    pub fn foreign_form() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "FOREIGN_FORM",
            "This form was not sent from its own page. Go back, reload the page and try again.",
        )
    }

    /// 404: no such route.
    pub fn unknown_endpoint() -> Self {
        Self::new(StatusCode::NOT_FOUND, "ENDPOINT_NOT_FOUND", "API endpoint not found")
    }

    /// 404: no such object.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "RESOURCE_NOT_FOUND", "Resource not found")
    }

    /// 405: the route exists, for other methods.
    pub fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "METHOD_NOT_ALLOWED",
            "This method is not supported for this endpoint.",
        )
    }

    /// 409: a request with the same `Idempotency-Key` is being worked on.
    pub fn in_progress() -> Self {
        let mut error = Self::new(
            StatusCode::CONFLICT,
            "IDEMPOTENCY_IN_PROGRESS",
            "A request with this Idempotency-Key is being processed.",
        );
        error.0.headers.push((RETRY_AFTER, HeaderValue::from_static("1")));
        error
    }

    /// 413: the body is larger than `limit` bytes.
    pub fn too_large(limit: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "PAYLOAD_TOO_LARGE",
            format!("The body may not be larger than {limit} bytes."),
        )
    }

    /// 413: a file is larger than `limit` bytes.
    pub fn file_too_large(limit: u64) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "PAYLOAD_TOO_LARGE",
            format!("A file may not be larger than {limit} bytes."),
        )
    }

    /// 416: a range that lies behind the end of a file of `size` bytes.
    pub fn no_such_range(size: u64) -> Self {
        let text = "The file has no such range.";
        let mut error = Self::new(StatusCode::RANGE_NOT_SATISFIABLE, "RANGE_NOT_SATISFIABLE", text);
        if let Ok(range) = HeaderValue::try_from(format!("bytes */{size}")) {
            error.0.headers.push((axum::http::header::CONTENT_RANGE, range));
        }
        error
    }

    /// 415: a body that is no form of several parts, where one is wanted.
    pub fn not_multipart() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UNSUPPORTED_MEDIA_TYPE",
            "The body must be sent as multipart/form-data.",
        )
    }

    /// 503: the place of the files does not answer as it should.
    pub fn storage_unavailable(context: impl Into<String>) -> Self {
        let text = "The storage of files is not available. Nothing was changed.";
        let mut error = Self::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", text);
        error.0.headers.push((RETRY_AFTER, HeaderValue::from(10)));
        error.0.context = Some(context.into());
        error
    }

    /// 415: a body of a type that the route does not read.
    pub fn unsupported_media_type() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UNSUPPORTED_MEDIA_TYPE",
            "The body must be sent as application/json.",
        )
    }

    /// 422 about one field.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Refusal::field(field, message).into()
    }

    /// 429: too many requests; nothing was done.
    pub fn too_many(message: impl Into<Cow<'static, str>>, retry_after_seconds: u64) -> Self {
        let mut error = Self::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMIT_EXCEEDED", message);
        error.0.headers.push((RETRY_AFTER, HeaderValue::from(retry_after_seconds.max(1))));
        error
    }

    /// 500: a defect. Nothing was written.
    pub fn internal(context: impl Into<String>) -> Self {
        let mut error = Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL_ERROR",
            "Something went wrong here. Nothing was changed.",
        );
        error.0.context = Some(context.into());
        error
    }

    /// The same with other names for some of the fields that it names: where a
    /// request asks for something under another name than the rule that refused.
    /// What is said of a name more than once is said once.
    #[must_use]
    pub fn renamed(mut self, name: impl Fn(&str) -> Option<String>) -> Self {
        let errors = std::mem::take(&mut self.0.errors);
        for (field, messages) in errors {
            let field = name(&field).unwrap_or(field);
            let known = self.0.errors.entry(field).or_default();
            for message in messages {
                if !known.contains(&message) {
                    known.push(message);
                }
            }
        }
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Headers that belong to it.
    pub fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.0.headers
    }

    /// What the log says beside the public message.
    pub fn context(&self) -> Option<&str> {
        self.0.context.as_deref()
    }

    /// The compatible body.
    pub fn body(&self) -> ErrorBody {
        ErrorBody {
            error: true,
            message: self.0.message.clone().into_owned(),
            code: self.0.code.as_deref().map(str::to_owned),
            errors: self.0.errors.clone(),
        }
    }

    /// Rebuilds an error from a body that was kept.
    pub fn from_body(status: StatusCode, body: ErrorBody) -> Self {
        Self(Box::new(Parts {
            status,
            code: body.code.map(Cow::Owned),
            message: Cow::Owned(body.message),
            errors: body.errors,
            headers: Vec::new(),
            context: None,
        }))
    }

    /// The answer, in the shape the caller accepts.
    pub fn render(&self, as_problem: bool, request_id: &str) -> Response {
        let (content_type, body) = if as_problem {
            let problem = Problem {
                kind: "about:blank",
                title: self.0.status.canonical_reason().unwrap_or("Error"),
                status: self.0.status.as_u16(),
                detail: &self.0.message,
                instance: request_id,
                code: self.0.code.as_deref(),
                errors: &self.0.errors,
            };
            ("application/problem+json", serde_json::to_vec(&problem))
        } else {
            ("application/json", serde_json::to_vec(&self.body()))
        };
        let mut response = (self.0.status, body.unwrap_or_default()).into_response();
        let headers: &mut HeaderMap = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        for (name, value) in &self.0.headers {
            headers.insert(name.clone(), value.clone());
        }
        response
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Invalid(fields) => {
                let mut error = Self::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "VALIDATION_FAILED",
                    "The given data was invalid.",
                );
                error.0.errors =
                    fields.iter().map(|(field, messages)| (field.to_owned(), messages.to_vec())).collect();
                error
            }
            Refusal::Forbidden(why) => Self::new(StatusCode::FORBIDDEN, "FORBIDDEN", why),
            Refusal::Protected(why) => Self::new(StatusCode::BAD_REQUEST, "PROTECTED", why),
            Refusal::NotFound => Self::not_found(),
            Refusal::Stale => Self::new(
                StatusCode::PRECONDITION_FAILED,
                "PRECONDITION_FAILED",
                "The object was changed since you read it.",
            ),
        }
    }
}

impl From<hospes_store::Error> for Error {
    fn from(error: hospes_store::Error) -> Self {
        match error {
            hospes_store::Error::Unavailable(_) => {
                let mut public = Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "UNAVAILABLE",
                    "The database is not available. Nothing was changed.",
                );
                public.0.headers.push((RETRY_AFTER, HeaderValue::from_static("1")));
                public.0.context = Some(error.to_string());
                public
            }
            error => Self::internal(error.to_string()),
        }
    }
}

impl IntoResponse for Error {
    /// Leaves the body to the edge, which knows what the caller accepts.
    fn into_response(self) -> Response {
        let mut response = self.0.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
