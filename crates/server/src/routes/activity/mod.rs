//! The activity feed.

pub mod list;

use std::collections::HashMap;

use hospes_api::activity::Place;
use hospes_api::tasks::{Includes, Task};
use hospes_model::activity::{EntityKind, Entry};
use hospes_model::member::Actor;
use hospes_model::{OrgNo, TaskId};
use hospes_store::activity::{self, Filter, Listing};
use hospes_store::{Tx, orgs};

use crate::app::App;
use crate::caller::Caller;
use crate::error::Error;

/// The most rows that are shown beside a task that is read by itself.
const BESIDE_TASK: i64 = 100;
/// The same beside each task of a list.
const BESIDE_LISTED: i64 = 20;

/// What happened to tasks, as far as the caller may see it; for `with=activities`.
#[derive(Debug, Clone)]
pub(super) struct TaskFeed {
    org_id: String,
    org_name: String,
    /// The newest first.
    entries: HashMap<TaskId, Vec<Entry>>,
}

impl TaskFeed {
    /// Reads that of one task, if it was asked for.
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
        Ok(Some(app.store.read(move |tx| Self::of(tx, no, viewer, [task], BESIDE_TASK)).await?))
    }

    /// Reads that of the tasks of a list, for those who asked for it.
    pub(super) fn of_listed(
        tx: &mut Tx<'_>,
        org: OrgNo,
        viewer: Actor,
        tasks: impl IntoIterator<Item = TaskId>,
    ) -> hospes_store::Result<Self> {
        Self::of(tx, org, viewer, tasks, BESIDE_LISTED)
    }

    fn of(
        tx: &mut Tx<'_>,
        org: OrgNo,
        viewer: Actor,
        tasks: impl IntoIterator<Item = TaskId>,
        most: i64,
    ) -> hospes_store::Result<Self> {
        let place = orgs::get(tx, org)?;
        let mut entries = HashMap::new();
        for task in tasks {
            let (entities, entity_ids) = (Some(vec![EntityKind::Task]), vec![task.to_string()]);
            let filter = Filter { entities, entity_ids, ..Filter::default() };
            let listing = Listing { viewer, filter, descending: true };
            entries.insert(task, activity::first(tx, org, &listing, most)?);
        }
        Ok(Self { org_id: place.id.to_string(), org_name: place.name, entries })
    }

    /// Puts it beside its task.
    pub(super) fn beside<'a>(&'a self, task: Task<'a>) -> Task<'a> {
        let entries = self.entries.get(&task.id).map_or(&[][..], Vec::as_slice);
        task.with_activities(entries, Place { id: &self.org_id, name: &self.org_name })
    }
}
