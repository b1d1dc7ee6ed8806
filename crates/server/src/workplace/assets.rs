//! Stylesheets, the script, and organizations' logos. Their names change with what is in them, so
//! that browsers may keep them for ever and never show an old one.

use data_encoding::HEXLOWER;
use std::sync::{Arc, LazyLock};

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use hospes_model::FileId;
use hospes_model::asset::image::Logo;
use hospes_store::assets::find_logo;
use sha2::{Digest, Sha256};

use super::color::Color;
use crate::app::App;
use crate::error::Error;
use crate::files::download::{Manner, answer};

const PREFIX: &str = "/guest/assets/";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// A file that is part of the executable.
struct Asset {
    /// Where it is: `/guest/assets/{name}-{hash}.{ending}`.
    address: String,
    kind: &'static str,
    content: &'static str,
}

impl Asset {
    fn new(name: &str, ending: &str, kind: &'static str, content: &'static str) -> Self {
        let hash: [u8; 32] = Sha256::digest(content).into();
        let digits = HEXLOWER.encode(&hash[..6]);
        Self { address: format!("{PREFIX}{name}-{digits}.{ending}"), kind, content }
    }
}

static STYLESHEET: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("workplace", "css", CSS, include_str!("../../assets/workplace.css")));
static PAGE_SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("workplace", "js", SCRIPT, include_str!("../../assets/workplace.js")));

/// Where the stylesheet is.
pub fn stylesheet() -> &'static str {
    &STYLESHEET.address
}

/// Where the script is.
pub fn script() -> &'static str {
    &PAGE_SCRIPT.address
}

/// Where the rules for an organization's colour are. The name says all of them.
pub fn colors(color: Color) -> String {
    format!("{PREFIX}color-{}.css", color.digits())
}

/// Where an organization's logo is. A file never changes, and its id is told to
/// nobody who does not see it.
pub fn logo(logo: &Logo) -> String {
    format!("{PREFIX}logo-{}.{}", logo.id, logo.extension)
}

/// `GET /guest/assets/{name}`.
pub async fn read(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Error> {
    if let Some(id) = name.strip_prefix("logo-").and_then(|rest| rest.split('.').next()) {
        return picture(&app, id, &method, &headers).await;
    }
    let known = [&*STYLESHEET, &*PAGE_SCRIPT];
    if let Some(asset) = known.into_iter().find(|asset| asset.address.strip_prefix(PREFIX) == Some(&name)) {
        return Ok(forever(asset.kind, asset.content));
    }
    let color = name.strip_prefix("color-").and_then(|rest| rest.strip_suffix(".css"));
    let color =
        color.and_then(Color::parse_digits).filter(|color| PREFIX.len() + name.len() == colors(*color).len());
    color.map(|color| forever(CSS, color.stylesheet())).ok_or_else(Error::not_found)
}

/// A logo's bytes.
async fn picture(app: &App, id: &str, method: &Method, headers: &HeaderMap) -> Result<Response, Error> {
    let id: FileId = id.parse().map_err(|_| Error::not_found())?;
    let found = app.store.read(move |tx| find_logo(tx, id)).await?;
    let (org, asset) = found.ok_or_else(Error::not_found)?;
    let mut response = answer(app, org, &asset, Manner::Inline, method, headers).await?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(FOREVER));
    Ok(response)
}

const FOREVER: &str = "public, max-age=31536000, immutable";

fn forever(kind: &'static str, content: impl IntoResponse) -> Response {
    let mut response = content.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(FOREVER));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
