//! The whole list of processes in one answer.

use std::sync::Arc;

use axum::response::Response;
use hospes_model::OrgNo;
use hospes_store::runs::list;

use super::list::{Request, show_all};
use crate::app::App;
use crate::error::Error;
use crate::whole_list::{self, Piece};

/// Processes read at a time.
const PIECE: usize = 64;

/// Answers with every process of a list.
pub(super) async fn all(app: &Arc<App>, org: OrgNo, request: Request) -> Result<Response, Error> {
    let Request { listing, includes, .. } = request;
    let (viewer, now) = (listing.viewer, listing.now);
    let keys = app.store.read(move |tx| list::keys(tx, org, &listing)).await?;
    let app = Arc::clone(app);
    Ok(whole_list::answer(keys, PIECE, move |keys| {
        let app = Arc::clone(&app);
        async move {
            let read = app.store.read(move |tx| {
                let found = list::by_keys(tx, &keys, viewer, now)?;
                show_all(tx, org, found, includes)
            });
            Piece::of(read.await?.iter().map(|shown| shown.run(viewer, now, includes)), 1600)
        }
    }))
}
