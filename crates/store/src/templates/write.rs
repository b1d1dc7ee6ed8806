//! Making, changing, archiving, copying and deleting templates.
//!
//! Every change keeps the template's row, its version, who may use it and the
//! activity feed in step in its transaction.

use std::sync::Arc;

use hospes_model::activity::{Cause, EntityKind, Event, Verb};
use hospes_model::member::Actor;
use hospes_model::template::copy::{FreshIds, copy_template, title_of_copy};
use hospes_model::template::{Settings, Template};
use hospes_model::text::fold;
use hospes_model::workflow::{People, Snapshot};
use hospes_model::{MemberId, OrgNo, Refusal, TemplateId, TemplateKey, VersionKey};

use crate::error::{Error, Result};
use crate::expected::Expected;
use crate::orgs::{Advance, Advanced};
use crate::sql::{Tx, Value};
use crate::{activity, assets, orgs, to_micros};

use super::references::{self, Reference, directory_for};
use super::{find, versions};

/// What a template is to be like.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// What it says, checked; the template's public id is in it.
    pub snapshot: Arc<Snapshot>,
    /// What no process depends on.
    pub settings: Settings,
    /// Who looks after it.
    pub owner: MemberId,
    /// Who may use it.
    pub access: People,
    /// Whether it stands out in lists.
    pub starred: bool,
}

/// Who wants a change, and of which template.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The template.
    pub id: TemplateId,
    /// What it must be like.
    pub expected: Expected,
    /// Who asks.
    pub actor: Actor,
    /// What the feed says of the request.
    pub cause: Cause,
}

/// Makes a template.
///
/// # Errors
///
/// Names everybody in it who is not there.
pub fn create<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    wanted: Wanted,
    actor: Actor,
    cause: &Cause,
) -> std::result::Result<Template, E> {
    orgs::lock(tx, org)?;
    let text = format!("Template “{}” was created.", wanted.snapshot.blueprint().title);
    insert::<E>(tx, org, None, wanted, actor, cause, Some(text))
}

/// Stores a new template, a copy of `original` or made from nothing. The feed
/// says `text` of it, or nothing.
pub(super) fn insert<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    original: Option<&Template>,
    mut wanted: Wanted,
    actor: Actor,
    cause: &Cause,
    text: Option<String>,
) -> std::result::Result<Template, E> {
    wanted.settings.keep_only(wanted.snapshot.blueprint());
    versions::check_size(&wanted.snapshot)?;
    references::check(tx, org, actor, original, &wanted)?.into_result()?;
    let events = i64::from(text.is_some());
    let by = Advance { templates: 1, versions: 1, events, ..Advance::default() };
    let advanced = orgs::advance(tx, org, by)?;
    let template = Template {
        key: TemplateKey::new(org, advanced.template_sequence),
        id: wanted.snapshot.blueprint().template,
        version: VersionKey::new(org, advanced.version_sequence),
        snapshot: wanted.snapshot,
        settings: wanted.settings,
        owner: wanted.owner,
        created_by: actor.id,
        updated_by: actor.id,
        access: wanted.access,
        starred: wanted.starred,
        started_processes: 0,
        archived_at: None,
        created_at: cause.at,
        updated_at: cause.at,
        revision: advanced.activity_sequence,
    };
    versions::insert(tx, template.version, template.key, &template.snapshot)?;
    run_with_columns(tx, INSERT, &template)?;
    insert_access(tx, org, &template)?;
    let told: Vec<Event> = text.map(|text| template.event(Verb::Created, text)).into_iter().collect();
    tell(tx, org, &template, cause, advanced, &told)?;
    Ok(template)
}

/// Changes a template that is not archived. What is wanted depends on what is
/// there, so `edit` is asked once it has been read. A change that changes
/// nothing writes nothing. A template of two versions is a draft again when
/// what its processes are made of is changed.
///
/// # Errors
///
/// Those of the edit; else names everybody in it who was not before and is not
/// there.
pub fn change<T, E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    wish: &Wish,
    edit: impl FnOnce(&mut Tx<'_>, &Template) -> std::result::Result<(Wanted, T), E>,
) -> std::result::Result<(Template, T), E> {
    let before = find_for_change::<E>(tx, org, wish)?;
    if before.archived_at.is_some() {
        return Err(Refusal::NotFound.into());
    }
    let (mut wanted, subject) = edit(tx, &before)?;
    wanted.settings.keep_only(wanted.snapshot.blueprint());
    references::check(tx, org, wish.actor, Some(&before), &wanted)?.into_result()?;
    let mut template = before.clone();
    if wanted.snapshot.blueprint() != before.blueprint() {
        versions::check_size(&wanted.snapshot)?;
        template.snapshot = wanted.snapshot;
        // What processes are made of is another thing than what was published.
        let settings = &mut wanted.settings;
        settings.is_published_state &=
            !(before.settings.dual_version_enabled && settings.dual_version_enabled);
    }
    (template.settings, template.owner) = (wanted.settings, wanted.owner);
    (template.access, template.starred) = (wanted.access, wanted.starred);
    Ok((save(tx, org, &before, template, wish.actor.id, &wish.cause)?, subject))
}

