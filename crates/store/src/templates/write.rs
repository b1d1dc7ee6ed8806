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
use hospes_model::workflow::{Blueprint, People, Snapshot};
use hospes_model::{FieldErrors, MemberId, OrgNo, Refusal, TemplateId, TemplateKey, VersionKey};

use crate::error::{Error, Result};
use crate::expected::Expected;
use crate::orgs::{Advance, Advanced};
use crate::sql::{Tx, Value};
use crate::{activity, orgs, to_micros};

use super::references::{self, Draft, Reference, directory_for};
use super::{find, versions};

/// A template that is to be made.
#[derive(Debug, Clone)]
pub struct New {
    /// What it says; the template's public id is in it.
    pub blueprint: Blueprint,
    /// What no process depends on.
    pub settings: Settings,
    /// Who looks after it.
    pub owner: MemberId,
    /// Who may use it.
    pub access: People,
    /// Whether it stands out in lists.
    pub starred: bool,
}

/// A template after a change.
#[derive(Debug, Clone)]
pub struct Changed<T> {
    /// As it is now.
    pub template: Template,
    /// What the edit was about.
    pub subject: T,
    /// What the template says and can hardly mean, and did not say before.
    pub warnings: Vec<String>,
}

/// What an edit did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited<T> {
    /// What it was about.
    pub subject: T,
    /// Where that stands in the template, such as `steps.3`: faults below it
    /// are named as the caller named it. Empty for the template itself.
    pub path: String,
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
/// Names every fault of what it says, and everybody in it who is not there.
pub fn create<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    new: &New,
    actor: Actor,
    cause: &Cause,
) -> std::result::Result<Changed<()>, E> {
    orgs::lock(tx, org)?;
    let text = |title: &str| format!("Template “{title}” was created.");
    insert::<E>(tx, org, new, actor, cause, text(&new.blueprint.title))
}

fn insert<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    new: &New,
    actor: Actor,
    cause: &Cause,
    text: String,
) -> std::result::Result<Changed<()>, E> {
    let mut faults = FieldErrors::default();
    let draft =
        Draft { owner: new.owner, access: &new.access, settings: &new.settings, blueprint: &new.blueprint };
    references::check(tx, org, actor, None, draft, &mut faults)?;
    let snapshot = faults.and(Snapshot::new(new.blueprint.clone()))?;
    let mut settings = new.settings.clone();
    settings.keep_only(&new.blueprint);
    let by = Advance { templates: 1, versions: 1, events: 1, ..Advance::default() };
    let advanced = orgs::advance(tx, org, by)?;
    let template = Template {
        key: TemplateKey::new(org, advanced.template_sequence),
        id: new.blueprint.template,
        version: VersionKey::new(org, advanced.version_sequence),
        snapshot: Arc::new(snapshot),
        settings,
        owner: new.owner,
        created_by: actor.id,
        updated_by: actor.id,
        access: new.access.clone(),
        starred: new.starred,
        started_processes: 0,
        archived_at: None,
        created_at: cause.at,
        updated_at: cause.at,
        revision: advanced.activity_sequence,
    };
    versions::insert(tx, template.version, template.key, &template.snapshot)?;
    run_with_columns(tx, INSERT, &template)?;
    insert_access(tx, org, &template)?;
    tell(tx, org, &template, cause, advanced, &[template.event(Verb::Created, text)])?;
    let warnings = warnings(None, &template);
    Ok(Changed { template, subject: (), warnings })
}

