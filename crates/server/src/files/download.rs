//! Bytes on their way out: whole or a range of them (RFC 9110, 14), under a name
//! that no header breaks on, and so that no browser runs them.

use data_encoding::HEXLOWER;
use std::fmt::Write as _;

use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, IF_RANGE,
    RANGE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use hospes_model::OrgId;
use hospes_model::asset::Asset;

use crate::app::App;
use crate::error::Error;
use crate::reply::{is_known, not_modified};

/// Whatever a file holds, a browser that shows it runs nothing of it and loads
/// nothing for it.
const POLICY: &str =
    "sandbox; default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'";

/// How a file is handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// To be saved.
    Attachment,
    /// To be shown, as far as browsers may show its kind.
    Inline,
}

/// A file as an answer.
///
/// # Errors
///
/// 416 for a range behind its end, 503 when the bytes cannot be read.
pub async fn answer(
    app: &App,
    org: OrgId,
    asset: &Asset,
    manner: Manner,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, Error> {
    let etag = etag(asset);
    if is_known(headers.get(IF_NONE_MATCH), etag.as_bytes())
        && let Ok(etag) = HeaderValue::try_from(&etag)
    {
        return Ok(not_modified(etag));
    }
    let wanted = match range(headers, &etag, asset.size) {
        Wanted::Whole => None,
        Wanted::Range(from, to) => Some((from, to)),
        Wanted::Nothing => return Err(Error::no_such_range(asset.size)),
    };
    let (from, to) = wanted.unwrap_or((0, asset.size));
    // What only asks for the head needs no bytes.
    let body = if method == Method::HEAD {
        Body::empty()
    } else {
        Body::from_stream(app.files.storage.read(org, asset.bytes, (from, to)).await?)
    };
    let mut response = Response::new(body);
    if wanted.is_some() {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        put(&mut response, CONTENT_RANGE, &format!("bytes {from}-{}/{}", to - 1, asset.size));
    }
    let shown = manner == Manner::Inline && asset.kind().is_shown();
    let kind = if manner == Manner::Inline { asset.kind().mime() } else { "application/octet-stream" };
    let word = if shown { "inline" } else { "attachment" };
    put(&mut response, CONTENT_TYPE, kind);
    put(&mut response, CONTENT_LENGTH, &(to - from).to_string());
    put(&mut response, CONTENT_DISPOSITION, &disposition(word, &asset.filename));
    put(&mut response, ACCEPT_RANGES, "bytes");
    put(&mut response, ETAG, &etag);
    put(&mut response, CACHE_CONTROL, "private, no-cache");
    put(&mut response, X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(&mut response, CONTENT_SECURITY_POLICY, POLICY);
    Ok(response)
}

fn put(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// The bytes never change, so their hash says all.
fn etag(asset: &Asset) -> String {
    format!("\"{}\"", HEXLOWER.encode(&asset.sha256))
}

/// `attachment; filename="…"; filename*=UTF-8''…` (RFC 6266): in plain letters
/// for old programs, in full for all others.
fn disposition(word: &str, name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if (' '..='~').contains(&c) && !matches!(c, '"' | '\\' | '%') { c } else { '_' })
        .collect();
    let mut text = format!("{word}; filename=\"{plain}\"; filename*=UTF-8''");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// What is wanted of a file.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Whole,
    /// From this byte up to, not including, that one.
    Range(u64, u64),
    Nothing,
}

/// Reads `Range`, unless `If-Range` names other bytes. Several ranges, other
/// units and what cannot be read are answered with the whole.
fn range(headers: &HeaderMap, etag: &str, size: u64) -> Wanted {
    let Some(range) = headers.get(RANGE).and_then(|range| range.to_str().ok()) else { return Wanted::Whole };
    if headers.get(IF_RANGE).is_some_and(|known| known.as_bytes() != etag.as_bytes()) {
        return Wanted::Whole;
    }
    let Some((first, last)) = range.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Wanted::Whole;
    };
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<u64>().unwrap_or(u64::MAX))
    };
    match (first, last) {
        ("", last) => match number(last) {
            None => Wanted::Whole,
            Some(0) => Wanted::Nothing,
            Some(_) if size == 0 => Wanted::Nothing,
            Some(count) => Wanted::Range(size.saturating_sub(count), size),
        },
        (first, last) => match (number(first), last, number(last)) {
            (Some(from), "", _) if from < size => Wanted::Range(from, size),
            (Some(from), _, Some(last)) if last < from => Wanted::Whole,
            (Some(from), _, Some(last)) if from < size => {
                Wanted::Range(from, last.saturating_add(1).min(size))
            }
            (Some(_), "", _) | (Some(_), _, Some(_)) => Wanted::Nothing,
            _ => Wanted::Whole,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_so_that_no_header_breaks() {
        assert_eq!(
            disposition("attachment", "a \"b\" 50%.pdf"),
            "attachment; filename=\"a _b_ 50_.pdf\"; filename*=UTF-8''a%20%22b%22%2050%25.pdf"
        );
        assert_eq!(
            disposition("inline", "Größe;\r\nX.png"),
            "inline; filename=\"Gr__e;__X.png\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%3B%0D%0AX.png"
        );
    }

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        let read = |text: &str, size| {
            let mut headers = HeaderMap::new();
            headers.insert(RANGE, text.parse().unwrap());
            range(&headers, "\"x\"", size)
        };
        for (text, wanted) in [
            ("bytes=0-0", Wanted::Range(0, 1)),
            ("bytes=2-", Wanted::Range(2, 10)),
            ("bytes=2-99", Wanted::Range(2, 10)),
            ("bytes=9-18446744073709551615", Wanted::Range(9, 10)),
            ("bytes=-3", Wanted::Range(7, 10)),
            ("bytes=-99", Wanted::Range(0, 10)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=99999999999999999999-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=3-2", Wanted::Whole),
            ("bytes=0-1,3-4", Wanted::Whole),
            ("bytes=+1-2", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("lines=0-1", Wanted::Whole),
        ] {
            assert_eq!(read(text, 10), wanted, "{text}");
        }
        assert_eq!((read("bytes=0-", 0), read("bytes=-1", 0)), (Wanted::Nothing, Wanted::Nothing));
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, HeaderValue::from_static("bytes=0-0"));
        headers.insert(IF_RANGE, HeaderValue::from_static("\"y\""));
        assert_eq!(range(&headers, "\"x\"", 10), Wanted::Whole);
        headers.insert(IF_RANGE, HeaderValue::from_static("\"x\""));
        assert_eq!(range(&headers, "\"x\"", 10), Wanted::Range(0, 1));
    }
}