/// Archives a template. What other templates were to do with it is removed from
/// them; those that the caller may know of are named. Doing so twice changes
/// nothing more.
pub fn archive<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    wish: &Wish,
) -> std::result::Result<Vec<Reference>, E> {
    let before = find_for_change::<E>(tx, org, wish)?;
    let mut removed = Vec::new();
    for other in references::naming(tx, org, &before)? {
        let mut without = other.clone();
        without.settings.forget(before.id, &without.snapshot);
        let other = save(tx, org, &other, without, wish.actor.id, &wish.cause)?;
        if other.is_visible_to(wish.actor, &directory_for(tx, wish.actor, &other)?) {
            removed.push(Reference { id: other.id, title: other.blueprint().title.clone() });
        }
    }
    let mut template = before.clone();
    template.archived_at = Some(before.archived_at.unwrap_or(wish.cause.at));
    save(tx, org, &before, template, wish.actor.id, &wish.cause)?;
    Ok(removed)
}

/// Brings an archived template back. Restoring one that is not archived changes
/// nothing.
pub fn restore<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    wish: &Wish,
) -> std::result::Result<Template, E> {
    let before = find_for_change::<E>(tx, org, wish)?;
    let mut template = before.clone();
    template.archived_at = None;
    Ok(save(tx, org, &before, template, wish.actor.id, &wish.cause)?)
}

/// Deletes an archived template for good. Its processes keep what it said.
pub fn delete<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    wish: &Wish,
) -> std::result::Result<Template, E> {
    let template = find_for_change::<E>(tx, org, wish)?;
    template.check_deletable()?;
    let advanced = orgs::advance(tx, org, Advance { events: 1, ..Advance::default() })?;
    let key = [template.key.get().into()];
    tx.execute("DELETE FROM template_member WHERE template_key = ?1", &key)?;
    tx.execute("DELETE FROM template_group WHERE template_key = ?1", &key)?;
    tx.execute("DELETE FROM template WHERE key = ?1", &key)?;
    versions::drop_unless_launched(tx, template.version)?;
    assets::of_template::let_go(tx, template.key)?;
    let text = format!("{} was deleted.", template.called());
    tell(tx, org, &template, &wish.cause, advanced, &[template.event(Verb::Deleted, text)])?;
    Ok(template)
}

/// Makes a copy with a history of its own, for the member who asks. Everything
/// in it has other ids; the people on its steps stay on them, whatever became of
/// them. Files that its fields start with are copied too; returned beside it is
/// what of these was left out.
pub fn clone<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    wish: &Wish,
    title: Option<&str>,
    id: TemplateId,
    mut ids: FreshIds,
) -> std::result::Result<(Template, Vec<String>), E> {
    let original = find_for_change::<E>(tx, org, wish)?;
    if original.archived_at.is_some() {
        return Err(Refusal::NotFound.into());
    }
    let was_called = &original.blueprint().title;
    let (mut blueprint, mut settings) = copy_template(original.blueprint(), &original.settings, id, &mut ids);
    blueprint.title = title.map_or_else(|| title_of_copy(was_called), ToOwned::to_owned);
    let text = format!("Template “{}” was created as a copy of “{was_called}”.", blueprint.title);
    let said = (&mut blueprint, &mut settings);
    let mut copies = assets::copies::prepare(tx, org, wish.actor, said, None, &mut ids)?;
    let left_out = std::mem::take(&mut copies.left_out);
    let wanted = Wanted {
        snapshot: Arc::new(Snapshot::new(blueprint)?),
        settings,
        owner: wish.actor.id,
        access: original.access.clone(),
        starred: false,
    };
    let copy = insert::<E>(tx, org, Some(&original), wanted, wish.actor, &wish.cause, Some(text))?;
    copies.write(tx, &copy, wish.actor, wish.cause.at)?;
    Ok((copy, left_out))
}

/// Finds the template that a change is about. One that the caller may not know
/// of does not exist for them.
fn find_for_change<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    wish: &Wish,
) -> std::result::Result<Template, E> {
    orgs::lock(tx, org)?;
    let template = find(tx, org, wish.id)?.ok_or(Refusal::NotFound)?;
    template.check_may_change(wish.actor, &directory_for(tx, wish.actor, &template)?)?;
    if !wish.expected.is_met_by(template.revision) {
        return Err(Refusal::Stale.into());
    }
    Ok(template)
}

