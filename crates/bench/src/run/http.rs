//! Single requests, to look at answers before they are measured.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// One answer, read to its end.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// The first header of this name (in small letters).
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn json(&self) -> Result<Value, String> {
        serde_json::from_slice(&self.body).map_err(|error| format!("an answer is not JSON: {error}"))
    }
}

/// Asks once, over a connection of its own.
pub(super) fn get(base: &str, path: &str, token: &str) -> Result<Answer, String> {
    ask(base, "GET", path, token, "").map_err(|error| format!("GET {base}{path}: {error}"))
}

/// Sends JSON once, over a connection of its own.
pub(super) fn post(base: &str, path: &str, token: &str, body: &str) -> Result<Answer, String> {
    ask(base, "POST", path, token, body).map_err(|error| format!("POST {base}{path}: {error}"))
}

fn ask(base: &str, method: &str, path: &str, token: &str, body: &str) -> Result<Answer, String> {
    let host = base.strip_prefix("http://").ok_or("the address does not begin with http://")?;
    let text = |error: std::io::Error| error.to_string();
    let mut stream = TcpStream::connect(host).map_err(text)?;
    stream.set_read_timeout(Some(Duration::from_mins(1))).map_err(text)?;
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nAccept: application/json\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nX-Tallyfy-Client: APIClient\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).map_err(text)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).map_err(text)?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or("the answer has no end")?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    Ok(Answer { status: status.ok_or("the answer has no status")?, headers, body: answer.split_off(end + 4) })
}
