//! What is mailed to somebody who submitted a public kick-off form: the
//! organization's words, and not one of the stranger's (`product.md` 2.7).

use hospes_model::mail::decide::{Decision, Standing, Why};
use hospes_model::mail::preferences::Preferences;
use hospes_model::member::MemberStatus;
use hospes_model::{EmailAddress, OrgNo, SubmissionKey, TemplateId};
use jiff::Timestamp;

use crate::error::Result;
use crate::guests::{self, GuestRef};
use crate::orgs::Org;
use crate::sql::Tx;
use crate::{accounts, kickoff, templates};

use super::digests;
use super::letters::Letter;

/// Whoever submitted a form and is nobody yet, as far as the form knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranger {
    /// What was submitted.
    pub key: SubmissionKey,
    /// The form's template.
    pub template: TemplateId,
    /// What the form is called.
    pub title: String,
    /// Whether the address is a member's: then they are told to sign in, and
    /// nothing is to be verified.
    pub is_member: bool,
    /// When the form was complete that the mail is about.
    pub submitted_at: Timestamp,
}

/// Reads what a mail about a submission says; or else why there is none.
pub(super) fn read(
    tx: &mut Tx<'_>,
    org: Org,
    key: SubmissionKey,
    now: Timestamp,
) -> Result<std::result::Result<Letter, Decision>> {
    let never = |why| Ok(Err(Decision::Never(why)));
    let Some(submission) = kickoff::by_key(tx, key, now)? else { return never(Why::Gone) };
    let (Some(address), Some(submitted_at), None) =
        (submission.email, submission.submitted_at, submission.launched_at)
    else {
        return never(Why::TooLate);
    };
    let Some(id) = templates::id_of(tx, submission.template)? else { return never(Why::Gone) };
    let Some(open) = kickoff::find(tx, org.id, id)? else { return never(Why::Gone) };
    let (known, is_member) = standing(tx, org.no, &address)?;
    match (known, is_member) {
        (Some(Standing::Disabled), _) => return never(Why::GuestDisabled),
        (None, Some(false)) => return never(Why::Gone),
        _ => {}
    }
    let is_member = known.is_none() && is_member.is_some();
    let title = open.template.snapshot.blueprint().title.clone();
    let zone = digests::zone_of(None, &org.timezone);
    Ok(Ok(Letter {
        org,
        address,
        name: None,
        zone,
        preferences: Preferences { language: Some(submission.language), ..Preferences::default() },
        guest: None,
        stranger: Some(Stranger { key, template: id, title, is_member, submitted_at }),
        told: Vec::new(),
        agenda: Vec::new(),
        more: 0,
    }))
}

/// How a guest of this address stands, and whether a member of it is active.
fn standing(tx: &mut Tx<'_>, org: OrgNo, address: &EmailAddress) -> Result<(Option<Standing>, Option<bool>)> {
    let guest = guests::find(tx, org, &GuestRef::Email(address.folded().to_owned()))?;
    let guest = guest.map(|guest| match guest.disabled {
        Some(_) => Standing::Disabled,
        None => Standing::Active,
    });
    let member = accounts::find_by_email(tx, org, address.folded())?;
    Ok((guest, member.map(|member| member.status == MemberStatus::Active)))
}
