//! Whole lists in one answer, read and sent piece by piece. Only the tasks'
//! keys are held, eight bytes each.

use std::sync::Arc;

use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use hospes_api::envelope::{Meta, Pagination};
use hospes_model::{OrgNo, TaskKey};
use hospes_store::tasks::list;

use super::listing::{Request, feed, shown};
use crate::app::App;
use crate::error::Error;
use crate::reply::streamed;

/// Tasks read at a time.
const PIECE: usize = 256;

struct State {
    app: Arc<App>,
    org: OrgNo,
    request: Request,
    keys: std::vec::IntoIter<TaskKey>,
    sent: i64,
    begun: bool,
}

/// Answers with every task of a list. Tasks that are changed meanwhile are
/// shown as they are when their turn comes.
pub(super) async fn all(app: &Arc<App>, org: OrgNo, request: Request) -> Result<Response, Error> {
    let listing = request.listing.clone();
    let keys = app.store.read(move |tx| list::keys(tx, org, &listing)).await?;
    let state = State { app: Arc::clone(app), org, request, keys: keys.into_iter(), sent: 0, begun: false };
    let pieces = stream::try_unfold(Some(state), next_piece);
    Ok(streamed(pieces))
}

async fn next_piece(state: Option<State>) -> Result<Option<(Bytes, Option<State>)>, hospes_store::Error> {
    let Some(mut state) = state else { return Ok(None) };
    let keys: Vec<TaskKey> = state.keys.by_ref().take(PIECE).collect();
    let (org, listing, includes) = (state.org, state.request.listing.clone(), state.request.includes);
    let read = state.app.store.read(move |tx| {
        let tasks = list::by_keys(tx, &keys, listing.viewer)?;
        let feed = feed(tx, org, &listing, includes, &tasks)?;
        Ok::<_, hospes_store::Error>((tasks, feed))
    });
    let (tasks, feed) = read.await.inspect_err(|error| {
        // The answer has begun; breaking it off is all that is left.
        tracing::error!(%error, "a streamed list broke off");
    })?;
    let unwritable = |error: serde_json::Error| hospes_store::Error::corrupt(error.to_string());
    let mut piece = Vec::with_capacity(tasks.len() * 1200 + 256);
    if !state.begun {
        piece.extend_from_slice(b"{\"data\":[");
        state.begun = true;
    }
    let now = state.request.listing.now;
    for task in tasks.iter().map(|task| shown(task, now, includes, feed.as_ref())) {
        if state.sent > 0 {
            piece.push(b',');
        }
        state.sent += 1;
        serde_json::to_writer(&mut piece, &task).map_err(unwritable)?;
    }
    if state.keys.len() > 0 {
        return Ok(Some((piece.into(), Some(state))));
    }
    let pagination = Pagination::new(state.sent, state.sent, state.sent.max(1), 1);
    piece.extend_from_slice(b"],\"meta\":");
    serde_json::to_writer(&mut piece, &Meta { pagination, next_cursor: None }).map_err(unwritable)?;
    piece.push(b'}');
    Ok(Some((piece.into(), None)))
}
