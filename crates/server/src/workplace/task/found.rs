//! A task with everything that its page shows, read in one transaction.

use data_encoding::HEXLOWER;
use std::sync::Arc;

use hospes_model::asset::Asset;
use hospes_model::workflow::Answer;
use hospes_model::workplace::sight::Look;
use hospes_model::{FileId, MemberId, TaskId};
use hospes_store::comments::{self, guests::Read};
use hospes_store::workplace::history::{self, Deed};
use hospes_store::workplace::sight::{self, Companion, Seen};
use hospes_store::workplace::typed::{self, Typed};
use hospes_store::{Tx, assets};
use sha2::{Digest, Sha256};

use super::picked::{Picked, Reader};
use super::questions::{self, Question};
use crate::app::App;
use crate::error::Error;
use crate::workplace::session::Guest;

/// A task with everything that its page shows.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) seen: Seen,
    pub(super) look: Look,
    /// Who is on it beside the guest.
    pub(super) companions: Vec<Companion>,
    /// What the guest typed into its people pickers, and into those of the form
    /// that started its process.
    pub(super) typed: Vec<Typed>,
    pub(super) comments: Vec<Read>,
    pub(super) deeds: Vec<Deed>,
    /// Names of the members whom fields pick and who are on the task: of others
    /// guests know nothing.
    pub(super) members: Vec<(MemberId, String)>,
    /// The files that fields hold.
    pub(super) assets: Vec<Asset>,
}

impl Found {
    /// What the task asks for, as the guest may read it.
    pub(super) fn asked(&self, guest: &Guest) -> Vec<Question> {
        self.for_reader(guest, questions::of(&self.seen))
    }

    /// The same of the kick-off form.
    pub(super) fn asked_at_start(&self, guest: &Guest) -> Vec<Question> {
        self.for_reader(guest, questions::of_prerun(&self.seen))
    }

    fn for_reader(&self, guest: &Guest, mut asked: Vec<Question>) -> Vec<Question> {
        let reader = Reader {
            own: &guest.guest.email,
            typed: &self.typed,
            companions: &self.companions,
            members: &self.members,
            salt: guest.csrf.salt(),
        };
        for question in &mut asked {
            question.picked = Picked::new(question, &reader);
        }
        asked
    }

    /// What the guest did with the task, the newest first.
    pub(super) fn deeds(&self) -> &[Deed] {
        &self.deeds
    }
}

/// The most rows of a guest's own history that a page shows.
const DEEDS: i64 = 100;

/// Finds a task that the guest may see.
pub(super) async fn find(app: &Arc<App>, guest: &Guest, id: TaskId) -> Result<Option<Found>, Error> {
    let (org, who) = (guest.org_no(), guest.guest.clone());
    let found = app.store.read(move |tx| read(tx, org, &who, id)).await?;
    Ok(found)
}

/// [`find`] in a transaction.
pub(super) fn read(
    tx: &mut Tx<'_>,
    org: hospes_model::OrgNo,
    guest: &hospes_model::guest::Guest,
    id: TaskId,
) -> hospes_store::Result<Option<Found>> {
    let Some((seen, look)) = sight::task(tx, org, guest, id)? else { return Ok(None) };
    let (on_it, _) = seen.people();
    let typed = typed::around_task(tx, guest.key, &seen)?;
    let picked: Vec<MemberId> = questions::of(&seen)
        .iter()
        .chain(&questions::of_prerun(&seen))
        .filter_map(|question| match &question.answer {
            Some(Answer::People(people)) => Some(people.users().to_vec()),
            _ => None,
        })
        .flatten()
        .filter(|id| on_it.contains(id))
        .collect();
    let held: Vec<FileId> = questions::of(&seen)
        .iter()
        .chain(&questions::of_prerun(&seen))
        .filter_map(|question| match &question.answer {
            Some(Answer::Files(files)) => Some(files.iter().map(|file| file.id).collect::<Vec<_>>()),
            _ => None,
        })
        .flatten()
        .collect();
    Ok(Some(Found {
        assets: assets::find_all(tx, org, &held)?,
        companions: sight::companions(tx, org, guest, &seen)?,
        comments: comments::guests::beside(tx, org, guest, (&seen, &look))?,
        deeds: history::of_task(tx, org, guest.key, id, DEEDS)?,
        members: sight::names(tx, org, &picked)?,
        seen,
        look,
        typed,
    }))
}

/// Stands for everything of a task that a form does not hold itself: who
/// completes it completes what they have seen.
pub(super) fn round(seen: &Seen) -> String {
    let mut hash = Sha256::new();
    match seen {
        Seen::OneOff(task) => {
            hash.update(format!("{:?}", (&task.title, &task.summary, task.is_approved.is_none())));
            for field in &task.form_fields {
                hash.update(format!("{:?}", (field.id, &field.label, &field.options, &field.columns)));
            }
        }
        Seen::OfRun(of) => {
            let task = of.process.run.state().tasks.get(of.place);
            let record = of.process.tasks.get(of.place);
            hash.update(format!("{:?}", record.map(|record| (&record.title, &record.summary))));
            hash.update(format!("{:?}", task.map(|task| (&task.summary, task.reopened_at))));
        }
    }
    let hash: [u8; 32] = hash.finalize().into();
    HEXLOWER.encode(&hash[..6])
}

/// The public id.
pub(super) fn id_of(seen: &Seen) -> String {
    match seen {
        Seen::OneOff(task) => task.id.to_string(),
        Seen::OfRun(of) => {
            of.process.run.state().tasks.get(of.place).map(|task| task.id.to_string()).unwrap_or_default()
        }
    }
}
