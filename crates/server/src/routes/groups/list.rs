//! `GET /organizations/{org}/groups`.

use std::sync::Arc;

use axum::extract::{OriginalUri, State};
use axum::http::HeaderMap;
use axum::response::Response;
use hospes_api::envelope::List;
use hospes_api::groups::Group;
use hospes_model::OrgNo;
use hospes_model::member::Action;
use hospes_model::text::fold;
use hospes_store::groups::{self, Listing, Sort};

use super::Includes;
use crate::app::App;
use crate::caller::Caller;
use crate::error::Error;
use crate::openapi::{PageParams, ReadErrors};
use crate::query::{self, Query};
use crate::reply::Reply;
use crate::slice::{self, Address};
use crate::whole_list::{self, Piece};

/// Groups a page when nothing is said, and at most (`wire.md` 1.6).
const PER_PAGE: i64 = 10;
const MOST: i64 = 100;

/// What can be asked of the list.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes parameters that the Query reader reads")]
pub struct ListParams {
    /// Part of the name or the description, in any case.
    #[param(max_length = 500)]
    q: Option<String>,
    /// `created_at` (default), `updated_at` or `name`; `-` in front turns the
    /// order round.
    #[param(pattern = "^-?(created_at|updated_at|name)$")]
    sort_by: Option<String>,
    /// Another name of `sort_by`; or, beside it, the direction: `asc` or `desc`.
    #[param(pattern = "^(asc|desc|-?(created_at|updated_at|name))$")]
    sort: Option<String>,
    /// `users`, `assets`, separated by commas.
    with: Option<String>,
}

/// List groups.
#[utoipa::path(
    get, path = "/organizations/{org}/groups", tag = "groups",
    operation_id = "list_groups",
    params(("org" = String, Path, description = "The organization's id"), PageParams, ListParams),
    responses(
        (status = 200, description = "A page of groups", body = List<Group>),
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
    caller.may(Action::ReadOrganization)?;
    let raw = uri.query().unwrap_or_default();
    let mut query = Query::new(raw);
    let page = query.page_at_most(PER_PAGE, MOST);
    let (sort, reversed) = read_sort(&mut query);
    let listing = Listing { search: query.text("q").map(|text| fold(&text)), sort, reversed };
    query.finish()?;
    let (org, includes) = (caller.org, Includes::of(raw));
    if page.all {
        return all(&app, org, listing, includes).await;
    }
    let (found, members) = app
        .store
        .read(move |tx| {
            let found = groups::page(tx, org, &listing, page.offset(), page.per_page)?;
            Ok::<_, Error>((found, includes.members(tx, org)?))
        })
        .await?;
    let now = app.clock.now();
    let data: Vec<Group<'_>> = found.groups.iter().map(|group| includes.show(group, &members, now)).collect();
    let meta = slice::meta(found.total, data.len() as i64, page, &Address::of(&app, &headers, &uri));
    Ok(Reply::ok(&List { data, meta })?.unless_known(&headers))
}

/// Answers with every group of a list, piece by piece: each may hold thousands
/// of people.
async fn all(app: &Arc<App>, org: OrgNo, listing: Listing, includes: Includes) -> Result<Response, Error> {
    /// Groups read at a time.
    const PIECE: usize = 16;
    let read = app.store.read(move |tx| {
        Ok::<_, hospes_store::Error>((groups::keys(tx, org, &listing)?, includes.members(tx, org)?))
    });
    let (keys, members) = read.await?;
    let (app, members, now) = (Arc::clone(app), Arc::new(members), app.clock.now());
    Ok(whole_list::answer(keys, PIECE, move |keys| {
        let (app, members) = (Arc::clone(&app), Arc::clone(&members));
        async move {
            let groups = app.store.read(move |tx| groups::by_keys(tx, &keys)).await?;
            Piece::of(groups.iter().map(|group| includes.show(group, &members, now)), 4000)
        }
    }))
}

fn read_sort(query: &mut Query<'_>) -> (Sort, bool) {
    let direction =
        query.get("sort").filter(|word| matches!(*word, "asc" | "desc")).map(|word| word == "desc");
    let field = query.get("sort_by").or_else(|| query.get("sort").filter(|_| direction.is_none()));
    let field = field.unwrap_or("created_at").to_owned();
    let (turned, name) = query::direction(&field);
    let sort = match name {
        "created_at" => Sort::Created,
        "updated_at" => Sort::Updated,
        "name" => Sort::Name,
        _ => {
            query.fault("sort_by", "The sort_by must be one of: created_at, updated_at, name.");
            Sort::Created
        }
    };
    (sort, direction.unwrap_or(false) != turned)
}
