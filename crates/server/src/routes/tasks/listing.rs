//! What the four lists of tasks have in common: their parameters, and the page
//! as an answer.

use std::sync::Arc;

use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use hospes_api::envelope::List;
use hospes_api::tasks::{Discussions, Includes, Task};
use hospes_model::task::dates::{self, Edge, second_after};
use hospes_model::text::fold;
use hospes_model::{MemberId, OrgNo, TaskKey};
use hospes_store::Tx;
use hospes_store::guests::GuestRef;
use hospes_store::tasks::Listed;
use hospes_store::tasks::list::{self, Filter, Listing, Scope, Sort, Span, State};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::stream;
use crate::app::App;
use crate::caller::Caller;
use crate::error::Error;
use crate::query::{PageRequest, Query, direction};
use crate::reply::Reply;
use crate::routes::activity::TaskFeed;
use crate::routes::tasks::discussions::discussions;
use crate::slice::{self, Address};

/// Tasks a page when nothing is said (`wire.md` 1.6).
const PER_PAGE: i64 = 10;

/// What can be asked of a list of tasks.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes parameters that the Query reader reads")]
pub(in crate::routes) struct ListParams {
    /// Part of the title or of the process's name, in any case.
    #[param(max_length = 500)]
    q: Option<String>,
    /// `active`, `active_visible` or `incomplete` (not complete), `inprogress`, `not-started`,
    /// `completed` or `complete`, `overdue`, `due_soon` (within 24 hours),
    /// `hasproblem`, `auto-skipped` (hidden; in the list of a process), `all`; several, separated by commas, for any of them.
    #[param(example = "active")]
    status: Option<String>,
    /// Ids of members, separated by commas: tasks that any of them is on.
    owners: Option<String>,
    /// Addresses or codes of guests, separated by commas: tasks that any of them is on.
    guests: Option<String>,
    /// Ids of groups, separated by commas: tasks that any of them is on.
    groups: Option<String>,
    /// Roles do not exist yet: nothing matches.
    roles: Option<String>,
    /// Tags do not exist yet: nothing matches.
    tag: Option<String>,
    /// Folders do not exist yet: nothing matches.
    folder: Option<String>,
    /// Only tasks that nobody is on.
    unassigned: Option<bool>,
    /// `true` includes archived tasks, `only` shows nothing else.
    #[param(pattern = "^(true|false|only)$")]
    archived: Option<String>,
    /// `true` for one-off tasks only, `false` for tasks of processes only.
    is_oneoff: Option<bool>,
    /// `YYYY-MM-DD:YYYY-MM-DD`, both included; either may be left out.
    #[param(example = "2025-01-01:2030-12-31")]
    created: Option<String>,
    /// A date. Beats every other filter on the deadline.
    deadline_on: Option<String>,
    /// A date or moment, not included.
    deadline_before: Option<String>,
    /// A date or moment, not included.
    deadline_after: Option<String>,
    /// A date or moment, included.
    deadline_start_range: Option<String>,
    /// A date or moment, included.
    deadline_end_range: Option<String>,
    /// `newest` (default; of a process `position`), `oldest`, `deadline`, `position`, `completed_newest`,
    /// `problems` or `created_at`; `-` in front turns the order round.
    #[param(pattern = "^-?(newest|oldest|deadline|position|completed_newest|problems|created_at)$")]
    sort: Option<String>,
    /// Another name of `sort`.
    #[param(pattern = "^-?(newest|oldest|deadline|position|completed_newest|problems|created_at)$")]
    sort_by: Option<String>,
    /// `summary`, `form_fields`, `threads_count`, `run`, `run.checklist`, `step`,
    /// of the tasks of a process `activities`, and others, separated by commas.
    #[param(example = "summary,form_fields")]
    with: Option<String>,
}

/// A list request that was read.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) listing: Listing,
    pub(super) page: PageRequest,
    pub(super) includes: Includes,
}

