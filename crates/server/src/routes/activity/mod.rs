//! The activity feed.

pub mod list;

use hospes_api::activity::Place;
use hospes_api::tasks::{Includes, Task};
use hospes_model::TaskId;
use hospes_model::activity::{EntityKind, Entry};
use hospes_store::activity::{self, Filter, Listing};
use hospes_store::orgs;

use crate::app::App;
use crate::caller::Caller;
use crate::error::Error;

/// The most rows that are shown beside a task.
const BESIDE_TASK: i64 = 100;

/// What happened to one task, as far as the caller may see it; for `with=activities`.
#[derive(Debug, Clone)]
pub(super) struct TaskFeed {
    org_id: String,
    org_name: String,
    /// The newest first.
    entries: Vec<Entry>,
}

impl TaskFeed {
    /// Reads it, if it was asked for.
    pub(super) async fn read(
        app: &App,
        caller: &Caller,
        task: TaskId,
        includes: Includes,
    ) -> Result<Option<Self>, Error> {
        if !includes.has_activities() {
            return Ok(None);
        }
        let (no, viewer) = (caller.org, caller.actor);
        let (entities, entity_ids) = (Some(vec![EntityKind::Task]), vec![task.to_string()]);
        let filter = Filter { entities, entity_ids, ..Filter::default() };
        let listing = Listing { viewer, filter, descending: true };
        let read = app.store.read(move |tx| {
            let org = orgs::get(tx, no)?;
            Ok::<_, hospes_store::Error>((org.name, activity::page(tx, no, &listing, 0, BESIDE_TASK)?))
        });
        let (org_name, page) = read.await?;
        Ok(Some(Self { org_id: caller.org_id.to_string(), org_name, entries: page.entries }))
    }

    /// Puts it beside the task.
    pub(super) fn beside<'a>(&'a self, task: Task<'a>) -> Task<'a> {
        task.with_activities(&self.entries, Place { id: &self.org_id, name: &self.org_name })
    }
}
