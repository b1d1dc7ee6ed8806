//! An address is verified: the stranger becomes a guest, the process starts, and
//! the guest is in. All of it in one transaction, once for each submission.

use hospes_model::activity::{Cause, GuestActor};
use hospes_model::guest::{Guest, GuestChange, ProfileField};
use hospes_model::run::About;
use hospes_model::workflow::{Answer, By, Launch};
use hospes_model::workplace::kickoff;
use hospes_model::{EmailAddress, FileId, GuestCode, OrgId, Refusal, RunId, SubmissionId, TemplateId};

use crate::error::{Error, Result};
use crate::guests::{self, GuestRef};
use crate::runs::write::{self, Doer, Newcomers};
use crate::sql::Tx;
use crate::workplace::Hash;
use crate::workplace::sessions::{self, New};
use crate::workplace::typed;
use crate::{accounts, assets, orgs, to_micros};

use super::{OpenForm, Submission, by_browser, by_secret, files, find};

/// What shows that the mail was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// The secret of the mailed link, by its hash.
    Link(Hash),
    /// The digits, typed into the browser that submitted the form; compared
    /// with this slow hash.
    Code {
        /// The submission.
        id: SubmissionId,
        /// The hash of the browser's cookie.
        browser: Hash,
        /// What was compared.
        hash: String,
    },
}

/// What a launch takes beside what is stored.
#[derive(Debug, Clone)]
pub struct Start {
    /// The id of the process.
    pub run: RunId,
    /// What its tasks' ids are made of.
    pub seed: [u8; 10],
    /// The session that begins.
    pub session: New,
}

/// What came of it.
#[derive(Debug, Clone)]
pub enum Verified {
    /// The process runs, and the guest is in.
    Launched(GuestCode),
    /// It ran already; whose it is, if they are still there.
    Before(Option<GuestCode>),
    /// There is nothing to verify, or not any more.
    Dead,
    /// The form is not open any more. What was submitted is kept.
    Closed,
    /// The address is a member's, who works elsewhere.
    Member,
    /// The guest is disabled.
    Disabled,
    /// The form is another one by now, and the answers do not fit it. They are
    /// kept.
    Changed(Box<(OpenForm, Submission)>),
}

/// Launches what was submitted.
///
/// # Errors
///
/// What the engine refuses, and what the newcomers' limit refuses. Nothing is
/// written then.
pub fn verify<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    (org, template): (OrgId, TemplateId),
    shown: &Shown,
    start: &Start,
    cause: &Cause,
    newcomers: &mut Newcomers<'_, E>,
) -> std::result::Result<Verified, E> {
    let Some(org) = orgs::find(tx, org)? else { return Ok(Verified::Closed) };
    orgs::lock(tx, org.no)?;
    let Some(open) = find(tx, org.id, template)? else { return Ok(Verified::Closed) };
    let Some(mut submission) = submitted(tx, &open, shown, cause)? else { return Ok(Verified::Dead) };
    if submission.launched_at.is_some() {
        let guest = submission.guest.map(|key| guests::get(tx, key)).transpose()?;
        return Ok(Verified::Before(guest.filter(|guest| guest.disabled.is_none()).map(|guest| guest.code)));
    }
    let Some(email) = submission.email.clone() else { return Ok(Verified::Dead) };
    let known = guests::find(tx, open.org.no, &GuestRef::Email(email.folded().to_owned()))?;
    if known.as_ref().is_some_and(|guest| guest.disabled.is_some()) {
        return Ok(Verified::Disabled);
    }
    if known.is_none() && accounts::is_member(tx, open.org.no, email.folded())? {
        return Ok(Verified::Member);
    }
    let fields = &open.template.snapshot.blueprint().prerun;
    // Files may have come and gone since the form was sent.
    let waiting = files::of(tx, submission.key)?.into_iter().map(|waiting| (waiting.field, waiting.file));
    kickoff::with_files(fields, &mut submission.answers, waiting);
    if !kickoff::faults(fields, &submission.answers).is_empty() {
        return Ok(Verified::Changed(Box::new((open, submission))));
    }
    let guest = match known {
        Some(guest) => guest,
        None => newcomer(tx, &open, &submission, &email, cause, newcomers)?,
    };
    launch(tx, &open, &submission, &guest, start, cause, newcomers)?;
    Ok(Verified::Launched(guest.code))
}

