//! Whole lists in one answer, read and sent piece by piece in constant memory.

use std::sync::Arc;

use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use hospes_api::envelope::{Meta, Pagination};
use hospes_api::guests::assemble;
use hospes_model::OrgNo;
use hospes_store::guest_list::{self, From};

use super::list::Request;
use crate::app::App;
use crate::reply::streamed;

/// Guests read at a time.
const PIECE: i64 = 500;

/// What stands behind the last guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// `meta.pagination`, as one large page.
    Meta,
    /// Nothing.
    Bare,
}

struct State {
    app: Arc<App>,
    org: OrgNo,
    request: Arc<Request>,
    end: End,
    from: Option<From>,
    sent: i64,
}

/// Answers with every guest of a list. Guests who come or go meanwhile may be
/// in it or not; all others are in it once.
pub(super) fn all(app: &Arc<App>, org: OrgNo, request: Request, end: End) -> Response {
    let from = request.cursor.clone().map_or(From::Offset(0), From::Cursor);
    let state =
        State { app: Arc::clone(app), org, request: Arc::new(request), end, from: Some(from), sent: 0 };
    let pieces = stream::try_unfold(state, next_piece);
    streamed(pieces)
}

async fn next_piece(mut state: State) -> Result<Option<(Bytes, State)>, hospes_store::Error> {
    let Some(from) = state.from.take() else { return Ok(None) };
    let (app, request, org) = (Arc::clone(&state.app), Arc::clone(&state.request), state.org);
    let first = state.sent == 0;
    let read = app.store.read({
        let app = Arc::clone(&app);
        move |tx| {
            let mut piece = Vec::with_capacity(1400 * usize::try_from(PIECE).unwrap_or(0));
            if first {
                piece.extend_from_slice(b"{\"data\":[");
            }
            let mut separate = !first;
            let page = guest_list::page(tx, org, &request.listing, &from, PIECE, |row| {
                if separate {
                    piece.push(b',');
                }
                separate = true;
                assemble(&mut piece, row, request.with_stats, &app.link_prefix);
            })?;
            Ok::<_, hospes_store::Error>((piece, page))
        }
    });
    let (mut piece, page) = read.await.inspect_err(|error| {
        // The answer has begun; breaking it off is all that is left.
        tracing::error!(%error, "a streamed list broke off");
    })?;
    state.sent += page.count;
    match page.next {
        Some(cursor) => state.from = Some(From::Cursor(cursor)),
        None if state.end == End::Bare => piece.extend_from_slice(b"]}"),
        None => {
            // Without a cursor all that was sent is the list, whatever came or
            // went meanwhile; behind a cursor it is a part.
            let total = if state.request.cursor.is_some() { page.total.max(state.sent) } else { state.sent };
            let pagination = Pagination::new(total, state.sent, total.max(1), 1);
            piece.extend_from_slice(b"],\"meta\":");
            let meta = Meta { pagination, next_cursor: None };
            serde_json::to_writer(&mut piece, &meta)
                .map_err(|error| hospes_store::Error::corrupt(error.to_string()))?;
            piece.push(b'}');
        }
    }
    Ok(Some((piece.into(), state)))
}
