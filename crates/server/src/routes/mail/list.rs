//! `GET /organizations/{org}/guests/{guest}/mails`.

use std::sync::Arc;

use axum::extract::{OriginalUri, State};
use axum::http::HeaderMap;
use axum::response::Response;
use hospes_api::envelope::List;
use hospes_api::mail::Mail;
use hospes_model::member::Action;
use hospes_store::mail::history;

use super::{key, mail};
use crate::app::App;
use crate::caller::{Caller, Subject};
use crate::error::Error;
use crate::openapi::{PageParams, ReadErrors};
use crate::query::Query;
use crate::reply::Reply;
use crate::routes::guests::guest_ref;
use crate::slice::{self, Address};

/// Mails a page when nothing is said, and at most.
const PER_PAGE: i64 = 20;
const MOST: i64 = 100;

/// List the mails to a guest.
///
/// The newest first, those of the last 90 days, with what became of each. What
/// they said is kept nowhere.
#[utoipa::path(
    get, path = "/organizations/{org}/guests/{guest}/mails", tag = "mail",
    operation_id = "list_mails_to_guest",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("guest" = String, Path, description = "The guest's e-mail address or code"),
        PageParams
    ),
    responses(
        (status = 200, description = "A page of mails", body = List<Mail>),
        (status = 304, description = "Unchanged since the given ETag"),
        ReadErrors
    ),
    security(("bearer" = []))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Subject(subject): Subject,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Result<Response, Error> {
    caller.may(Action::ReadGuests)?;
    let guest = guest_ref(&subject)?;
    let mut query = Query::new(uri.query().unwrap_or_default());
    let page = query.page_at_most(PER_PAGE, MOST);
    query.finish()?;
    let (offset, limit) = if page.all { (0, i64::MAX) } else { (page.offset(), page.per_page) };
    let (mails, total) = app
        .store
        .read(move |tx| {
            let guest = key(tx, &caller, &guest)?;
            Ok::<_, Error>(history::page(tx, guest, offset, limit)?)
        })
        .await?;
    let data: Vec<Mail> = mails.iter().map(mail).collect();
    let meta = slice::meta(total, data.len() as i64, page, &Address::of(&app, &headers, &uri));
    Ok(Reply::ok(&List { data, meta })?.unless_known(&headers))
}
