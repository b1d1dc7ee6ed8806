//! `GET /organizations/{org}/runs`.

use std::sync::Arc;

use axum::extract::{OriginalUri, State};
use axum::http::HeaderMap;
use axum::response::Response;
use hospes_api::envelope::List;
use hospes_api::runs::{Includes, Run};
use hospes_model::MemberId;
use hospes_model::member::Action;
use hospes_model::run::Overview;
use hospes_model::text::fold;
use hospes_model::workflow::TemplateKind;
use hospes_model::{GroupId, OrgNo};
use hospes_store::runs::list::{self, Filter, Listing, Sort, State as RunState};
use hospes_store::{Tx, runs};
use jiff::Timestamp;

use super::{Shown, includes, stream, takes_tasks};
use crate::app::App;
use crate::caller::Caller;
use crate::error::Error;
use crate::openapi::{PageParams, ReadErrors};
use crate::query::{PageRequest, Query, direction};
use crate::reply::Reply;
use crate::slice::{self, Address};

/// Processes a page when nothing is said (`wire.md` 1.6).
const PER_PAGE: i64 = 10;

/// What can be asked of a list of processes.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes parameters that the Query reader reads")]
pub(super) struct ListParams {
    /// Part of the name, in any case.
    #[param(max_length = 500)]
    q: Option<String>,
    /// `active`, `complete`, `problem` (with processes that are `issue`),
    /// `issue`, `archived`, `delayed`, `starred`, `improvement`, `all`; several,
    /// separated by commas, for any of them.
    #[param(example = "active")]
    status: Option<String>,
    /// Ids of members, separated by commas: processes that one of them looks
    /// after or has a task in.
    owners: Option<String>,
    /// Ids of groups, separated by commas: processes that one of them has a
    /// task in.
    groups: Option<String>,
    /// The id of the template.
    checklist_id: Option<String>,
    /// Another name of `checklist_id`.
    blueprint_id: Option<String>,
    /// `procedure`, `form` or `document`.
    #[param(rename = "type", pattern = "^(procedure|form|document)$")]
    kind: Option<String>,
    /// Whether it stands out.
    starred: Option<bool>,
    /// `true` includes archived processes, `only` shows nothing else.
    #[param(pattern = "^(true|false|only)$")]
    archived: Option<String>,
    /// Tags do not exist yet: nothing matches.
    tag: Option<String>,
    /// Tags do not exist yet: nothing matches.
    tag_ids: Option<String>,
    /// Whether only processes without a tag are shown: tags do not exist yet.
    untagged: Option<bool>,
    /// Folders do not exist yet: nothing matches.
    folder: Option<String>,
    /// `newest` (default), `oldest`, `created_at`, `name`, `updated`,
    /// `last_updated` or `due_date`; `-` in front turns the order round.
    #[param(
        pattern = "^-?(newest|oldest|created_at|started_at|name|updated|updated_at|last_updated|due_date)$"
    )]
    sort: Option<String>,
    /// Another name of `sort`.
    #[param(
        pattern = "^-?(newest|oldest|created_at|started_at|name|updated|updated_at|last_updated|due_date)$"
    )]
    sort_by: Option<String>,
    /// `checklist`, `tasks`, `next_task`, `form_fields` and others, separated by commas.
    #[param(example = "checklist,next_task")]
    with: Option<String>,
    /// Whether all values of all forms are shown.
    form_fields_values: Option<bool>,
}

/// A list request that was read.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) listing: Listing,
    pub(super) page: PageRequest,
    pub(super) includes: Includes,
}

/// List processes.
///
/// As far as the caller may know of them, and unless archived.
#[utoipa::path(
    get, path = "/organizations/{org}/runs", tag = "runs",
    operation_id = "list_runs",
    params(("org" = String, Path, description = "The organization's id"), PageParams, ListParams),
    responses(
        (status = 200, description = "A page of processes", body = List<Run>),
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
    caller.may(Action::ReadRuns)?;
    let (org, now) = (caller.org, app.clock.now());
    let Request { listing, page, includes } = read_request(uri.query().unwrap_or_default(), &caller, now)?;
    if page.all {
        return stream::all(&app, org, Request { listing, page, includes }).await;
    }
    let viewer = listing.viewer;
    let (total, found) = app
        .store
        .read(move |tx| {
            let found = list::page(tx, org, &listing, page.offset(), page.per_page)?;
            Ok::<_, hospes_store::Error>((found.total, show_all(tx, org, found.runs, includes)?))
        })
        .await?;
    let data: Vec<Run<'_>> = found.iter().map(|shown| shown.run(viewer, now, includes)).collect();
    let meta = slice::meta(total, data.len() as i64, page, &Address::of(&app, &headers, &uri));
    Ok(Reply::ok(&List { data, meta })?.unless_known(&headers))
}

/// Processes with what is shown beside them.
pub(super) fn show_all(
    tx: &mut Tx<'_>,
    org: OrgNo,
    overviews: Vec<Overview>,
    includes: Includes,
) -> hospes_store::Result<Vec<Shown>> {
    let taking = takes_tasks(tx, org, &overviews.iter().collect::<Vec<_>>())?;
    let mut all = Vec::with_capacity(overviews.len());
    for overview in overviews {
        let tasks = if includes.need_tasks() { runs::tasks(tx, overview.key)? } else { Vec::new() };
        let takes_tasks = taking.contains(&overview.snapshot.blueprint().template);
        all.push(Shown::with(tx, overview, tasks, takes_tasks, includes)?);
    }
    Ok(all)
}

