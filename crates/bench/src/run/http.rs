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
    let headers = format!(
        "Authorization: Bearer {token}\r\nAccept: application/json\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nX-Tallyfy-Client: APIClient\r\n",
        body.len()
    );
    send(base, &format!("{method} {path}"), &headers, |stream| stream.write_all(body.as_bytes()))
}

/// Sends a request with these header lines over a connection of its own, and
/// what `body` writes behind them; reads the answer to its end.
pub(super) fn send(
    base: &str,
    what: &str,
    headers: &str,
    body: impl FnOnce(&mut TcpStream) -> std::io::Result<()>,
) -> Result<Answer, String> {
    let host = base.strip_prefix("http://").ok_or("the address does not begin with http://")?;
    let text = |error: std::io::Error| error.to_string();
    let mut stream = TcpStream::connect(host).map_err(text)?;
    stream.set_read_timeout(Some(Duration::from_mins(1))).map_err(text)?;
    let head = format!("{what} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).map_err(text)?;
    body(&mut stream).map_err(text)?;
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
    let mut body = answer.split_off(end + 4);
    if head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
        body = whole(&body)?;
    }
    Ok(Answer { status: status.ok_or("the answer has no status")?, headers, body })
}

/// A body that came in pieces.
fn whole(mut pieces: &[u8]) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    loop {
        let end = pieces.windows(2).position(|two| two == b"\r\n").ok_or("a piece has no length")?;
        let length =
            std::str::from_utf8(&pieces[..end]).ok().and_then(|text| usize::from_str_radix(text, 16).ok());
        let length = length.ok_or("a piece has no length")?;
        let rest = pieces.get(end + 2..).unwrap_or_default();
        if length == 0 {
            return Ok(body);
        }
        body.extend_from_slice(rest.get(..length).ok_or("a piece was cut")?);
        pieces = rest.get(length + 2..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_put_together() {
        assert_eq!(whole(b"3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n").unwrap(), b"abc0123456789");
        assert!(whole(b"5\r\nabc").is_err());
    }
}
