//! A form that is sent, and what is mailed for it.

use hospes_model::mail::Kind;
use hospes_model::workflow::Answer;
use hospes_model::workplace::codes::{Cap, MAILS_TO_MAILBOX, TRIES_AT_MAILBOX};
use hospes_model::workplace::kickoff::{FILLING_IN, LIFE};
use hospes_model::{EmailAddress, FieldId, OrgNo, SubmissionId, SubmissionKey};
use jiff::{SignedDuration, Timestamp};

use crate::error::{Error, Result};
use crate::mail::{To, queue};
use crate::sql::Tx;
use crate::workplace::{Hash, counts};
use crate::{orgs, to_micros};

use super::{OpenForm, Submission, by_browser, by_form};

/// What came with a form.
#[derive(Debug, Clone, PartialEq)]
pub struct New {
    /// A fresh id.
    pub id: SubmissionId,
    /// The hash of what the form carried.
    pub form: Hash,
    /// The hash of the browser's cookie.
    pub browser: Hash,
    /// Who it is from.
    pub email: EmailAddress,
    /// What they are called.
    pub first_name: Option<String>,
    /// What they are called.
    pub last_name: Option<String>,
    /// In which language they are addressed.
    pub language: &'static str,
    /// What is filled in, checked.
    pub answers: Vec<(FieldId, Answer)>,
}

impl New {
    fn is_same(&self, known: &Submission) -> bool {
        known.email.as_ref() == Some(&self.email)
            && known.first_name == self.first_name
            && known.last_name == self.last_name
            && known.answers == self.answers
    }
}

/// What became of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Submitted {
    /// It waits for its address to be verified, under this id.
    Waits(SubmissionId),
    /// The same form launched a process before.
    Launched,
    /// Too many forms came; how long to wait. Nothing was kept.
    TooMany(SignedDuration),
}

/// Keeps a form until its address is verified, and asks for the mail, which does
/// not come if the mailbox got too many. The same form again is the same
/// submission, mailed once; with other answers it takes their place, and links
/// that were mailed for it are dead.
pub fn submit(
    tx: &mut Tx<'_>,
    open: &OpenForm,
    new: &New,
    caps: &[(Cap, Hash)],
    now: Timestamp,
) -> Result<Submitted> {
    orgs::lock(tx, open.org.no)?;
    let known = by_form(tx, open.template.key, &new.form, now)?;
    match &known {
        Some(known) if known.launched_at.is_some() => return Ok(Submitted::Launched),
        Some(known) if known.submitted_at.is_some() && new.is_same(known) => {
            tx.execute(
                "UPDATE kickoff_submission SET browser = ?2 WHERE key = ?1",
                &[known.key.get().into(), new.browser.as_slice().into()],
            )?;
            return Ok(Submitted::Waits(known.id));
        }
        _ => {}
    }
    if let Err(wait) = counts::take_all(tx, caps, now)? {
        return Ok(Submitted::TooMany(wait));
    }
    let (key, id) = match known {
        Some(known) => (known.key, known.id),
        None => (insert(tx, open, (new.id, &new.form), new.language, now)?, new.id),
    };
    let answers = serde_json::to_string(&new.answers).map_err(|_| Error::corrupt("answers"))?;
    tx.execute(
        "UPDATE kickoff_submission SET browser = ?2, email = ?3, first_name = ?4, last_name = ?5, language = ?6, \
         answers = ?7, submitted_at = ?8, expires_at = ?9, code = NULL, code_at = NULL, tries = 0 WHERE key = ?1",
        &[
            key.get().into(),
            new.browser.as_slice().into(),
            new.email.as_str().into(),
            new.first_name.as_deref().into(),
            new.last_name.as_deref().into(),
            new.language.into(),
            (&answers).into(),
            to_micros(now).into(),
            to_micros(now + LIFE).into(),
        ],
    )?;
    tx.execute("DELETE FROM kickoff_secret WHERE submission_key = ?1", &[key.get().into()])?;
    ask(tx, open.org.no, (key, &new.email), now)?;
    Ok(Submitted::Waits(id))
}

/// Makes the row of a form that is being filled in, for a short life: until it
/// is sent, or files come again.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    open: &OpenForm,
    (id, form): (SubmissionId, &Hash),
    language: &str,
    now: Timestamp,
) -> Result<SubmissionKey> {
    let sequence = tx.query_one(
        "UPDATE org SET submission_sequence = submission_sequence + 1 WHERE no = ?1 RETURNING submission_sequence",
        &[open.org.no.get().into()],
        |row| row.int(0),
    )?;
    let key = SubmissionKey::new(open.org.no, sequence);
    // A form whose time ran out may not have been swept yet.
    tx.execute(
        "DELETE FROM kickoff_submission WHERE template_key = ?1 AND form = ?2 AND expires_at <= ?3",
        &[open.template.key.get().into(), form.as_slice().into(), to_micros(now).into()],
    )?;
    tx.execute(
        "INSERT INTO kickoff_submission (key, org, id, template_key, form, language, answers, created_at, expires_at, tries) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, '[]', ?7, ?8, 0)",
        &[
            key.get().into(),
            open.org.no.get().into(),
            id.as_bytes().into(),
            open.template.key.get().into(),
            form.as_slice().into(),
            language.into(),
            to_micros(now).into(),
            to_micros(now + FILLING_IN).into(),
        ],
    )?;
    Ok(key)
}

