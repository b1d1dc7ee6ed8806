//! What strangers submit with public kick-off forms (`product.md` 2.7): finding
//! the form and what was submitted here, putting it down in [`submit`], the
//! files that come with it in [`files`], and the launch in [`verify`].
//!
//! Secrets come in as hashes, as in [`workplace`](crate::workplace). A row is
//! bound to its form's template and is gone when its time has run out, and so
//! are its files.

pub mod files;
pub mod submit;
pub mod verify;

use hospes_model::member::MemberStatus;
use hospes_model::template::Template;
use hospes_model::workflow::Answer;
use hospes_model::workplace::codes::Code;
use hospes_model::workplace::kickoff;
use hospes_model::{
    EmailAddress, FieldId, GuestKey, MemberId, OrgId, SubmissionId, SubmissionKey, TemplateId, TemplateKey,
};
use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::orgs::{self, Org};
use crate::sql::{Row, Tx, Value};
use crate::workplace::Hash;
use crate::{accounts, from_micros, templates, to_micros};

/// A form that is open to whoever has its address.
#[derive(Debug, Clone)]
pub struct OpenForm {
    /// Whose it is.
    pub org: Org,
    /// The template.
    pub template: Template,
    /// In whose name it launches.
    pub launcher: MemberId,
}

/// Finds a form, if it is open. Nothing tells why one is not.
pub fn find(tx: &mut Tx<'_>, org: OrgId, template: TemplateId) -> Result<Option<OpenForm>> {
    let Some(org) = orgs::find(tx, org)? else { return Ok(None) };
    let Some(template) = templates::find(tx, org.no, template)? else { return Ok(None) };
    open(tx, org, template)
}

/// The same by the template's alias (`title-0196d2`); none when several open
/// forms have it.
pub fn find_by_alias(tx: &mut Tx<'_>, org: OrgId, alias: &str) -> Result<Option<OpenForm>> {
    let Some(org) = orgs::find(tx, org)? else { return Ok(None) };
    let mut found = Vec::new();
    for template in templates::find_by_alias(tx, org.no, alias)? {
        found.extend(open(tx, org.clone(), template)?);
    }
    let only = found.pop();
    Ok(only.filter(|_| found.is_empty()))
}

fn open(tx: &mut Tx<'_>, org: Org, template: Template) -> Result<Option<OpenForm>> {
    for launcher in kickoff::launchers(&template) {
        let member = accounts::find(tx, org.no, launcher)?;
        if member.is_some_and(|member| member.status == MemberStatus::Active) {
            return Ok(Some(OpenForm { org, template, launcher }));
        }
    }
    Ok(None)
}

/// What was submitted, or is being filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    /// Where it is stored.
    pub key: SubmissionKey,
    /// What pages find it by.
    pub id: SubmissionId,
    /// The template.
    pub template: TemplateKey,
    /// Who it is from; nobody yet while the form is being filled in, and after
    /// the launch.
    pub email: Option<EmailAddress>,
    /// What they are called.
    pub first_name: Option<String>,
    /// What they are called.
    pub last_name: Option<String>,
    /// In which language they are addressed.
    pub language: String,
    /// What is filled in.
    pub answers: Vec<(FieldId, Answer)>,
    /// When the form was complete.
    pub submitted_at: Option<Timestamp>,
    /// The code that was mailed last, and its slow hash.
    pub code: Option<(Code, String)>,
    /// When it launched a process.
    pub launched_at: Option<Timestamp>,
    /// Whose it became.
    pub guest: Option<GuestKey>,
}

const COLUMNS: &str = "s.key, s.id, s.template_key, s.email, s.first_name, s.last_name, s.language, s.answers, \
     s.submitted_at, s.code, s.code_at, s.tries, s.launched_at, s.guest_key";

fn read_submission(row: &Row<'_>) -> Result<Submission> {
    let code = match (row.opt_string(9)?, row.opt_int(10)?) {
        (Some(hash), Some(at)) => {
            Some((Code { created_at: from_micros(at)?, tries: row.int(11)?, used_at: None }, hash))
        }
        _ => None,
    };
    let answers = serde_json::from_str(row.text(7)?);
    Ok(Submission {
        key: SubmissionKey::from_stored(row.int(0)?),
        id: SubmissionId::from_bytes(row.bytes(1)?).map_err(|_| Error::corrupt("kickoff_submission.id"))?,
        template: TemplateKey::from_stored(row.int(2)?),
        email: row.opt_string(3)?.map(EmailAddress::from_stored),
        first_name: row.opt_string(4)?,
        last_name: row.opt_string(5)?,
        language: row.string(6)?,
        answers: answers.map_err(|_| Error::corrupt("kickoff_submission.answers"))?,
        submitted_at: row.opt_int(8)?.map(from_micros).transpose()?,
        code,
        launched_at: row.opt_int(12)?.map(from_micros).transpose()?,
        guest: row.opt_int(13)?.map(GuestKey::from_stored),
    })
}

fn one(tx: &mut Tx<'_>, from: &str, values: &[Value<'_>]) -> Result<Option<Submission>> {
    tx.query_opt(&format!("SELECT {COLUMNS} FROM {from}"), values, read_submission)
}

/// What a shown form has become, unless its time has run out.
pub fn by_form(
    tx: &mut Tx<'_>,
    template: TemplateKey,
    form: &Hash,
    now: Timestamp,
) -> Result<Option<Submission>> {
    one(
        tx,
        "kickoff_submission s WHERE s.form = ?1 AND s.template_key = ?2 AND s.expires_at > ?3",
        &[form.as_slice().into(), template.get().into(), to_micros(now).into()],
    )
}

/// What a mailed link belongs to, used or not.
pub fn by_secret(
    tx: &mut Tx<'_>,
    template: TemplateKey,
    secret: &Hash,
    now: Timestamp,
) -> Result<Option<Submission>> {
    one(
        tx,
        "kickoff_secret k JOIN kickoff_submission s ON s.key = k.submission_key \
         WHERE k.hash = ?1 AND s.template_key = ?2 AND s.expires_at > ?3",
        &[secret.as_slice().into(), template.get().into(), to_micros(now).into()],
    )
}

/// What a browser submitted.
pub fn by_browser(
    tx: &mut Tx<'_>,
    template: TemplateKey,
    (id, browser): (SubmissionId, &Hash),
    now: Timestamp,
) -> Result<Option<Submission>> {
    one(
        tx,
        "kickoff_submission s WHERE s.org = ?1 AND s.id = ?2 AND s.template_key = ?3 AND s.browser = ?4 \
         AND s.expires_at > ?5",
        &[
            template.org_number().into(),
            id.as_bytes().into(),
            template.get().into(),
            browser.as_slice().into(),
            to_micros(now).into(),
        ],
    )
}

/// Reads what a mail is about; `None` when it is gone.
pub fn by_key(tx: &mut Tx<'_>, key: SubmissionKey, now: Timestamp) -> Result<Option<Submission>> {
    one(
        tx,
        "kickoff_submission s WHERE s.key = ?1 AND s.expires_at > ?2",
        &[key.get().into(), to_micros(now).into()],
    )
}

/// Drops what was not verified in time, at most `limit`. Returns how many.
pub fn sweep(tx: &mut Tx<'_>, now: Timestamp, limit: i64) -> Result<u64> {
    let old = tx.query_all(
        "SELECT key FROM kickoff_submission WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2",
        &[to_micros(now).into(), limit.into()],
        |row| row.int(0),
    )?;
    for key in &old {
        tx.execute("DELETE FROM kickoff_submission WHERE key = ?1", &[(*key).into()])?;
    }
    Ok(old.len() as u64)
}