/// Reads what was asked.
fn read_request(
    raw: &str,
    scope: Scope,
    state: Option<State>,
    caller: &Caller,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<Request, Error> {
    let mut query = Query::new(raw);
    let mut reader = Reader { query: &mut query, zone };
    let filter = reader.filter(state);
    // The tasks of a process are read in their order.
    let default = if matches!(scope, Scope::Run(_)) { "position" } else { "newest" };
    let (sort, reversed) = reader.sort(default);
    let scope = reader.assignee(scope, caller);
    let page = query.page(PER_PAGE);
    let includes = query.get("with").map(Includes::parse).unwrap_or_default();
    query.finish()?;
    let listing = Listing { scope, viewer: caller.actor, filter, sort, reversed, now };
    Ok(Request { listing, page, includes })
}

/// Answers with a page of a list, or with the whole of it when that was asked
/// for. `state` filters when no status was said.
pub(in crate::routes) async fn answer(
    app: &Arc<App>,
    caller: &Caller,
    uri: &Uri,
    headers: &HeaderMap,
    scope: Scope,
    state: Option<State>,
) -> Result<Response, Error> {
    let org = caller.org;
    let zone = app.zone(org).await?;
    let raw = uri.query().unwrap_or_default();
    let request = read_request(raw, scope, state, caller, &zone, app.clock.now())?;
    if request.page.all {
        return stream::all(app, org, request).await;
    }
    let Request { listing, page, includes } = request;
    let now = listing.now;
    let (found, beside) = app
        .store
        .read(move |tx| {
            let found = list::page(tx, org, &listing, page.offset(), page.per_page)?;
            let beside = Beside::read(tx, org, &listing, includes, &found.tasks)?;
            Ok::<_, hospes_store::Error>((found, beside))
        })
        .await?;
    let data: Vec<Task<'_>> = found.tasks.iter().map(|task| shown(task, now, includes, &beside)).collect();
    let meta = slice::meta(found.total, data.len() as i64, page, &Address::of(app, headers, uri));
    Ok(Reply::ok(&List { data, meta })?.unless_known(headers))
}

/// What is shown beside the tasks of a list, as far as it was asked for.
#[derive(Debug)]
pub(super) struct Beside {
    feed: Option<TaskFeed>,
    discussions: Discussions,
}

impl Beside {
    pub(super) fn read(
        tx: &mut Tx<'_>,
        org: OrgNo,
        listing: &Listing,
        includes: Includes,
        tasks: &[Listed],
    ) -> hospes_store::Result<Self> {
        let keys: Vec<TaskKey> = tasks.iter().map(Listed::key).collect();
        let discussions = discussions(tx, &keys, includes)?;
        Ok(Self { feed: feed(tx, org, listing, includes, tasks)?, discussions })
    }
}

/// What happened to the tasks of a process, if it was asked for; other lists do
/// not show it (`wire.md` 1.10).
fn feed(
    tx: &mut Tx<'_>,
    org: OrgNo,
    listing: &Listing,
    includes: Includes,
    tasks: &[Listed],
) -> hospes_store::Result<Option<TaskFeed>> {
    if !includes.has_activities() || !matches!(listing.scope, Scope::Run(_)) {
        return Ok(None);
    }
    let ids = tasks.iter().map(|task| match task {
        Listed::OneOff(task) => task.id,
        Listed::OfRun(of) => of.task.id,
    });
    TaskFeed::of_listed(tx, org, listing.viewer, ids).map(Some)
}

/// A task as lists show it.
pub(super) fn shown<'a>(
    task: &'a Listed,
    now: Timestamp,
    includes: Includes,
    beside: &'a Beside,
) -> Task<'a> {
    let shown = match task {
        Listed::OneOff(task) => Task::new(task, now, includes),
        Listed::OfRun(task) => Task::of_run(task, now, includes),
    };
    let shown = shown.with_comments(task.key(), &beside.discussions, includes);
    match &beside.feed {
        Some(feed) => feed.beside(shown),
        None => shown,
    }
}

/// Reads the parameters, noting faults in the query.
struct Reader<'a, 'b> {
    query: &'a mut Query<'b>,
    zone: &'a TimeZone,
}

