//! Uploaded files: reading their records here, uploading and removing in
//! [`mod@write`], which answers may name them in `answers`, what guests have of
//! them in [`guests`], what processes have of their template's in `of_template`,
//! and what a copied template gets of its own in [`copies`].
//!
//! The bytes are elsewhere. A row is there before the first byte and until the
//! last one is gone, so that whatever breaks off is found again ([`unkept`]).
//! Several rows may share bytes; these go with the last of them ([`claim`]).

pub(crate) mod answers;
pub mod copies;
pub mod guests;
pub(crate) mod of_template;
pub mod write;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use hospes_model::asset::{Asset, Origin, Subject, Uploader};
use hospes_model::member::Actor;
use hospes_model::{
    AssetKey, EmailAddress, FileId, GuestKey, OrgId, OrgNo, RunId, RunKey, StepId, TaskId, TaskKey,
    TemplateId, TemplateKey,
};
use jiff::Timestamp;

use crate::accounts::member_id;
use crate::error::{Error, Result};
use crate::orgs::{self, org_no};
use crate::sql::{Row, Tx, Value, in_list};
use crate::tasks::CHUNK;
use crate::{from_micros, runs, tasks, templates, to_micros};

/// The most files that are shown beside one object: the newest.
pub const SHOWN: i64 = 1000;

/// The columns of a file that are read, in this order, and where they are.
const SELECT: &str = "SELECT a.key, a.id, a.filename, a.size, a.sha256, a.uploaded_from, a.step_id, a.source, a.system, \
     a.uploader_id, a.uploader_guest_key, a.uploader_guest_email, a.created_at, a.archived_at, \
     a.run_key, r.id, a.task_key, t.id, a.template_key, a.template_id, a.in_s3, a.for_org, o.id, a.bytes_id \
     FROM asset a LEFT JOIN run r ON r.key = a.run_key LEFT JOIN task t ON t.key = a.task_key \
     LEFT JOIN org o ON o.no = a.for_org";

/// That a file is wholly there, and is somebody's.
const IS_KEPT: &str = "a.state = 'stored' AND (a.run_key IS NOT NULL OR a.task_key IS NOT NULL \
     OR a.template_key IS NOT NULL OR a.for_org IS NOT NULL)";

/// That the bytes of a file are for nobody, or not wholly there. As the index
/// over such files has it.
const IS_UNKEPT: &str = "(state <> 'stored' OR (run_key IS NULL AND task_key IS NULL AND template_key IS NULL \
     AND for_org IS NULL AND submission_key IS NULL))";

fn read_asset(row: &Row<'_>) -> Result<Asset> {
    let corrupt = |column: &'static str| Error::corrupt(column);
    let keys = (row.opt_int(14)?, row.opt_int(16)?, row.opt_int(18)?, row.opt_int(21)?);
    let subject = match keys {
        (Some(key), None, None, None) => {
            let id = RunId::from_bytes(row.bytes(15)?).map_err(|_| corrupt("run.id"))?;
            Subject::Run(RunKey::from_stored(key), id)
        }
        (None, Some(key), None, None) => {
            let id = TaskId::from_bytes(row.bytes(17)?).map_err(|_| corrupt("task.id"))?;
            Subject::Task(TaskKey::from_stored(key), id)
        }
        (None, None, Some(key), None) => {
            let id = TemplateId::from_bytes(row.bytes(19)?).map_err(|_| corrupt("asset.template_id"))?;
            Subject::Template(TemplateKey::from_stored(key), id)
        }
        (None, None, None, Some(org)) => {
            let id = OrgId::from_bytes(row.bytes(22)?).map_err(|_| corrupt("org.id"))?;
            Subject::Organization(org_no(org)?, id)
        }
        _ => return Err(corrupt("a file of nothing, or of several things")),
    };
    let uploader = match (row.opt_int(9)?, row.opt_int(10)?, row.opt_string(11)?) {
        (Some(id), _, _) => Uploader::Member(member_id(id)?),
        (None, Some(key), Some(email)) => {
            Uploader::Guest(GuestKey::from_stored(key), EmailAddress::from_stored(email))
        }
        _ => return Err(corrupt("a file that nobody uploaded")),
    };
    let origin = match row.text(5)? {
        Origin::KICK_OFF => Origin::KickOff,
        Origin::LOGO => Origin::Logo,
        id => Origin::Field(id.parse().map_err(|_| corrupt("asset.uploaded_from"))?),
    };
    let step = row.opt_bytes(6)?.map(StepId::from_bytes).transpose();
    let id = FileId::from_bytes(row.bytes(1)?).map_err(|_| corrupt("asset.id"))?;
    Ok(Asset {
        key: AssetKey::from_stored(row.int(0)?),
        id,
        filename: row.string(2)?,
        size: u64::try_from(row.int(3)?).map_err(|_| corrupt("asset.size"))?,
        sha256: row.bytes(4)?.try_into().map_err(|_| corrupt("asset.sha256"))?,
        subject,
        origin,
        step: step.map_err(|_| corrupt("asset.step_id"))?,
        source: row.string(7)?,
        system: row.opt_string(8)?,
        in_s3: row.bool(20)?,
        bytes: row
            .opt_bytes(23)?
            .map_or(Ok(id), FileId::from_bytes)
            .map_err(|_| corrupt("asset.bytes_id"))?,
        uploader,
        uploaded_at: from_micros(row.int(12)?)?,
        archived_at: row.opt_int(13)?.map(from_micros).transpose()?,
    })
}

