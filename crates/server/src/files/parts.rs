//! Bodies of several parts (`multipart/form-data`), read as they come, with
//! limits of time and size.
//!
//! The library that finds the parts holds what it cannot make sense of yet: all
//! that comes before the first boundary, and the head of each part. How much that
//! may be is for `Measured` to see to.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
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
/// So many bytes may come without a part beginning or going on. Browsers' heads
/// have some hundred.
const HEAD: usize = 256 << 10;
/// So many bytes are looked at together: less than [`HEAD`], so that what a file
/// has of them never counts as a head.
const PIECE: usize = 64 << 10;

/// The bytes of a body as they come; an error when they stop coming.
pub type Incoming = BoxStream<'static, Result<Bytes, Broken>>;

/// A body that broke off.
#[derive(Debug, thiserror::Error)]
#[error("the body broke off")]
pub struct Broken;

/// Why no more parts are looked for.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    #[error(transparent)]
    Broken(#[from] Broken),
    /// Neither a boundary nor the end of a head.
    #[error("no part is found")]
    Endless,
}

/// What is known of the bytes on their way to where parts are found.
#[derive(Debug, Default)]
struct Meter {
    /// How many came since a part began or went on.
    since: AtomicUsize,
    /// Whether what came is to be looked at before more of it comes.
    waits: AtomicBool,
}

/// The bytes of a body on that way: piece by piece, each only when what came
/// before it is not enough, and no more than [`HEAD`] of them without a part that
/// begins or goes on.
struct Measured<S> {
    source: S,
    meter: Arc<Meter>,
    /// What came and was not passed on yet.
    rest: Bytes,
}

impl<S: Stream<Item = Result<Bytes, Broken>> + Unpin> Stream for Measured<S> {
    type Item = Result<Bytes, Stopped>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // Whoever asks takes everything that is ready before looking at any of it.
        if self.meter.waits.swap(false, Ordering::Relaxed) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.rest.is_empty() {
            match std::task::ready!(self.source.poll_next_unpin(context)) {
                Some(Ok(bytes)) => self.rest = bytes,
                Some(Err(broken)) => return Poll::Ready(Some(Err(broken.into()))),
                None => return Poll::Ready(None),
            }
        }
        let size = self.rest.len().min(PIECE);
        if self.meter.since.fetch_add(size, Ordering::Relaxed) + size > HEAD {
            return Poll::Ready(Some(Err(Stopped::Endless)));
        }
        self.meter.waits.store(true, Ordering::Relaxed);
        Poll::Ready(Some(Ok(self.rest.split_to(size))))
    }
}

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
    /// The file that is being read.
    file: Option<Field<'a>>,
    seen: usize,
    /// Bytes that texts may still have.
    left: usize,
    meter: Arc<Meter>,
}

impl std::fmt::Debug for Parts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Parts({} seen)", self.seen)
    }
}

/// A part of a body.
#[derive(Debug, PartialEq, Eq)]
pub enum Part {
    /// A text: name and value.
    Text(String, String),
    /// A file: the name of its field, and what it is called. Its bytes are for
    /// [`Parts::chunk`].
    File(String, String),
}

fn broken(error: &multer::Error) -> Error {
    match error {
        multer::Error::StreamSizeExceeded { limit } => {
            Error::too_large(usize::try_from(*limit).unwrap_or(usize::MAX))
        }
        multer::Error::StreamReadFailed(error) if matches!(error.downcast_ref(), Some(Stopped::Endless)) => {
            let text = format!("No part of the body begins within {HEAD} bytes.");
            Error::bad_request("PART_HEAD_TOO_LARGE", text)
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
        stream: impl Stream<Item = Result<Bytes, Broken>> + Send + Unpin + 'a,
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
        let meter = Arc::<Meter>::default();
        let stream = Measured { source: stream, meter: Arc::clone(&meter), rest: Bytes::new() };
        let form = Multipart::with_constraints(stream, boundary, limits);
        Ok(Self { form, file: None, seen: 0, left: BODY_LIMIT, meter })
    }

    /// The next part. The one before is done with: what was not read of it is
    /// skipped.
    ///
    /// # Errors
    ///
    /// 400 for a body that breaks off and for parts that do not begin, 413 for a
    /// body that is too large, or whose texts are, together or by their number.
    pub async fn next(&mut self) -> Result<Option<Part>, Error> {
        // What the library skips itself would count as a head.
        while self.chunk().await?.is_some() {}
        self.meter.waits.store(true, Ordering::Relaxed);
        let found = self.form.next_field().await;
        self.meter.since.store(0, Ordering::Relaxed);
        let Some(mut field) = found.map_err(|error| broken(&error))? else { return Ok(None) };
        self.seen += 1;
        if self.seen > PARTS {
            return Err(Error::too_large(BODY_LIMIT));
        }
        let name = field.name().unwrap_or_default().to_owned();
        if let Some(filename) = filename(&field) {
            self.file = Some(field);
            return Ok(Some(Part::File(name, filename)));
        }
        let mut text = BytesMut::new();
        while let Some(bytes) = more(&mut field, &self.meter).await? {
            self.left = self.left.checked_sub(bytes.len()).ok_or_else(|| Error::too_large(BODY_LIMIT))?;
            text.extend_from_slice(&bytes);
        }
        let text = String::from_utf8_lossy(&text).into_owned();
        Ok(Some(Part::Text(name, text)))
    }

    /// Some more bytes of the file that [`next`](Self::next) found; `None` at its
    /// end.
    ///
    /// # Errors
    ///
    /// 400 for a body that breaks off, 413 for one that is too large.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let Some(field) = &mut self.file else { return Ok(None) };
        let bytes = more(field, &self.meter).await?;
        if bytes.is_none() {
            self.file = None;
        }
        Ok(bytes)
    }
}

