//! `hospes org`.

use hospes_model::OrgId;
use hospes_model::activity::{EntityKind, Verb};
use hospes_store::orgs;

use super::{Begin, Desk, Failure, name, record, say, time_zone};
use crate::config::Config;
use crate::entropy;
use crate::time::Clock;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Make an organization and print its id
    Create(Create),
}

#[derive(Debug, clap::Args)]
pub(super) struct Create {
    /// Its name, at most 50 characters
    #[arg(long, value_parser = name::<50>)]
    name: String,
    /// Its IANA time zone
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = time_zone)]
    timezone: String,
}

pub(super) fn run(command: &Command, config: &Config) -> Result<(), Failure> {
    match command {
        Command::Create(create) => run_create(create, config),
    }
}

fn run_create(create: &Create, config: &Config) -> Result<(), Failure> {
    let desk = Desk::open(config, Begin::Anywhere)?;
    let now = Clock::system().now();
    let (millis, random) = entropy::id_parts(now);
    let id = OrgId::new(millis, random);
    let (name, timezone) = (create.name.clone(), create.timezone.clone());
    desk.write(move |tx| {
        let org = orgs::create(tx, id, &name, &timezone, now)?;
        let what = (Verb::Created, EntityKind::Organization, id.to_string());
        record(tx, org.no, now, what, format!("Organization {name} was created."))
    })?;
    say(&id.to_string())
}