fn submitted(tx: &mut Tx<'_>, open: &OpenForm, shown: &Shown, cause: &Cause) -> Result<Option<Submission>> {
    let template = open.template.key;
    let found = match shown {
        Shown::Link(secret) => by_secret(tx, template, secret, cause.at)?,
        Shown::Code { id, browser, hash } => {
            let found = by_browser(tx, template, (*id, browser), cause.at)?;
            // Another code may have been mailed while this one was compared. That
            // of what has launched is kept: the browser alone proves no mailbox.
            found.filter(|known| known.code.as_ref().map(|(_, hash)| hash) == Some(hash))
        }
    };
    Ok(found.filter(|known| known.submitted_at.is_some()))
}

/// The stranger becomes a guest, looked after by whoever shares the form.
fn newcomer<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    open: &OpenForm,
    submission: &Submission,
    email: &EmailAddress,
    cause: &Cause,
    newcomers: &mut Newcomers<'_, E>,
) -> std::result::Result<Guest, E> {
    (newcomers.admit)(std::slice::from_ref(email))?;
    let code = (newcomers.code)();
    let names = [
        (ProfileField::FirstName, submission.first_name.clone()),
        (ProfileField::LastName, submission.last_name.clone()),
    ];
    let change = GuestChange {
        profile: names.into_iter().filter(|(_, name)| name.is_some()).collect(),
        associated_members: Some(vec![open.launcher]),
        ..GuestChange::default()
    };
    guests::create::<E>(tx, open.org.no, &code, email, &change, cause)
}

fn launch<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    open: &OpenForm,
    submission: &Submission,
    guest: &Guest,
    start: &Start,
    cause: &Cause,
    newcomers: &mut Newcomers<'_, E>,
) -> std::result::Result<(), E> {
    let actor = GuestActor { key: guest.key, email: guest.email.clone() };
    let by_guest = Cause { guest: Some(actor), ..cause.clone() };
    let mut wish = Launch::new(start.run, start.seed, open.launcher);
    kickoff::fill(&mut wish, &open.template.snapshot, &submission.answers, &guest.email);
    let held: Vec<FileId> = wish
        .prerun
        .iter()
        .filter_map(|(_, answer)| match answer {
            Answer::Files(files) => Some(files.iter().map(|file| file.id)),
            _ => None,
        })
        .flatten()
        .collect();
    files::hand_over(tx, submission.key, open.template.key, &held, (guest.key, &guest.email))?;
    let by = By::Guest(guest.email.clone());
    let doer = Doer { by: &by, cause: &by_guest };
    let done = write::launch::<E>(tx, open.org.no, &open.template, &wish, About::default(), doer, newcomers)?;
    assets::write::tell_of_uploads(tx, open.org.no, &held, &by_guest)?;
    let typed = submission.answers.iter().filter_map(|(field, answer)| match answer {
        Answer::People(people) => Some(people.guests().iter().map(|email| (*field, email))),
        _ => None,
    });
    typed::note_at_start(tx, (guest.key, done.process.key), typed.flatten())?;
    tx.execute(
        "UPDATE kickoff_submission SET launched_at = ?2, run_key = ?3, guest_key = ?4, email = NULL, \
         first_name = NULL, last_name = NULL, answers = '[]' WHERE key = ?1",
        &[
            submission.key.get().into(),
            to_micros(cause.at).into(),
            done.process.key.get().into(),
            guest.key.get().into(),
        ],
    )?;
    sessions::begin(tx, guest, &start.session, cause)?;
    Ok(())
}
