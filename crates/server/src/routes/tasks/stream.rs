//! Whole lists of tasks in one answer.

use std::sync::Arc;

use axum::response::Response;
use hospes_model::OrgNo;
use hospes_store::tasks::list;

use super::listing::{Beside, Request, shown};
use crate::app::App;
use crate::error::Error;
use crate::whole_list::{self, Piece};

/// Tasks read at a time.
const PIECE: usize = 256;

/// Answers with every task of a list.
pub(super) async fn all(app: &Arc<App>, org: OrgNo, request: Request) -> Result<Response, Error> {
    let Request { listing, includes, .. } = request;
    let listing = Arc::new(listing);
    let listed = Arc::clone(&listing);
    let keys = app.store.read(move |tx| list::keys(tx, org, &listed)).await?;
    let app = Arc::clone(app);
    Ok(whole_list::answer(keys, PIECE, move |keys| {
        let (app, listing, now) = (Arc::clone(&app), Arc::clone(&listing), listing.now);
        async move {
            let read = app.store.read(move |tx| {
                let tasks = list::by_keys(tx, &keys, listing.viewer)?;
                let beside = Beside::read(tx, org, &listing, includes, &tasks)?;
                Ok::<_, hospes_store::Error>((tasks, beside))
            });
            let (tasks, beside) = read.await?;
            Piece::of(tasks.iter().map(|task| shown(task, now, includes, &beside)), 1200)
        }
    }))
}
