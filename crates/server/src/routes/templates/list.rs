//! `GET /organizations/{org}/checklists`.

use std::sync::Arc;

use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use hospes_api::envelope::List;
use hospes_api::templates::{Includes, Template};
use hospes_model::member::{Action, Actor};
use hospes_model::template::Template as StoredTemplate;
use hospes_model::text::fold;
use hospes_model::workflow::TemplateKind;
use hospes_store::tasks::list::Archived;
use hospes_store::templates::list::{self, Filter, Listing, Sort};
use serde::Serialize;

use super::{find, includes};
use crate::app::App;
use crate::caller::{Caller, Subjects};
use crate::error::Error;
use crate::openapi::ReadErrors;
use crate::query::{PageRequest, Query, direction};
use crate::reply::Reply;
use crate::slice::{self, Address};

/// Templates a page when nothing is said (`wire.md` 1.6).
const PER_PAGE: i64 = 10;

/// What can be asked of the list.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes parameters that the Query reader reads")]
pub struct ListParams {
    /// Part of the title, in any case.
    #[param(max_length = 500)]
    q: Option<String>,
    /// `active` (default), `archived` or `all`.
    #[param(pattern = "^(active|archived|all)$")]
    status: Option<String>,
    /// `procedure`, `form` or `document`; several, separated by commas, for any
    /// of them.
    #[param(pattern = "^(procedure|form|document)(,(procedure|form|document))*$")]
    r#type: Option<String>,
    /// Only starred ones, or only others.
    starred: Option<bool>,
    /// The id of a folder.
    #[param(max_length = 500)]
    folder: Option<String>,
    /// Another name of `folder`.
    #[param(max_length = 500)]
    folder_id: Option<String>,
    /// Tags do not exist yet: nothing matches.
    tag: Option<String>,
    /// The member who owns them.
    #[param(minimum = 1)]
    owner_id: Option<i64>,
    /// `true` includes archived templates, `only` shows nothing else.
    #[param(pattern = "^(true|false|only)$")]
    archived: Option<String>,
    /// `updated` (default, changed last first), `newest`, `title`,
    /// `created_at`, `updated_at` or `last_updated`; `-` in front turns the
    /// order round. Pinned templates come first in any case.
    #[param(pattern = "^-?(updated|newest|title|created|created_at|updated_at|last_updated)$")]
    sort_by: Option<String>,
    /// Another name of `sort_by`.
    #[param(pattern = "^-?(updated|newest|title|created|created_at|updated_at|last_updated)$")]
    sort: Option<String>,
    /// `steps`, `stages`, `tags` and others, separated by commas.
    #[param(example = "steps")]
    with: Option<String>,
    /// The page, from 1.
    #[param(minimum = 1)]
    page: Option<i64>,
    /// Templates a page; more than 1000 is cut to it.
    #[param(minimum = 1)]
    per_page: Option<i64>,
    /// Another name of `per_page`.
    #[param(minimum = 1)]
    limit: Option<i64>,
}

/// Which page of something inside a template.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes parameters that the Query reader reads")]
pub struct InnerPage {
    /// The page, from 1.
    #[param(minimum = 1)]
    page: Option<i64>,
    /// Objects a page; more than 1000 is cut to it.
    #[param(minimum = 1)]
    per_page: Option<i64>,
    /// Another name of `per_page`.
    #[param(minimum = 1)]
    limit: Option<i64>,
}

/// Answers with a page of something inside a template that the caller may know
/// of. `show` hands all of it to [`Cut::reply`].
pub(super) async fn answer_inner(
    app: &App,
    caller: Caller,
    subjects: &Subjects,
    (uri, headers): (&Uri, &HeaderMap),
    show: impl FnOnce(&StoredTemplate, &Cut) -> Result<Reply, Error>,
) -> Result<Response, Error> {
    caller.may(Action::ReadTemplates)?;
    let id = subjects.id("checklist")?;
    let mut query = Query::new(uri.query().unwrap_or_default());
    let page = query.page(PER_PAGE);
    query.finish()?;
    let template = app.store.read(move |tx| find(tx, &caller, id)).await?;
    let cut = Cut { page, address: Address::of(app, headers, uri) };
    Ok(show(&template, &cut)?.unless_known(headers))
}

/// Which part of a whole list is answered.
pub(super) struct Cut {
    page: PageRequest,
    address: Address,
}

impl Cut {
    /// The part.
    pub(super) fn reply<T: Serialize>(&self, all: Vec<T>) -> Result<Reply, Error> {
        Reply::ok(&slice::page(all, self.page, &self.address))
    }
}

/// List templates.
///
/// As far as the caller may know of them. Each has its kick-off form and its
/// rules.
#[utoipa::path(
    get, path = "/organizations/{org}/checklists", tag = "templates",
    operation_id = "list_templates",
    params(("org" = String, Path, description = "The organization's id"), ListParams),
    responses(
        (status = 200, description = "A page of templates", body = List<Template>),
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
    caller.may(Action::ReadTemplates)?;
    let org = caller.org;
    let Request { listing, page, includes } = read_request(uri.query().unwrap_or_default(), caller.actor)?;
    let found = app.store.read(move |tx| list::page(tx, org, &listing, page.offset(), page.per_page)).await?;
    let rows = found.templates.iter();
    let data: Vec<Template<'_>> = rows.map(|template| Template::new(template, includes)).collect();
    let meta = slice::meta(found.total, data.len() as i64, page, &Address::of(&app, &headers, &uri));
    Ok(Reply::ok(&List { data, meta })?.unless_known(&headers))
}

