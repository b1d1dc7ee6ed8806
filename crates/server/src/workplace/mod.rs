//! The guest's workplace: the pages on which guests work (`product.md` 1.6 to
//! 1.10). They are rendered here and work without script; they are no part of
//! the API and not in its document.
//!
//! [`session`] says who comes; a page that takes a [`session::Guest`] may show
//! what the guest may see. [`entrance`] is where everybody else ends up. The
//! frame of every page is [`page`], what browsers load beside is [`assets`].

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use tower_http::compression::CompressionLayer;

use crate::app::App;

pub mod assets;
mod brought;
pub mod color;
mod comments;
pub(crate) mod cookies;
pub mod csrf;
pub(crate) mod device;
pub mod entrance;
mod files;
pub mod headers;
mod held;
pub(crate) mod home;
pub(crate) mod kept;
pub(crate) mod kickoff;
pub mod page;
pub(crate) mod preferences;
pub mod presence;
pub mod reader;
pub mod rich;
pub mod session;
mod task;
mod tasks;
pub(crate) mod unsubscribe;

/// All pages.
pub fn router() -> Router<Arc<App>> {
    Router::new()
        .merge(entrance::router())
        .route("/guest/{code}", get(home::home))
        .route("/guest/{code}/preferences", get(preferences::show).post(preferences::save))
        .route("/guest/{code}/unsubscribe/{token}", get(unsubscribe::show).post(unsubscribe::switch_off))
        .route("/guest/assets/{name}", get(assets::read))
        .route("/guest/{code}/held", get(held::show))
        .route("/guest/{code}/held.json", get(held::download))
        .merge(task::router())
        .merge(files::router())
        .merge(kickoff::router())
        // Forms' secrets are masked anew on each page, so that compressing
        // them tells nothing.
        .layer(CompressionLayer::new())
        // Files are handed out as they are.
        .merge(files::downloads())
}

/// Whether a path belongs to the pages of guests.
pub(crate) fn is_page(path: &str) -> bool {
    path == "/guest" || path.starts_with("/guest/") || kickoff::is_page(path)
}
