//! The activity feed's rows: added with every change, never altered.
//!
//! An organization's rows are numbered without a gap, so without a filter the
//! number of a row is its place in the list, and any page is found by its key.
//! Filtered lists are counted once; every hundredth row's place is remembered.

use std::collections::HashMap;
use std::sync::Arc;

use hospes_model::activity::{Acting, Author, Cause, EntityKind, Entry, Event, Subject, Verb};
use hospes_model::member::{Actor, Role};
use hospes_model::text::fold;
use hospes_model::{ActivityKey, GroupId, GuestCode, GuestKey, MemberId, OrgNo, TemplateId, TemplateKey};

use crate::accounts::member_id;
use crate::error::{Error, Result};
use crate::orgs;
use crate::positions::{ListKey, Place, Positions, SPACING, SortValue};
use crate::sql::{Conditions, Row, Tx, Value, in_list};
use crate::tasks::CHUNK;
use crate::tasks::list::{Span, listed_to, run_listed_to, run_visible_to, visible_to};
use crate::templates;
use crate::{from_micros, to_micros};

#[cfg(test)]
mod plans;

/// Adds rows for `events`. `newest` is the organization's activity sequence
/// after it was advanced by their number.
pub(crate) fn add(tx: &mut Tx<'_>, org: OrgNo, newest: i64, cause: &Cause, events: &[Event]) -> Result<()> {
    add_about(tx, org, newest, cause, events, None)
}

/// [`add`] for rows about a template and its steps: whoever may know of the
/// template may read them.
pub(crate) fn add_about(
    tx: &mut Tx<'_>,
    org: OrgNo,
    newest: i64,
    cause: &Cause,
    events: &[Event],
    template: Option<TemplateKey>,
) -> Result<()> {
    for (sequence, event) in (newest - events.len() as i64 + 1..).zip(events) {
        let folded = fold(&event.text);
        tx.execute(
            "INSERT INTO activity (key, entity_type, entity_id, guest_key, verb, actor_id, field, old_value, \
             text, text_folded, ip, request_id, created_at, template_key, actor_guest_key, actor_guest_email) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
            &[
                ActivityKey::new(org, sequence).get().into(),
                event.entity.as_str().into(),
                (&event.entity_id).into(),
                guest_key(org, &event.entity_id).filter(|_| event.entity == EntityKind::Guest).into(),
                event.verb.as_str().into(),
                cause.actor.map(MemberId::get).into(),
                event.field.into(),
                event.old_value.as_deref().into(),
                (&event.text).into(),
                (&folded).into(),
                cause.ip.as_deref().into(),
                (&cause.request_id).into(),
                to_micros(cause.at).into(),
                template.map(TemplateKey::get).into(),
                cause.guest.as_ref().map(|guest| guest.key.get()).into(),
                cause.guest.as_ref().map(|guest| guest.email.as_str()).into(),
            ],
        )?;
    }
    Ok(())
}

/// Where the guest with this id is or was stored: the code says so.
fn guest_key(org: OrgNo, entity_id: &str) -> Option<i64> {
    let code: GuestCode = entity_id.parse().ok()?;
    Some(GuestKey::new(org, code.sequence()?).get())
}

/// Adds a row for what was done outside of guests and tasks, whose own functions
/// add theirs.
pub fn record(tx: &mut Tx<'_>, org: OrgNo, cause: &Cause, event: Event) -> Result<()> {
    let advanced = orgs::advance(tx, org, orgs::Advance { events: 1, ..orgs::Advance::default() })?;
    add(tx, org, advanced.activity_sequence, cause, &[event])
}

/// Who can act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActorKind {
    /// A member.
    Member,
    /// A guest.
    Guest,
}

