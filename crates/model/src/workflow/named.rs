//! Everybody whom a process, a wish to change it or a launch names: what the
//! storage has to load into the [`Directory`](super::people::Directory) before
//! it asks the engine.
//!
//! A directory that holds these, the people of these groups, whoever looks
//! after these guests and those of the groups, and the members who have one of
//! these addresses decides as one that holds the whole organization does.
//! Naming too many does no harm, so texts count wherever they are an address:
//! a rule may read people from them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::email::EmailAddress;
use crate::ids::{GroupId, MemberId};
use crate::refusal::FieldErrors;
use crate::task::form::FieldValue;

use super::blueprint::Blueprint;
use super::command::{By, Command, Context};
use super::field::{Answer, DefaultAnswer, Field};
use super::launch::Launch;
use super::people::{People, Person};
use super::rule::Action;
use super::run::{Origin, Run, RunState, RunTask};
use super::snapshot::{Place, Snapshot};

/// Members, guests and groups that are named somewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// Members, active or not.
    pub users: BTreeSet<MemberId>,
    /// Addresses by their folded form, in the spelling that was met first.
    pub guests: BTreeMap<String, EmailAddress>,
    /// Groups, whether they still exist or not.
    pub groups: BTreeSet<GroupId>,
}

impl Named {
    /// Adds everybody whom another one names.
    pub fn extend(&mut self, other: &Self) {
        self.users.extend(&other.users);
        self.groups.extend(&other.groups);
        self.guests(other.guests.values());
    }

    fn guests<'a>(&mut self, guests: impl IntoIterator<Item = &'a EmailAddress>) {
        for guest in guests {
            if !self.guests.contains_key(guest.folded()) {
                self.guests.insert(guest.folded().to_owned(), guest.clone());
            }
        }
    }

    fn persons<'a>(&mut self, persons: impl IntoIterator<Item = &'a Person>) {
        for person in persons {
            match person {
                Person::Member(id) => drop(self.users.insert(*id)),
                Person::Guest(guest) => self.guests([guest]),
            }
        }
    }

    /// Adds these.
    pub fn people(&mut self, people: &People) {
        self.users.extend(people.users());
        self.groups.extend(people.groups());
        self.guests(people.guests());
    }

    fn answers<'a>(&mut self, answers: impl IntoIterator<Item = &'a Answer>) {
        for answer in answers {
            match answer {
                Answer::People(people) => self.people(people),
                // Most texts are no addresses, and parsing takes time.
                Answer::Value(FieldValue::Text(text)) if text.contains('@') => {
                    self.guests(EmailAddress::parse(text).as_ref());
                }
                Answer::Value(_) | Answer::Files(_) => {}
            }
        }
    }

    fn defaults(&mut self, fields: &[Field]) {
        self.answers(fields.iter().filter_map(|field| match &field.default {
            Some(DefaultAnswer::Answer(answer)) => Some(answer),
            Some(DefaultAnswer::Today { .. }) | None => None,
        }));
    }

    fn task(&mut self, task: &RunTask) {
        self.people(&task.assignees.people);
        self.users.extend(task.assignees.chaperone);
        self.answers(task.answers.values());
        self.persons(task.parts.iter().map(|part| &part.person));
        self.persons(task.completion.as_ref().and_then(|completion| completion.by.as_ref()));
        if let Origin::Added(step) = &task.origin {
            self.people(&step.people);
        }
    }

    /// Whom a template names: on its steps, in its rules, in what its fields
    /// start with.
    pub(super) fn in_blueprint(blueprint: &Blueprint) -> Self {
        let mut named = Self::default();
        named.defaults(&blueprint.prerun);
        for step in &blueprint.steps {
            named.people(&step.people);
            named.defaults(&step.captures);
        }
        for action in blueprint.automated_actions.iter().flat_map(|rule| &rule.actions) {
            if let Action::Assignment { people, .. } = action {
                named.people(people);
            }
        }
        named
    }
}

impl RunState {
    /// Adds everybody whom the process names.
    pub fn named(&self, named: &mut Named) {
        named.users.extend([self.launcher, self.owner]);
        named.people(&self.access);
        named.answers(self.prerun.values());
        named.persons(self.prerun_completed.as_ref().and_then(|stamp| stamp.by.as_ref()));
        for task in &self.tasks {
            named.task(task);
        }
    }
}

impl By {
    /// Adds whoever asks.
    pub fn named(&self, named: &mut Named) {
        named.persons(self.person().as_ref());
    }
}

impl Command {
    /// Adds everybody whom the wish names.
    pub fn named(&self, named: &mut Named) {
        match self {
            Self::Complete { on_behalf_of, .. } => named.persons(on_behalf_of),
            Self::Answer { values, .. } | Self::AnswerPrerun { values } => {
                named.answers(values.iter().filter_map(|(_, answer)| answer.as_ref()));
            }
            Self::Assign { people, .. } | Self::Share { access: people } => named.people(people),
            Self::AddGuests { guests, .. } => named.guests(guests),
            Self::Replace { person, with, .. } => {
                named.persons([person]);
                named.persons(with);
            }
            Self::AddTasks { tasks } => {
                for added in tasks {
                    named.people(&added.step.people);
                }
            }
            Self::HandOver { owner } => drop(named.users.insert(*owner)),
            Self::Reopen { .. }
            | Self::CompletePrerun
            | Self::ReopenPrerun
            | Self::CheckChaperones
            | Self::SetVisible { .. }
            | Self::Edit { .. }
            | Self::Rename { .. }
            | Self::ReportIssue { .. }
            | Self::ResolveIssue { .. }
            | Self::ResolveLoop { .. }
            | Self::TimerFired(_)
            | Self::Archive
            | Self::Activate => {}
        }
    }
}

impl Launch {
    /// Adds everybody whom the launch names, and whom the fields name that
    /// rules read people from, as the launch will fill them in. The directory
    /// of the context may still be an empty one: it only gives the names that
    /// such a text may show.
    pub fn named(&self, snapshot: &Arc<Snapshot>, cx: Context<'_>, named: &mut Named) {
        named.extend(snapshot.named());
        named.users.extend([self.launcher, self.owner.unwrap_or(self.launcher)]);
        named.people(&self.access);
        named.answers(self.prerun.iter().map(|(_, answer)| answer));
        let overrides = self.tasks.values().filter_map(|wanted| wanted.people.as_ref());
        for people in self.roles.values().chain(overrides) {
            named.people(people);
        }
        named.guests(&self.submitter);
        cx.by.named(named);

        let mut run = Run::unlaunched(snapshot.clone(), self, cx.at);
        run.fill_prerun(self, cx, &mut FieldErrors::default());
        named.answers(run.state.prerun.values());
        let sources = snapshot.rules.iter().flat_map(|rule| &rule.actions).filter_map(|to| to.source);
        for place in sources.collect::<BTreeSet<_>>() {
            let (Place::Capture { step, .. }, Some(field)) = (place, snapshot.field_at(place)) else {
                continue;
            };
            named.answers(&run.start_of(field, Some(self.task_id(step, cx.at)), cx));
        }
    }
}
