//! Whole lists in one answer, read and sent piece by piece: only the keys of
//! what they hold are in memory. What is changed meanwhile is shown as it is
//! when its turn comes.

use std::future::Future;

use axum::response::Response;
use futures_util::stream;
use hospes_api::envelope::{Meta, Pagination};
use serde::Serialize;

use crate::reply::streamed;

/// Objects as JSON, with commas between them.
#[derive(Debug, Default)]
pub(crate) struct Piece {
    json: Vec<u8>,
    count: i64,
}

impl Piece {
    /// Writes them down. `expected` is about how many bytes each takes.
    pub(crate) fn of<T: Serialize>(
        objects: impl ExactSizeIterator<Item = T>,
        expected: usize,
    ) -> hospes_store::Result<Self> {
        let mut piece = Self { json: Vec::with_capacity(objects.len() * expected + 256), count: 0 };
        for object in objects {
            if piece.count > 0 {
                piece.json.push(b',');
            }
            piece.count += 1;
            serde_json::to_writer(&mut piece.json, &object).map_err(|error| unwritable(&error))?;
        }
        Ok(piece)
    }
}

fn unwritable(error: &serde_json::Error) -> hospes_store::Error {
    hospes_store::Error::corrupt(error.to_string())
}

struct State<K, R> {
    keys: std::vec::IntoIter<K>,
    size: usize,
    read: R,
    sent: i64,
    begun: bool,
}

/// Answers with everything that has one of these keys, `size` objects at a
/// time, which `read` reads.
pub(crate) fn answer<K, R, F>(keys: Vec<K>, size: usize, read: R) -> Response
where
    K: Send + 'static,
    R: Fn(Vec<K>) -> F + Send + 'static,
    F: Future<Output = hospes_store::Result<Piece>> + Send,
{
    let state = State { keys: keys.into_iter(), size, read, sent: 0, begun: false };
    streamed(stream::try_unfold(Some(state), |state| async {
        let Some(mut state) = state else { return Ok(None) };
        let keys: Vec<K> = state.keys.by_ref().take(state.size).collect();
        let read = (state.read)(keys).await;
        let piece = read.inspect_err(|error| {
            // The answer has begun; breaking it off is all that is left.
            tracing::error!(%error, "a streamed list broke off");
        })?;
        let mut bytes = if state.begun { Vec::new() } else { b"{\"data\":[".to_vec() };
        state.begun = true;
        if state.sent > 0 && piece.count > 0 {
            bytes.push(b',');
        }
        state.sent += piece.count;
        bytes.extend(piece.json);
        if state.keys.len() > 0 {
            return Ok(Some((bytes.into(), Some(state))));
        }
        let pagination = Pagination::new(state.sent, state.sent, state.sent.max(1), 1);
        bytes.extend_from_slice(b"],\"meta\":");
        serde_json::to_writer(&mut bytes, &Meta { pagination, next_cursor: None })
            .map_err(|error| unwritable(&error))?;
        bytes.push(b'}');
        Ok(Some((bytes.into(), None)))
    }))
}
