//! Templates (`checklists` in the API): reading them here, lists in [`list`],
//! changes in [`mod@write`], what they say in `versions`, whom and what they
//! name in `references`; what becomes of them when members leave in
//! `people`, and the hidden one that every organization may have in `hidden`.

pub(crate) mod hidden;
pub mod list;
pub(crate) mod people;
mod references;
pub(crate) mod versions;
pub mod write;

pub use references::{Reference, directory, directory_for};

use std::collections::{BTreeSet, HashMap};

use hospes_model::member::{Actor, Role};
use hospes_model::template::Template;
use hospes_model::workflow::{Buckets, People, Snapshot};
use hospes_model::{GroupId, MemberId, OrgNo, TemplateId, TemplateKey, VersionKey};
use jiff::Timestamp;
use std::sync::Arc;

use crate::accounts::member_id;
use crate::error::{Error, Result};
use crate::from_micros;
use crate::sql::{Row, Tx, Value, in_list};
use crate::tasks::CHUNK;

/// The start of every statement that reads whole templates.
const SELECT: &str = "SELECT t.key, t.id, t.version_key, t.owner_id, t.created_by, t.updated_by, t.restricted, \
     t.starred, t.started_processes, t.settings, t.archived_at, t.created_at, t.updated_at, t.revision \
     FROM template t";

/// Finds a template by its public id, archived or not; the hidden one is not
/// found. Whether the caller may know of it is for [`Template::is_visible_to`]
/// to say.
pub fn find(tx: &mut Tx<'_>, org: OrgNo, id: TemplateId) -> Result<Option<Template>> {
    let found = tx.query_opt(
        &format!("{SELECT} WHERE t.org = ?1 AND t.id = ?2"),
        &[org.get().into(), id.as_bytes().into()],
        read_head,
    )?;
    Ok(complete(tx, found.into_iter().filter(|head| !head.settings.misc).collect())?.pop())
}

/// The public id of a stored template.
pub fn id_of(tx: &mut Tx<'_>, key: TemplateKey) -> Result<Option<TemplateId>> {
    tx.query_opt("SELECT id FROM template WHERE key = ?1", &[key.get().into()], |row| {
        TemplateId::from_bytes(row.bytes(0)?).map_err(|_| Error::corrupt("template.id"))
    })
}

/// Finds the templates with this alias; the hidden one is not found. An alias
/// ends in the first digits of the template's id.
pub fn find_by_alias(tx: &mut Tx<'_>, org: OrgNo, alias: &str) -> Result<Vec<Template>> {
    let digits = alias.rsplit_once('-').map_or("", |(_, digits)| digits);
    let end = |fill: &str| format!("{digits}{}", fill.repeat(26)).parse::<TemplateId>();
    let (Ok(first), Ok(last)) = (end("0"), end("f")) else { return Ok(Vec::new()) };
    let found = tx.query_all(
        &format!("{SELECT} WHERE t.org = ?1 AND t.id >= ?2 AND t.id <= ?3"),
        &[org.get().into(), first.as_bytes().into(), last.as_bytes().into()],
        read_head,
    )?;
    let mut found = complete(tx, found.into_iter().filter(|head| !head.settings.misc).collect())?;
    found.retain(|template| template.alias() == alias);
    Ok(found)
}

/// Finds a template that is not archived and that a member may know of.
pub fn find_visible(tx: &mut Tx<'_>, org: OrgNo, id: TemplateId, actor: Actor) -> Result<Option<Template>> {
    let Some(template) = find(tx, org, id)?.filter(|template| template.archived_at.is_none()) else {
        return Ok(None);
    };
    let directory = directory_for(tx, actor, &template)?;
    Ok(Some(template).filter(|template| template.is_visible_to(actor, &directory)))
}

/// Those of the templates whose processes take added tasks. Templates that are
/// gone take none.
pub fn taking_tasks(tx: &mut Tx<'_>, org: OrgNo, ids: &BTreeSet<TemplateId>) -> Result<BTreeSet<TemplateId>> {
    let ids: Vec<&TemplateId> = ids.iter().collect();
    let mut taking = BTreeSet::new();
    for ids in ids.chunks(CHUNK) {
        let (list, mut values) = in_list(ids.iter().map(|id| id.as_bytes().into()));
        values.push(org.get().into());
        let sql =
            format!("SELECT id, settings FROM template WHERE id IN ({list}) AND org = ?{}", values.len());
        tx.query(&sql, &values, |row| {
            let settings: hospes_model::template::Settings =
                serde_json::from_slice(row.bytes(1)?).map_err(|_| Error::corrupt("template.settings"))?;
            if settings.can_add_oot {
                taking.insert(
                    TemplateId::from_bytes(row.bytes(0)?).map_err(|_| Error::corrupt("template.id"))?,
                );
            }
            Ok::<_, Error>(())
        })?;
    }
    Ok(taking)
}

