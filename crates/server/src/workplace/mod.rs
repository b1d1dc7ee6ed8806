//! The guest's workplace: the pages on which guests work (`product.md` 1.6 to
//! 1.10). They are rendered here and work without script; they are no part of
//! the API and not in its document.
//!
//! Here are the routes. The frame of every page is [`page`], what browsers load
//! beside is [`assets`].

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use tower_http::compression::CompressionLayer;

use crate::app::App;

pub mod assets;
pub mod color;
pub mod page;

/// All pages.
pub fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/guest/assets/{name}", get(assets::read))
        // Forms' secrets are masked anew on each page, so that compressing
        // them tells nothing.
        .layer(CompressionLayer::new())
}
