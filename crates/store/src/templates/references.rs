//! The members, groups and other templates that a template names: they must be
//! there when they are put in. Guests stay text until a process is launched.

use std::collections::{BTreeMap, BTreeSet};

use hospes_model::member::Actor;
use hospes_model::template::{Settings, Template};
use hospes_model::workflow::{Action, Answer, Blueprint, DefaultAnswer, Directory, Field, Group, People};
use hospes_model::{FieldErrors, GroupId, MemberId, OrgNo, TemplateId, TemplateKey};

use crate::accounts;
use crate::error::{Error, Result};
use crate::sql::{Tx, Value, in_list};
use crate::tasks::CHUNK;

use super::write::Wanted;
use super::{SELECT, complete, find_visible, read_head};

/// What [`Template::is_visible_to`] has to know to answer for one member: the
/// groups with access that the member is in.
pub fn directory_for(tx: &mut Tx<'_>, actor: Actor, template: &Template) -> Result<Directory> {
    let mut directory = Directory::new(actor.id);
    directory.members.insert(actor.id, String::new());
    for id in template.access.groups() {
        let is_in = tx.query_opt(
            "SELECT 1 FROM people_group p JOIN people_group_member m ON m.group_key = p.key \
             WHERE p.org = ?1 AND p.id = ?2 AND m.account_id = ?3",
            &[template.key.org_number().into(), id.as_bytes().into(), actor.id.get().into()],
            |_| Ok(()),
        )?;
        if is_in.is_some() {
            directory.groups.insert(*id, Group { members: vec![actor.id], ..Group::default() });
        }
    }
    Ok(directory)
}

/// Everybody who can be given work: active members and all groups.
pub fn directory(tx: &mut Tx<'_>, org: OrgNo) -> Result<Directory> {
    let sql = "SELECT account_id FROM member WHERE org = ?1 AND status = 'active' \
               ORDER BY is_default_admin DESC, account_id";
    let members = tx.query_all(sql, &[org.get().into()], |row| accounts::member_id(row.int(0)?))?;
    let first = members.first().ok_or_else(|| Error::corrupt("an organization without members"))?;
    let mut directory = Directory::new(*first);
    directory.members = members.into_iter().map(|id| (id, String::new())).collect();
    let sql = "SELECT id FROM people_group WHERE org = ?1";
    tx.query(sql, &[org.get().into()], |row| {
        directory.groups.insert(group_id(row.bytes(0)?)?, Group::default());
        Ok::<_, Error>(())
    })?;
    Ok(directory)
}

fn group_id(bytes: &[u8]) -> Result<GroupId> {
    GroupId::from_bytes(bytes).map_err(|_| Error::corrupt("people_group.id"))
}

/// Where a template names people.
struct Named<'a> {
    users: BTreeMap<MemberId, Vec<String>>,
    groups: BTreeMap<GroupId, Vec<String>>,
    templates: BTreeMap<TemplateId, Vec<String>>,
    known: &'a Known,
}

/// What a template names already.
#[derive(Default)]
struct Known {
    users: BTreeSet<MemberId>,
    groups: BTreeSet<GroupId>,
    templates: BTreeSet<TemplateId>,
}

/// Another template from which something was removed, since it named one that
/// was archived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The other template.
    pub id: TemplateId,
    /// Its title.
    pub title: String,
}

impl<'a> Named<'a> {
    fn new(known: &'a Known) -> Self {
        Self { users: BTreeMap::new(), groups: BTreeMap::new(), templates: BTreeMap::new(), known }
    }

    fn about(&mut self, owner: MemberId, access: &People, settings: &Settings, blueprint: &Blueprint) {
        self.people("users", "groups", access);
        self.people("owner_id", "owner_id", &People::members([owner]));
        let sharing = settings.kickoff_sharing_user_id;
        self.people("kickoff_sharing_user_id", "", &People::members(sharing));
        if let Some(id) = settings.ko_form_blueprint_id {
            self.template("ko_form_blueprint_id", id);
        }
        for (at, step) in blueprint.steps.iter().enumerate() {
            let settings = settings.steps.get(&step.id);
            if let Some(launched) = settings.and_then(|settings| settings.bp_to_launch.as_ref()) {
                self.template(&format!("steps.{at}.bp_to_launch.id"), launched.id);
            }
        }
        self.blueprint(blueprint);
    }

    fn template(&mut self, path: &str, id: TemplateId) {
        if !self.known.templates.contains(&id) {
            self.templates.entry(id).or_default().push(path.to_owned());
        }
    }