/// Changes a template that is not archived. What is wanted may depend on what
/// is there, so `edit` is asked once it has been read; it may be asked again.
/// A change that changes nothing writes nothing.
///
/// # Errors
///
/// Those of the edit; else every fault of what the template would say, and
/// everybody new in it who is not there, all at once.
pub fn change<T, E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    wish: &Wish,
    edit: &dyn Fn(&mut Template, &mut Blueprint) -> std::result::Result<Edited<T>, Refusal>,
) -> std::result::Result<Changed<T>, E> {
    let before = find_for_change::<E>(tx, org, wish)?;
    if before.archived_at.is_some() {
        return Err(Refusal::NotFound.into());
    }
    let (mut template, mut blueprint) = (before.clone(), before.blueprint().clone());
    let Edited { subject, path } = edit(&mut template, &mut blueprint)?;
    let mut faults = FieldErrors::default();
    template.settings.keep_only(&blueprint);
    let Template { owner, access, settings, .. } = &template;
    let draft = Draft { owner: *owner, access, settings, blueprint: &blueprint };
    references::check(tx, org, wish.actor, Some(&before), draft, &mut faults)?;
    faults.and(template.set_blueprint(blueprint)).map_err(|refusal| refusal.below(&path))?;
    let template = save(tx, org, &before, template, wish)?;
    let warnings = warnings(Some(&before), &template);
    Ok(Changed { template, subject, warnings })
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
        let other = save(tx, org, &other, without, wish)?;
        if other.is_visible_to(wish.actor, &directory_for(tx, wish.actor, &other)?) {
            removed.push(Reference { id: other.id, title: other.blueprint().title.clone() });
        }
    }
    let mut template = before.clone();
    template.archived_at = Some(before.archived_at.unwrap_or(wish.cause.at));
    save(tx, org, &before, template, wish)?;
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
    Ok(save(tx, org, &before, template, wish)?)
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
    let text = format!("{} was deleted.", template.called());
    tell(tx, org, &template, &wish.cause, advanced, &[template.event(Verb::Deleted, text)])?;
    Ok(template)
}

/// Makes a copy with a history of its own, for the member who asks. Everything
/// in it has other ids; the people on its steps stay on them.
pub fn clone<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    wish: &Wish,
    title: Option<&str>,
    id: TemplateId,
    ids: FreshIds,
) -> std::result::Result<Changed<()>, E> {
    let original = find_for_change::<E>(tx, org, wish)?;
    if original.archived_at.is_some() {
        return Err(Refusal::NotFound.into());
    }
    let mut ids = ids;
    let (mut blueprint, settings) = copy_template(original.blueprint(), &original.settings, id, &mut ids);
    blueprint.title = title.map_or_else(|| title_of_copy(&original.blueprint().title), ToOwned::to_owned);
    let text =
        format!("Template “{}” was created as a copy of “{}”.", blueprint.title, original.blueprint().title);
    let new =
        New { blueprint, settings, owner: wish.actor.id, access: original.access.clone(), starred: false };
    insert::<E>(tx, org, &new, wish.actor, &wish.cause, text)
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

/// Stores a changed template and all that follows from the change.
fn save(
    tx: &mut Tx<'_>,
    org: OrgNo,
    before: &Template,
    mut template: Template,
    wish: &Wish,
) -> Result<Template> {
    let events = template.changes_since(before);
    if events.is_empty() {
        return Ok(template);
    }
    let says_the_same = Arc::ptr_eq(&before.snapshot, &template.snapshot);
    let by =
        Advance { versions: i64::from(!says_the_same), events: events.len() as i64, ..Advance::default() };
    let advanced = orgs::advance(tx, org, by)?;
    template.revision = advanced.activity_sequence;
    template.updated_at = wish.cause.at;
    template.updated_by = wish.actor.id;
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
    tell(tx, org, &template, &wish.cause, advanced, &events)?;
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

/// What the template says and can hardly mean, unless it said so before.
fn warnings(before: Option<&Template>, template: &Template) -> Vec<String> {
    let known = before.map(|before| before.snapshot.warnings()).unwrap_or_default();
    let warnings = template.snapshot.warnings().iter().filter(|warning| !known.contains(warning));
    warnings.map(|warning| format!("{}: {}", warning.path, warning.text)).collect()
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