/// Which rows. The default is all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// About one of these kinds of object.
    pub entities: Option<Vec<EntityKind>>,
    /// About the objects with all of these ids, which is none when they differ.
    pub entity_ids: Vec<String>,
    /// Telling one of these.
    pub verbs: Option<Vec<Verb>>,
    /// By somebody of one of these kinds.
    pub by: Option<Vec<ActorKind>>,
    /// By all of these members, which is none when they differ.
    pub actors: Vec<MemberId>,
    /// By this guest.
    pub guest: Option<GuestKey>,
    /// About this field.
    pub field: Option<String>,
    /// By the moment.
    pub created: Span,
    /// With this folded text.
    pub search: Option<String>,
    /// By something that does not exist yet: nothing matches.
    pub nothing: bool,
}

/// The record as one member may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Who asks: see [`Entry::is_visible_to`].
    pub viewer: Actor,
    /// Which rows.
    pub filter: Filter,
    /// Whether the newest row comes first. Rows are in the order in which they
    /// were added.
    pub descending: bool,
}

/// A page of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// All rows of the list.
    pub total: i64,
    /// Those of the page.
    pub entries: Vec<Entry>,
}

/// Reads at most `limit` rows after passing over `offset`. For reads only: what
/// is counted is remembered, and an uncommitted change must not be.
pub fn page(tx: &mut Tx<'_>, org: OrgNo, listing: &Listing, offset: i64, limit: i64) -> Result<Page> {
    if listing.filter.nothing {
        return Ok(Page { total: 0, entries: Vec::new() });
    }
    let rows = orgs::activity_sequence(tx, org)?;
    if listing.viewer.role == Role::Admin && listing.filter == Filter::default() {
        return whole_record(tx, org, listing, rows, offset, limit);
    }
    let positions = positions(tx, org, listing, rows)?;
    let total = positions.total;
    if offset >= total {
        return Ok(Page { total, entries: Vec::new() });
    }
    let (place, skip) = positions.start(total, offset, listing.descending);
    let (first, last) = match place {
        Some(place) if listing.descending => (ActivityKey::before_all(org).get(), place.key),
        Some(place) => (place.key, ActivityKey::after_all(org).get()),
        None => (ActivityKey::before_all(org).get(), ActivityKey::after_all(org).get()),
    };
    let entries = Query::new(org, listing, first, last).read(tx, listing.descending, skip, limit)?;
    Ok(Page { total, entries })
}

/// Reads the first rows of a list, at most `limit`, and counts none of the
/// others.
pub fn first(tx: &mut Tx<'_>, org: OrgNo, listing: &Listing, limit: i64) -> Result<Vec<Entry>> {
    if listing.filter.nothing {
        return Ok(Vec::new());
    }
    let (first, last) = (ActivityKey::before_all(org).get(), ActivityKey::after_all(org).get());
    Query::new(org, listing, first, last).read(tx, listing.descending, 0, limit)
}

/// A page of all rows: their numbers say where they are.
fn whole_record(
    tx: &mut Tx<'_>,
    org: OrgNo,
    listing: &Listing,
    total: i64,
    offset: i64,
    limit: i64,
) -> Result<Page> {
    if offset >= total {
        return Ok(Page { total, entries: Vec::new() });
    }
    let end = offset.saturating_add(limit).min(total);
    let (first, last) =
        if listing.descending { (total - end + 1, total - offset) } else { (offset + 1, end) };
    let (first, last) = (ActivityKey::new(org, first).get(), ActivityKey::new(org, last).get());
    let entries = Query::new(org, listing, first, last).read(tx, listing.descending, 0, limit)?;
    Ok(Page { total, entries })
}

