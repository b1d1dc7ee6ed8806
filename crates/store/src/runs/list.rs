//! Lists of processes. Rows of `run` hold all that they show, but for what
//! depends on the clock and on who works in them, which is asked for the page.

use std::collections::HashMap;
use std::sync::Arc;

use hospes_model::member::{Actor, Role};
use hospes_model::run::Overview;
use hospes_model::workflow::{RunProgress, RunStatus, TemplateKind};
use hospes_model::{GroupId, MemberId, OrgNo, RunId, RunKey, TemplateId};
use jiff::{SignedDuration, Timestamp};

use crate::accounts::member_id;
use crate::error::{Error, Result};
use crate::orgs;
use crate::positions::{ListKey, Positions};
use crate::sql::{Conditions, Tx, Value, in_list};
use crate::tasks::CHUNK;
use crate::tasks::list::{Archived, run_listed_to, run_visible_to, runs_of_members};
use crate::templates::versions;
use crate::{from_micros, to_micros};

use super::{COLUMNS, Stored, read_run};

#[cfg(test)]
mod plans;

/// A state by which lists are filtered (`wire.md` 2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Something is to be done, with or without issues.
    Active,
    /// Everything is done.
    Complete,
    /// A task has an open issue, or the process itself has.
    Problem,
    /// The process itself has an open issue.
    Issue,
    /// Put away.
    Archived,
    /// An open task is late.
    Delayed,
    /// Standing out.
    Starred,
    /// With a suggestion of how to do better. There are none yet: nothing.
    Improvement,
}

/// Which processes. The default is all that are not archived.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// In any of these states; empty for all.
    pub states: Vec<State>,
    /// With this folded text in the name.
    pub search: Option<String>,
    /// Looked after by one of these members, or with one of them on a task.
    pub owners: Option<Vec<MemberId>>,
    /// With one of these groups on a task.
    pub groups: Option<Vec<GroupId>>,
    /// Launched from this template.
    pub template: Option<TemplateId>,
    /// Launched from a template of this kind.
    pub kind: Option<TemplateKind>,
    /// Standing out, or not.
    pub starred: Option<bool>,
    /// Archived ones or not; a filter for archived ones shows them anyway.
    pub archived: Archived,
    /// By something that does not exist yet: nothing matches.
    pub nothing: bool,
}

/// What lists are sorted by. Ties are broken by the order of the launches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// The newest first.
    #[default]
    Newest,
    /// By name, from A to Z.
    Name,
    /// The one changed last first.
    Updated,
    /// The latest deadline; those without come last.
    DueDate,
}

/// A list as one member may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Who asks.
    pub viewer: Actor,
    /// Which processes.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// Whether the order is reversed.
    pub reversed: bool,
    /// The time by which states are told.
    pub now: Timestamp,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// All processes of the list.
    pub total: i64,
    /// Those of the page.
    pub runs: Vec<Overview>,
}

/// Reads at most `limit` processes after passing over `offset`. For reads only:
/// what is counted is remembered, and an uncommitted change must not be.
pub fn page(tx: &mut Tx<'_>, org: OrgNo, listing: &Listing, offset: i64, limit: i64) -> Result<Page> {
    if listing.filter.nothing {
        return Ok(Page { total: 0, runs: Vec::new() });
    }
    let query = Query::new(org, listing);
    let total = query.total(tx, org)?;
    if offset >= total {
        return Ok(Page { total, runs: Vec::new() });
    }
    let (limits, values) = query.conditions.page(limit, offset);
    let sql = format!("{} ORDER BY {}{limits}", query.rows(), order(listing));
    let runs = read_overviews(tx, &sql, &values, listing.now)?;
    Ok(Page { total, runs })
}

/// The keys of the whole list, in its order: for reading it piece by piece with
/// [`by_keys`].
pub fn keys(tx: &mut Tx<'_>, org: OrgNo, listing: &Listing) -> Result<Vec<RunKey>> {
    if listing.filter.nothing {
        return Ok(Vec::new());
    }
    let query = Query::new(org, listing);
    let sql = format!("SELECT r.key FROM run r {} ORDER BY {}", query.condition(), order(listing));
    tx.query_all(&sql, query.conditions.values(), |row| Ok(RunKey::from_stored(row.int(0)?)))
}

