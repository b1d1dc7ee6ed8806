//! Lists of tasks: of the organization, of a member, of a guest.

use std::collections::HashMap;
use std::sync::Arc;

use hospes_model::member::{Actor, Role};
use hospes_model::{GroupId, GuestKey, MemberId, OrgNo, RunKey, TaskKey};
use jiff::{SignedDuration, Timestamp};

use crate::error::Result;
use crate::guests::{self, GuestRef};
use crate::orgs;
use crate::positions::{ListKey, Positions};
use crate::sql::{Conditions, Tx, Value, in_list};
use crate::to_micros;

use super::{CHUNK, Listed, SELECT_ALL, read_listed};

#[cfg(test)]
mod plans;

/// Whose tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Everybody's.
    Organization,
    /// Those that a member is on.
    Member(MemberId),
    /// Those that a guest is on.
    Guest(GuestKey),
    /// Those of a process, hidden ones too. Whether the viewer may see the
    /// process is asked before.
    Run(RunKey),
}

/// A state by which lists are filtered (`wire.md` 2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Not complete, started or not: `active`, `incomplete`.
    Open,
    /// Open, and its start has come.
    InProgress,
    /// Open, and its start lies ahead.
    NotStarted,
    /// Done.
    Completed,
    /// Open, and its deadline has passed.
    Overdue,
    /// Open, and its deadline comes within 24 hours.
    DueSoon,
    /// With a reported problem.
    HasProblem,
    /// Hidden: `auto-skipped`.
    Skipped,
}

/// What happens to archived tasks in a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Archived {
    /// They are left out.
    #[default]
    Left,
    /// They are in it.
    Included,
    /// Nothing else is in it.
    Only,
}

/// From a moment on, up to but not including another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// The first moment within.
    pub from: Option<Timestamp>,
    /// The first moment behind.
    pub before: Option<Timestamp>,
}

/// Which tasks. The default is all that are not archived.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// In any of these states; empty for all.
    pub states: Vec<State>,
    /// With this folded text in the title, or in the name of the process.
    pub search: Option<String>,
    /// With any of these members on them.
    pub members: Option<Vec<MemberId>>,
    /// With any of these guests on them.
    pub guests: Option<Vec<GuestRef>>,
    /// With any of these groups on them.
    pub groups: Option<Vec<GroupId>>,
    /// One-off tasks only, or none of them.
    pub one_off: Option<bool>,
    /// With nobody on them.
    pub unassigned: bool,
    /// Archived ones or not.
    pub archived: Archived,
    /// By the moment of creation.
    pub created: Span,
    /// By the deadline.
    pub deadline: Span,
    /// By something that does not exist yet: nothing matches.
    pub nothing: bool,
}

/// What lists are sorted by. Ties are broken by the order of creation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// The newest task first.
    #[default]
    Newest,
    /// The earliest deadline first.
    Deadline,
    /// Tasks with problems first.
    Problems,
    /// The task completed last first, open ones at the end.
    CompletedNewest,
    /// The lowest position first.
    Position,
}

/// A list as one member may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Whose tasks.
    pub scope: Scope,
    /// Who asks: nobody sees a task that they may not know of.
    pub viewer: Actor,
    /// Which tasks.
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
    /// All tasks of the list.
    pub total: i64,
    /// Those of the page.
    pub tasks: Vec<Listed>,
}

/// Reads at most `limit` tasks after passing over `offset`. For reads only: what
/// is counted is remembered, and an uncommitted change must not be.
pub fn page(tx: &mut Tx<'_>, org: OrgNo, listing: &Listing, offset: i64, limit: i64) -> Result<Page> {
    let Some(query) = Query::new(tx, org, listing)? else {
        return Ok(Page { total: 0, tasks: Vec::new() });
    };
    let total = query.total(tx, org)?;
    if offset >= total {
        return Ok(Page { total, tasks: Vec::new() });
    }
    let tasks = query.read(tx, listing, offset, limit)?;
    Ok(Page { total, tasks })
}

/// The keys of the whole list, in its order: for reading it piece by piece
/// with [`by_keys`].
pub fn keys(tx: &mut Tx<'_>, org: OrgNo, listing: &Listing) -> Result<Vec<TaskKey>> {
    let Some(query) = Query::new(tx, org, listing)? else { return Ok(Vec::new()) };
    let sql = format!(
        "SELECT t.key FROM task t{} WHERE {}{} ORDER BY {}",
        query.join,
        query.scope,
        query.conditions.text(),
        query.order(listing)
    );
    tx.query_all(&sql, query.conditions.values(), |row| Ok(TaskKey::from_stored(row.int(0)?)))
}