/// The remembered places of a filtered list, read anew when rows were added:
/// for administrators only the new rows, since what an old one says cannot
/// change; for others all, since what they may see does.
fn positions(tx: &mut Tx<'_>, org: OrgNo, listing: &Listing, rows: i64) -> Result<Arc<Positions>> {
    let shape = Listing { descending: false, ..listing.clone() };
    let key = ListKey { org, shape: format!("activity {shape:?}"), search: None };
    let known = tx.context.positions.get(&key);
    if let Some(known) = known.as_ref().filter(|known| known.stamp == rows) {
        return Ok(Arc::clone(known));
    }
    // A transaction may see fewer rows than another one has counted meanwhile.
    let resumable = known.filter(|known| listing.viewer.role == Role::Admin && known.stamp < rows);
    let mut places = resumable.map_or_else(Vec::new, |known| known.places.clone());
    let first = places.pop().map_or(ActivityKey::before_all(org).get(), |place| place.key);
    let mut total = (places.len() * SPACING) as i64;
    let query = Query::new(org, listing, first, ActivityKey::after_all(org).get());
    tx.query(&query.keys(), query.conditions.values(), |row| {
        if total % SPACING as i64 == 0 {
            places.push(Place { value: SortValue::Key, key: row.int(0)? });
        }
        total += 1;
        Ok::<_, Error>(())
    })?;
    let positions = Arc::new(Positions { stamp: rows, total, places });
    // One object's short history is found through its index; others need the room.
    if listing.filter.entity_ids.is_empty() || positions.places.len() > 1 {
        tx.context.positions.put(key, Arc::clone(&positions));
    }
    Ok(positions)
}

/// The statements over rows between two keys, with their values.
struct Query<'a> {
    conditions: Conditions<'a>,
    /// Whether the condition is about `task t`, `template p` and `run r`.
    joins: bool,
    /// Under which condition the reader may know of `task t`.
    may_see_task: String,
    /// The same of `template p`.
    may_see_template: String,
    /// The same of `run r`.
    may_see_run: String,
    org: OrgNo,
}

impl<'a> Query<'a> {
    fn new(org: OrgNo, listing: &'a Listing, first: i64, last: i64) -> Self {
        let viewer = listing.viewer;
        let mut query = Query {
            // The third stands in the joins.
            conditions: Conditions::new(vec![first.into(), last.into(), org.get().into()]),
            joins: viewer.role != Role::Admin,
            may_see_task: String::new(),
            may_see_template: String::new(),
            may_see_run: String::new(),
            org,
        };
        if viewer.role == Role::Admin {
            query.may_see_task = visible_to(viewer.role, "");
            query.may_see_template = templates::visible_to(viewer.role, "p", "");
            query.may_see_run = run_visible_to(viewer.role, "");
        } else {
            let id = query.conditions.bind(viewer.id.get().into());
            query.may_see_template = templates::visible_to(viewer.role, "p", &id);
            // What happened to one object is little.
            let is_long = listing.filter.entity_ids.is_empty();
            query.may_see_task =
                if is_long { listed_to(viewer.role, "?3", &id) } else { visible_to(viewer.role, &id) };
            query.may_see_run = if is_long {
                run_listed_to(viewer.role, "?3", &id)
            } else {
                run_visible_to(viewer.role, &id)
            };
            // The same rule as `Entry::is_visible_to`; a test holds them together.
            query.conditions.and(&format!(
                "(a.actor_id = {id} OR a.entity_type IN ('guest', 'group') OR (t.key IS NOT NULL AND {}) \
                 OR (p.key IS NOT NULL AND {}) OR (r.key IS NOT NULL AND {}))",
                query.may_see_task, query.may_see_template, query.may_see_run
            ));
        }
        query.filter(&listing.filter);
        query
    }