/// Stores a changed template and all that follows from the change, which is
/// `by` a member's hand.
pub(super) fn save(
    tx: &mut Tx<'_>,
    org: OrgNo,
    before: &Template,
    mut template: Template,
    by: MemberId,
    cause: &Cause,
) -> Result<Template> {
    let events = template.changes_since(before);
    if events.is_empty() {
        return Ok(template);
    }
    let says_the_same = Arc::ptr_eq(&before.snapshot, &template.snapshot);
    let advance =
        Advance { versions: i64::from(!says_the_same), events: events.len() as i64, ..Advance::default() };
    let advanced = orgs::advance(tx, org, advance)?;
    template.revision = advanced.activity_sequence;
    template.updated_at = cause.at;
    template.updated_by = by;
    if !says_the_same {
        template.version = VersionKey::new(org, advanced.version_sequence);
        versions::insert(tx, template.version, template.key, &template.snapshot)?;
    }
    run_with_columns(tx, UPDATE, &template)?;
    if !says_the_same {
        versions::drop_unless_launched(tx, before.version)?;
    }
    if !before.access.same(&template.access) {
        let key = [template.key.get().into()];
        tx.execute("DELETE FROM template_member WHERE template_key = ?1", &key)?;
        tx.execute("DELETE FROM template_group WHERE template_key = ?1", &key)?;
        insert_access(tx, org, &template)?;
    }
    tell(tx, org, &template, cause, advanced, &events)?;
    Ok(template)
}

fn tell(
    tx: &mut Tx<'_>,
    org: OrgNo,
    template: &Template,
    cause: &Cause,
    advanced: Advanced,
    events: &[Event],
) -> Result<()> {
    debug_assert!(events.iter().all(|event| matches!(event.entity, EntityKind::Template | EntityKind::Step)));
    activity::add_about(tx, org, advanced.activity_sequence, cause, events, Some(template.key))
}

fn insert_access(tx: &mut Tx<'_>, org: OrgNo, template: &Template) -> Result<()> {
    for id in template.access.users() {
        tx.execute(
            "INSERT INTO template_member (template_key, account_id) VALUES (?1, ?2)",
            &[template.key.get().into(), id.get().into()],
        )?;
    }
    for (_, group) in references::group_keys(tx, org, template.access.groups())? {
        tx.execute(
            "INSERT INTO template_group (template_key, group_key) VALUES (?1, ?2)",
            &[template.key.get().into(), group.into()],
        )?;
    }
    Ok(())
}

const INSERT: &str = "INSERT INTO template (key, org, id, version_key, title, title_folded, kind, owner_id, \
     created_by, updated_by, restricted, starred, pinned, steps_count, started_processes, settings, \
     archived_at, created_at, updated_at, revision) VALUES \
     (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)";

const UPDATE: &str = "UPDATE template SET org = ?2, id = ?3, version_key = ?4, title = ?5, title_folded = ?6, \
     kind = ?7, owner_id = ?8, created_by = ?9, updated_by = ?10, restricted = ?11, starred = ?12, \
     pinned = ?13, steps_count = ?14, started_processes = ?15, settings = ?16, archived_at = ?17, \
     created_at = ?18, updated_at = ?19, revision = ?20 WHERE key = ?1";

/// Runs [`INSERT`] or [`UPDATE`] with every column of `template`.
fn run_with_columns(tx: &mut Tx<'_>, sql: &str, template: &Template) -> Result<()> {
    let blueprint = template.blueprint();
    let title_folded = fold(&blueprint.title);
    let settings =
        serde_json::to_string(&template.settings).map_err(|error| Error::Database(error.to_string()))?;
    let values: [Value<'_>; 20] = [
        template.key.get().into(),
        template.key.org_number().into(),
        template.id.as_bytes().into(),
        template.version.get().into(),
        (&blueprint.title).into(),
        (&title_folded).into(),
        blueprint.kind.as_str().into(),
        template.owner.get().into(),
        template.created_by.get().into(),
        template.updated_by.get().into(),
        (!template.access.is_empty()).into(),
        template.starred.into(),
        template.settings.is_pinned.into(),
        (blueprint.steps.len() as i64).into(),
        template.started_processes.into(),
        (&settings).into(),
        template.archived_at.map(to_micros).into(),
        to_micros(template.created_at).into(),
        to_micros(template.updated_at).into(),
        template.revision.into(),
    ];
    tx.execute(sql, &values)?;
    Ok(())
}
