//! What templates have to be told of members who leave, and of groups that are
//! deleted.

use std::sync::Arc;

use hospes_model::activity::Cause;
use hospes_model::template::Template;
use hospes_model::workflow::Snapshot;
use hospes_model::{GroupKey, MemberId, OrgNo, TemplateKey};

use crate::error::{Error, Result};
use crate::sql::Tx;
use crate::to_micros;

use super::{SELECT, complete, read_head, write};

/// Gives what a member has in templates, archived ones too, to another: looking
/// after them, and being put on steps. With nobody it stays with them. In whose
/// name a public form launches is the owner's business in any case
/// (`product.md` 2.2). The hidden template of separate tasks is never among
/// them: it is the default administrator's, who does not leave, and names nobody
/// else.
pub(crate) fn member_left(
    tx: &mut Tx<'_>,
    org: OrgNo,
    member: MemberId,
    to: Option<MemberId>,
    cause: &Cause,
) -> Result<()> {
    for before in naming(tx, org, member)? {
        let mut template = before.clone();
        if let Some(to) = to {
            if template.owner == member {
                template.owner = to;
            }
            let blueprint = template.blueprint().with_member_replaced(member, to);
            if blueprint != *before.blueprint() {
                let snapshot = Snapshot::new(blueprint).map_err(|_| Error::corrupt("a template's people"))?;
                template.snapshot = Arc::new(snapshot);
            }
        }
        if template.settings.kickoff_sharing_user_id == Some(member) {
            template.settings.kickoff_sharing_user_id = Some(template.owner);
        }
        let by = cause.actor.unwrap_or(before.updated_by);
        write::save(tx, org, &before, template, by, cause)?;
    }
    Ok(())
}

/// Takes a group that is about to be deleted away from the templates that it may
/// use. They show it, so they get `revision`, the new activity sequence.
pub(crate) fn group_deleted(tx: &mut Tx<'_>, group: GroupKey, revision: i64, cause: &Cause) -> Result<()> {
    tx.execute(
        "UPDATE template SET revision = ?2, updated_at = ?3 \
         WHERE key IN (SELECT template_key FROM template_group WHERE group_key = ?1)",
        &[group.get().into(), revision.into(), to_micros(cause.at).into()],
    )?;
    tx.execute("DELETE FROM template_group WHERE group_key = ?1", &[group.get().into()])?;
    Ok(())
}

/// The templates that may name a member: they are the member's, or hold the
/// number.
fn naming(tx: &mut Tx<'_>, org: OrgNo, member: MemberId) -> Result<Vec<Template>> {
    let (first, last) = (TemplateKey::before_all(org), TemplateKey::after_all(org));
    let number = member.to_string();
    let heads = tx.query_all(
        &format!(
            "{SELECT} JOIN template_version v ON v.key = t.version_key WHERE t.key >= ?1 AND t.key <= ?2 \
             AND (t.owner_id = ?3 OR strpos(t.settings, ?4) > 0 OR strpos(v.blueprint, ?4) > 0) ORDER BY t.key"
        ),
        &[first.get().into(), last.get().into(), member.get().into(), (&number).into()],
        read_head,
    )?;
    complete(tx, heads)
}
