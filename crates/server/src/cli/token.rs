//! `hospes token`.

use hospes_model::activity::{EntityKind, Verb};
use hospes_model::member::{Member, MemberStatus};
use hospes_model::{EmailAddress, MemberId, OrgId, OrgNo};
use hospes_store::tokens::{self, Token};
use hospes_store::{Tx, accounts};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::{Begin, Desk, Failure, find_org, name, record, say};
use crate::access::{new_token, usual_expiry};
use crate::config::Config;
use crate::time::Clock;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Make a token for a member and print it: it is shown this once
    Create(Create),
    /// List all tokens of an organization
    List(List),
    /// Make a token stop working, at once
    Revoke(Revoke),
}

#[derive(Debug, clap::Args)]
pub(super) struct Create {
    /// The organization's id
    #[arg(long, value_name = "ID")]
    org: OrgId,
    /// The member as whom the token acts, by address or id
    #[arg(long, value_name = "EMAIL|ID", value_parser = member)]
    member: MemberRef,
    /// What the token is for, at most 100 characters
    #[arg(long, value_parser = name::<100>)]
    name: String,
    /// When it stops working: after so many days, or after a day such as 2030-12-31 (UTC) [default: 6 months]
    #[arg(long, value_name = "DAYS|DATE", value_parser = expiry)]
    expires: Option<Expiry>,
}

#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// The organization's id
    #[arg(long, value_name = "ID")]
    org: OrgId,
}

#[derive(Debug, clap::Args)]
pub(super) struct Revoke {
    /// The organization's id
    #[arg(long, value_name = "ID")]
    org: OrgId,
    /// The token's number, as `hospes token list` shows it
    #[arg(value_name = "TOKEN_ID", value_parser = clap::value_parser!(i64).range(1..))]
    token: i64,
}

#[derive(Debug, Clone)]
enum MemberRef {
    Id(MemberId),
    Email(EmailAddress),
}

