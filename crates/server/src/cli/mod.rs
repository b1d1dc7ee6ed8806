//! The `hospes` command and what its subcommands share; one file a command.
//!
//! What a command was asked for goes to standard output, everything else to
//! standard error. It ends with 0 when it did its work, with 2 when the command
//! line or a setting makes no sense (nothing was tried then), else with 1.

mod demo;
mod member;
mod openapi;
mod org;
mod serve;
mod token;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use hospes_model::activity::{Cause, EntityKind, Event, Verb};
use hospes_model::text::is_hidden;
use hospes_model::{OrgId, OrgNo, Refusal};
use hospes_store::orgs::Org;
use hospes_store::{Database, Options, Render, Store, Tx, activity, migrations, orgs};
use jiff::Timestamp;

use crate::config::{CommonArgs, Config, Place, Sources};
use crate::control;
use crate::data_dir::DataDir;

/// A server that speaks the Tallyfy REST API.
#[derive(Debug, Parser)]
#[command(name = "hospes", version, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    common: CommonArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(Box<serve::Args>),
    /// Run a server with a demo organization, to try things out
    Demo(demo::Args),
    /// Manage organizations
    #[command(subcommand)]
    Org(org::Command),
    /// Manage members
    #[command(subcommand)]
    Member(member::Command),
    /// Manage access tokens
    #[command(subcommand)]
    Token(token::Command),
    /// Print the OpenAPI document of all routes
    Openapi,
}

/// Why a command did not do its work, as a sentence for the operator.
#[derive(Debug)]
struct Failure {
    message: String,
    is_usage: bool,
}

impl Failure {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), is_usage: false }
    }

    /// The command line or a setting makes no sense.
    fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), is_usage: true }
    }
}

impl From<hospes_store::Error> for Failure {
    fn from(error: hospes_store::Error) -> Self {
        Self::new(error.to_string())
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Invalid(fields) => {
                let messages: Vec<&str> =
                    fields.iter().flat_map(|(_, messages)| messages).map(String::as_str).collect();
                Self::new(messages.join(" "))
            }
            other => Self::new(other.to_string()),
        }
    }
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let matches = Cli::command().get_matches();
    let done = Cli::from_arg_matches(&matches)
        .map_err(|error| Failure::usage(error.to_string()))
        .and_then(|cli| run(&cli.command, &matches));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {}", failure.message);
            ExitCode::from(if failure.is_usage { 2 } else { 1 })
        }
    }
}

fn run(command: &Command, matches: &clap::ArgMatches) -> Result<(), Failure> {
    // Settings are looked up where they were given: in the innermost command.
    let mut innermost = matches;
    while let Some((_, inner)) = innermost.subcommand() {
        innermost = inner;
    }
    let sources = if matches!(command, Command::Demo(_)) { Sources::Flags } else { Sources::All };
    let config = Config::load(innermost, sources).map_err(Failure::usage)?;
    match command {
        Command::Serve(args) => serve::run(args, &config),
        Command::Demo(args) => demo::run(args, config),
        Command::Org(command) => org::run(command, &config),
        Command::Member(command) => member::run(command, &config),
        Command::Token(command) => token::run(command, &config),
        Command::Openapi => openapi::run(),
    }
}

/// Opens the database for a server or a command.
fn open_store(database: Database, postgres_connections: usize) -> Result<Store, Failure> {
    let options = Options {
        database,
        render: Render { guest: hospes_api::guests::render, stats: hospes_api::guests::render_stats },
        postgres_connections,
    };
    Store::open(&options).map_err(|error| Failure::new(format!("the database cannot be opened: {error}")))
}

/// The database as a command uses it: perhaps beside a running server.
struct Desk {
    store: Store,
    /// Of the embedded database, which a server may be serving.
    data: Option<DataDir>,
}

/// Whether a command may begin with an empty database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begin {
    Anywhere,
    WithDataOnly,
}

impl Desk {
    fn open(config: &Config, begin: Begin) -> Result<Self, Failure> {
        match config.place() {
            Place::Directory(path) => {
                let data = match begin {
                    Begin::Anywhere => DataDir::create(&path),
                    Begin::WithDataOnly => DataDir::find(&path),
                };
                let data = data.map_err(Failure::new)?;
                // Opening may bring the tables up to date, which must not
                // happen under a server of another release.
                let own = migrations::ALL.len();
                if let Some(other) = control::refresh(&data).map_err(Failure::new)?
                    && other != own
                {
                    return Err(Failure::new(format!(
                        "the running server is of another release (schema {other}, this command has {own}): \
                         use the same release for both"
                    )));
                }
                let store = open_store(Database::Sqlite(data.database()), 1)?;
                Ok(Self { store, data: Some(data) })
            }
            Place::Postgres(url) => Ok(Self { store: open_store(Database::Postgres(url), 1)?, data: None }),
        }
    }

    /// Changes the database. When this returns, a running server knows.
    fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let done = self.store.write_blocking(work)?;
        if let Some(data) = &self.data {
            control::refresh(data).map_err(|error| {
                Failure::new(format!(
                    "the change was made, but the running server may not know of it yet: {error}; restart it"
                ))
            })?;
        }
        Ok(done)
    }

    /// Reads the database. A command has no runtime to read in; a transaction
    /// that writes nothing does as well.
    fn read<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        self.store.write_blocking(work)
    }
}

/// Prints what a command was asked for.
fn say(text: &str) -> Result<(), Failure> {
    use std::io::Write;
    writeln!(std::io::stdout(), "{text}")
        .map_err(|error| Failure::new(format!("standard output cannot be written: {error}")))
}

/// Notes in the activity feed what the operator did, in the transaction that
/// does it: what happened to which object, in one sentence.
fn record(
    tx: &mut Tx<'_>,
    org: OrgNo,
    now: Timestamp,
    (verb, entity, entity_id): (Verb, EntityKind, String),
    text: String,
) -> Result<(), Failure> {
    let cause = Cause { actor: None, guest: None, at: now, ip: None, request_id: "command".to_owned() };
    let event = Event { entity, entity_id, verb, field: None, old_value: None, text };
    Ok(activity::record(tx, org, &cause, event)?)
}

/// The organization that a command names.
fn find_org(tx: &mut Tx<'_>, id: OrgId) -> Result<Org, Failure> {
    orgs::find(tx, id)?.ok_or_else(|| Failure::new(format!("there is no organization {id}")))
}

/// Checks a name: visible, and at most `LIMIT` characters.
fn name<const LIMIT: usize>(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("must not be empty".to_owned());
    }
    if text.chars().any(is_hidden) {
        return Err("must not contain control or invisible characters".to_owned());
    }
    if text.chars().count() > LIMIT {
        return Err(format!("may not be longer than {LIMIT} characters"));
    }
    Ok(text.to_owned())
}

/// Checks the name of a time zone.
fn time_zone(text: &str) -> Result<String, String> {
    match jiff::tz::TimeZone::get(text) {
        Ok(zone) => Ok(zone.iana_name().unwrap_or(text).to_owned()),
        Err(_) => Err("must be an IANA time zone such as Europe/Berlin".to_owned()),
    }
}