/// Finds a file that is wholly there and whose subject is. Who may have it is
/// asked besides.
pub fn find(tx: &mut Tx<'_>, org: OrgNo, id: FileId) -> Result<Option<Asset>> {
    let sql = format!("{SELECT} WHERE a.org = ?1 AND a.id = ?2 AND {IS_KEPT}");
    tx.query_opt(&sql, &[org.get().into(), id.as_bytes().into()], read_asset)
}

/// Finds some of them. Who may have them is asked besides.
pub fn find_all(tx: &mut Tx<'_>, org: OrgNo, ids: &[FileId]) -> Result<Vec<Asset>> {
    let mut found = Vec::new();
    for ids in ids.chunks(CHUNK) {
        let (list, mut values) = in_list(ids.iter().map(|id| Value::from(id.as_bytes())));
        values.push(org.get().into());
        let sql = format!("{SELECT} WHERE a.id IN ({list}) AND a.org = ?{} AND {IS_KEPT}", values.len());
        found.extend(tx.query_all(&sql, &values, read_asset)?);
    }
    Ok(found)
}

/// Finds the file that an organization shows as its logo, by nothing but its id,
/// which says nothing else. Its bytes are public.
pub fn find_logo(tx: &mut Tx<'_>, id: FileId) -> Result<Option<(OrgId, Asset)>> {
    let sql = format!("{SELECT} WHERE a.id = ?1 AND a.state = 'stored' AND a.for_org IS NOT NULL");
    let found = tx.query_opt(&sql, &[id.as_bytes().into()], read_asset)?;
    Ok(found.and_then(|asset| match asset.subject {
        Subject::Organization(_, org) => Some((org, asset)),
        _ => None,
    }))
}

/// [`find`] for a member: whoever may know of what it belongs to may have it,
/// and a template's file whoever may know of a process that starts with it.
pub fn find_visible(tx: &mut Tx<'_>, org: OrgNo, id: FileId, actor: Actor) -> Result<Option<Asset>> {
    let Some(asset) = find(tx, org, id)? else { return Ok(None) };
    let visible = match asset.subject {
        Subject::Run(_, id) => {
            let found = runs::find(tx, org, id)?;
            found.is_some_and(|found| found.process.is_visible_to(actor, &found.directory))
        }
        Subject::Task(_, id) => tasks::find(tx, org, id)?.is_some_and(|task| task.is_visible_to(actor)),
        Subject::Template(key, template) => {
            templates::find_visible(tx, org, template, actor)?.is_some()
                || of_template::is_visible(tx, org, key, id, actor)?
        }
        // Everybody sees it.
        Subject::Organization(..) => true,
    };
    Ok(Some(asset).filter(|_| visible))
}

