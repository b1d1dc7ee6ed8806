//! `GET /organizations/{org}/activity-feeds`.

use std::sync::Arc;

use axum::extract::{OriginalUri, State};
use axum::http::HeaderMap;
use axum::response::Response;
use hospes_api::activity::{Activity, Place};
use hospes_api::envelope::List;
use hospes_model::activity::{EntityKind, Verb};
use hospes_model::member::Action;
use hospes_model::task::dates::{self, Edge, second_after};
use hospes_model::text::fold;
use hospes_model::{EmailAddress, OrgNo, Refusal};
use hospes_store::activity::{self, ActorKind, Filter, Listing};
use hospes_store::guests::{self, GuestRef};
use hospes_store::tasks::list::Span;
use hospes_store::{Tx, accounts, orgs};
use jiff::tz::TimeZone;

use crate::app::{App, zone_of};
use crate::caller::Caller;
use crate::error::Error;
use crate::openapi::ReadErrors;
use crate::query::{PageRequest, Query};
use crate::reply::Reply;
use crate::slice::{self, Address};

/// Rows a page when nothing is said (`wire.md` 1.6).
const PER_PAGE: i64 = 20;

/// Lengths of a search, in characters.
const SEARCH: std::ops::RangeInclusive<usize> = 2..=100;

/// What can be asked of the feed. Lists of words take several, separated by
/// commas: rows with any of them.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes parameters that the Query reader reads")]
pub struct ListParams {
    /// `guest`, `task`, `user`, `group`, `organization`, `checklist`, `run` or
    /// `step`: what rows are about. `thread` does not exist yet: nothing matches.
    #[param(
        example = "guest",
        pattern = "^(guest|task|user|group|organization|checklist|run|step|thread)(,(guest|task|user|group|organization|checklist|run|step|thread))*$"
    )]
    entity_type: Option<String>,
    /// A guest's code, or the id of a task, a template or a step.
    #[param(max_length = 500)]
    entity_id: Option<String>,
    /// The same in the words of the answers: `Guest`, `Task`, `User`, `Group`,
    /// `Organization`, `Process`, `Blueprint` or `Step`. `Comment` and `Tag` do
    /// not exist yet: nothing matches.
    #[param(
        example = "Guest",
        pattern = "^(Guest|Task|User|Organization|Comment|Step|Process|Blueprint|Tag|Group)(,(Guest|Task|User|Organization|Comment|Step|Process|Blueprint|Tag|Group))*$"
    )]
    r#type: Option<String>,
    /// What was done, such as `created`, `updated`, `owners-updated`,
    /// `completed`, `re-opened`, `commented`, `issue-reported`, `archived`, `unarchived`, `deleted`,
    /// `disabled`, `enabled`, `invited` or `invite-accepted`.
    #[param(example = "created,updated")]
    verb: Option<String>,
    /// `user`: a member acted; `guest`: a guest did.
    #[param(pattern = "^(user|guest)(,(user|guest))*$")]
    actor_type: Option<String>,
    /// The member who acted.
    #[param(minimum = 1)]
    actor_id: Option<i64>,
    /// The address of the member or guest who acted.
    #[param(format = Email)]
    actor_email: Option<String>,
    /// `Member` or `Guest`. `Webhook` cannot act yet: nothing matches.
    #[param(example = "Member", pattern = "^(Member|Guest|Webhook)(,(Member|Guest|Webhook))*$")]
    source: Option<String>,
    /// `YYYY-MM-DD`, included, in the organization's time zone.
    #[param(format = Date, example = "2025-05-15")]
    created_after: Option<String>,
    /// `YYYY-MM-DD`, included, in the organization's time zone.
    #[param(format = Date, example = "2025-05-15")]
    created_before: Option<String>,
    /// Part of the text, in any case.
    #[param(min_length = 2, max_length = 100)]
    search: Option<String>,
    /// The field that was changed.
    #[param(max_length = 500)]
    field: Option<String>,
    /// `task`, `checklist` or `step`: what happened to those. `run` does not
    /// exist yet: nothing matches.
    #[param(pattern = "^(task|checklist|run|step)(,(task|checklist|run|step))*$")]
    origin_type: Option<String>,
    /// The id of the task, template or step; needs `origin_type`.
    #[param(max_length = 500)]
    origin_id: Option<String>,
    /// `-created_at` (default), the newest first, or `created_at`. Rows are in
    /// the order in which they were added.
    #[param(pattern = "^-?created_at$")]
    sort: Option<String>,
    /// The page, from 1.
    #[param(minimum = 1)]
    page: Option<i64>,
    /// Rows a page; more than 1000 is cut to it.
    #[param(minimum = 1)]
    per_page: Option<i64>,
    /// Another name of `per_page`.
    #[param(minimum = 1)]
    limit: Option<i64>,
}

