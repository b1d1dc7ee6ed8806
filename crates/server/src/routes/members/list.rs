//! `GET /organizations/{org}/users`.

use std::sync::Arc;

use axum::extract::{OriginalUri, State};
use axum::http::HeaderMap;
use axum::response::Response;
use hospes_api::envelope::List;
use hospes_api::members::User;
use hospes_model::member::{Action, Member};
use hospes_model::text::fold;
use hospes_store::{accounts, groups};

use super::user;
use crate::app::App;
use crate::caller::Caller;
use crate::error::Error;
use crate::openapi::{PageParams, ReadErrors};
use crate::query::{Query, direction};
use crate::reply::Reply;
use crate::slice::{self, Address};

/// Members a page when nothing is said, and at most (`wire.md` 1.6).
const PER_PAGE: i64 = 9999;

/// What can be asked of the list.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes parameters that the Query reader reads")]
pub struct ListParams {
    /// Part of the address or of a name, in any case.
    q: Option<String>,
    /// `id` (default), `email`, `first_name` or `last_name`; `-` in front turns
    /// the order round.
    #[param(pattern = "^-?(id|email|first_name|last_name)$")]
    sort: Option<String>,
    /// `groups` adds the member's groups.
    with: Option<String>,
}

/// List members.
#[utoipa::path(
    get, path = "/organizations/{org}/users", tag = "members",
    operation_id = "list_members",
    params(("org" = String, Path, description = "The organization's id"), PageParams, ListParams),
    responses(
        (status = 200, description = "A page of members", body = List<User>),
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
    let mut query = Query::new(uri.query().unwrap_or_default());
    let page = query.page_at_most(PER_PAGE, PER_PAGE);
    let search = query.text("q").map(|text| fold(&text));
    let sort = query.get("sort").unwrap_or("id").to_owned();
    let (descending, name) = direction(&sort);
    let key: fn(&Member) -> String = match name {
        "id" => |member| format!("{:020}", member.id.get()),
        "email" => |member| member.email.folded().to_owned(),
        "first_name" => |member| fold(&member.first_name),
        "last_name" => |member| fold(&member.last_name),
        _ => {
            query.fault("sort", "The sort must be one of: id, email, first_name, last_name.");
            |_| String::new()
        }
    };
    let org = caller.org;
    let with_groups = query.includes("groups");
    query.finish()?;
    let (mut members, groups) = app
        .store
        .read(move |tx| {
            let groups = if with_groups { Some(groups::by_member(tx, org)?) } else { None };
            Ok::<_, Error>((accounts::list(tx, org)?, groups))
        })
        .await?;
    if let Some(search) = search {
        members.retain(|member| {
            let name = fold(&format!("{} {}", member.first_name, member.last_name));
            member.email.folded().contains(&search) || name.contains(&search)
        });
    }
    members.sort_by_cached_key(key);
    if descending {
        members.reverse();
    }
    let now = app.clock.now();
    let of_member =
        |member: &Member| groups.as_ref().map(|groups| groups.get(&member.id).map_or(&[][..], Vec::as_slice));
    // Groups are long: only those of the page's members are put together.
    let List { data, meta } = slice::page(members, page, &Address::of(&app, &headers, &uri));
    let data = data.iter().map(|member| user(member, of_member(member), now)).collect();
    Ok(Reply::ok(&List { data, meta })?.unless_known(&headers))
}
