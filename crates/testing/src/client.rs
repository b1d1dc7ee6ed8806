//! A caller whose every answer is checked against the OpenAPI document.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use crate::document;

/// A caller of one organization.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    org: String,
    token: Option<String>,
    headers: Vec<(String, String)>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The bytes of the body.
    pub bytes: Vec<u8>,
    /// The body as JSON; null when it is none.
    pub json: Value,
    /// For messages: what was asked.
    request: String,
}

impl Answer {
    /// Checks the status and hands the answer on.
    #[track_caller]
    #[expect(clippy::return_self_not_must_use, reason = "often the status is all that a test looks at")]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(
            self.status,
            status,
            "{} answered {}: {}",
            self.request,
            self.status,
            String::from_utf8_lossy(&self.bytes)
        );
        self
    }

    /// A header's text, or "".
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// `data` of the body.
    pub fn data(&self) -> &Value {
        &self.json["data"]
    }

    /// The names of the fields that were refused.
    pub fn faults(&self) -> Vec<&str> {
        self.json["errors"]
            .as_object()
            .map(|errors| errors.keys().map(String::as_str).collect())
            .unwrap_or_default()
    }
}

impl Client {
    pub(crate) fn new(http: reqwest::Client, base: &str, org: &str, token: Option<&str>) -> Self {
        Self {
            http,
            base: base.to_owned(),
            org: org.to_owned(),
            token: token.map(str::to_owned),
            headers: Vec::new(),
        }
    }

    /// The same caller, sending one more header.
    #[must_use]
    pub fn with_header(&self, name: &str, value: &str) -> Self {
        let mut changed = self.clone();
        changed.headers.push((name.to_owned(), value.to_owned()));
        changed
    }

    /// The same caller, in the paths of another organization.
    #[must_use]
    pub fn in_organization(&self, id: &str) -> Self {
        Self { org: id.to_owned(), ..self.clone() }
    }

    /// The same caller without the token.
    #[must_use]
    pub fn without_token(&self) -> Self {
        Self { token: None, ..self.clone() }
    }

    /// Sends a request line and a body exactly as they are, which no HTTP
    /// library would, and returns status, head and body. The path is sent
    /// below the organization's.
    pub async fn send_raw(&self, method: &str, path: &[u8], headers: &str, body: &[u8]) -> Answer {
        let address = self.base.trim_start_matches("http://").to_owned();
        let mut request = format!("{method} /organizations/{}", self.org).into_bytes();
        request.extend_from_slice(path);
        let token = self.token.as_deref().map(|token| format!("Authorization: Bearer {token}\r\n"));
        let head = format!(
            " HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n{}{headers}\r\n",
            body.len(),
            token.unwrap_or_default()
        );
        request.extend_from_slice(head.as_bytes());
        request.extend_from_slice(body);
        let exchanged = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).expect("the server listens");
            stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a time limit");
            stream.write_all(&request).expect("the request is sent");
            let mut bytes = Vec::new();
            stream.read_to_end(&mut bytes).expect("the server answers");
            bytes
        });
        let bytes = exchanged.await.expect("the server answers");
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let status = head.get(9..12).and_then(|status| status.parse().ok()).expect("a status");
        let mut headers = reqwest::header::HeaderMap::new();
        for (name, value) in head.lines().skip(1).filter_map(|line| line.split_once(": ")) {
            let name = reqwest::header::HeaderName::try_from(name).expect("a header name");
            headers.append(name, value.parse().expect("a header value"));
        }
        let json = serde_json::from_slice(&bytes[end..]).unwrap_or(Value::Null);
        let request = format!("{method} {}", String::from_utf8_lossy(path));
        Answer { status, headers, bytes: bytes[end..].to_vec(), json, request }
    }

    /// `GET` of a path below the organization.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    /// `POST` of JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    /// `PUT` of JSON.
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    /// Any method, with or without a JSON body.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let bytes = body.map(|body| serde_json::to_vec(body).expect("JSON"));
        self.send_bytes(method, path, bytes, "application/json").await
    }

    /// Any method and any bytes. A path that begins with `//` is taken below
    /// the server's root instead of the organization.
    pub async fn send_bytes(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
        content_type: &str,
    ) -> Answer {
        let address = match path.strip_prefix("//") {
            Some(path) => format!("{}/{path}", self.base),
            None => format!("{}/organizations/{}{path}", self.base, self.org),
        };
        let request_text = format!("{method} {address}");
        let mut request = self.http.request(method.clone(), &address);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.header("content-type", content_type).body(body);
        }
        let response = request.send().await.expect("the server answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.expect("a whole body").to_vec();
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let answer = Answer { status, headers, bytes, json, request: request_text };
        let path = address.strip_prefix(&self.base).unwrap_or_default();
        assert_ne!(
            status,
            500,
            "{} answered 500: {}",
            answer.request,
            String::from_utf8_lossy(&answer.bytes)
        );
        // A length of 0 would be that of another answer, or of none (RFC 9110, 8.6).
        assert!(
            !matches!(status, 204 | 304) || !answer.headers.contains_key("content-length"),
            "{} answered {status} with a length",
            answer.request
        );
        document::check(method.as_str(), path, &answer);
        answer
    }
}
