//! Bodies of several parts (`multipart/form-data`), read as they come, with
//! limits of time and size.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName};
use bytes::{Bytes, BytesMut};
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt};
use multer::{Constraints, Field, Multipart, SizeLimit};
use percent_encoding::percent_decode;
use tokio::time::Instant;

use crate::change::BODY_LIMIT;
use crate::error::Error;

/// Whoever sends nothing for so long has gone.
const PATIENCE: Duration = Duration::from_mins(1);
/// No body takes longer.
pub const LONGEST: Duration = Duration::from_hours(2);
/// A body has at most so many parts.
const PARTS: usize = 1000;
/// What is refused is read on for so many bytes: many clients look for the
/// answer only when they have sent all.
const READ_ON: usize = 16 << 20;

/// The bytes of a body as they come; an error when they stop coming.
pub type Incoming = BoxStream<'static, Result<Bytes, Broken>>;

/// A body that broke off.
#[derive(Debug, thiserror::Error)]
#[error("the body broke off")]
pub struct Broken;

/// The bytes of a body, for those who do not wait for ever.
pub fn incoming(body: Body) -> Incoming {
    let until = Instant::now() + LONGEST;
    let stream = body.into_data_stream();
    futures_util::stream::unfold(Some(stream), move |stream: Option<BodyDataStream>| async move {
        let mut stream = stream?;
        let patience = PATIENCE.min(until.saturating_duration_since(Instant::now()));
        match tokio::time::timeout(patience, stream.next()).await {
            Ok(None) => None,
            Ok(Some(Ok(bytes))) => Some((Ok(bytes), Some(stream))),
            Ok(Some(Err(_))) | Err(_) => Some((Err(Broken), None)),
        }
    })
    // Whoever reads on behind the end finds nothing.
    .fuse()
    .boxed()
}

/// Reads on for a while and throws away what comes.
pub async fn drain(incoming: &mut Incoming) {
    let mut size = 0;
    while let Some(Ok(bytes)) = incoming.next().await {
        size += bytes.len();
        if size > READ_ON {
            return;
        }
    }
}

/// The parts of a body.
pub struct Parts<'a> {
    form: Multipart<'a>,
    seen: usize,
    /// Bytes that texts may still have.
    left: usize,
}

impl std::fmt::Debug for Parts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Parts({} seen)", self.seen)
    }
}

/// A part of a body.
#[derive(Debug)]
pub enum Part<'a> {
    /// A text: name and value.
    Text(String, String),
    /// A file: the name of its field, what it is called, its bytes.
    File(String, String, Box<Field<'a>>),
}

fn broken(error: &multer::Error) -> Error {
    match error {
        multer::Error::StreamSizeExceeded { limit } => {
            Error::too_large(usize::try_from(*limit).unwrap_or(usize::MAX))
        }
        _ => Error::bad_request("INCOMPLETE_BODY", "The body broke off, or its parts cannot be told apart."),
    }
}

impl<'a> Parts<'a> {
    /// The parts of what comes: `files` of them with at most `limit` bytes each,
    /// and texts.
    ///
    /// # Errors
    ///
    /// 415 for what is no form of several parts, 413 for what its sender says is
    /// larger. What turns out to be larger is refused when it does.
    pub fn new(
        headers: &HeaderMap,
        stream: impl Stream<Item = Result<Bytes, Broken>> + Send + 'a,
        (files, limit): (u64, u64),
    ) -> Result<Self, Error> {
        let most = limit.saturating_mul(files).saturating_add(BODY_LIMIT as u64);
        let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if length.is_some_and(|length| length > most) {
            return Err(Error::file_too_large(limit));
        }
        let kind =
            headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).ok_or_else(Error::not_multipart)?;
        let boundary = multer::parse_boundary(kind).map_err(|_| Error::not_multipart())?;
        let limits = Constraints::new().size_limit(SizeLimit::new().whole_stream(most));
        Ok(Self { form: Multipart::with_constraints(stream, boundary, limits), seen: 0, left: BODY_LIMIT })
    }

    /// The next part. The one before is done with: what was not read of it is
    /// skipped.
    ///
    /// # Errors
    ///
    /// 400 for a body that breaks off, 413 for one that is too large, or whose
    /// texts are, together or by their number.
    pub async fn next(&mut self) -> Result<Option<Part<'a>>, Error> {
        let Some(mut field) = self.form.next_field().await.map_err(|error| broken(&error))? else {
            return Ok(None);
        };
        self.seen += 1;
        if self.seen > PARTS {
            return Err(Error::too_large(BODY_LIMIT));
        }
        let name = field.name().unwrap_or_default().to_owned();
        if let Some(filename) = filename(&field) {
            return Ok(Some(Part::File(name, filename, Box::new(field))));
        }
        let mut text = BytesMut::new();
        while let Some(bytes) = chunk(&mut field).await? {
            self.left = self.left.checked_sub(bytes.len()).ok_or_else(|| Error::too_large(BODY_LIMIT))?;
            text.extend_from_slice(&bytes);
        }
        let text = String::from_utf8_lossy(&text).into_owned();
        Ok(Some(Part::Text(name, text)))
    }
}

/// Some more bytes of a part.
///
/// # Errors
///
/// 400 for a body that breaks off, 413 for one that is too large.
pub async fn chunk(field: &mut Field<'_>) -> Result<Option<Bytes>, Error> {
    field.chunk().await.map_err(|error| broken(&error))
}

/// What a part's file is called; `None` for texts. Browsers write a quotation
/// mark as `%22`; some clients write the name encoded as RFC 5987 has it.
fn filename(field: &Field<'_>) -> Option<String> {
    const DISPOSITION: HeaderName = axum::http::header::CONTENT_DISPOSITION;
    let header = field.headers().get(DISPOSITION)?;
    if let Some(name) = extended(header.as_bytes()) {
        return Some(name);
    }
    field.file_name().map(|name| name.replace("%22", "\""))
}

fn extended(header: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(header).ok()?;
    let at = text.to_ascii_lowercase().find("filename*=")?;
    let value = text.get(at + "filename*=".len()..)?.split(';').next()?.trim().trim_matches('"');
    let encoded =
        value.get(..7).filter(|charset| charset.eq_ignore_ascii_case("utf-8''")).and(value.get(7..))?;
    percent_decode(encoded.as_bytes()).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_names_are_read() {
        let read = |header: &str| extended(header.as_bytes());
        assert_eq!(
            read("form-data; name=\"a\"; filename*=utf-8''%C3%A4%20b.pdf"),
            Some("ä b.pdf".to_owned())
        );
        assert_eq!(read("form-data; FileName*=UTF-8''a.pdf; x=1"), Some("a.pdf".to_owned()));
        assert_eq!(read("form-data; filename*=latin1''%E4.pdf"), None);
        assert_eq!(read("form-data; filename=\"a.pdf\""), None);
    }
}