impl Reader<'_, '_> {
    fn filter(&mut self, state: Option<State>) -> Filter {
        let mut filter = Filter {
            states: self.states().unwrap_or_else(|| state.into_iter().collect()),
            search: self.query.text("q").map(|text| fold(&text)),
            members: self.query.entries("owners", "ids of members", |text| text.parse().ok()),
            guests: self.query.entries("guests", "addresses or codes of guests", GuestRef::parse),
            groups: self.query.entries("groups", "ids of groups", |text| text.parse().ok()),
            unassigned: self.query.flag("unassigned").unwrap_or(false),
            archived: self.query.archived(),
            created: self.created(),
            deadline: self.deadline(),
            one_off: self.query.flag("is_oneoff"),
            nothing: false,
        };
        // What cannot be assigned or put on a task yet is on none.
        for name in ["roles", "tag", "folder", "custom_field_key", "custom_field_value"] {
            filter.nothing |= self.query.get(name).is_some();
        }
        filter
    }

    fn states(&mut self) -> Option<Vec<State>> {
        let words = self.query.get("status")?.to_owned();
        let mut states = Vec::new();
        for word in words.split(',').map(str::trim) {
            match word {
                "all" => return Some(Vec::new()),
                "active" | "active_visible" | "incomplete" => states.push(State::Open),
                "inprogress" | "in-progress" => states.push(State::InProgress),
                "not-started" => states.push(State::NotStarted),
                "complete" | "completed" => states.push(State::Completed),
                "overdue" => states.push(State::Overdue),
                "due_soon" => states.push(State::DueSoon),
                "hasproblem" => states.push(State::HasProblem),
                "auto-skipped" => states.push(State::Skipped),
                _ => {
                    self.query.fault(
                        "status",
                        "The status must be one of: active, incomplete, inprogress, not-started, completed, \
                         overdue, due_soon, hasproblem, auto-skipped, all.",
                    );
                    return None;
                }
            }
        }
        Some(states)
    }

    fn created(&mut self) -> Span {
        let Some(range) = self.query.get("created").map(str::to_owned) else { return Span::default() };
        let (from, to) = range.split_once(':').unwrap_or((&range, &range));
        let mut day = |text: &str, edge: Edge| {
            if text.trim().is_empty() {
                return None;
            }
            let read = dates::read_date(text).and_then(|date| dates::edge_of(date, self.zone, edge));
            if read.is_none() {
                self.query.fault("created", "The created must have the form YYYY-MM-DD:YYYY-MM-DD.");
            }
            read
        };
        let (from, last) = (day(from, Edge::Start), day(to, Edge::End));
        Span { from, before: last.map(second_after) }
    }

    /// The last or first second that a parameter means.
    fn moment(&mut self, name: &str, edge: Edge) -> Option<Timestamp> {
        let text = self.query.get(name)?.to_owned();
        let read = dates::read(&text, self.zone, edge);
        read.map_err(|fault| self.query.fault(name, format!("The {name} {fault}."))).ok()
    }

    fn deadline(&mut self) -> Span {
        let before = self.moment("deadline_before", Edge::Start);
        // Deadlines are whole seconds.
        let after_moment = self.moment("deadline_after", Edge::End).map(second_after);
        let from = self.moment("deadline_start_range", Edge::Start);
        let to = self.moment("deadline_end_range", Edge::End).map(second_after);
        if let Some(text) = self.query.get("deadline_on").map(str::to_owned) {
            let Some(date) = dates::read_date(&text) else {
                self.query.fault("deadline_on", "The deadline_on must have the form YYYY-MM-DD.");
                return Span::default();
            };
            return Span {
                from: dates::edge_of(date, self.zone, Edge::Start),
                before: dates::edge_of(date, self.zone, Edge::End).map(second_after),
            };
        }
        let before = [before, to].into_iter().flatten().min();
        Span { from: after_moment.max(from), before }
    }

    fn sort(&mut self, default: &str) -> (Sort, bool) {
        let wanted =
            self.query.get("sort").or_else(|| self.query.get("sort_by")).unwrap_or(default).to_owned();
        let (turned, name) = direction(&wanted);
        match name {
            "newest" => (Sort::Newest, turned),
            "oldest" | "created_at" => (Sort::Newest, !turned),
            "deadline" => (Sort::Deadline, turned),
            "position" => (Sort::Position, turned),
            "completed_newest" => (Sort::CompletedNewest, turned),
            "problems" => (Sort::Problems, turned),
            _ => {
                self.query.fault(
                    "sort",
                    "The sort must be one of: newest, oldest, deadline, position, completed_newest, problems, \
                     created_at.",
                );
                (Sort::Newest, false)
            }
        }
    }