/// Read the activity feed.
///
/// Administrators see every row. Others see what they did themselves, what
/// happened to guests, and what happened to tasks and templates that they may
/// see.
#[utoipa::path(
    get, path = "/organizations/{org}/activity-feeds", tag = "activity",
    operation_id = "list_activity",
    params(("org" = String, Path, description = "The organization's id"), ListParams),
    responses(
        (status = 200, description = "A page of rows", body = List<Activity>),
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
    caller.may(Action::ReadActivity)?;
    let (no, viewer) = (caller.org, caller.actor);
    let org = app.store.read_single(move |tx| orgs::get(tx, no)).await?;
    let zone = zone_of(&org)?;
    let Request { filter, email, descending, page } = read_request(uri.query().unwrap_or_default(), &zone)?;
    let found = app
        .store
        .read(move |tx| {
            let mut listing = Listing { viewer, filter: filter.clone(), descending };
            if let Some(email) = &email {
                by_address(tx, no, email, &mut listing.filter)?;
            }
            activity::page(tx, no, &listing, page.offset(), page.per_page)
        })
        .await?;
    let id = caller.org_id.to_string();
    let place = Place { id: &id, name: &org.name };
    let data: Vec<Activity<'_>> = found.entries.iter().map(|entry| Activity::new(entry, place)).collect();
    let meta = slice::meta(found.total, data.len() as i64, page, &Address::of(&app, &headers, &uri));
    Ok(Reply::ok(&List { data, meta })?.unless_known(&headers))
}

/// Narrows the filter to what the member or guest with an address did. An
/// address that nobody has did nothing.
fn by_address(
    tx: &mut Tx<'_>,
    org: OrgNo,
    email: &EmailAddress,
    filter: &mut Filter,
) -> hospes_store::Result<()> {
    if let Some(member) = accounts::find_by_email(tx, org, email.folded())? {
        filter.actors.push(member.id);
    } else {
        let guest = guests::find(tx, org, &GuestRef::Email(email.folded().to_owned()))?;
        filter.nothing |= guest.is_none();
        filter.guest = guest.map(|guest| guest.key);
    }
    Ok(())
}

/// A request that was read.
#[derive(Debug)]
struct Request {
    filter: Filter,
    /// Whose address the actor must have.
    email: Option<EmailAddress>,
    descending: bool,
    page: PageRequest,
}

