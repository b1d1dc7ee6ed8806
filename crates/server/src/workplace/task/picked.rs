//! People pickers as a guest may read them: whom they typed themselves and whom
//! they meet on the task anyway. Of everybody else they learn nothing
//! (`product.md` 1.20, 8), and what they save takes nobody else away.

use hospes_model::workflow::{Answer, People};
use hospes_model::{EmailAddress, FieldId, MemberId};
use hospes_store::Tx;
use hospes_store::workplace::sight::Companion;
use hospes_store::workplace::typed::{self, Typed};

use super::found::Found;
use super::questions::{Posted, Question};
use crate::text::Text;
use crate::workplace::session::{Fields, Guest};

/// Who reads an answer, and whom they know.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    /// Their own address.
    pub(super) own: &'a EmailAddress,
    /// What they typed into the task's fields.
    pub(super) typed: &'a [Typed],
    /// Who is on the task beside them.
    pub(super) companions: &'a [Companion],
    /// Members on the task whom fields pick.
    pub(super) members: &'a [(MemberId, String)],
    /// What marks are made with.
    pub(super) salt: [u8; 32],
}

/// What of an answer its reader may know of. Of answers that are no people:
/// nothing but the salt.
#[derive(Debug, Clone, Default)]
pub(super) struct Picked {
    /// Guests whom the reader typed, or is: they stand in the input.
    pub(super) typed: Vec<EmailAddress>,
    /// Guests who are on the task too.
    known: Vec<Companion>,
    /// Whether there is somebody else.
    others: bool,
    /// Guests who stay, whatever is typed.
    stay: Vec<EmailAddress>,
    /// Marks are made with it, so that nobody finds out by trying.
    pub(super) salt: [u8; 32],
}

impl Picked {
    /// Of an answer that the reader typed, all of it.
    pub(super) fn whole(answer: Option<&Answer>) -> Self {
        let Some(Answer::People(people)) = answer else { return Self::default() };
        Self { typed: people.guests().to_vec(), ..Self::default() }
    }

    /// Of an answer, nothing but what its reader typed, or is.
    pub(super) fn own(answer: Option<&Answer>, own: &EmailAddress, typed: &[Typed], field: FieldId) -> Self {
        let Some(Answer::People(people)) = answer else { return Self::default() };
        let is_typed = |guest: &&EmailAddress| {
            let mut rows = typed.iter().filter(|row| row.field == field);
            guest.is_same(own) || rows.any(|row| row.folded == guest.folded())
        };
        Self { typed: people.guests().iter().filter(is_typed).cloned().collect(), ..Self::default() }
    }

    pub(super) fn new(question: &Question, reader: &Reader<'_>) -> Self {
        let mut picked = Self { salt: reader.salt, ..Self::default() };
        let Some(Answer::People(people)) = &question.answer else { return picked };
        let knows = |id: &MemberId| reader.members.iter().any(|(known, _)| known == id);
        picked.others = !people.groups().is_empty() || !people.users().iter().all(knows);
        for guest in people.guests() {
            let mut typed = reader.typed.iter().filter(|typed| typed.field == question.id());
            let typed = typed.find(|typed| typed.folded == guest.folded());
            let is_own = guest.is_same(reader.own);
            if is_own || typed.is_some() {
                picked.typed.push(guest.clone());
            }
            if !is_own && typed.is_none_or(|typed| typed.was_there) {
                picked.stay.push(guest.clone());
            }
            if is_own || typed.is_some() {
                continue;
            }
            let is_it =
                |one: &&Companion| matches!(one, Companion::Guest { email, .. } if email.is_same(guest));
            match reader.companions.iter().find(is_it) {
                Some(companion) => picked.known.push(companion.clone()),
                None => picked.others = true,
            }
        }
        picked
    }

    /// Those who do not stand in the input, in words.
    pub(super) fn names(&self, text: &Text) -> Vec<String> {
        let known = self.known.iter().map(|companion| super::name_of(companion, text));
        known.chain(self.others.then(|| text.say("picked-others"))).collect()
    }

    /// Whom an answer names that was typed here.
    pub(super) fn typed_of(&self, people: &People) -> Vec<EmailAddress> {
        let stays = |guest: &&EmailAddress| !self.stay.iter().any(|one| one.is_same(guest));
        people.guests().iter().filter(stays).cloned().collect()
    }

    /// What is typed, with those who stay.
    pub(super) fn with_those_who_stay(&self, typed: Vec<EmailAddress>) -> Vec<EmailAddress> {
        self.stay.iter().cloned().chain(typed).collect()
    }
}

/// Notes which addresses the guest typed, once they are saved.
pub(super) fn note(
    tx: &mut Tx<'_>,
    guest: &Guest,
    found: &Found,
    asked: &[Question],
    fields: &Fields,
) -> hospes_store::Result<()> {
    let Some(task) = found.seen.key() else { return Ok(()) };
    let (mut come, mut gone) = (Vec::new(), Vec::new());
    for question in asked {
        if question.read(fields) == Posted::Absent {
            continue;
        }
        let Ok(Some(typed)) = question.addresses(fields) else { continue };
        let known = |email: &EmailAddress| {
            let mut rows = found.typed.iter().filter(|row| row.field == question.id());
            rows.any(|row| row.folded == email.folded())
        };
        let before = match &question.answer {
            Some(Answer::People(people)) => people.guests(),
            _ => &[],
        };
        for email in typed.iter().filter(|email| !known(email) && !email.is_same(&guest.guest.email)) {
            let was_there = before.iter().any(|one| one.is_same(email));
            come.push(Typed { field: question.id(), folded: email.folded().to_owned(), was_there });
        }
        let stands = |email: &EmailAddress| typed.iter().any(|one| one.is_same(email));
        let left = question.picked.typed.iter().filter(|email| known(email) && !stands(email));
        gone.extend(left.map(|email| (question.id(), email.clone())));
    }
    typed::note(tx, (guest.guest.key, task), &come, &gone)
}