    fn filter(&mut self, filter: &'a Filter) {
        let conditions = &mut self.conditions;
        for id in &filter.entity_ids {
            // Each index holds one kind of id. Others than guests' never look like theirs.
            if let Some(key) = guest_key(self.org, id) {
                // Under any code that the guest ever had stands what happened under all of them. As EXISTS
                // it would be joined, and the rows sorted.
                let (key, id) = (conditions.bind(key.into()), conditions.bind(id.into()));
                conditions.and(&format!(
                    "a.guest_key = {key} AND \
                     (SELECT b.key FROM activity b WHERE b.guest_key = {key} AND b.entity_id = {id} LIMIT 1) \
                     IS NOT NULL"
                ));
            } else {
                let id = conditions.bind(id.into());
                conditions.and(&format!("a.guest_key IS NULL AND a.entity_id = {id}"));
            }
        }
        if let Some(entities) = &filter.entities {
            conditions.one_of("a.entity_type", entities.iter().map(|kind| kind.as_str().into()));
        }
        if let Some(verbs) = &filter.verbs {
            conditions.one_of("a.verb", verbs.iter().map(|verb| verb.as_str().into()));
        }
        if let Some(kinds) = &filter.by {
            let of = |kind: &ActorKind| match kind {
                ActorKind::Member => "a.actor_id IS NOT NULL",
                ActorKind::Guest => "a.actor_guest_key IS NOT NULL",
            };
            let any: Vec<&str> = kinds.iter().map(of).collect();
            conditions.and(&if any.is_empty() {
                "1 = 0".to_owned()
            } else {
                format!("({})", any.join(" OR "))
            });
        }
        if let Some(guest) = filter.guest {
            let guest = conditions.bind(guest.get().into());
            conditions.and(&format!("a.actor_guest_key = {guest}"));
        }
        for actor in &filter.actors {
            let actor = conditions.bind(actor.get().into());
            conditions.and(&format!("a.actor_id = {actor}"));
        }
        if let Some(field) = &filter.field {
            let field = conditions.bind(field.into());
            conditions.and(&format!("a.field = {field}"));
        }
        conditions.within("a.created_at", filter.created.from, filter.created.before);
        if let Some(search) = &filter.search {
            let search = conditions.bind(search.into());
            conditions.and(&format!("strpos(a.text_folded, {search}) > 0"));
        }
    }

    /// The keys of the rows, in their order.
    fn keys(&self) -> String {
        let join = if self.joins { OBJECTS } else { "" };
        // The organization is bound whether it is joined on or not.
        format!(
            "SELECT a.key FROM activity a{join} WHERE {RANGE}{} AND ?3 > 0 ORDER BY a.key",
            self.conditions.text()
        )
    }

    /// The rows, with those they name, without the limits of a page.
    fn rows(&self, descending: bool) -> String {
        format!(
            "SELECT a.key, a.entity_type, a.entity_id, a.verb, a.actor_id, \
             CASE WHEN m.deleted_at IS NULL THEN c.email ELSE c.email || '.deleted.' || CAST(c.id AS TEXT) END, m.first_name, m.last_name, \
             a.field, a.old_value, a.text, a.created_at, \
             CASE WHEN {} THEN t.title END, CASE WHEN {} THEN p.title END, p.id, CASE WHEN {} THEN r.name END, \
             COALESCE(g.email, a.actor_guest_email), g.first_name, g.last_name \
             FROM activity a{OBJECTS} LEFT JOIN account c ON c.id = a.actor_id \
             LEFT JOIN member m ON m.org = ?3 AND m.account_id = a.actor_id \
             LEFT JOIN guest g ON g.key = a.actor_guest_key \
             WHERE {RANGE}{} ORDER BY a.key{}",
            self.may_see_task,
            self.may_see_template,
            self.may_see_run,
            self.conditions.text(),
            if descending { " DESC" } else { "" },
        )
    }

    fn read(&self, tx: &mut Tx<'_>, descending: bool, skip: i64, limit: i64) -> Result<Vec<Entry>> {
        let (page, values) = self.conditions.page(limit, skip);
        let mut entries = tx.query_all(&(self.rows(descending) + &page), &values, read_entry)?;
        name_guests(tx, self.org, &mut entries)?;
        name_groups(tx, self.org, &mut entries)?;
        Ok(entries)
    }
}

const RANGE: &str = "a.key >= ?1 AND a.key <= ?2";

const OBJECTS: &str = " LEFT JOIN task t ON t.org = ?3 \
     AND t.id = CASE WHEN a.entity_type = 'task' THEN decode(a.entity_id, 'hex') END \
     LEFT JOIN template p ON p.key = a.template_key \
     LEFT JOIN run r ON r.org = ?3 \
     AND r.id = CASE WHEN a.entity_type = 'run' THEN decode(a.entity_id, 'hex') END";

