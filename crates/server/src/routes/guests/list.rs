//! `GET /organizations/{org}/guests`: the page that started it (`list-guests.md`).

use std::sync::Arc;

use axum::extract::{OriginalUri, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LINK};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use hospes_api::envelope::{List, Meta, Pagination};
use hospes_api::guests::{Guest, assemble};
use hospes_model::OrgNo;
use hospes_model::guest::search_term;
use hospes_model::member::Action;
use hospes_store::Tx;
use hospes_store::guest_list::{self, Cursor, From, Listing, Page, SortBy};
use sha2::{Digest, Sha256};

use super::stream;
use crate::app::App;
use crate::caller::Caller;
use crate::error::Error;
use crate::openapi::{PageParams, ReadErrors};
use crate::page_cache::{CachedPage, PageKeyRef};
use crate::query::{PageRequest, Query, with_parameter};
use crate::reply::{is_known, not_modified};
use crate::request::base_address;

/// The route's path, which metrics name.
pub(crate) const ROUTE: &str = "/organizations/{org}/guests";

/// Guests a page when nothing is said (`wire.md` 1.6).
const PER_PAGE: i64 = 999;

/// What can be asked of the list.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes parameters that the Query reader reads")]
pub struct ListParams {
    /// Part of the address, of a name or of the company, in any case.
    #[param(max_length = 500)]
    q: Option<String>,
    /// `created_at` (default), `email`, `first_name`, `last_name`,
    /// `last_accessed_at` or `active_tasks`; `-` in front turns the order round.
    #[param(
        example = "-created_at",
        pattern = "^-?(created_at|email|first_name|last_name|last_accessed_at|active_tasks)$"
    )]
    sort: Option<String>,
    /// Another name of `sort`.
    #[param(pattern = "^-?(created_at|email|first_name|last_name|last_accessed_at|active_tasks)$")]
    sort_by: Option<String>,
    /// `active` or `disabled`.
    #[param(pattern = "^(active|disabled)$")]
    status: Option<String>,
    /// Reads on from where `meta.next_cursor` of an earlier page says.
    cursor: Option<String>,
    /// `stats` adds the counters.
    #[param(example = "stats")]
    with: Option<String>,
}

/// A list request that was read.
#[derive(Debug)]
pub(crate) struct Request {
    pub(super) listing: Listing,
    pub(super) page: PageRequest,
    pub(super) cursor: Option<Cursor>,
    pub(super) with_stats: bool,
}

pub(super) fn read_request(raw: &str, org: OrgNo) -> Result<Request, Error> {
    let mut query = Query::new(raw);
    let search = query.text("q").map(|text| search_term(&text));
    let wanted = query.get("sort").or_else(|| query.get("sort_by")).unwrap_or("created_at").to_owned();
    let (descending, name) = match wanted.strip_prefix('-') {
        Some(name) => (true, name),
        None => (false, wanted.as_str()),
    };
    let sort = SortBy::parse(name);
    if sort.is_none() {
        let names: Vec<&str> = SortBy::ALL.iter().map(|sort| sort.name()).collect();
        query.fault("sort", format!("The sort must be one of: {}.", names.join(", ")));
    }
    let sort = sort.unwrap_or(SortBy::CreatedAt);
    let disabled = match query.get("status") {
        None => None,
        Some("active") => Some(false),
        Some("disabled") => Some(true),
        Some(_) => {
            query.fault("status", "The status must be active or disabled.");
            None
        }
    };
    let page = query.page(PER_PAGE);
    let cursor = query.get("cursor").map(|text| Cursor::decode(text, org, sort));
    if matches!(cursor, Some(None)) {
        query.fault("cursor", "The cursor is not one that this list gave out.");
    }
    let with_stats = query.includes("stats");
    query.finish()?;
    Ok(Request {
        listing: Listing { search, disabled, sort, descending },
        page,
        cursor: cursor.flatten(),
        with_stats,
    })
}

/// List guests.
///
/// Filters, sorts and pages; with `with=stats` each guest carries exact
/// counters. Beside page numbers there is a cursor, which walks a changing list
/// without gap or repeat.
#[utoipa::path(
    get, path = "/organizations/{org}/guests", tag = "guests",
    operation_id = "list_guests",
    params(("org" = String, Path, description = "The organization's id"), PageParams, ListParams),
    responses(
        (status = 200, description = "A page of guests", body = List<Guest>),
        (status = 304, description = "Unchanged since the given ETag"),
        ReadErrors
    ),
    security(("bearer" = []))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Result<Response, Error> {
    caller.may(Action::ReadGuests)?;
    let base = base_address(&app, &headers, &uri);
    let query = uri.query().unwrap_or_default();
    let key = PageKeyRef { org: caller.org, base: &base, path: uri.path(), query };
    let known = headers.get(IF_NONE_MATCH);
    match prepare(&app, &key, caller.guest_revision, known)? {
        Prepared::Ready(response) => Ok(response),
        Prepared::Stream(request) => Ok(stream::all(&app, caller.org, request, stream::End::Meta)),
        Prepared::Read(request) => read_page(&app, &key, caller.guest_revision, request).await,
    }
}

/// What is to be done for a request.
pub(crate) enum Prepared {
    /// Nothing more.
    Ready(Response),
    /// A page must be read, with [`read_page`].
    Read(Request),
    /// The whole list is sent as it is read.
    Stream(Request),
}

