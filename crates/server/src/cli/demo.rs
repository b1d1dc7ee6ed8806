//! `hospes demo`: a server to try things out on, with an organization that
//! looks like one.
//!
//! It reads its own flags and nothing else. What the environment points at may
//! be somebody's real data.

mod content;
mod processes;
mod seed;

use data_encoding::HEXLOWER;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::ToSpan;
use jiff::tz::TimeZone;

use super::serve::Server;
use super::{Failure, say};
use crate::access;
use crate::config::{Config, Place};
use crate::entropy;
use crate::limits::Rates;
use crate::mail::settings::Way;
use crate::time::Clock;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where to listen; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Write TALLYFY_BASE_URL, TALLYFY_ORG_ID and TALLYFY_ACCESS_TOKEN to this file when the demo is ready
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
}

pub(super) fn run(args: &Args, mut config: Config) -> Result<(), Failure> {
    let env_file = args.env_file.as_deref();
    if let Some(path) = env_file {
        // Whoever waits for the file must not find that of an earlier demo.
        discard(path).map_err(|error| env_file_failure(path, &error))?;
    }
    let mut temporary = None;
    if config.place.is_none() {
        let directory = TemporaryDir::create()?;
        config.place = Some(Place::Directory(directory.0.clone()));
        temporary = Some(directory);
    }
    config.rates = Rates::OFF;
    // Nobody who is named in a demonstration shall get mail of it.
    config.mail.way = Way::Catch;
    let fate = match &config.place {
        _ if temporary.is_some() => "The data is temporary: it is gone when the demo ends.".to_owned(),
        Some(Place::Directory(path)) => format!("The data stays in {}.", path.display()),
        _ => "The data stays in the database.".to_owned(),
    };

    let server = Server::open(&config)?;
    let now = Clock::system().now();
    let org = seed::seed(&server.store, now)?;
    let token = make_token(&server, now)?;
    let (base, form) = (server.base(), seed::public_form());
    let ready = move || {
        if let Some(path) = env_file {
            let text =
                format!("TALLYFY_BASE_URL={base}\nTALLYFY_ORG_ID={org}\nTALLYFY_ACCESS_TOKEN={token}\n");
            write_whole(path, &text).map_err(|error| env_file_failure(path, &error))?;
        }
        say(&format!(
            "\
The demo is ready. Ctrl-C ends it.

  address       {base}
  documentation {base}/docs
  mail          {base}/dev/mail (none leaves this machine)
  public form   {base}{form}
  organization  {org}
  token         {token}
                (acts as {}, who is an administrator)

List guests:

  curl -H 'Authorization: Bearer {token}' '{base}/organizations/{org}/guests?with=stats&per_page=5'

{fate} Rate limits are off.",
            content::MEMBERS[0].email
        ))
    };
    let ended = server.run(ready);
    drop(temporary);
    ended
}

fn make_token(server: &Server, now: jiff::Timestamp) -> Result<String, Failure> {
    let expires = now
        .to_zoned(TimeZone::UTC)
        .checked_add(6.months())
        .map_err(|error| Failure::new(format!("the clock is wrong: {error}")))?;
    let (token, new) = access::new_token("demo", now, expires.timestamp());
    seed::add_token(&server.store, new)?;
    Ok(token)
}

fn env_file_failure(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("--env-file {} cannot be written: {error}", path.display()))
}

fn discard(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Writes a file that holds a secret, so that it is there whole or not at all.
fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}", random_name()));
    let beside = PathBuf::from(name);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}

fn random_name() -> String {
    HEXLOWER.encode(&entropy::bytes::<8>())
}

/// A directory that is removed when dropped.
struct TemporaryDir(PathBuf);

impl TemporaryDir {
    fn create() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("hospes-demo-{}", random_name()));
        DirBuilder::new().mode(0o700).create(&path).map_err(|error| {
            Failure::new(format!("the temporary directory {} cannot be made: {error}", path.display()))
        })?;
        Ok(Self(path))
    }
}

impl Drop for TemporaryDir {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("the temporary directory {} was not removed: {error}", self.0.display());
        }
    }
}