fn read_request(raw: &str, caller: &Caller, now: Timestamp) -> Result<Request, Error> {
    let mut query = Query::new(raw);
    let mut filter = Filter {
        states: states(&mut query),
        search: query.text("q").map(|text| fold(&text)),
        owners: query.entries("owners", "ids of members", |text| text.parse::<MemberId>().ok()),
        groups: query.entries("groups", "ids of groups", |text| text.parse::<GroupId>().ok()),
        template: None,
        kind: kind(&mut query),
        starred: query.flag("starred"),
        archived: query.archived(),
        nothing: ["tag", "tag_ids", "folder"].iter().any(|name| query.get(name).is_some()),
    };
    let _ = query.flag("untagged");
    if let Some(text) = query.get("checklist_id").or_else(|| query.get("blueprint_id")) {
        // What is no id is no template's.
        filter.template = text.parse().ok();
        filter.nothing |= filter.template.is_none();
    }
    let (sort, reversed) = sort(&mut query);
    let page = query.page(PER_PAGE);
    let includes = includes(&mut query);
    query.finish()?;
    Ok(Request { listing: Listing { viewer: caller.actor, filter, sort, reversed, now }, page, includes })
}

fn states(query: &mut Query<'_>) -> Vec<RunState> {
    let words = query.get("status").unwrap_or("all").to_owned();
    let mut states = Vec::new();
    for word in words.split(',').map(str::trim) {
        states.push(match word {
            "all" => return Vec::new(),
            "active" | "in-progress" | "inprogress" => RunState::Active,
            "complete" | "completed" => RunState::Complete,
            "problem" | "hasproblem" => RunState::Problem,
            "issue" => RunState::Issue,
            "archived" => RunState::Archived,
            "delayed" | "overdue" => RunState::Delayed,
            "starred" => RunState::Starred,
            "improvement" => RunState::Improvement,
            _ => {
                query.fault(
                    "status",
                    "The status must be one of: active, complete, problem, issue, archived, delayed, starred, \
                     improvement, all.",
                );
                return Vec::new();
            }
        });
    }
    states
}

fn kind(query: &mut Query<'_>) -> Option<TemplateKind> {
    let kind = TemplateKind::parse(query.get("type")?);
    if kind.is_none() {
        query.fault("type", "The type must be one of: procedure, form, document.");
    }
    kind
}

fn sort(query: &mut Query<'_>) -> (Sort, bool) {
    let wanted = query.get("sort").or_else(|| query.get("sort_by")).unwrap_or("newest").to_owned();
    let (turned, name) = direction(&wanted);
    match name {
        "newest" => (Sort::Newest, turned),
        "oldest" | "created_at" | "started_at" => (Sort::Newest, !turned),
        "name" => (Sort::Name, turned),
        // As where a moment is named: the oldest first, unless turned round.
        "updated" | "updated_at" | "last_updated" => (Sort::Updated, !turned),
        "due_date" => (Sort::DueDate, turned),
        _ => {
            query.fault(
                "sort",
                "The sort must be one of: newest, oldest, created_at, name, updated, last_updated, due_date.",
            );
            (Sort::Newest, false)
        }
    }
}

#[cfg(test)]
mod tests {
    use hospes_model::OrgId;
    use hospes_model::member::{Actor, Role};
    use hospes_store::tasks::list::Archived;

    use super::*;

    fn read(raw: &str) -> Result<Request, Error> {
        let caller = Caller {
            actor: Actor { id: MemberId::new(7).unwrap(), role: Role::Admin },
            org: OrgNo::new(1).unwrap(),
            org_id: OrgId::new(1, [1; 10]),
            guest_revision: 0,
        };
        read_request(raw, &caller, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn every_parameter_is_read() {
        let id = "0196d2f35a7c7b3e9d1c2f4a5b6c7d8e";
        let request = read(&format!(
            "q=ABC&status=problem,delayed&owners=1,2&groups={id}&checklist_id={id}&type=form&starred=1\
             &archived=true&sort=-name&per_page=5"
        ))
        .unwrap();
        let filter = &request.listing.filter;
        assert_eq!(filter.search.as_deref(), Some("abc"));
        assert_eq!(filter.states, [RunState::Problem, RunState::Delayed]);
        assert_eq!(filter.owners.as_ref().map(Vec::len), Some(2));
        assert_eq!(filter.groups, Some(vec![id.parse().unwrap()]));
        assert_eq!(filter.template, id.parse().ok());
        assert_eq!((filter.kind, filter.starred), (Some(TemplateKind::Form), Some(true)));
        assert_eq!((filter.archived, filter.nothing), (Archived::Included, false));
        assert_eq!((request.listing.sort, request.listing.reversed), (Sort::Name, true));
        assert_eq!(request.page.per_page, 5);
        for nothing in ["tag=a", "tag_ids=a", "folder=a", "checklist_id=x", "blueprint_id=x"] {
            assert!(read(nothing).unwrap().listing.filter.nothing, "{nothing}");
        }
        assert!(read("status=all&untagged=true").unwrap().listing.filter.states.is_empty());
        for (text, sort, reversed) in [
            ("", Sort::Newest, false),
            ("sort=-created_at", Sort::Newest, false),
            ("sort_by=created_at", Sort::Newest, true),
            ("sort=-last_updated", Sort::Updated, false),
            ("sort=due_date", Sort::DueDate, false),
        ] {
            let listing = read(text).unwrap().listing;
            assert_eq!((listing.sort, listing.reversed), (sort, reversed), "{text}");
        }
    }

    #[test]
    fn wrong_values_are_refused() {
        for wrong in [
            "status=nonsense",
            "owners=x",
            "groups=x",
            "type=x",
            "starred=maybe",
            "archived=maybe",
            "untagged=maybe",
            "form_fields_values=maybe",
            "sort=title",
            "page=0",
            "q=%00",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