/// Reads processes in the order of their keys' list. Those that are gone, or
/// that the viewer may not see any more, are left out.
pub fn by_keys(tx: &mut Tx<'_>, keys: &[RunKey], viewer: Actor, now: Timestamp) -> Result<Vec<Overview>> {
    let mut runs = Vec::with_capacity(keys.len());
    for keys in keys.chunks(CHUNK) {
        let (list, mut values) = in_list(keys.iter().map(|key| key.get().into()));
        values.push(viewer.id.get().into());
        let place = format!("?{}", values.len());
        let visible = run_visible_to(viewer.role, &place);
        // The viewer is bound whether they are asked for or not.
        let sql = format!("{} WHERE r.key IN ({list}) AND {visible} AND {place} > 0", select());
        let found = read_overviews(tx, &sql, &values, now)?;
        let mut found: HashMap<RunKey, Overview> = found.into_iter().map(|run| (run.key, run)).collect();
        runs.extend(keys.iter().filter_map(|key| found.remove(key)));
    }
    Ok(runs)
}

/// Finds one process as lists show it, if the viewer may see it.
pub fn find(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: RunId,
    viewer: Actor,
    now: Timestamp,
) -> Result<Option<Overview>> {
    let visible = run_visible_to(viewer.role, "?3");
    let sql = format!("{} WHERE r.org = ?1 AND r.id = ?2 AND {visible} AND ?3 > 0", select());
    let values = [org.get().into(), id.as_bytes().into(), viewer.id.get().into()];
    Ok(read_overviews(tx, &sql, &values, now)?.pop())
}

fn select() -> String {
    format!(
        "SELECT {COLUMNS}, r.status, r.tasks_complete, r.tasks_seen, r.first_deadline, r.due_date FROM run r"
    )
}

/// Behind [`COLUMNS`].
const FIRST: usize = 18;

/// What is read of a row, before the rest is asked for.
struct Partial {
    stored: Stored,
    status: RunStatus,
    progress: RunProgress,
    first_deadline: Option<Timestamp>,
    due_date: Option<Timestamp>,
}

/// Runs a statement that begins with [`select`].
fn read_overviews(tx: &mut Tx<'_>, sql: &str, values: &[Value<'_>], now: Timestamp) -> Result<Vec<Overview>> {
    let rows = tx.query_all(sql, values, |row| {
        let moment = |at: usize| row.opt_int(at)?.map(from_micros).transpose();
        let count = |at: usize| usize::try_from(row.int(at)?).map_err(|_| Error::corrupt("run.tasks_seen"));
        Ok(Partial {
            stored: read_run(row)?,
            status: RunStatus::parse(row.text(FIRST)?).ok_or_else(|| Error::corrupt("run.status"))?,
            progress: RunProgress { complete: count(FIRST + 1)?, total: count(FIRST + 2)? },
            first_deadline: moment(FIRST + 3)?,
            due_date: moment(FIRST + 4)?,
        })
    })?;
    let keys: Vec<i64> = rows.iter().map(|row| row.stored.key.get()).collect();
    let mut late = late_tasks(tx, &rows, now)?;
    let mut collaborators = collaborators(tx, &keys)?;
    let with_issue = with_issue(tx, &rows)?;
    let mut overviews = Vec::with_capacity(rows.len());
    for row in rows {
        let Partial { stored, status, progress, first_deadline, due_date } = row;
        overviews.push(Overview {
            key: stored.key,
            snapshot: versions::snapshot(tx, stored.version)?,
            has_open_issue: !stored.head.issues.is_empty() || with_issue.contains(&stored.key.get()),
            head: stored.head,
            about: stored.about,
            status,
            progress,
            late_tasks: late.remove(&stored.key.get()).unwrap_or(0),
            first_deadline,
            due_date,
            collaborators: collaborators.remove(&stored.key.get()).unwrap_or_default(),
            updated_at: stored.updated_at,
            revision: stored.revision,
        });
    }
    Ok(overviews)
}

fn late_tasks(tx: &mut Tx<'_>, rows: &[Partial], now: Timestamp) -> Result<HashMap<i64, usize>> {
    let late = rows.iter().filter(|row| row.first_deadline.is_some_and(|deadline| deadline < now));
    let keys: Vec<i64> = late.map(|row| row.stored.key.get()).collect();
    let mut counts = HashMap::new();
    for keys in keys.chunks(CHUNK) {
        let (list, mut values) = in_list(keys.iter().copied().map(Value::Int));
        values.push(to_micros(now).into());
        let sql = format!(
            "SELECT run_key, COUNT(*) FROM task WHERE run_key IN ({list}) AND completed_at IS NULL \
             AND NOT hidden AND deadline < ?{} GROUP BY run_key",
            values.len()
        );
        tx.query(&sql, &values, |row| {
            counts.insert(row.int(0)?, usize::try_from(row.int(1)?).unwrap_or(0));
            Ok::<_, Error>(())
        })?;
    }
    Ok(counts)
}