/// Reads tasks in the order of their keys' list. Those that are gone, or that
/// the viewer may not see any more, are left out.
pub fn by_keys(tx: &mut Tx<'_>, keys: &[TaskKey], viewer: Actor) -> Result<Vec<Listed>> {
    let mut tasks = Vec::with_capacity(keys.len());
    for keys in keys.chunks(CHUNK) {
        let (list, mut values) = in_list(keys.iter().map(|key| key.get().into()));
        values.push(viewer.id.get().into());
        let visible = visible_to(viewer.role, &format!("?{}", values.len()));
        // The viewer is bound whether they are asked for or not.
        let sql = format!("{} WHERE t.key IN ({list}) AND {visible} AND ?{} > 0", *SELECT_ALL, values.len());
        let found = read_listed(tx, &sql, &values)?;
        let mut found: HashMap<TaskKey, Listed> = found.into_iter().map(|task| (task.key(), task)).collect();
        tasks.extend(keys.iter().filter_map(|key| found.remove(key)));
    }
    Ok(tasks)
}

/// The condition under which the member whose id is bound at `id` may know of
/// `task t`: the same rules as [`Task::is_visible_to`](hospes_model::task::Task::is_visible_to)
/// and [`Process::is_visible_to`](hospes_model::run::Process::is_visible_to);
/// tests hold them together.
pub(crate) fn visible_to(role: Role, id: &str) -> String {
    task_rule(role, id, &run_visible_to(role, id))
}

/// The same for long lists of tasks of the organization bound at `org`, see
/// [`run_listed_to`].
pub(crate) fn listed_to(role: Role, org: &str, id: &str) -> String {
    task_rule(role, id, &run_listed_to(role, org, id))
}

fn task_rule(role: Role, id: &str, run_rule: &str) -> String {
    let open = match role {
        Role::Admin => return "1 = 1".to_owned(),
        Role::Standard => "NOT t.top_secret OR ",
        Role::Light => "",
    };
    format!(
        "(CASE WHEN t.run_key IS NULL \
         THEN ({open}t.starter_id = {id} OR EXISTS (SELECT 1 FROM task_member v \
         WHERE v.task_key = t.key AND v.account_id = {id})) \
         ELSE EXISTS (SELECT 1 FROM run r WHERE r.key = t.run_key AND {run_rule}) END)"
    )
}

/// The same of `run r`, asked about few processes: their tasks are looked through.
pub(crate) fn run_visible_to(role: Role, id: &str) -> String {
    let on_task = format!(
        "EXISTS (SELECT 1 FROM task x JOIN task_member v ON v.task_key = x.key \
         WHERE x.run_key = r.key AND v.account_id = {id})"
    );
    run_rule(role, id, &on_task)
}

/// The same, asked about all processes of the organization bound at `org`: the
/// member's tasks are looked up once, and not every process's.
pub(crate) fn run_listed_to(role: Role, org: &str, id: &str) -> String {
    run_rule(role, id, &format!("r.key IN {}", runs_of_members(org, id)))
}

/// The processes in which some members have a task.
pub(crate) fn runs_of_members(org: &str, ids: &str) -> String {
    format!(
        "(SELECT x.run_key FROM task_member v JOIN task x ON x.key = v.task_key \
         WHERE v.org = {org} AND v.account_id IN ({ids}) AND x.run_key IS NOT NULL)"
    )
}

fn run_rule(role: Role, id: &str, on_task: &str) -> String {
    let open = match role {
        Role::Admin => return "1 = 1".to_owned(),
        Role::Standard => "NOT r.restricted OR ",
        Role::Light => "",
    };
    format!(
        "({open}r.owner_id = {id} OR r.launcher_id = {id} \
         OR EXISTS (SELECT 1 FROM run_member m WHERE m.run_key = r.key AND m.account_id = {id}) \
         OR EXISTS (SELECT 1 FROM run_group g JOIN people_group_member p ON p.group_key = g.group_key \
         WHERE g.run_key = r.key AND p.account_id = {id}) \
         OR {on_task})"
    )
}

/// The statements over a list, up to their order, with their values.
struct Query<'a> {
    /// The tables behind `task t`.
    join: &'static str,
    /// Whose tasks, for rows in their order and for counting: the same rule,
    /// written so that each is led to the index that serves it.
    scope: &'static str,
    counting_scope: &'static str,
    /// Which of them.
    conditions: Conditions<'a>,
    /// Whether the condition depends on the clock.
    by_clock: bool,
    /// The column that holds the task's key in the table that drives the query.
    key: &'static str,
}

