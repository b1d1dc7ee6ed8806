//! Whom a comment mentions: looking them up, making guests of new addresses
//! (`product.md` 1.4, 6 and 7), putting guests on tasks.

use std::collections::BTreeSet;

use hospes_model::activity::Cause;
use hospes_model::comment::text::{self, Mentions};
use hospes_model::comment::{Comment, MentionedGuest};
use hospes_model::guest::GuestChange;
use hospes_model::member::{Action, Actor, MemberStatus};
use hospes_model::task::change::TaskChange;
use hospes_model::task::owners::Wanted;
use hospes_model::workflow::Command;
use hospes_model::{EmailAddress, FieldErrors, GuestKey, MemberId, OrgNo, Refusal};

use crate::accounts;
use crate::error::{Error, Result};
use crate::expected::Expected;
use crate::guests::{self, GuestRef};
use crate::runs::write::{self as run_write, Doer, Newcomers, Wish};
use crate::sql::Tx;
use crate::tasks::{self, write as task_write};

use super::target::{Object, Target};

/// Whom a comment mentions.
#[derive(Debug, Default)]
pub(super) struct Mentioned {
    pub(super) members: BTreeSet<MemberId>,
    pub(super) guests: Vec<MentionedGuest>,
    /// What the caller should be told.
    pub(super) warnings: Vec<String>,
}

impl Mentioned {
    fn add_guest(&mut self, key: GuestKey, email: EmailAddress) {
        if !self.guests.iter().any(|guest| guest.key == key) {
            self.guests.push(MentionedGuest { key, email });
        }
    }
}

/// Looks up whom a text and a list of members mention, and makes guests of
/// addresses that nobody has. Whoever `before` mentions already may stay,
/// whatever became of them.
pub(super) fn look_up<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    (content, sent_to): (&str, &[(usize, MemberId)]),
    before: Option<&Comment>,
    (actor, cause): (Actor, &Cause),
    newcomers: &mut Newcomers<'_, E>,
) -> std::result::Result<Mentioned, E> {
    let Mentions { members, addresses, assigned } = text::mentions(content);
    let (mut found, mut faults) = (Mentioned::default(), FieldErrors::default());
    let known = |id: &MemberId| before.is_some_and(|before| before.members.contains(id));
    let listed = sent_to.iter().map(|(place, id)| (format!("sent_to.{place}"), *id));
    for (path, id) in listed.chain(members.into_iter().map(|id| ("content".to_owned(), id))) {
        if known(&id) || accounts::is_active(tx, org, id)? {
            found.members.insert(id);
        } else {
            faults.add(path, format!("The member {id} is not an active member of this organization."));
        }
    }
    let mut unknown: Vec<EmailAddress> = Vec::new();
    for email in addresses.into_iter().chain(assigned) {
        let was_there = before.is_some_and(|before| before.guests.iter().any(|g| g.email.is_same(&email)));
        match person_with(tx, org, &email)? {
            Holder::Guest { disabled: true, .. } if !was_there => {
                faults.add("content", format!("The guest {email} is disabled."));
            }
            Holder::Guest { key, .. } => found.add_guest(key, email),
            Holder::Member { id, active: true } => {
                found.warnings.push(format!("The address {email} belongs to member {id}, who is mentioned."));
                found.members.insert(id);
            }
            Holder::Member { .. } => {
                faults.add("content", format!("The address {email} belongs to a member who is not active."));
            }
            Holder::Nobody if unknown.iter().any(|other| other.is_same(&email)) => {}
            Holder::Nobody => unknown.push(email),
        }
    }
    faults.into_result()?;
    if !unknown.is_empty() {
        actor.may(Action::WriteGuests)?;
        (newcomers.admit)(&unknown)?;
        for email in unknown {
            let code = (newcomers.code)();
            let guest = guests::create::<E>(tx, org, &code, &email, &GuestChange::default(), cause)?;
            found.add_guest(guest.key, guest.email);
        }
    }
    Ok(found)
}

/// Who has an address.
enum Holder {
    Guest { key: GuestKey, disabled: bool },
    Member { id: MemberId, active: bool },
    Nobody,
}

fn person_with(tx: &mut Tx<'_>, org: OrgNo, email: &EmailAddress) -> Result<Holder> {
    if let Some(guest) = guests::find(tx, org, &GuestRef::Email(email.folded().to_owned()))? {
        return Ok(Holder::Guest { key: guest.key, disabled: guest.disabled.is_some() });
    }
    Ok(match accounts::find_by_email(tx, org, email.folded())? {
        Some(member) => Holder::Member { id: member.id, active: member.status == MemberStatus::Active },
        None => Holder::Nobody,
    })
}

/// Puts the guests whom a text names with a plus on the task, beside whoever is
/// on it. Elsewhere than on a task they are only mentioned.
///
/// # Errors
///
/// What the task says to more assignees, on `content` where it names a field.
pub(super) fn assign<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    target: &Target,
    content: &str,
    actor: Actor,
    doer: Doer<'_>,
    newcomers: &mut Newcomers<'_, E>,
) -> std::result::Result<Vec<String>, E> {
    let guests = text::mentions(content).assigned;
    if guests.is_empty() {
        return Ok(Vec::new());
    }
    match &target.object {
        Object::Process { found, task: Some(task) } => {
            actor.may(Action::WriteGuests)?;
            let run = Some(found.process.run.state().id);
            let target = run_write::Target::Task { run, task: *task };
            let command = Command::AddGuests { task: *task, guests };
            let mut wish = |_: &_| Ok(Wish { commands: vec![command.clone()], about: None });
            let done = run_write::handle(tx, org, target, &Expected::Any, &mut wish, doer, newcomers)?;
            Ok(done.outcome.warnings)
        }
        Object::OneOff(task) => {
            actor.may(Action::WriteTasks)?;
            let new: Vec<(usize, EmailAddress)> = guests.into_iter().enumerate().collect();
            let unknown: Vec<EmailAddress> =
                tasks::unknown_addresses(tx, org, &new)?.into_iter().map(|(_, email)| email).collect();
            if !unknown.is_empty() {
                (newcomers.admit)(&unknown)?;
            }
            let codes: Vec<_> = unknown.iter().map(|_| (newcomers.code)()).collect();
            let mut owners = Wanted {
                users: task
                    .owners
                    .members
                    .iter()
                    .filter(|member| member.is_named())
                    .map(|member| (0, member.id))
                    .collect(),
                guests: task
                    .owners
                    .guests
                    .iter()
                    .filter(|guest| !guest.via_group)
                    .map(|guest| (0, guest.email.clone()))
                    .collect(),
                groups: task.owners.groups.iter().map(|group| (0, group.id)).collect(),
            };
            owners.guests.extend(new);
            let change_for = |_: &_| TaskChange { owners: Some(owners.clone()), ..TaskChange::default() };
            let (id, any) = (task.id, Expected::Any);
            let changed = task_write::update::<E>(tx, org, id, &any, &change_for, &codes, actor, doer.cause)?;
            Ok(changed.warnings)
        }
        Object::Process { task: None, .. } | Object::Template(_) => Ok(Vec::new()),
    }
}