/// Fills in the guests that rows are about, as far as they are there, with the
/// code that each has now: an earlier one leads nowhere any more. Where a guest
/// was stored nobody else ever is.
fn name_guests(tx: &mut Tx<'_>, org: OrgNo, entries: &mut [Entry]) -> Result<()> {
    let mut rows_of: HashMap<i64, Vec<usize>> = HashMap::new();
    for (place, entry) in entries.iter().enumerate().filter(|(_, entry)| entry.entity == EntityKind::Guest) {
        if let Some(key) = guest_key(org, &entry.entity_id) {
            rows_of.entry(key).or_default().push(place);
        }
    }
    let mut keys: Vec<i64> = rows_of.keys().copied().collect();
    keys.sort_unstable();
    for keys in keys.chunks(CHUNK) {
        let (list, values) = in_list(keys.iter().copied().map(Value::Int));
        let sql = format!("SELECT key, code, email, first_name, last_name FROM guest WHERE key IN ({list})");
        tx.query(&sql, &values, |row| {
            for place in rows_of.get(&row.int(0)?).into_iter().flatten() {
                let entry = &mut entries[*place];
                entry.entity_id = row.string(1)?;
                entry.subject = Some(Subject::Guest {
                    email: row.string(2)?,
                    first_name: row.opt_string(3)?,
                    last_name: row.opt_string(4)?,
                });
            }
            Ok::<_, Error>(())
        })?;
    }
    Ok(())
}

/// Fills in the groups that rows are about, as far as they are there.
fn name_groups(tx: &mut Tx<'_>, org: OrgNo, entries: &mut [Entry]) -> Result<()> {
    for entry in entries.iter_mut().filter(|entry| entry.entity == EntityKind::Group) {
        let Ok(id) = entry.entity_id.parse::<GroupId>() else { continue };
        let sql = "SELECT name FROM people_group WHERE org = ?1 AND id = ?2";
        let name = tx.query_opt(sql, &[org.get().into(), id.as_bytes().into()], |row| row.string(0))?;
        entry.subject = name.map(|name| Subject::Group { name });
    }
    Ok(())
}

fn read_entry(row: &Row<'_>) -> Result<Entry> {
    let author = match (row.opt_int(4)?, row.opt_string(16)?) {
        (Some(id), _) => Some(Author {
            who: Acting::Member(member_id(id)?),
            email: row.opt_string(5)?.unwrap_or_default(),
            first_name: row.opt_string(6)?.unwrap_or_default(),
            last_name: row.opt_string(7)?.unwrap_or_default(),
        }),
        (None, Some(email)) => Some(Author {
            who: Acting::Guest,
            email,
            first_name: row.opt_string(17)?.unwrap_or_default(),
            last_name: row.opt_string(18)?.unwrap_or_default(),
        }),
        (None, None) => None,
    };
    let kind = EntityKind::parse(row.text(1)?).ok_or_else(|| Error::corrupt("activity.entity_type"))?;
    let subject = match (row.opt_string(12)?, row.opt_string(13)?) {
        (Some(title), _) => Some(Subject::Task { title }),
        (None, None) if kind == EntityKind::Run => row.opt_string(15)?.map(|name| Subject::Run { name }),
        (None, Some(title)) => {
            let id = TemplateId::from_bytes(row.bytes(14)?).map_err(|_| Error::corrupt("template.id"))?;
            Some(Subject::Template { id, title })
        }
        // Guests are named by `name_guests`.
        (None, None) => None,
    };
    Ok(Entry {
        sequence: ActivityKey::from_stored(row.int(0)?).sequence(),
        entity: kind,
        entity_id: row.string(2)?,
        verb: Verb::parse(row.text(3)?).ok_or_else(|| Error::corrupt("activity.verb"))?,
        author,
        field: row.opt_string(8)?,
        old_value: row.opt_string(9)?,
        text: row.string(10)?,
        at: from_micros(row.int(11)?)?,
        subject,
    })
}