/// The archived ones among the rows whose tasks have an issue: the status of
/// the others says so.
fn with_issue(tx: &mut Tx<'_>, rows: &[Partial]) -> Result<Vec<i64>> {
    let (archived, open): (Vec<&Partial>, Vec<&Partial>) =
        rows.iter().partition(|row| row.status == RunStatus::Archived);
    let trouble = |row: &&&Partial| matches!(row.status, RunStatus::Problem | RunStatus::Issue);
    let mut found: Vec<i64> = open.iter().filter(trouble).map(|row| row.stored.key.get()).collect();
    let keys: Vec<i64> = archived.iter().map(|row| row.stored.key.get()).collect();
    for keys in keys.chunks(CHUNK) {
        let (list, values) = in_list(keys.iter().copied().map(Value::Int));
        let sql = format!("SELECT DISTINCT run_key FROM task WHERE run_key IN ({list}) AND problem");
        found.extend(tx.query_all(&sql, &values, |row| row.int(0))?);
    }
    Ok(found)
}

fn collaborators(tx: &mut Tx<'_>, keys: &[i64]) -> Result<HashMap<i64, Vec<MemberId>>> {
    let mut members: HashMap<i64, Vec<MemberId>> = HashMap::new();
    for keys in keys.chunks(CHUNK) {
        let (list, values) = in_list(keys.iter().copied().map(Value::Int));
        let sql = format!(
            "SELECT DISTINCT t.run_key, o.account_id FROM task t JOIN task_member o ON o.task_key = t.key \
             WHERE t.run_key IN ({list}) AND NOT t.hidden ORDER BY t.run_key, o.account_id"
        );
        tx.query(&sql, &values, |row| {
            members.entry(row.int(0)?).or_default().push(member_id(row.int(1)?)?);
            Ok::<_, Error>(())
        })?;
    }
    Ok(members)
}

fn order(listing: &Listing) -> String {
    let (up, down) = if listing.reversed { (" DESC", "") } else { ("", " DESC") };
    match listing.sort {
        Sort::Newest => format!("r.key{down}"),
        Sort::Name => format!("r.name_folded{up}, r.key{up}"),
        Sort::Updated => format!("r.updated_at{down}, r.key{down}"),
        Sort::DueDate if listing.reversed => "r.due_date DESC NULLS LAST, r.key DESC".to_owned(),
        Sort::DueDate => "r.due_date NULLS LAST, r.key".to_owned(),
    }
}

// Whose processes: the same rule in three ways. A `+` keeps a column out of the
// choice of an index. The table itself is in the order of the launches; the
// index on the status serves lists of one, and holds all that most counts look
// at.
const BY_KEY: &str = "+r.org = ?1 AND r.key >= ?2 AND r.key <= ?3";
const BY_STATUS: &str = "r.org = ?1 AND +r.key >= ?2 AND +r.key <= ?3";
const BY_TEMPLATE: &str = "+r.org = ?1 AND +r.key >= ?2 AND +r.key <= ?3";

/// The condition of a list.
struct Query<'a> {
    /// Whose processes, for rows in their order and for counting: the same
    /// rule, written so that each is led to the index that serves it.
    scope: &'static str,
    counting_scope: &'static str,
    conditions: Conditions<'a>,
    /// Whether the condition depends on the clock.
    by_clock: bool,
}

impl<'a> Query<'a> {
    fn new(org: OrgNo, listing: &'a Listing) -> Self {
        let filter = &listing.filter;
        let range = [RunKey::before_all(org).get().into(), RunKey::after_all(org).get().into()];
        let values: Vec<Value<'a>> = [org.get().into()].into_iter().chain(range).collect();
        let one_status = match filter.states.as_slice() {
            [State::Complete | State::Issue | State::Archived] => true,
            [] => filter.archived == Archived::Only,
            _ => false,
        };
        let mut query = Self {
            scope: match () {
                () if filter.template.is_some() => BY_TEMPLATE,
                () if one_status => BY_STATUS,
                () => BY_KEY,
            },
            counting_scope: if filter.template.is_some() { BY_TEMPLATE } else { BY_STATUS },
            conditions: Conditions::new(values),
            by_clock: false,
        };
        if listing.viewer.role != Role::Admin {
            let id = query.conditions.bind(listing.viewer.id.get().into());
            query.conditions.and(&run_listed_to(listing.viewer.role, "?1", &id));
        }
        query.states(filter, listing.now);
        let wants_archived = filter.states.contains(&State::Archived);
        match filter.archived {
            Archived::Left if !wants_archived => query.conditions.and("r.status <> 'archived'"),
            Archived::Only => query.conditions.and("r.status = 'archived'"),
            _ => {}
        }
        if let Some(search) = &filter.search {
            let search = query.conditions.bind(search.into());
            query.conditions.and(&format!("strpos(r.name_folded, {search}) > 0"));
        }
        query.people(filter);
        query.origin(filter);
        query
    }

