//! The hidden template of an organization, called MISC and empty: processes
//! that consist of added tasks alone are made of it (`wire.md` 2.4). It is made
//! when it is first needed; no list shows it, no id finds it, nobody changes it.

use std::sync::Arc;

use hospes_model::activity::Cause;
use hospes_model::member::{Actor, Role};
use hospes_model::template::{Settings, Template};
use hospes_model::workflow::{Blueprint, People, Snapshot};
use hospes_model::{MemberId, OrgNo, Refusal, TemplateId, TemplateKey};

use crate::error::Error;
use crate::sql::Tx;

use super::write::{Wanted, insert};
use super::{SELECT, complete, read_head};

/// Its title: `checklist_title` of its processes.
const TITLE: &str = "MISC";

/// The condition under which the template that the statement calls `t` is the
/// hidden one. Inside texts of the settings, quotation marks have a backslash.
pub(super) const IS_HIDDEN: &str = "t.title = 'MISC' AND strpos(t.settings, '\"misc\":true') > 0";

/// The hidden template; made with this id if there is none yet. It belongs to
/// `owner`, the default administrator, who is never removed. The organization's
/// turn must have been taken.
pub(crate) fn find_or_create<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: TemplateId,
    owner: MemberId,
    cause: &Cause,
) -> Result<Template, E> {
    let (first, last) = (TemplateKey::before_all(org), TemplateKey::after_all(org));
    let found = tx.query_opt(
        &format!("{SELECT} WHERE t.key >= ?1 AND t.key <= ?2 AND {IS_HIDDEN}"),
        &[first.get().into(), last.get().into()],
        read_head,
    )?;
    if let Some(template) = complete(tx, found.into_iter().collect())?.pop() {
        return Ok(template);
    }
    let wanted = Wanted {
        snapshot: Arc::new(Snapshot::new(Blueprint::empty(id, TITLE.to_owned()))?),
        settings: Settings { misc: true, can_add_oot: true, ..Settings::default() },
        owner,
        access: People::default(),
        starred: false,
    };
    insert::<E>(tx, org, None, wanted, Actor { id: owner, role: Role::Admin }, cause, None)
}