/// The column that says what a file belongs to, and its value.
fn column(subject: Subject) -> (&'static str, i64) {
    match subject {
        Subject::Run(key, _) => ("run_key", key.get()),
        Subject::Task(key, _) => ("task_key", key.get()),
        Subject::Template(key, _) => ("template_key", key.get()),
        Subject::Organization(no, _) => ("for_org", no.get()),
    }
}

/// What files are listed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of<'a> {
    /// Those of processes.
    Runs(&'a [RunKey]),
    /// Those of one-off tasks.
    Tasks(&'a [TaskKey]),
    /// Those of templates.
    Templates(&'a [TemplateKey]),
}

/// Reads the files of some objects that are not archived, by the stored key of
/// the object: of each the newest [`SHOWN`], the oldest of them first. That
/// somebody may know of the objects is asked before.
pub fn of(tx: &mut Tx<'_>, of: Of<'_>) -> Result<HashMap<i64, Vec<Asset>>> {
    let (column, keys): (_, Vec<i64>) = match of {
        Of::Runs(keys) => ("run_key", keys.iter().map(|key| key.get()).collect()),
        Of::Tasks(keys) => ("task_key", keys.iter().map(|key| key.get()).collect()),
        Of::Templates(keys) => ("template_key", keys.iter().map(|key| key.get()).collect()),
    };
    let mut found: HashMap<i64, Vec<Asset>> = HashMap::new();
    for keys in keys.chunks(CHUNK) {
        let (list, mut values) = in_list(keys.iter().copied().map(Value::Int));
        values.push(SHOWN.into());
        let sql = format!(
            "{SELECT} JOIN (SELECT key, ROW_NUMBER() OVER (PARTITION BY {column} ORDER BY key DESC) AS newest \
             FROM asset WHERE {column} IN ({list}) AND state = 'stored' AND archived_at IS NULL) n \
             ON n.key = a.key WHERE n.newest <= ?{} ORDER BY a.key",
            values.len()
        );
        tx.query(&sql, &values, |row| {
            let asset = read_asset(row)?;
            found.entry(self::column(asset.subject).1).or_default().push(asset);
            Ok::<_, Error>(())
        })?;
    }
    Ok(found)
}

/// The files around tasks: those of one-off tasks, and all those of their
/// processes for others.
pub fn around_tasks(tx: &mut Tx<'_>, tasks: &[TaskKey]) -> Result<HashMap<TaskKey, Arc<Vec<Asset>>>> {
    let mut runs: HashMap<TaskKey, RunKey> = HashMap::new();
    for keys in tasks.chunks(CHUNK) {
        let (list, values) = in_list(keys.iter().map(|key| key.get().into()));
        let sql = format!("SELECT key, run_key FROM task WHERE key IN ({list}) AND run_key IS NOT NULL");
        tx.query(&sql, &values, |row| {
            runs.insert(TaskKey::from_stored(row.int(0)?), RunKey::from_stored(row.int(1)?));
            Ok::<_, Error>(())
        })?;
    }
    let keys: BTreeSet<RunKey> = runs.values().copied().collect();
    let keys: Vec<RunKey> = keys.into_iter().collect();
    let of_runs: HashMap<i64, Arc<Vec<Asset>>> =
        of(tx, Of::Runs(&keys))?.into_iter().map(|(key, assets)| (key, Arc::new(assets))).collect();
    let mut of_tasks = of(tx, Of::Tasks(tasks))?;
    let mut around = |key: &TaskKey| match runs.get(key) {
        Some(run) => of_runs.get(&run.get()).cloned(),
        None => of_tasks.remove(&key.get()).map(Arc::new),
    };
    Ok(tasks.iter().filter_map(|key| Some((*key, around(key)?))).collect())
}

/// A file whose bytes nobody needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unkept {
    /// The organization's number.
    pub org: OrgNo,
    /// The organization, as the place of the bytes names it.
    pub org_id: OrgId,
    /// The file.
    pub id: FileId,
}

/// Files whose upload began before `began` and did not end, that were deleted,
/// or whose subject is gone; at most `limit` of those that are kept in S3, or are
/// not.
pub fn unkept(tx: &mut Tx<'_>, began: Timestamp, in_s3: bool, limit: i64) -> Result<Vec<Unkept>> {
    let sql = format!(
        "SELECT asset.org, o.id, asset.id FROM asset JOIN org o ON o.no = asset.org WHERE {IS_UNKEPT} \
         AND (state <> 'pending' OR asset.created_at < ?1) AND asset.in_s3 = ?3 \
         ORDER BY asset.created_at LIMIT ?2"
    );
    tx.query_all(&sql, &[to_micros(began).into(), limit.into(), in_s3.into()], |row| {
        Ok(Unkept {
            org: OrgNo::new(row.int(0)?).ok_or_else(|| Error::corrupt("asset.org"))?,
            org_id: OrgId::from_bytes(row.bytes(1)?).map_err(|_| Error::corrupt("org.id"))?,
            id: FileId::from_bytes(row.bytes(2)?).map_err(|_| Error::corrupt("asset.id"))?,
        })
    })
}

/// Lets the bytes of a logo go that is one no more.
pub(crate) fn let_go(tx: &mut Tx<'_>, org: OrgNo, id: FileId) -> Result<()> {
    let sql = "UPDATE asset SET state = 'doomed' WHERE org = ?1 AND id = ?2 AND for_org IS NOT NULL";
    tx.execute(sql, &[org.get().into(), id.as_bytes().into()]).map(drop)
}

/// What became of a file that was claimed for its removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimed {
    /// It is kept after all, or gone already.
    No,
    /// It is gone, and its bytes stay: another file shares them.
    Shared,
    /// Its bytes are where none are kept now: it is to be remembered.
    Elsewhere,
    /// Its bytes, kept under this id, may go once this is committed; then it is
    /// to be forgotten.
    Bytes(FileId),
}

