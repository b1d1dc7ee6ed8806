//! Guests with work to do: some processes each, sessions, and mails that wait.

use std::path::Path;

use hospes_model::task::TaskType;
use hospes_model::task::draft::{Settings, TaskDraft};
use hospes_model::task::owners::Wanted;
use hospes_model::workplace::links::Proof;
use hospes_model::{FieldErrors, OrgId, SessionId, TaskId};
use hospes_server::error::Error;
use hospes_store::guests::{self, GuestRef};
use hospes_store::tasks::write as tasks;
use hospes_store::workplace::sessions::{self, New};
use hospes_store::{Database, Store, orgs};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::processes::{Empty, Given, STEPS, address, debug, guest_address, launch, make};
use super::{Seed, mixed, render, text};

/// What to fill a database with.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct SeedWorkplace {
    #[command(flatten)]
    pub(crate) empty: Empty,
    /// Guests, each with ten tasks in three processes.
    #[arg(long, default_value_t = 1000)]
    pub(crate) guests: u64,
}

/// The tasks of a guest, by process.
const GIVEN: [usize; 3] = [4, 3, 3];
/// Guests who are seen to in one transaction.
const BATCH: u64 = 200;
/// Guests on a task that mails come of.
const AT_ONCE: u64 = 200;

impl SeedWorkplace {
    /// Fills the database and says what is in it.
    pub(crate) fn run(&self) -> Result<Value, String> {
        let started = std::time::Instant::now();
        let (store, place, organization) = self.empty.begin()?;
        let template =
            store.write_blocking(move |tx| make(tx, place, STEPS.0)).map_err(|error| debug(&error))?;
        let template = std::sync::Arc::new(template);
        let mut first = 0;
        while first < self.guests {
            let last = self.guests.min(first + BATCH);
            let template = std::sync::Arc::clone(&template);
            let filled = store.write_blocking(move |tx| {
                for guest in first..last {
                    for (number, count) in (guest * GIVEN.len() as u64..).zip(GIVEN) {
                        launch(tx, place, &template, number, Given::First(count, guest))?;
                    }
                }
                Ok::<_, Error>(())
            });
            filled.map_err(|error| debug(&error))?;
            first = last;
        }
        Ok(json!({
            "organization": organization,
            "token": self.empty.token,
            "guests": self.guests,
            "processes": self.guests * GIVEN.len() as u64,
            "tasks_of_a_guest": GIVEN.iter().sum::<usize>(),
            "seconds": started.elapsed().as_secs(),
        }))
    }
}

/// Opens a database that was filled.
fn reopen(folder: &Path) -> Result<Store, String> {
    let database = Database::Sqlite(folder.join("hospes.db"));
    Store::open(&hospes_store::Options { database, render: render(), postgres_connections: 1 }).map_err(text)
}

/// Begins a session for each guest of a filled database, and returns their
/// codes with the secrets of the cookies.
pub(crate) fn sign_in(
    folder: &Path,
    organization: &str,
    guests: u64,
    now: Timestamp,
) -> Result<Vec<(String, String)>, String> {
    let store = reopen(folder)?;
    let id: OrgId = organization.parse().map_err(|_| "the organization's id")?;
    let begun = store.write_blocking(move |tx| {
        let org = orgs::find(tx, id)?.ok_or_else(|| Error::internal("no organization"))?;
        let cause = hospes_model::activity::Cause {
            actor: None,
            guest: None,
            at: now,
            ip: None,
            request_id: "seed".to_owned(),
        };
        (0..guests)
            .map(|number| {
                let email = GuestRef::Email(guest_address(number));
                let guest = guests::find(tx, org.no, &email)?.ok_or_else(|| Error::internal("no guest"))?;
                let parts = (0..4).map(|part| format!("{:016x}", mixed(number << 8 | part)));
                let secret = parts.collect::<Vec<_>>().concat();
                let mut random = [0; 10];
                random[2..].copy_from_slice(&mixed(number).to_be_bytes());
                let new = New {
                    id: SessionId::new(u64::try_from(now.as_millisecond()).unwrap_or(0), random),
                    hash: Sha256::digest(secret.as_bytes()).into(),
                    proof: Proof::Link,
                    device: "Chrome on Linux".to_owned(),
                    presence: hospes_model::guest::Presence::default(),
                    replaces: None,
                };
                sessions::begin(tx, &guest, &new, &cause)?;
                Ok::<_, Error>((guest.code.to_string(), secret))
            })
            .collect()
    });
    begun.map_err(|error: Error| debug(&error))
}

/// Fills a folder with so many guests, each of whom a mail waits for: the mail
/// about a task that is theirs and others'.
pub(crate) fn queue_mails(folder: &Path, mails: u64, now: Timestamp) -> Result<(), String> {
    let filled = Seed {
        data: Some(folder.to_owned()),
        database: None,
        guests: mails,
        tasks: 0,
        organizations: 1,
        token: "bench-token".to_owned(),
    };
    let said = filled.run()?;
    let id: OrgId =
        said["organization"].as_str().and_then(|id| id.parse().ok()).ok_or("the organization's id")?;
    let store = reopen(folder)?;
    let (org, member) = store
        .write_blocking(move |tx| {
            let org = orgs::find(tx, id)?.ok_or_else(|| Error::internal("no organization"))?;
            let member = tx.query_one("SELECT MIN(account_id) FROM member", &[], |row| row.int(0))?;
            Ok::<_, Error>((org.no, member))
        })
        .map_err(|error| debug(&error))?;
    let member = hospes_model::MemberId::new(member).ok_or("the member's id")?;
    let actor = hospes_model::member::Actor { id: member, role: hospes_model::member::Role::Admin };
    let mut first = 0;
    while first < mails {
        let count = AT_ONCE.min(mails - first);
        let queued = store.write_blocking(move |tx| {
            let emails = tx.query_all(
                "SELECT email FROM guest ORDER BY key LIMIT ?1 OFFSET ?2",
                &[(count as i64).into(), (first as i64).into()],
                |row| row.string(0),
            )?;
            let guests: Result<Vec<_>, Error> =
                emails.iter().zip(0..).map(|(email, place)| Ok((place, address(email)?))).collect();
            let draft = TaskDraft {
                title: "Sign the agreement".to_owned(),
                summary: None,
                task_type: TaskType::Task,
                deadline: now + SignedDuration::from_hours(14 * 24),
                started_at: None,
                position: None,
                settings: Settings::default(),
                webhook: None,
                form_fields: Vec::new(),
                owners: Wanted { guests: guests?, ..Wanted::default() },
                faults: FieldErrors::default(),
            };
            let mut random = [0; 10];
            random[2..].copy_from_slice(&mixed(first).to_be_bytes());
            let id = TaskId::new(u64::try_from(now.as_millisecond()).unwrap_or(0), random);
            let cause = hospes_model::activity::Cause {
                actor: Some(member),
                guest: None,
                at: now,
                ip: None,
                request_id: "seed".to_owned(),
            };
            tasks::create::<Error>(tx, org, id, &draft, &[], actor, &cause)
        });
        queued.map_err(|error| debug(&error))?;
        first += count;
    }
    Ok(())
}