/// The condition under which the member whose id is bound at `id` may know of
/// the template that the statement calls `t`: the same rule as
/// [`Template::is_visible_to`]; a test holds them together.
pub(crate) fn visible_to(role: Role, t: &str, id: &str) -> String {
    let open = match role {
        Role::Admin => return "1 = 1".to_owned(),
        Role::Standard => format!("NOT {t}.restricted OR "),
        Role::Light => String::new(),
    };
    format!(
        "({open}{t}.owner_id = {id} OR EXISTS (SELECT 1 FROM template_member v \
         WHERE v.template_key = {t}.key AND v.account_id = {id}) \
         OR EXISTS (SELECT 1 FROM template_group g JOIN people_group_member v ON v.group_key = g.group_key \
         WHERE g.template_key = {t}.key AND v.account_id = {id}))"
    )
}

/// A row of [`SELECT`]; what it says and who may use it are still to be read.
struct Head {
    key: TemplateKey,
    id: TemplateId,
    version: VersionKey,
    owner: MemberId,
    created_by: MemberId,
    updated_by: MemberId,
    restricted: bool,
    starred: bool,
    started_processes: i64,
    settings: hospes_model::template::Settings,
    archived_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
    revision: i64,
}

fn read_head(row: &Row<'_>) -> Result<Head> {
    Ok(Head {
        key: TemplateKey::from_stored(row.int(0)?),
        id: TemplateId::from_bytes(row.bytes(1)?).map_err(|_| Error::corrupt("template.id"))?,
        version: VersionKey::from_stored(row.int(2)?),
        owner: member_id(row.int(3)?)?,
        created_by: member_id(row.int(4)?)?,
        updated_by: member_id(row.int(5)?)?,
        restricted: row.bool(6)?,
        starred: row.bool(7)?,
        started_processes: row.int(8)?,
        settings: serde_json::from_slice(row.bytes(9)?).map_err(|_| Error::corrupt("template.settings"))?,
        archived_at: row.opt_int(10)?.map(from_micros).transpose()?,
        created_at: from_micros(row.int(11)?)?,
        updated_at: from_micros(row.int(12)?)?,
        revision: row.int(13)?,
    })
}

impl Head {
    fn with(self, snapshot: Arc<Snapshot>, named: Option<Buckets>) -> Template {
        let access = match named {
            Some(named) => named.into(),
            // Whoever had access is gone. Nobody else gets it for that.
            None if self.restricted => People::members([self.owner]),
            None => People::default(),
        };
        Template {
            key: self.key,
            id: self.id,
            version: self.version,
            snapshot,
            settings: self.settings,
            owner: self.owner,
            created_by: self.created_by,
            updated_by: self.updated_by,
            access,
            starred: self.starred,
            started_processes: self.started_processes,
            archived_at: self.archived_at,
            created_at: self.created_at,
            updated_at: self.updated_at,
            revision: self.revision,
        }
    }
}

/// Reads what templates say and who may use them, a few statements for all.
fn complete(tx: &mut Tx<'_>, heads: Vec<Head>) -> Result<Vec<Template>> {
    let keys: Vec<i64> = heads.iter().filter(|head| head.restricted).map(|head| head.key.get()).collect();
    let mut named: HashMap<i64, Buckets> = HashMap::new();
    for keys in keys.chunks(CHUNK) {
        let (list, values) = in_list(keys.iter().copied().map(Value::Int));
        let members =
            format!("SELECT template_key, account_id FROM template_member WHERE template_key IN ({list})");
        tx.query(&members, &values, |row| {
            named.entry(row.int(0)?).or_default().users.push(member_id(row.int(1)?)?);
            Ok::<_, Error>(())
        })?;
        let groups = format!(
            "SELECT o.template_key, p.id FROM template_group o JOIN people_group p ON p.key = o.group_key \
             WHERE o.template_key IN ({list})"
        );
        tx.query(&groups, &values, |row| {
            let id = GroupId::from_bytes(row.bytes(1)?).map_err(|_| Error::corrupt("people_group.id"))?;
            named.entry(row.int(0)?).or_default().groups.push(id);
            Ok::<_, Error>(())
        })?;
    }
    let mut templates = Vec::with_capacity(heads.len());
    for head in heads {
        let snapshot = versions::snapshot(tx, head.version)?;
        let named = named.remove(&head.key.get());
        templates.push(head.with(snapshot, named));
    }
    Ok(templates)
}
