//! What is shown beside tasks: what was written about them, and the files around
//! them.

use hospes_api::tasks::{Discussions, Includes};
use hospes_model::TaskKey;
use hospes_store::{Tx, assets, comments};

use crate::routes::assets::org_of;

/// Reads it, as far as it was asked for.
pub(in crate::routes) fn discussions(
    tx: &mut Tx<'_>,
    tasks: &[TaskKey],
    includes: Includes,
) -> hospes_store::Result<Discussions> {
    let mut discussions = Discussions::default();
    if includes.has_comments() {
        discussions.comments = comments::of_tasks(tx, tasks)?;
    }
    if includes.has_comment_count() {
        discussions.counts = comments::counts(tx, tasks)?;
    }
    if includes.has_assets() {
        let org = tasks.first().map(|key| org_of(tx, key.org_number())).transpose()?;
        if let Some(org) = org {
            discussions.assets = Some((org, assets::around_tasks(tx, tasks)?));
        }
    }
    Ok(discussions)
}