/// Claims a file for its removal. Who claims several files of the same bytes
/// takes turns, so that the last one takes them along; copies are made of files
/// that are kept only, in the same turns. `in_s3`: where bytes can be removed now.
pub fn claim(tx: &mut Tx<'_>, org: OrgNo, id: FileId, in_s3: bool) -> Result<Claimed> {
    orgs::lock(tx, org)?;
    let sql = format!(
        "UPDATE asset SET state = 'doomed' WHERE org = ?1 AND id = ?2 AND {IS_UNKEPT} RETURNING bytes_id, in_s3"
    );
    let values = [org.get().into(), id.as_bytes().into()];
    let claimed = tx.query_opt(&sql, &values, |row| {
        let bytes = row.opt_bytes(0)?.map(FileId::from_bytes).transpose();
        Ok((bytes.map_err(|_| Error::corrupt("asset.bytes_id"))?, row.bool(1)?))
    })?;
    let Some((bytes, is_there)) = claimed else { return Ok(Claimed::No) };
    let bytes = bytes.unwrap_or(id);
    let shared = tx.query_opt(
        "SELECT 1 FROM asset WHERE org = ?1 AND id = ?2 AND id <> ?3 \
         UNION ALL SELECT 1 FROM asset WHERE org = ?1 AND bytes_id = ?2 AND id <> ?3 LIMIT 1",
        &[org.get().into(), bytes.as_bytes().into(), id.as_bytes().into()],
        |_| Ok(()),
    )?;
    if shared.is_none() {
        return Ok(if is_there == in_s3 { Claimed::Bytes(bytes) } else { Claimed::Elsewhere });
    }
    forget(tx, org, id)?;
    Ok(Claimed::Shared)
}

/// Forgets a file whose bytes are gone. One that is kept after all stays.
pub fn forget(tx: &mut Tx<'_>, org: OrgNo, id: FileId) -> Result<()> {
    let sql = format!("DELETE FROM asset WHERE org = ?1 AND id = ?2 AND {IS_UNKEPT}");
    tx.execute(&sql, &[org.get().into(), id.as_bytes().into()])?;
    Ok(())
}
