//! Who may do what with one template. What each role may do at all is in
//! [`Actor::may`](crate::member::Actor::may).

use crate::member::{Actor, Role};
use crate::refusal::Refusal;
use crate::workflow::Directory;

use super::Template;

impl Template {
    /// Whether a member may know of it and see its processes. To whoever may
    /// not it does not exist. `directory` must hold the groups that have access.
    pub fn is_visible_to(&self, actor: Actor, directory: &Directory) -> bool {
        if actor.role == Role::Admin || self.owner == actor.id {
            return true;
        }
        if self.access.is_empty() {
            return actor.role != Role::Light;
        }
        self.access.expanded(directory).users().contains(&actor.id)
    }

    /// Whether a member may launch it: whoever may know of it. Light members
    /// know of those only that name them.
    pub fn may_launch(&self, actor: Actor, directory: &Directory) -> bool {
        self.is_visible_to(actor, directory)
    }

    /// Whether a member may change, archive, restore or clone it: whoever may
    /// know of it, but light members.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] for whoever may not know of it, else
    /// [`Refusal::Forbidden`].
    pub fn check_may_change(&self, actor: Actor, directory: &Directory) -> Result<(), Refusal> {
        if !self.is_visible_to(actor, directory) {
            return Err(Refusal::NotFound);
        }
        if actor.role == Role::Light {
            return Err(Refusal::Forbidden("Light members may use templates, but not change them."));
        }
        Ok(())
    }

    /// Whether it may be deleted for good, with what it says; its processes
    /// keep that.
    ///
    /// # Errors
    ///
    /// While it is not archived.
    pub fn check_deletable(&self) -> Result<(), Refusal> {
        if self.archived_at.is_none() {
            return Err(Refusal::field(
                "checklist",
                "Only archived templates can be deleted; archive it first.",
            ));
        }
        Ok(())
    }
}