/// A request that was read.
#[derive(Debug)]
struct Request {
    listing: Listing,
    page: PageRequest,
    includes: Includes,
}

fn read_request(raw: &str, viewer: Actor) -> Result<Request, Error> {
    let mut query = Query::new(raw);
    let filter = read_filter(&mut query);
    let (sort, reversed) = read_sort(&mut query);
    let page = PageRequest { all: false, ..query.page(PER_PAGE) };
    let includes = includes(raw);
    query.finish()?;
    Ok(Request { listing: Listing { viewer, filter, sort, reversed }, page, includes })
}

fn read_filter(query: &mut Query<'_>) -> Filter {
    let owner = query.get("owner_id").map(|text| text.parse().ok());
    if owner == Some(None) {
        query.fault("owner_id", "The owner_id must be the id of a member.");
    }
    Filter {
        search: query.text("q").map(|text| fold(&text)),
        kinds: read_kinds(query),
        starred: query.flag("starred"),
        owner: owner.flatten(),
        folder: query.text("folder").or_else(|| query.text("folder_id")),
        archived: read_archived(query),
        nothing: query.get("tag").is_some(),
    }
}

fn read_kinds(query: &mut Query<'_>) -> Option<Vec<TemplateKind>> {
    let kinds: Option<Vec<TemplateKind>> =
        query.get("type")?.split(',').map(|word| TemplateKind::parse(word.trim())).collect();
    if kinds.is_none() {
        query.fault("type", "The type must be one of: procedure, form, document.");
    }
    kinds
}

/// `archived` beats `status`.
fn read_archived(query: &mut Query<'_>) -> Archived {
    let by_status = match query.get("status") {
        None | Some("active") => Archived::Left,
        Some("archived") => Archived::Only,
        Some("all") => Archived::Included,
        Some(_) => {
            query.fault("status", "The status must be one of: active, archived, all.");
            Archived::Left
        }
    };
    if query.get("archived") == Some("only") {
        return Archived::Only;
    }
    match query.flag("archived") {
        Some(true) => Archived::Included,
        Some(false) => Archived::Left,
        None => by_status,
    }
}

fn read_sort(query: &mut Query<'_>) -> (Sort, bool) {
    let wanted = query.get("sort_by").or_else(|| query.get("sort")).unwrap_or("updated").to_owned();
    let (turned, name) = direction(&wanted);
    match name {
        "updated" => (Sort::Updated, turned),
        "newest" => (Sort::Newest, turned),
        "title" => (Sort::Title, turned),
        // Named like columns, these begin with the lowest value.
        "updated_at" | "last_updated" => (Sort::Updated, !turned),
        "created" | "created_at" => (Sort::Newest, !turned),
        _ => {
            query.fault(
                "sort_by",
                "The sort_by must be one of: updated, newest, title, created, created_at, updated_at, \
                 last_updated.",
            );
            (Sort::Updated, false)
        }
    }
}

#[cfg(test)]
mod tests {
    use hospes_model::MemberId;
    use hospes_model::member::Role;

    use super::*;

    fn read(raw: &str) -> Result<Request, Error> {
        read_request(raw, Actor { id: MemberId::new(7).unwrap(), role: Role::Admin })
    }

    #[test]
    fn every_parameter_is_read() {
        let request = read("").unwrap();
        assert_eq!(request.listing.filter, Filter::default());
        assert_eq!((request.listing.sort, request.listing.reversed), (Sort::Updated, false));
        assert_eq!((request.page.page, request.page.per_page), (1, 10));
        let request =
            read("q=ABC&type=form,document&starred=1&owner_id=3&folder_id=f&archived=only&page=2&limit=5");
        let request = request.unwrap();
        let filter = request.listing.filter;
        assert_eq!(filter.search.as_deref(), Some("abc"));
        assert_eq!(filter.kinds, Some(vec![TemplateKind::Form, TemplateKind::Document]));
        assert_eq!((filter.starred, filter.owner), (Some(true), MemberId::new(3)));
        assert_eq!((filter.folder.as_deref(), filter.archived), (Some("f"), Archived::Only));
        assert_eq!((request.page.page, request.page.per_page), (2, 5));
        assert!(read("tag=x").unwrap().listing.filter.nothing);
        for (raw, archived) in [
            ("status=archived", Archived::Only),
            ("status=all", Archived::Included),
            ("status=active", Archived::Left),
            ("archived=true", Archived::Included),
            ("status=archived&archived=false", Archived::Left),
        ] {
            assert_eq!(read(raw).unwrap().listing.filter.archived, archived, "{raw}");
        }
        for (raw, sort, reversed) in [
            ("sort_by=-updated", Sort::Updated, true),
            ("sort=-updated_at", Sort::Updated, false),
            ("sort=last_updated", Sort::Updated, true),
            ("sort_by=newest", Sort::Newest, false),
            ("sort=-created_at", Sort::Newest, false),
            ("sort=title&sort_by=-title", Sort::Title, true),
        ] {
            let listing = read(raw).unwrap().listing;
            assert_eq!((listing.sort, listing.reversed), (sort, reversed), "{raw}");
        }
    }

    #[test]
    fn wrong_values_are_refused() {
        for wrong in [
            "q=%00",
            "status=x",
            "type=x",
            "type=form,",
            "starred=maybe",
            "owner_id=x",
            "folder=%00",
            "archived=maybe",
            "sort_by=owner",
            "sort=owner",
            "page=0",
            "per_page=x",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