/// Asks for the mail once more; nothing happens when the browser submitted
/// nothing. `Err`: too many were asked for.
pub fn ask_again(
    tx: &mut Tx<'_>,
    open: &OpenForm,
    by: (SubmissionId, &Hash),
    caps: impl FnOnce(Option<&EmailAddress>) -> Vec<(Cap, Hash)>,
    now: Timestamp,
) -> Result<std::result::Result<(), SignedDuration>> {
    orgs::lock(tx, open.org.no)?;
    let known = by_browser(tx, open.template.key, by, now)?;
    let waits = known.filter(|known| known.submitted_at.is_some() && known.launched_at.is_none());
    let email = waits.as_ref().and_then(|known| known.email.as_ref());
    if let Err(wait) = counts::take_all(tx, &caps(email), now)? {
        return Ok(Err(wait));
    }
    if let Some((key, email)) = waits.as_ref().and_then(|known| Some((known.key, known.email.as_ref()?))) {
        ask(tx, open.org.no, (key, email), now)?;
    }
    Ok(Ok(()))
}

fn ask(
    tx: &mut Tx<'_>,
    org: OrgNo,
    (key, email): (SubmissionKey, &EmailAddress),
    now: Timestamp,
) -> Result<()> {
    // What waits still says what is so when it is sent.
    let waits = tx.query_opt(
        "SELECT 1 FROM mail WHERE submission_key = ?1 AND state = 'queued'",
        &[key.get().into()],
        |_| Ok(()),
    )?;
    if waits.is_none() && counts::take(tx, MAILS_TO_MAILBOX, &counts::mailbox(email), now)?.is_ok() {
        queue(tx, org, To::Stranger(key), Kind::Access, now, now)?;
    }
    Ok(())
}

/// Keeps the form's answers for another page: what it carries from now on.
pub fn show_again(tx: &mut Tx<'_>, key: SubmissionKey, form: &Hash) -> Result<()> {
    tx.execute(
        "UPDATE kickoff_submission SET form = ?2 WHERE key = ?1 AND launched_at IS NULL",
        &[key.get().into(), form.as_slice().into()],
    )?;
    Ok(())
}

/// What a mail was written for: what was submitted, by whom and when. It may be
/// another one's by the time at which the mail's secrets are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressed {
    /// What was submitted.
    pub key: SubmissionKey,
    /// Where the mail goes.
    pub address: EmailAddress,
    /// When that was submitted.
    pub submitted_at: Timestamp,
}

/// Stores what a mail carries: the hash of the link's secret, and the slow hash
/// of the digits, which replace those that were mailed before. False, and
/// nothing is stored, when the form was sent again since the mail was read, or
/// has launched: a secret proves no more than the mailbox that it was sent to.
pub fn mint(tx: &mut Tx<'_>, mail: &Addressed, secret: &Hash, code: &str, now: Timestamp) -> Result<bool> {
    // This comes first: whoever sends the form again waits for it, and then
    // drops the secret too.
    let is_same = tx.execute(
        "UPDATE kickoff_submission SET code = ?2, code_at = ?3, tries = 0 \
         WHERE key = ?1 AND email = ?4 AND submitted_at = ?5 AND launched_at IS NULL",
        &[
            mail.key.get().into(),
            code.into(),
            to_micros(now).into(),
            mail.address.as_str().into(),
            to_micros(mail.submitted_at).into(),
        ],
    )? == 1;
    if is_same {
        tx.execute(
            "INSERT INTO kickoff_secret (hash, submission_key) VALUES (?1, ?2)",
            &[secret.as_slice().into(), mail.key.get().into()],
        )?;
    }
    Ok(is_same)
}

/// Counts a try of a submission's code, at the mailbox that it was mailed to too,
/// and returns the hash to compare with; nothing when there is no code that can
/// be tried. `Err`: too many were typed. `caps` are made of the mailbox, while
/// there is one.
///
/// The code of what has launched can be tried for as long as it would live: it
/// still shows that the mail was read.
pub fn take_try(
    tx: &mut Tx<'_>,
    open: &OpenForm,
    by: (SubmissionId, &Hash),
    caps: impl FnOnce(Option<&EmailAddress>) -> Vec<(Cap, Hash)>,
    now: Timestamp,
) -> Result<std::result::Result<Option<String>, SignedDuration>> {
    // Two tries at once are one after the other.
    orgs::lock(tx, open.org.no)?;
    let known = by_browser(tx, open.template.key, by, now)?;
    let email = known.as_ref().and_then(|known| known.email.as_ref());
    if let Err(wait) = counts::take_all(tx, &caps(email), now)? {
        return Ok(Err(wait));
    }
    let Some((key, code, hash)) = known.as_ref().and_then(|known| {
        let (code, hash) = known.code.clone()?;
        Some((known.key, code.tried(now)?, hash))
    }) else {
        return Ok(Ok(None));
    };
    tx.execute(
        "UPDATE kickoff_submission SET tries = ?2 WHERE key = ?1",
        &[key.get().into(), code.tries.into()],
    )?;
    let may = match email {
        Some(email) => counts::take(tx, TRIES_AT_MAILBOX, &counts::mailbox(email), now)?.is_ok(),
        None => true,
    };
    Ok(Ok(may.then_some(hash)))
}