impl<'a> Query<'a> {
    /// `None` when nothing can match.
    fn new(tx: &mut Tx<'_>, org: OrgNo, listing: &'a Listing) -> Result<Option<Self>> {
        let filter = &listing.filter;
        if filter.nothing {
            return Ok(None);
        }
        let mut query = Self::scoped(org, listing);
        match listing.scope {
            Scope::Run(_) => {}
            Scope::Organization | Scope::Member(_) | Scope::Guest(_) => {
                query.conditions.and("NOT t.hidden");
                query.restrict_to_visible(listing);
            }
        }
        query.filter_states(filter, listing.now);
        match filter.archived {
            // An archived process's tasks are archived with it.
            _ if matches!(listing.scope, Scope::Run(_)) => {}
            Archived::Left => query.conditions.and("t.archived_at IS NULL"),
            Archived::Only => query.conditions.and("t.archived_at IS NOT NULL"),
            Archived::Included => {}
        }
        if let Some(search) = &filter.search {
            let search = query.conditions.bind(search.into());
            query.conditions.and(&format!(
                "(strpos(t.title_folded, {search}) > 0 OR EXISTS \
                 (SELECT 1 FROM run r WHERE r.key = t.run_key AND strpos(r.name_folded, {search}) > 0))"
            ));
        }
        if let Some(members) = &filter.members {
            let ids: Vec<i64> = members.iter().map(|id| id.get()).collect();
            query.on_task("task_member", "account_id", &ids);
        }
        if let Some(guests) = &filter.guests {
            let keys = guest_keys(tx, org, guests)?;
            if keys.is_empty() {
                return Ok(None);
            }
            query.on_task("task_guest", "guest_key", &keys);
        }
        if let Some(groups) = &filter.groups {
            let keys = crate::groups::keys_of(tx, org, groups)?;
            query.on_task("task_group", "group_key", &keys);
        }
        match filter.one_off {
            Some(true) => query.conditions.and("t.run_key IS NULL"),
            Some(false) => query.conditions.and("t.run_key IS NOT NULL"),
            None => {}
        }
        if filter.unassigned {
            query.conditions.and("NOT EXISTS (SELECT 1 FROM task_member o WHERE o.task_key = t.key)");
            query.conditions.and("NOT EXISTS (SELECT 1 FROM task_guest o WHERE o.task_key = t.key)");
        }
        query.conditions.within("t.created_at", filter.created.from, filter.created.before);
        query.conditions.within("t.deadline", filter.deadline.from, filter.deadline.before);
        Ok(Some(query))
    }

    fn scoped(org: OrgNo, listing: &Listing) -> Self {
        // A `+` keeps a column out of the choice of an index. The table itself
        // is in the order of creation; the index on deadlines begins with the
        // organization and holds too little to count by.
        const BY_KEY: &str = "+t.org = ?1 AND t.key >= ?2 AND t.key <= ?3";
        const BY_DEADLINE: &str = "t.org = ?1 AND +t.key >= ?2 AND +t.key <= ?3";
        let (join, scope, counting_scope, key, values): (_, _, _, _, Vec<Value<'_>>) = match listing.scope {
            Scope::Organization => {
                let range = [TaskKey::before_all(org).get().into(), TaskKey::after_all(org).get().into()];
                let scope = if listing.sort == Sort::Deadline { BY_DEADLINE } else { BY_KEY };
                ("", scope, BY_KEY, "t.key", [org.get().into()].into_iter().chain(range).collect())
            }
            Scope::Member(id) => {
                let scope = "s.org = ?1 AND s.account_id = ?2";
                let join = " JOIN task_member s ON s.task_key = t.key";
                (join, scope, scope, "s.task_key", vec![org.get().into(), id.get().into()])
            }
            Scope::Guest(key) => {
                let scope = "s.guest_key = ?1";
                let join = " JOIN task_guest s ON s.task_key = t.key";
                (join, scope, scope, "s.task_key", vec![key.get().into()])
            }
            Scope::Run(key) => {
                let scope = "t.run_key = ?1";
                ("", scope, scope, "t.key", vec![key.get().into()])
            }
        };
        Self { join, scope, counting_scope, conditions: Conditions::new(values), by_clock: false, key }
    }

    fn restrict_to_visible(&mut self, listing: &Listing) {
        let Actor { id, role } = listing.viewer;
        if role == Role::Admin {
            return;
        }
        let id = self.conditions.bind(id.get().into());
        self.conditions.and(&match listing.scope {
            Scope::Organization => listed_to(role, "?1", &id),
            // Lists of one person are short.
            Scope::Member(_) | Scope::Guest(_) | Scope::Run(_) => visible_to(role, &id),
        });
    }