    fn people(&mut self, users: &str, groups: &str, people: &People) {
        for id in people.users().iter().filter(|id| !self.known.users.contains(id)) {
            self.users.entry(*id).or_default().push(users.to_owned());
        }
        for id in people.groups().iter().filter(|id| !self.known.groups.contains(id)) {
            self.groups.entry(*id).or_default().push(groups.to_owned());
        }
    }

    fn field(&mut self, path: &str, field: &Field) {
        if let Some(DefaultAnswer::Answer(Answer::People(people))) = &field.default {
            let path = format!("{path}.default_value");
            self.people(&path, &path, people);
        }
    }

    fn blueprint(&mut self, blueprint: &Blueprint) {
        for (at, field) in blueprint.prerun.iter().enumerate() {
            self.field(&format!("prerun.{at}"), field);
        }
        for (at, step) in blueprint.steps.iter().enumerate() {
            let path = format!("steps.{at}");
            self.people(&format!("{path}.assignees"), &format!("{path}.groups"), &step.people);
            for (at, field) in step.captures.iter().enumerate() {
                self.field(&format!("{path}.captures.{at}"), field);
            }
        }
        for (at, rule) in blueprint.automated_actions.iter().enumerate() {
            for (action_at, action) in rule.actions.iter().enumerate() {
                if let Action::Assignment { people, .. } = action {
                    let path = format!("automated_actions.{at}.then_actions.{action_at}.assignees");
                    self.people(&format!("{path}.users"), &format!("{path}.groups"), people);
                }
            }
        }
    }
}

/// Names the members who are not active, and the groups and templates that are
/// not there or not for the caller, by where the template is to name them. What
/// `before` names too (the template before the change, or that which is copied)
/// may stay, whatever became of it: callers send back what they have read.
pub(super) fn check(
    tx: &mut Tx<'_>,
    org: OrgNo,
    actor: Actor,
    before: Option<&Template>,
    wanted: &Wanted,
) -> Result<FieldErrors> {
    let mut faults = FieldErrors::default();
    let nothing = Known::default();
    let mut earlier = Named::new(&nothing);
    if let Some(before) = before {
        earlier.about(before.owner, &before.access, &before.settings, before.blueprint());
    }
    let blueprint = wanted.snapshot.blueprint();
    let known = Known {
        users: earlier.users.into_keys().collect(),
        groups: earlier.groups.into_keys().collect(),
        // A form or a step may name the template itself.
        templates: earlier.templates.into_keys().chain([blueprint.template]).collect(),
    };
    let mut named = Named::new(&known);
    named.about(wanted.owner, &wanted.access, &wanted.settings, blueprint);
    for (id, paths) in &named.users {
        if !accounts::is_active(tx, org, *id)? {
            for path in paths {
                faults.add(path, format!("The member {id} is not an active member of this organization."));
            }
        }
    }
    let wanted: Vec<GroupId> = named.groups.keys().copied().collect();
    let there: BTreeSet<GroupId> = group_keys(tx, org, &wanted)?.into_iter().map(|(id, _)| id).collect();
    for (id, paths) in named.groups.iter().filter(|(id, _)| !there.contains(id)) {
        for path in paths {
            faults.add(path, format!("The group {id} does not exist."));
        }
    }
    for (id, paths) in &named.templates {
        if find_visible(tx, org, *id, actor)?.is_none() {
            for path in paths {
                faults.add(path, format!("The template {id} does not exist."));
            }
        }
    }
    Ok(faults)
}

/// The other templates that may name one: their settings hold its id.
pub(super) fn naming(tx: &mut Tx<'_>, org: OrgNo, template: &Template) -> Result<Vec<Template>> {
    let (first, last) = (TemplateKey::before_all(org), TemplateKey::after_all(org));
    let id = template.id.to_string();
    let heads = tx.query_all(
        &format!(
            "{SELECT} WHERE t.key >= ?1 AND t.key <= ?2 AND t.key <> ?3 AND strpos(t.settings, ?4) > 0 \
             ORDER BY t.key"
        ),
        &[first.get().into(), last.get().into(), template.key.get().into(), (&id).into()],
        read_head,
    )?;
    complete(tx, heads)
}

/// The stored keys of groups, as far as they are there.
pub(super) fn group_keys(tx: &mut Tx<'_>, org: OrgNo, ids: &[GroupId]) -> Result<Vec<(GroupId, i64)>> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(CHUNK) {
        let (list, mut values) = in_list(ids.iter().map(|id| Value::Bytes(id.as_bytes())));
        values.push(org.get().into());
        let sql =
            format!("SELECT id, key FROM people_group WHERE id IN ({list}) AND org = ?{}", values.len());
        found.extend(tx.query_all(&sql, &values, |row| Ok((group_id(row.bytes(0)?)?, row.int(1)?)))?);
    }
    Ok(found)
}