/// Answers from memory, if that can be done at `revision`.
pub(crate) fn prepare(
    app: &App,
    key: &PageKeyRef<'_>,
    revision: i64,
    known: Option<&HeaderValue>,
) -> Result<Prepared, Error> {
    if let Some(page) = app.pages.get(key, revision) {
        return Ok(Prepared::Ready(answer(page, known)));
    }
    let request = read_request(key.query, key.org)?;
    let current = HeaderValue::try_from(format!("\"{revision}-{}\"", tag(key))).ok();
    if let Some(etag) = current.filter(|etag| is_known(known, etag.as_bytes())) {
        // The caller's copy outlived ours; the revision says that it still holds.
        return Ok(Prepared::Ready(not_modified(etag)));
    }
    Ok(if request.page.all { Prepared::Stream(request) } else { Prepared::Read(request) })
}

/// Reads a page, answers with it, and keeps it for the next time.
pub(crate) async fn read_page(
    app: &Arc<App>,
    key: &PageKeyRef<'_>,
    revision: i64,
    request: Request,
) -> Result<Response, Error> {
    let request = Arc::new(request);
    let (body, page) = read_rows(app, key.org, revision, &request).await?;
    let page = finish(key, &request, body, &page)?;
    app.pages.put(key, page.clone());
    Ok(answer(page, None))
}

/// Reads the rows of a page and begins its body with them.
async fn read_rows(
    app: &Arc<App>,
    org: OrgNo,
    revision: i64,
    request: &Arc<Request>,
) -> Result<(Vec<u8>, Page), Error> {
    let from = request.cursor.clone().map_or(From::Offset(request.page.offset()), From::Cursor);
    let is_simple = guest_list::is_simple(&request.listing, &from);
    let (work_app, request) = (Arc::clone(app), Arc::clone(request));
    let read = move |tx: &mut Tx<'_>, in_transaction| {
        let (listing, page) = (&request.listing, &request.page);
        let rows = usize::try_from(page.per_page).unwrap_or(0).min(200);
        let mut body = Vec::with_capacity(rows * 1400 + 512);
        body.extend_from_slice(b"{\"data\":[");
        let add = |row: &[u8]| {
            if body.len() > 9 {
                body.push(b',');
            }
            assemble(&mut body, row, request.with_stats, &work_app.link_prefix);
        };
        let page = if in_transaction {
            Some(guest_list::page(tx, org, listing, &from, page.per_page, add)?)
        } else {
            guest_list::page_at(tx, org, revision, listing, &from, page.per_page, add)?
        };
        Ok::<_, hospes_store::Error>(page.map(|page| (body, page)))
    };
    let again = read.clone();
    if is_simple && let Some(done) = app.store.read_single(move |tx| read(tx, false)).await? {
        return Ok(done);
    }
    let done = app.store.read(move |tx| again(tx, true)).await?;
    done.ok_or_else(|| Error::internal("a page was not read"))
}

/// Writes the rest of a page's body and its headers.
fn finish(
    key: &PageKeyRef<'_>,
    request: &Request,
    mut body: Vec<u8>,
    page: &Page,
) -> Result<CachedPage, Error> {
    let (per_page, number) = (request.page.per_page, request.page.page);
    let address = |query: String| format!("{}{}?{query}", key.base, key.path);
    let next_cursor = page.next.as_ref().map(Cursor::encode);
    let by_cursor_address =
        next_cursor.as_ref().map(|cursor| address(with_parameter(key.query, "cursor", cursor, &["page"])));
    let mut pagination = Pagination::new(page.total, page.count, per_page, number);
    let next = if request.cursor.is_some() {
        pagination.has_more_pages = page.next.is_some();
        by_cursor_address.clone()
    } else {
        pagination
            .has_more_pages
            .then(|| address(with_parameter(key.query, "page", &(number + 1).to_string(), &[])))
    };
    let meta = Meta { pagination: pagination.with_next(next), next_cursor };
    body.extend_from_slice(b"],\"meta\":");
    serde_json::to_writer(&mut body, &meta).map_err(|error| Error::internal(error.to_string()))?;
    body.push(b'}');
    let header = |text: String| {
        HeaderValue::try_from(text).map_err(|error| Error::internal(format!("page header: {error}")))
    };
    Ok(CachedPage {
        revision: page.revision,
        etag: header(format!("\"{}-{}\"", page.revision, tag(key)))?,
        link: by_cursor_address.map(|next| header(format!("<{next}>; rel=\"next\""))).transpose()?,
        body: body.into(),
    })
}

/// The answer that gives a page, or says that the caller has it already.
fn answer(page: CachedPage, known: Option<&HeaderValue>) -> Response {
    if is_known(known, page.etag.as_bytes()) {
        return not_modified(page.etag);
    }
    let mut response = Response::new(axum::body::Body::from(page.body));
    let headers = response.headers_mut();
    headers.reserve(HEADERS);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(ETAG, page.etag);
    if let Some(link) = page.link {
        headers.insert(LINK, link);
    }
    response
}

/// Room for these headers and those that the edge adds.
const HEADERS: usize = 12;

/// Text for everything of the request that the page's bytes depend on.
fn tag(key: &PageKeyRef<'_>) -> String {
    let mut hash = Sha256::new();
    for part in [key.base, key.path, key.query] {
        hash.update(part);
        hash.update([0]);
    }
    let digest = hash.finalize();
    let number = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{number:016x}")
}
