//! Files of templates. The fields of a template may start with some of them, and
//! do so in every process that was made of it, whatever becomes of the template:
//! they are handed out there, and stay as long as there is such a process.

use hospes_model::member::Actor;
use hospes_model::{FileId, OrgNo, RunKey, TemplateKey};

use super::answers;
use crate::error::{Error, Result};
use crate::runs;
use crate::sql::Tx;
use crate::tasks::list::run_visible_to;

/// The most processes in which a template's file is looked for: the newest of
/// those that somebody may know of and that started with it.
pub(super) const PROCESSES: i64 = 100;
/// Whether `run r` is of a version of the template at `?2` that names the file at
/// `?3`. Ids are written in one way only, and nothing else looks like them.
pub(super) const STARTED_WITH: &str = "r.version_key IN (SELECT v.key FROM template_version v \
     WHERE v.template_key = ?2 AND strpos(v.blueprint, ?3) > 0)";

/// Whether a member may know of a process that names the file.
pub(super) fn is_visible(
    tx: &mut Tx<'_>,
    org: OrgNo,
    template: TemplateKey,
    id: FileId,
    actor: Actor,
) -> Result<bool> {
    let visible = run_visible_to(actor.role, "?1");
    let sql = format!(
        "SELECT r.key FROM run r WHERE r.template_key = ?2 AND {STARTED_WITH} AND {visible} AND ?1 > 0 \
         ORDER BY r.key DESC LIMIT ?4"
    );
    let file = id.to_string();
    let values = [actor.id.get().into(), template.get().into(), (&file).into(), PROCESSES.into()];
    let keys = tx.query_all(&sql, &values, |row| Ok(RunKey::from_stored(row.int(0)?)))?;
    for key in keys {
        let Some(found) = runs::find_by_key(tx, org, key)? else { continue };
        if found.process.is_visible_to(actor, &found.directory) && answers::names(&found.process, id) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether what the template says now, or said when one of its processes was
/// made, names the file; also as a default that is not used for the time being.
pub(super) fn is_named(tx: &mut Tx<'_>, template: TemplateKey, id: FileId) -> Result<bool> {
    let file = id.to_string();
    let sql = "SELECT 1 FROM template_version v WHERE v.template_key = ?1 AND strpos(v.blueprint, ?2) > 0 \
               AND (EXISTS (SELECT 1 FROM template t WHERE t.key = v.template_key AND t.version_key = v.key) \
                    OR EXISTS (SELECT 1 FROM run r WHERE r.version_key = v.key)) \
               UNION ALL SELECT 1 FROM template t WHERE t.key = ?1 AND strpos(t.settings, ?2) > 0 LIMIT 1";
    let found = tx.query_opt(sql, &[template.get().into(), (&file).into()], |_| Ok(()))?;
    Ok(found.is_some())
}

/// Lets go of the files of a template that is gone, but for those that a process
/// names. To be called when the template goes, and when a process of it does.
pub(crate) fn let_go(tx: &mut Tx<'_>, template: TemplateKey) -> Result<()> {
    let sql = "SELECT a.key, a.id FROM asset a WHERE a.template_key = ?1 \
               AND NOT EXISTS (SELECT 1 FROM template t WHERE t.key = ?1)";
    let files = tx.query_all(sql, &[template.get().into()], |row| {
        let id = FileId::from_bytes(row.bytes(1)?);
        Ok((row.int(0)?, id.map_err(|_| Error::corrupt("asset.id"))?))
    })?;
    for (key, id) in files {
        if !is_named(tx, template, id)? {
            let sql = "UPDATE asset SET template_key = NULL, template_id = NULL WHERE key = ?1";
            tx.execute(sql, &[key.into()])?;
        }
    }
    Ok(())
}