    fn states(&mut self, filter: &Filter, now: Timestamp) {
        if filter.states.is_empty() {
            return;
        }
        let mut any = Vec::with_capacity(filter.states.len());
        for state in &filter.states {
            any.push(match state {
                State::Active => "r.status IN ('active', 'problem', 'issue')".to_owned(),
                State::Complete => "r.status = 'complete'".to_owned(),
                State::Problem => "r.status IN ('problem', 'issue')".to_owned(),
                State::Issue => "r.status = 'issue'".to_owned(),
                State::Archived => "r.status = 'archived'".to_owned(),
                State::Starred => "r.starred".to_owned(),
                State::Improvement => "1 = 0".to_owned(),
                State::Delayed => {
                    self.by_clock = true;
                    let now = self.conditions.bind(to_micros(now).into());
                    format!("(r.first_deadline < {now} AND r.status <> 'archived')")
                }
            });
        }
        self.conditions.and(&format!("({})", any.join(" OR ")));
    }

    fn people(&mut self, filter: &'a Filter) {
        if let Some(owners) = &filter.owners {
            let list = self.conditions.list(owners.iter().map(|id| id.get().into()));
            self.conditions.and(&if list.is_empty() {
                "1 = 0".to_owned()
            } else {
                format!("(r.owner_id IN ({list}) OR r.key IN {})", runs_of_members("?1", &list))
            });
        }
        if let Some(groups) = &filter.groups {
            let list = self.conditions.list(groups.iter().map(|id| id.as_bytes().into()));
            self.conditions.and(&if list.is_empty() {
                "1 = 0".to_owned()
            } else {
                format!(
                    "r.key IN (SELECT t.run_key FROM people_group g \
                     JOIN task_group o ON o.group_key = g.key JOIN task t ON t.key = o.task_key \
                     WHERE g.org = ?1 AND g.id IN ({list}) AND t.run_key IS NOT NULL)"
                )
            });
        }
    }

    fn origin(&mut self, filter: &'a Filter) {
        if let Some(template) = &filter.template {
            let id = self.conditions.bind(template.as_bytes().into());
            self.conditions.and(&format!(
                "r.template_key = (SELECT x.key FROM template x WHERE x.org = ?1 AND x.id = {id})"
            ));
        }
        if let Some(kind) = filter.kind {
            let kind = self.conditions.bind(kind.as_str().into());
            self.conditions.and(&format!(
                "EXISTS (SELECT 1 FROM template x WHERE x.key = r.template_key AND x.kind = {kind})"
            ));
        }
        if let Some(starred) = filter.starred {
            self.conditions.and(if starred { "r.starred" } else { "NOT r.starred" });
        }
    }

    fn condition(&self) -> String {
        format!("WHERE {}{}", self.scope, self.conditions.text())
    }

    fn rows(&self) -> String {
        format!("{} {}", select(), self.condition())
    }

    /// How many processes the list has. Counted once, and again when anything
    /// was done in the organization since.
    fn total(&self, tx: &mut Tx<'_>, org: OrgNo) -> Result<i64> {
        let sql =
            format!("SELECT COUNT(*) FROM run r WHERE {}{}", self.counting_scope, self.conditions.text());
        let count = |tx: &mut Tx<'_>| tx.query_one(&sql, self.conditions.values(), |row| row.int(0));
        if self.by_clock {
            return count(tx);
        }
        let stamp = orgs::activity_sequence(tx, org)?;
        let values = format!("{:?}", self.conditions.values());
        let key = ListKey { org, shape: sql.clone(), search: Some(values) };
        if let Some(known) = tx.context.task_totals.get(&key).filter(|known| known.stamp == stamp) {
            return Ok(known.total);
        }
        let total = count(tx)?;
        tx.context.task_totals.put(key, Arc::new(Positions { stamp, total, places: Vec::new() }));
        Ok(total)
    }
}

/// Whether a process comes to its next deadline within 24 hours (`due_soon`).
pub fn is_due_soon(run: &Overview, now: Timestamp) -> bool {
    const DAY: SignedDuration = SignedDuration::from_hours(24);
    run.first_deadline.is_some_and(|deadline| deadline >= now && deadline.duration_since(now) <= DAY)
}