    /// `assignee` narrows the organization's list to one member's.
    fn assignee(&mut self, scope: Scope, caller: &Caller) -> Scope {
        let Some(text) = self.query.get("assignee").map(str::to_owned) else { return scope };
        let member: Option<MemberId> = if text == "me" { Some(caller.actor.id) } else { text.parse().ok() };
        match (scope, member) {
            (_, None) => {
                self.query.fault("assignee", "The assignee must be me or the id of a member.");
                scope
            }
            (Scope::Organization, Some(member)) => Scope::Member(member),
            _ => scope,
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
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        read_request(raw, Scope::Organization, None, &caller, &zone, Timestamp::UNIX_EPOCH)
    }

    fn at(text: &str) -> Option<Timestamp> {
        text.parse().ok()
    }

    #[test]
    fn deadlines_are_read_in_the_organization_s_days() {
        let deadline = |raw: &str| read(raw).unwrap().listing.filter.deadline;
        let day = Span { from: at("2025-05-14T22:00:00Z"), before: at("2025-05-15T22:00:00Z") };
        assert_eq!(deadline("deadline_on=2025-05-15"), day);
        assert_eq!(deadline("deadline_on=2025-05-15&deadline_before=2020-01-01"), day);
        assert_eq!(deadline("deadline_start_range=2025-05-15&deadline_end_range=2025-05-15"), day);
        assert_eq!(deadline("deadline_after=2025-05-14&deadline_before=2025-05-16"), day);
        let hour = deadline("deadline_after=2025-05-15+10:00:00&deadline_before=2025-05-15T09:00:00Z");
        assert_eq!(hour, Span { from: at("2025-05-15T08:00:01Z"), before: at("2025-05-15T09:00:00Z") });
    }

    #[test]
    fn every_other_parameter_is_read() {
        let request = read(
            "status=overdue,due_soon&owners=1,2&guests=A@x.org&unassigned=1&archived=only&sort_by=-deadline\
             &q=ABC&created=2025-05-15:&assignee=me&per_page=5\
             &groups=0123456789abcdef0123456789abcdef",
        )
        .unwrap();
        let filter = &request.listing.filter;
        assert_eq!(filter.states, [State::Overdue, State::DueSoon]);
        assert_eq!(
            (filter.members.as_ref().map(Vec::len), filter.groups.as_ref().map(Vec::len)),
            (Some(2), Some(1))
        );
        assert_eq!(filter.guests, Some(vec![GuestRef::Email("a@x.org".into())]));
        assert_eq!(filter.created, Span { from: at("2025-05-14T22:00:00Z"), before: None });
        assert_eq!((filter.unassigned, filter.archived, filter.nothing), (true, Archived::Only, false));
        assert_eq!((request.listing.sort, request.listing.reversed), (Sort::Deadline, true));
        assert_eq!(request.listing.scope, Scope::Member(MemberId::new(7).unwrap()));
        for nothing in ["roles=a", "tag=a", "folder=a", "custom_field_key=a"] {
            assert!(read(nothing).unwrap().listing.filter.nothing, "{nothing}");
        }
        assert!(!read("is_oneoff=true&status=all").unwrap().listing.filter.nothing);
    }

    #[test]
    fn wrong_values_are_refused() {
        for wrong in [
            "status=nonsense",
            "owners=x",
            "owners=0",
            "guests=x",
            "groups=x",
            "unassigned=maybe",
            "archived=maybe",
            "created=yesterday",
            "deadline_on=soon",
            "deadline_before=soon",
            "deadline_after=soon",
            "deadline_start_range=soon",
            "deadline_end_range=soon",
            "sort=title",
            "sort_by=title",
            "assignee=you",
            "is_oneoff=maybe",
            "page=0",
            "q=%00",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        let many = (1..=101).map(|n: i32| n.to_string()).collect::<Vec<_>>().join(",");
        assert!(read(&format!("owners={many}")).is_err());
    }
}
