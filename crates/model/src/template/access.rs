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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::testing::{admin, at, light, member, standard};
    use crate::template::testing::template;
    use crate::workflow::People;
    use crate::workflow::testing::directory;

    #[test]
    fn who_may_know_of_a_template_and_change_it() {
        let directory = directory(&[1, 2, 3, 9]);
        let who = [admin(9), standard(1), light(1), standard(2), light(2), standard(3), light(3)];
        let seen = |template: &Template| who.map(|actor| template.is_visible_to(actor, &directory));
        let changed = |template: &Template| {
            who.map(|actor| match template.check_may_change(actor, &directory) {
                Ok(()) => 'y',
                Err(Refusal::NotFound) => '-',
                Err(_) => 'n',
            })
        };
        let open = template(1, &[]);
        assert_eq!(seen(&open), [true, true, true, true, false, true, false]);
        assert_eq!(changed(&open), ['y', 'y', 'n', 'y', '-', 'y', '-']);
        let named = template(1, &[2]);
        assert_eq!(seen(&named), [true, true, true, true, true, false, false]);
        assert_eq!(changed(&named), ['y', 'y', 'n', 'y', 'n', '-', '-']);
        assert!(named.may_launch(light(2), &directory) && !named.may_launch(standard(3), &directory));
    }

    #[test]
    fn only_archived_templates_can_be_deleted() {
        let mut template = template(1, &[]);
        assert!(template.check_deletable().is_err());
        template.archived_at = Some(at(1));
        assert_eq!(template.check_deletable(), Ok(()));
    }

    #[test]
    fn what_did_not_change_is_not_told() {
        let before = template(1, &[]);
        let mut after = before.clone();
        (after.updated_at, after.revision) = (at(5), 2);
        assert_eq!(after.changes_since(&before), []);
        after.access = People::members([member(2)]);
        after.owner = member(3);
        let fields: Vec<_> =
            after.changes_since(&before).into_iter().filter_map(|event| event.field).collect();
        assert_eq!(fields, ["owner_id", "users"]);
    }
}