fn member(text: &str) -> Result<MemberRef, String> {
    if let Ok(id) = text.parse() {
        return Ok(MemberRef::Id(id));
    }
    let email = EmailAddress::parse(text);
    email.map(MemberRef::Email).map_err(|_| "must be a member's address or id".to_owned())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expiry {
    Days(i64),
    /// The last day on which the token works.
    Date(Date),
}

/// Ten years.
const MOST_DAYS: i64 = 3653;

fn expiry(text: &str) -> Result<Expiry, String> {
    if let Ok(days) = text.parse() {
        return if (1..=MOST_DAYS).contains(&days) {
            Ok(Expiry::Days(days))
        } else {
            Err(format!("must be 1 to {MOST_DAYS} days"))
        };
    }
    text.parse()
        .map(Expiry::Date)
        .map_err(|_| "must be a number of days, or a date such as 2030-12-31".to_owned())
}

/// The moment at which a token made now stops working.
fn expires_at(expiry: Option<Expiry>, now: Timestamp) -> Result<Timestamp, Failure> {
    let out_of_range =
        || Failure::usage(format!("--expires must be a day from today on, at most {MOST_DAYS} days away"));
    let today = now.to_zoned(TimeZone::UTC);
    let end = match expiry {
        None => return usual_expiry(now).map_err(|_| out_of_range()),
        Some(Expiry::Days(days)) => today.checked_add(days.days()),
        Some(Expiry::Date(last)) => last.tomorrow().and_then(|after| after.to_zoned(TimeZone::UTC)),
    };
    let end = end.map_err(|_| out_of_range())?.timestamp();
    let most = today.checked_add((MOST_DAYS + 1).days()).map_err(|_| out_of_range())?.timestamp();
    if end > now && end <= most { Ok(end) } else { Err(out_of_range()) }
}

pub(super) fn run(command: &Command, config: &Config) -> Result<(), Failure> {
    match command {
        Command::Create(create) => run_create(create, config),
        Command::List(list) => run_list(list, config),
        Command::Revoke(revoke) => run_revoke(revoke, config),
    }
}

fn find_member(tx: &mut Tx<'_>, org: OrgNo, member: &MemberRef) -> Result<Member, Failure> {
    let found = match member {
        MemberRef::Id(id) => accounts::find(tx, org, *id)?,
        MemberRef::Email(email) => accounts::find_by_email(tx, org, email.folded())?,
    };
    let found = found.ok_or_else(|| {
        let named = match member {
            MemberRef::Id(id) => id.to_string(),
            MemberRef::Email(email) => email.to_string(),
        };
        Failure::new(format!("there is no member {named} in this organization"))
    })?;
    if found.status == MemberStatus::Active {
        return Ok(found);
    }
    Err(Failure::new(format!("the member {} is {}, not active", found.email, found.status.as_str())))
}

fn run_create(create: &Create, config: &Config) -> Result<(), Failure> {
    let now = Clock::system().now();
    let (token, new) = new_token(&create.name, now, expires_at(create.expires, now)?);
    let expires = moment(new.expires_at);
    let desk = Desk::open(config, Begin::WithDataOnly)?;
    let (org, member) = (create.org, create.member.clone());
    let (number, member) = desk.write(move |tx| {
        let org = find_org(tx, org)?.no;
        let member = find_member(tx, org, &member)?;
        let number = tokens::create(tx, org, member.id, &new)?;
        let what = (Verb::Created, EntityKind::Member, member.id.to_string());
        let text = format!("Token {number} ({}) of member {} was created.", new.name, member.email);
        record(tx, org, now, what, text)?;
        Ok((number, member))
    })?;
    eprintln!(
        "Token {number} acts as {} ({}) until {expires}. It is shown this once:",
        member.email,
        member.role.as_str()
    );
    say(&token)
}

fn run_list(list: &List, config: &Config) -> Result<(), Failure> {
    let desk = Desk::open(config, Begin::WithDataOnly)?;
    let org = list.org;
    let all = desk.read(move |tx| {
        let org = find_org(tx, org)?.no;
        Ok(tokens::list(tx, org)?)
    })?;
    say(table(&all).trim_end())
}

fn run_revoke(revoke: &Revoke, config: &Config) -> Result<(), Failure> {
    let desk = Desk::open(config, Begin::WithDataOnly)?;
    let now = Clock::system().now();
    let (org, token) = (revoke.org, revoke.token);
    desk.write(move |tx| {
        let org = find_org(tx, org)?.no;
        if let Some(member) = tokens::revoke(tx, org, token, now)? {
            let what = (Verb::Disabled, EntityKind::Member, member.to_string());
            return record(tx, org, now, what, format!("Token {token} of member {member} was revoked."));
        }
        Err(Failure::new(format!("there is no token {token} in this organization that could be revoked")))
    })?;
    say(&format!("Token {token} does not work any more."))
}

/// A moment for people and programs: UTC, to the second.
fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn table(tokens: &[Token]) -> String {
    let optional = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), moment);
    let header = ["ID", "NAME", "MEMBER", "FINGERPRINT", "CREATED", "EXPIRES", "LAST USED", "REVOKED"]
        .map(str::to_owned);
    let rows: Vec<[String; 8]> = std::iter::once(header)
        .chain(tokens.iter().map(|token| {
            [
                token.id.to_string(),
                token.name.clone(),
                token.member_email.clone(),
                token.fingerprint.clone(),
                moment(token.created_at),
                moment(token.expires_at),
                optional(token.last_used_at),
                optional(token.revoked_at),
            ]
        }))
        .collect();
    let mut widths = [0; 8];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    for row in &rows {
        let line: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        text.push_str(line.join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn tokens_expire_when_they_are_told_to() {
        let now = at("2025-08-31T10:00:00Z");
        let end = |expiry| moment(expires_at(expiry, now).unwrap());
        assert_eq!(end(None), "2026-02-28T10:00:00Z");
        assert_eq!(end(Some(expiry("30").unwrap())), "2025-09-30T10:00:00Z");
        // A date is the last day on which the token works.
        assert_eq!(end(Some(expiry("2025-08-31").unwrap())), "2025-09-01T00:00:00Z");
    }

    #[test]
    fn tokens_cannot_be_born_dead_nor_live_for_ever() {
        let now = at("2025-08-31T10:00:00Z");
        for wrong in ["2025-08-30", "2050-01-01"] {
            assert!(expires_at(Some(expiry(wrong).unwrap()), now).is_err(), "{wrong}");
        }
        for wrong in ["0", "-1", "3654", "soon", "2025-02-30", ""] {
            assert!(expiry(wrong).is_err(), "{wrong}");
        }
    }
}