async fn more(field: &mut Field<'_>, meter: &Meter) -> Result<Option<Bytes>, Error> {
    meter.waits.store(true, Ordering::Relaxed);
    let bytes = field.chunk().await.map_err(|error| broken(&error))?;
    meter.since.store(0, Ordering::Relaxed);
    Ok(bytes)
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

    /// The parts of a body that comes in pieces of `size` bytes, and how many of
    /// its bytes were asked for.
    fn parts(body: Vec<u8>, size: usize) -> (Parts<'static>, Arc<AtomicUsize>) {
        let taken = Arc::<AtomicUsize>::default();
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, "multipart/form-data; boundary=b".parse().unwrap());
        let (counted, mut rest) = (Arc::clone(&taken), Bytes::from(body));
        let stream = futures_util::stream::poll_fn(move |_| {
            let piece = rest.split_to(rest.len().min(size));
            counted.fetch_add(piece.len(), Ordering::Relaxed);
            Poll::Ready(Some(Ok(piece)).filter(|piece| !piece.as_ref().is_ok_and(Bytes::is_empty)))
        });
        (Parts::new(&headers, stream, (10, 100 << 20)).unwrap(), taken)
    }

    const FILE: &str = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.pdf\"\r\n\r\n";

    #[tokio::test]
    async fn no_more_is_taken_than_a_head_may_have() {
        let file = [FILE.as_bytes(), &vec![b'x'; 3 << 20], b"\r\n"].concat();
        let head = b"--b\r\nContent-Disposition: form-data; name=\"g\"; x=\"";
        for (begun, before) in [
            // A head without end, a boundary that never comes, both behind a file.
            (head.to_vec(), 0),
            (Vec::new(), 0),
            (b"--c".to_vec(), 0),
            ([&file[..], head].concat(), file.len()),
            ([&file[..], b"--b"].concat(), file.len()),
        ] {
            for size in [1000, PIECE, 1 << 20] {
                let (mut parts, taken) = parts([&begun[..], &vec![b' '; 8 << 20]].concat(), size);
                let mut found = parts.next().await;
                if before > 0 {
                    assert_eq!(found.unwrap(), Some(Part::File("f".to_owned(), "a.pdf".to_owned())));
                    found = parts.next().await;
                }
                let error = found.unwrap_err();
                assert!(format!("{error:?}").contains("PART_HEAD_TOO_LARGE"), "{error:?}");
                let taken = taken.load(Ordering::Relaxed);
                assert!(taken <= before + HEAD + PIECE + size, "{taken} bytes");
            }
        }
    }

    #[tokio::test]
    async fn nothing_is_taken_ahead_of_small_parts() {
        let text = b"--b\r\nContent-Disposition: form-data; name=\"t\"\r\n\r\ntext\r\n".repeat(500);
        let (mut parts, taken) = parts([&text[..], FILE.as_bytes(), &vec![b'x'; 8 << 20]].concat(), PIECE);
        for _ in 0..500 {
            assert!(matches!(parts.next().await.unwrap(), Some(Part::Text(..))));
        }
        assert!(taken.load(Ordering::Relaxed) <= text.len() + 2 * PIECE);
    }

    #[tokio::test]
    async fn files_of_any_size_are_no_heads_whether_they_are_read_or_not() {
        let bytes = vec![b'\r'; 2 << 20];
        let text = b"--b\r\nContent-Disposition: form-data; name=\"t\"\r\n\r\ntext\r\n";
        let body =
            [FILE.as_bytes(), &bytes, b"\r\n", text, FILE.as_bytes(), &bytes, b"\r\n--b--\r\n"].concat();
        for size in [1000, PIECE, 4 << 20] {
            let (mut parts, _) = parts(body.clone(), size);
            assert!(matches!(parts.next().await.unwrap(), Some(Part::File(..))));
            assert_eq!(parts.next().await.unwrap(), Some(Part::Text("t".to_owned(), "text".to_owned())));
            assert!(matches!(parts.next().await.unwrap(), Some(Part::File(..))));
            let mut read = 0;
            while let Some(bytes) = parts.chunk().await.unwrap() {
                assert!(bytes.len() <= 2 * PIECE);
                read += bytes.len();
            }
            assert_eq!((read, parts.next().await.unwrap()), (bytes.len(), None));
        }
    }
}