/// Words of the contract, and what each means here; `None` for what does not
/// exist yet.
type Words<T> = [(&'static str, Option<T>)];

const ENTITIES: &Words<EntityKind> = &[
    ("guest", Some(EntityKind::Guest)),
    ("task", Some(EntityKind::Task)),
    ("user", Some(EntityKind::Member)),
    ("group", Some(EntityKind::Group)),
    ("organization", Some(EntityKind::Organization)),
    ("checklist", Some(EntityKind::Template)),
    ("run", Some(EntityKind::Run)),
    ("step", Some(EntityKind::Step)),
    ("thread", None),
];

const TYPES: &Words<EntityKind> = &[
    ("Guest", Some(EntityKind::Guest)),
    ("Task", Some(EntityKind::Task)),
    ("User", Some(EntityKind::Member)),
    ("Organization", Some(EntityKind::Organization)),
    ("Comment", None),
    ("Step", Some(EntityKind::Step)),
    ("Process", Some(EntityKind::Run)),
    ("Blueprint", Some(EntityKind::Template)),
    ("Tag", None),
    ("Group", Some(EntityKind::Group)),
];

/// The verbs of things that cannot be done yet.
const OTHER_VERBS: &[&str] = &["uncompleted", "re-ordered", "linked", "unlinked"];

const ACTOR_TYPES: &Words<ActorKind> =
    &[("user", Some(ActorKind::Member)), ("guest", Some(ActorKind::Guest))];
const SOURCES: &Words<ActorKind> =
    &[("Member", Some(ActorKind::Member)), ("Guest", Some(ActorKind::Guest)), ("Webhook", None)];
const ORIGINS: &Words<EntityKind> = &[
    ("task", Some(EntityKind::Task)),
    ("checklist", Some(EntityKind::Template)),
    ("run", Some(EntityKind::Run)),
    ("step", Some(EntityKind::Step)),
];

fn read_request(raw: &str, zone: &TimeZone) -> Result<Request, Refusal> {
    let mut query = Query::new(raw);
    let verbs: Vec<(&'static str, Option<Verb>)> =
        (Verb::ALL.iter().map(|verb| (verb.as_str(), Some(*verb))))
            .chain(OTHER_VERBS.iter().map(|word| (*word, None)))
            .collect();
    let kinds = [
        words(&mut query, "entity_type", ENTITIES),
        words(&mut query, "type", TYPES),
        words(&mut query, "origin_type", ORIGINS),
    ];
    let actors = [words(&mut query, "actor_type", ACTOR_TYPES), words(&mut query, "source", SOURCES)];
    let by: Option<Vec<ActorKind>> = actors.into_iter().flatten().reduce(|mut all, other| {
        all.retain(|kind| other.contains(kind));
        all
    });
    let entity_ids = [query.text("entity_id"), query.text("origin_id")].into_iter().flatten().collect();
    if query.get("origin_id").is_some() && query.get("origin_type").is_none() {
        query.fault("origin_id", "The origin_id needs an origin_type.");
    }
    let filter = Filter {
        entities: kinds.into_iter().flatten().reduce(|mut all, other| {
            all.retain(|kind| other.contains(kind));
            all
        }),
        entity_ids,
        verbs: words(&mut query, "verb", &verbs),
        actors: actor(&mut query).into_iter().collect(),
        guest: None,
        field: query.text("field"),
        created: created(&mut query, zone),
        search: search(&mut query),
        nothing: by.as_ref().is_some_and(Vec::is_empty),
        by,
    };
    let email = query.get("actor_email").map(EmailAddress::parse);
    if matches!(email, Some(Err(_))) {
        query.fault("actor_email", "The actor_email must be an e-mail address.");
    }
    let descending = match query.get("sort") {
        None | Some("-created_at") => true,
        Some("created_at") => false,
        Some(_) => {
            query.fault("sort", "The sort must be created_at or -created_at.");
            true
        }
    };
    // The feed grows without end: there is no answer with all of it.
    let page = PageRequest { all: false, ..query.page(PER_PAGE) };
    query.finish()?;
    Ok(Request { filter, email: email.and_then(Result::ok), descending, page })
}

/// Words separated by commas, in any case; those that mean nothing yet are left out.
fn words<T: Copy>(query: &mut Query<'_>, name: &str, known: &Words<T>) -> Option<Vec<T>> {
    let list = query.get(name)?.to_owned();
    let mut wanted = Vec::new();
    for word in list.split(',').map(str::trim) {
        let Some((_, meaning)) = known.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)) else {
            let all: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
            query.fault(name, format!("The {name} must be one of: {}.", all.join(", ")));
            return None;
        };
        wanted.extend(meaning);
    }
    Some(wanted)
}

fn actor(query: &mut Query<'_>) -> Option<hospes_model::MemberId> {
    let id = query.get("actor_id")?.parse();
    if id.is_err() {
        query.fault("actor_id", "The actor_id must be the id of a member, a positive integer.");
    }
    id.ok()
}

fn created(query: &mut Query<'_>, zone: &TimeZone) -> Span {
    let mut day = |name: &str, edge: Edge| {
        let text = query.get(name)?.to_owned();
        let read = dates::read_date(&text).and_then(|date| dates::edge_of(date, zone, edge));
        if read.is_none() {
            query.fault(name, format!("The {name} must have the form YYYY-MM-DD."));
        }
        read
    };
    let (from, last) = (day("created_after", Edge::Start), day("created_before", Edge::End));
    Span { from, before: last.map(second_after) }
}

fn search(query: &mut Query<'_>) -> Option<String> {
    let text = query.text("search")?;
    if !SEARCH.contains(&text.chars().count()) {
        query.fault("search", "The search must be text of 2 to 100 characters.");
        return None;
    }
    Some(fold(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> Result<Request, Refusal> {
        read_request(raw, &TimeZone::get("Europe/Berlin").unwrap())
    }

    fn filter(raw: &str) -> Filter {
        read(raw).unwrap().filter
    }

    #[test]
    fn without_parameters_all_rows_are_meant_and_the_newest_comes_first() {
        let request = read("").unwrap();
        assert_eq!(request.filter, Filter::default());
        assert_eq!((request.page.page, request.page.per_page), (1, 20));
        assert!(request.descending && !read("sort=created_at").unwrap().descending);
        let request = read("per_page=5000&without_pagination=true").unwrap();
        assert_eq!((request.page.per_page, request.page.all), (1000, false));
    }

    #[test]
    fn filters_are_read() {
        assert_eq!(filter("entity_type=guest,thread").entities, Some(vec![EntityKind::Guest]));
        assert_eq!(filter("entity_type=task&type=Guest").entities, Some(vec![]));
        assert_eq!(filter("type=task&origin_type=task").entities, Some(vec![EntityKind::Task]));
        assert_eq!(filter("type=Comment").entities, Some(vec![]));
        assert_eq!(filter("origin_type=task&origin_id=a&entity_id=b").entity_ids, ["b", "a"]);
        assert_eq!(
            filter("verb=created,%20uploaded,linked").verbs,
            Some(vec![Verb::Created, Verb::Uploaded])
        );
        assert_eq!(filter("verb=RE-OPENED").verbs, Some(vec![Verb::Reopened]));
        let (member, guest) = (ActorKind::Member, ActorKind::Guest);
        for (raw, by) in [
            ("actor_type=user", vec![member]),
            ("source=Member", vec![member]),
            ("source=Guest,Member", vec![guest, member]),
            ("actor_type=guest", vec![guest]),
            ("source=Guest,Member&actor_type=guest", vec![guest]),
        ] {
            let filter = filter(raw);
            assert_eq!((filter.by, filter.nothing), (Some(by), false), "{raw}");
        }
        for nothing in ["source=Webhook", "source=Member&actor_type=guest"] {
            assert!(filter(nothing).nothing, "{nothing}");
        }
        assert_eq!(filter("actor_id=7").actors.len(), 1);
        assert_eq!(filter("search=%C3%84B&field=email").search.as_deref(), Some("äb"));
        let day = filter("created_after=2025-05-15&created_before=2025-05-15").created;
        assert_eq!(day.from, Some("2025-05-14T22:00:00Z".parse().unwrap()));
        assert_eq!(day.before, Some("2025-05-15T22:00:00Z".parse().unwrap()));
    }

    #[test]
    fn wrong_values_are_refused() {
        for wrong in [
            "entity_type=x",
            "entity_type=guest,",
            "entity_id=%00",
            "type=x",
            "verb=x",
            "actor_type=x",
            "actor_id=0",
            "actor_id=x",
            "actor_email=x",
            "source=x",
            "created_after=soon",
            "created_before=2025-13-01",
            "search=x",
            "field=%00",
            "origin_type=guest",
            "origin_id=x",
            "sort=verb",
            "page=0",
            "per_page=x",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(read(&format!("search={}", "x".repeat(101))).is_err());
    }
}