    fn filter_states(&mut self, filter: &Filter, now: Timestamp) {
        if filter.states.is_empty() {
            return;
        }
        let conditions: Vec<String> =
            filter.states.iter().map(|state| self.state_condition(*state, now)).collect();
        self.conditions.and(&format!("({})", conditions.join(" OR ")));
    }

    fn state_condition(&mut self, state: State, now: Timestamp) -> String {
        let mut open_and = |condition: &str| {
            self.by_clock = true;
            let now = self.conditions.bind(to_micros(now).into());
            format!("(t.completed_at IS NULL AND NOT t.hidden AND {condition} {now})")
        };
        match state {
            State::Open => "(t.completed_at IS NULL AND NOT t.hidden)".to_owned(),
            State::Completed => "t.completed_at IS NOT NULL".to_owned(),
            State::InProgress => open_and("t.started_at <="),
            State::NotStarted => open_and("t.started_at >"),
            State::Overdue => open_and("t.deadline <"),
            State::DueSoon => {
                let soon = to_micros(now.saturating_add(SignedDuration::from_hours(24)).unwrap_or(now));
                let overdue = open_and("t.deadline >=");
                let soon = self.conditions.bind(soon.into());
                format!("({overdue} AND t.deadline <= {soon})")
            }
            State::HasProblem => "t.problem".to_owned(),
            State::Skipped => "t.hidden".to_owned(),
        }
    }

    fn on_task(&mut self, table: &str, column: &str, keys: &[i64]) {
        if keys.is_empty() {
            return self.conditions.and("1 = 0");
        }
        let list = self.conditions.list(keys.iter().copied().map(Value::Int));
        self.conditions.and(&format!(
            "EXISTS (SELECT 1 FROM {table} o WHERE o.task_key = t.key AND o.{column} IN ({list}))"
        ));
    }

    /// How many tasks the list has. Counted once, and again when anything was
    /// done in the organization since.
    fn total(&self, tx: &mut Tx<'_>, org: OrgNo) -> Result<i64> {
        let sql = format!(
            "SELECT COUNT(*) FROM task t{} WHERE {}{}",
            self.join,
            self.counting_scope,
            self.conditions.text()
        );
        let count = |tx: &mut Tx<'_>| tx.query_one(&sql, self.conditions.values(), |row| row.int(0));
        if self.by_clock {
            return count(tx);
        }
        let stamp = orgs::activity_sequence(tx, org)?;
        let key =
            ListKey { org, shape: sql.clone(), search: Some(format!("{:?}", self.conditions.values())) };
        if let Some(known) = tx.context.task_totals.get(&key).filter(|known| known.stamp == stamp) {
            return Ok(known.total);
        }
        let total = count(tx)?;
        tx.context.task_totals.put(key, Arc::new(Positions { stamp, total, places: Vec::new() }));
        Ok(total)
    }

    fn order(&self, listing: &Listing) -> String {
        let key = self.key;
        let (up, down) = if listing.reversed { (" DESC", "") } else { ("", " DESC") };
        match listing.sort {
            Sort::Newest => format!("{key}{down}"),
            Sort::Problems => format!("t.problem{down}, {key}{down}"),
            // Tasks without a deadline come last, or first.
            Sort::Deadline if listing.reversed => format!("t.deadline DESC NULLS FIRST, {key} DESC"),
            Sort::Deadline => format!("t.deadline NULLS LAST, {key}"),
            Sort::CompletedNewest => {
                format!("t.completed_at IS NULL, t.completed_at{down}, {key}{down}")
            }
            Sort::Position => format!("t.position{up}, {key}{up}"),
        }
    }

    fn rows(&self, listing: &Listing) -> String {
        format!(
            "{}{} WHERE {}{} ORDER BY {}",
            *SELECT_ALL,
            self.join,
            self.scope,
            self.conditions.text(),
            self.order(listing)
        )
    }

    fn read(&self, tx: &mut Tx<'_>, listing: &Listing, offset: i64, limit: i64) -> Result<Vec<Listed>> {
        let (page, values) = self.conditions.page(limit, offset);
        read_listed(tx, &(self.rows(listing) + &page), &values)
    }
}

/// The keys of the guests that callers named; unknown ones have none.
fn guest_keys(tx: &mut Tx<'_>, org: OrgNo, guests: &[GuestRef]) -> Result<Vec<i64>> {
    let mut keys = Vec::new();
    for guest in guests {
        keys.extend(guests::find_key(tx, org, guest)?.map(GuestKey::get));
    }
    Ok(keys)
}
