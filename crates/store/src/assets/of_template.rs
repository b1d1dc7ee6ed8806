//! Files of templates. The fields of a template may start with some of them, and
//! do so in every process that was made of it, whatever becomes of the template:
//! they are handed out there, and stay as long as there is such a process.

use hospes_model::member::Actor;
use hospes_model::{FileId, OrgNo, RunKey, TemplateKey};

use super::answers;
use crate::error::{Error, Result};
use crate::runs;
use crate::sql::Tx;

/// The most processes of a template in which one of its files is looked for, the
/// newest.
pub(super) const PROCESSES: i64 = 100;

/// Whether a member may know of a process that names the file.
pub(super) fn is_visible(
    tx: &mut Tx<'_>,
    org: OrgNo,
    template: TemplateKey,
    id: FileId,
    actor: Actor,
) -> Result<bool> {
    let sql = "SELECT key FROM run WHERE template_key = ?1 ORDER BY key DESC LIMIT ?2";
    let values = [template.get().into(), PROCESSES.into()];
    let keys = tx.query_all(sql, &values, |row| Ok(RunKey::from_stored(row.int(0)?)))?;
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
    // Ids are written in one way only, and nothing else looks like them.
    let id = id.to_string();
    let sql = "SELECT v.blueprint FROM template_version v WHERE v.template_key = ?1 \
               AND (EXISTS (SELECT 1 FROM template t WHERE t.key = v.template_key AND t.version_key = v.key) \
                    OR EXISTS (SELECT 1 FROM run r WHERE r.version_key = v.key)) \
               UNION ALL SELECT t.settings FROM template t WHERE t.key = ?1";
    let mut named = false;
    tx.query(sql, &[template.get().into()], |row| {
        named = named || row.text(0)?.contains(&id);
        Ok::<_, Error>(())
    })?;
    Ok(named)
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
