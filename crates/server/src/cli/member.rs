//! `hospes member`.

use hospes_model::activity::{EntityKind, Verb};
use hospes_model::member::Role;
use hospes_model::{EmailAddress, OrgId};
use hospes_store::accounts::{self, NewMember};

use super::{Begin, Desk, Failure, find_org, name, record, say, time_zone};
use crate::config::Config;
use crate::time::Clock;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Make a member of an organization and print the member's id
    Create(Create),
}

#[derive(Debug, clap::Args)]
pub(super) struct Create {
    /// The organization's id
    #[arg(long, value_name = "ID")]
    org: OrgId,
    /// The member's address
    #[arg(long, value_parser = EmailAddress::parse)]
    email: EmailAddress,
    /// First name, at most 32 characters
    #[arg(long, value_name = "NAME", value_parser = name::<32>)]
    first_name: String,
    /// Last name, at most 32 characters
    #[arg(long, value_name = "NAME", value_parser = name::<32>)]
    last_name: String,
    /// What the member may do: admin, standard or light
    #[arg(long, value_parser = role)]
    role: Role,
    /// IANA time zone [default: the organization's]
    #[arg(long, value_name = "ZONE", value_parser = time_zone)]
    timezone: Option<String>,
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| "must be admin, standard or light".to_owned())
}

pub(super) fn run(command: &Command, config: &Config) -> Result<(), Failure> {
    match command {
        Command::Create(create) => run_create(create, config),
    }
}

fn run_create(create: &Create, config: &Config) -> Result<(), Failure> {
    let desk = Desk::open(config, Begin::WithDataOnly)?;
    let now = Clock::system().now();
    let (org, timezone) = (create.org, create.timezone.clone());
    let mut new = NewMember {
        email: create.email.clone(),
        first_name: create.first_name.clone(),
        last_name: create.last_name.clone(),
        timezone: String::new(),
        role: create.role,
    };
    let member = desk.write(move |tx| {
        let org = find_org(tx, org)?;
        new.timezone = timezone.clone().unwrap_or(org.timezone);
        let member = accounts::create::<Failure>(tx, org.no, &new, now)?;
        let what = (Verb::Created, EntityKind::Member, member.id.to_string());
        let text = format!("Member {} was created as {}.", member.email, member.role.as_str());
        record(tx, org.no, now, what, text)?;
        Ok(member)
    })?;
    say(&member.id.to_string())
}
