//! Data to measure on, written through the store's own functions.

pub(crate) mod processes;
pub(crate) mod workplace;

use std::path::{Path, PathBuf};

use hospes_model::activity::Cause;
use hospes_model::guest::{GuestChange, ProfileField};
use hospes_model::member::{Actor, Role};
use hospes_model::task::TaskType;
use hospes_model::task::draft::{Settings, TaskDraft};
use hospes_model::task::lifecycle::{Completing, OnBehalf};
use hospes_model::task::owners::Wanted;
use hospes_model::{EmailAddress, FieldErrors, GuestCode, MemberId, OrgId, OrgNo, TaskId};
use hospes_server::error::Error;
use hospes_store::accounts::NewMember;
use hospes_store::tasks::write as tasks;
use hospes_store::tokens::NewToken;
use hospes_store::{Database, Expected, Render, Store, Tx, accounts, guests, orgs, tokens};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// What to fill a database with.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Seed {
    /// A folder for the embedded database; made if missing, and must hold none.
    #[arg(long, conflicts_with = "database")]
    pub(crate) data: Option<PathBuf>,
    /// An empty PostgreSQL database instead.
    #[arg(long)]
    pub(crate) database: Option<String>,
    /// Guests of the measured organization; the others share a tenth of it.
    #[arg(long, default_value_t = 100_000)]
    pub(crate) guests: u64,
    /// One-off tasks of each guest, two fifths of them completed by the guest.
    #[arg(long, default_value_t = 5)]
    pub(crate) tasks: u64,
    /// Organizations.
    #[arg(long, default_value_t = 20)]
    pub(crate) organizations: u64,
    /// The token of the measured organization's administrator.
    #[arg(long, default_value = "bench-token")]
    pub(crate) token: String,
}

/// Guests written in one transaction, with their tasks.
const BATCH: u64 = 2000;

impl Seed {
    /// Fills the database and says what is in it.
    pub(crate) fn run(&self) -> Result<Value, String> {
        let store = open(self.data.as_deref(), self.database.as_deref())?;
        let now: Timestamp = "2025-05-15T10:00:00Z".parse().map_err(text)?;
        let started = std::time::Instant::now();
        let tasks = self.tasks;
        let (mut measured, mut all_guests) = (None, 0);
        for number in 0..self.organizations.max(1) {
            let token = if number == 0 { self.token.clone() } else { format!("{}-{number}", self.token) };
            let (org, id, member) = store
                .write_blocking(move |tx| make_org(tx, number, &token, now))
                .map_err(|error| format!("{error:?}"))?;
            let guests = match number {
                0 => self.guests,
                _ => self.guests / 10 / (self.organizations - 1).max(1),
            };
            let mut first = 0;
            while first < guests {
                let last = guests.min(first + BATCH);
                store
                    .write_blocking(move |tx| {
                        (first..last).try_for_each(|n| make_guest(tx, org, member, number, n, tasks, now))
                    })
                    .map_err(|error| format!("{error:?}"))?;
                first = last;
            }
            all_guests += guests;
            measured = measured.or(Some(id));
        }
        let org = measured.map(|id| id.to_string());
        Ok(json!({
            "organization": org,
            "token": self.token,
            "guests": self.guests,
            "guests_elsewhere": all_guests - self.guests,
            "tasks": all_guests * tasks,
            "seconds": started.elapsed().as_secs(),
        }))
    }
}

/// Opens a database that is to be filled.
fn open(data: Option<&Path>, database: Option<&str>) -> Result<Store, String> {
    let database = match (data, database) {
        (_, Some(url)) => Database::Postgres(url.to_owned()),
        (Some(folder), None) => {
            std::fs::create_dir_all(folder).map_err(text)?;
            let file = folder.join("hospes.db");
            if file.exists() {
                return Err(format!("{} exists already", file.display()));
            }
            Database::Sqlite(file)
        }
        (None, None) => return Err("--data or --database is needed".to_owned()),
    };
    Store::open(&hospes_store::Options { database, render: render(), postgres_connections: 1 }).map_err(text)
}

/// How the server renders guests into their rows.
pub(crate) fn render() -> Render {
    Render { guest: hospes_api::guests::render, stats: hospes_api::guests::render_stats }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Numbers that look random and are the same every time (SplitMix64).
fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn make_org(
    tx: &mut Tx<'_>,
    number: u64,
    token: &str,
    now: Timestamp,
) -> Result<(OrgNo, OrgId, MemberId), Error> {
    let mut random = [0; 10];
    random[..8].copy_from_slice(&mixed(number).to_be_bytes());
    let id = OrgId::new(u64::try_from(now.as_millisecond()).unwrap_or(0), random);
    let org = orgs::create(tx, id, &format!("Organization {number}"), "Europe/Berlin", now)?;
    let email = EmailAddress::parse(&format!("admin@org{number}.example"))
        .map_err(|error| Error::internal(error.to_string()))?;
    let member = NewMember {
        email,
        first_name: "Ann".to_owned(),
        last_name: "Archer".to_owned(),
        timezone: "Europe/Berlin".to_owned(),
        role: Role::Admin,
    };
    let member = accounts::create::<Error>(tx, org.no, &member, now)?;
    let token = NewToken {
        name: "bench".to_owned(),
        hash: tokens::hash(token),
        fingerprint: "bench".to_owned(),
        created_at: now,
        expires_at: now + SignedDuration::from_hours(24 * 3650),
    };
    tokens::create(tx, org.no, member.id, &token)?;
    Ok((org.no, id, member.id))
}

fn make_guest(
    tx: &mut Tx<'_>,
    org: OrgNo,
    member: MemberId,
    org_number: u64,
    number: u64,
    tasks: u64,
    now: Timestamp,
) -> Result<(), Error> {
    const FIRST: &[&str; 8] = &["Ada", "Bela", "Chen", "Dora", "Emil", "Fatma", "Goran", "Hana"];
    const LAST: &[&str; 8] = &["Albers", "Brandt", "Costa", "Dahl", "Engel", "Fischer", "Garcia", "Hofer"];
    let roll = mixed(org_number << 32 | number);
    let pick =
        |list: &[&str; 8], shift: u32| list[usize::from((roll >> shift).to_le_bytes()[0] % 8)].to_owned();
    let mut random = [0; 24];
    for (place, part) in random.chunks_exact_mut(8).zip(0..) {
        place.copy_from_slice(&mixed(roll ^ part).to_be_bytes());
    }
    let email = format!("guest{number}.{:04x}@company{}.example", roll & 0xffff, roll % 5000);
    let email = EmailAddress::parse(&email).map_err(|error| Error::internal(error.to_string()))?;
    let company = roll % 5000;
    let site = format!("https://company{company}.example");
    // As much as the peers' seed knows of people: some things of all, some of a few.
    let some = |shift: u32, percent: u64, text: String| ((roll >> shift) % 100 < percent).then_some(text);
    let change = GuestChange {
        profile: vec![
            (ProfileField::FirstName, Some(pick(FIRST, 8))),
            (ProfileField::LastName, Some(pick(LAST, 16))),
            (ProfileField::Phone1, Some(format!("+49 30 {:07}", roll % 10_000_000))),
            (ProfileField::Phone2, some(20, 20, format!("+49 171 {:07}", number % 10_000_000))),
            (ProfileField::CompanyName, Some(format!("Company {company} GmbH"))),
            (ProfileField::CompanyUrl, Some(site.clone())),
            (ProfileField::ContactUrl, Some(format!("{site}/people/{number}"))),
            (ProfileField::ImageUrl, some(24, 50, format!("{site}/pictures/{number}.png"))),
            (ProfileField::OpportunityUrl, some(28, 30, format!("{site}/deals/{number}"))),
            (ProfileField::OpportunityName, some(32, 30, format!("Renewal {number}"))),
            (ProfileField::Timezone, Some("Europe/Berlin".to_owned())),
            (ProfileField::ExternalSyncSource, some(36, 10, "salesforce".to_owned())),
        ],
        cadence_days: None,
        associated_members: roll.is_multiple_of(4).then(|| vec![member]),
    };
    let cause = Cause {
        actor: Some(member),
        guest: None,
        at: now + SignedDuration::from_secs(i64::try_from(number).unwrap_or(0)),
        ip: None,
        request_id: "seed".to_owned(),
    };
    guests::create::<Error>(tx, org, &GuestCode::new(random), &email, &change, &cause)?;
    let completed = tasks * 2 / 5;
    (0..tasks).try_for_each(|task| {
        let id = mixed(roll ^ (task << 8 | 0xff));
        make_task(tx, org, member, &email, id, task < completed, &cause)
    })
}

/// A task of one guest, whom an administrator chaperones.
fn make_task(
    tx: &mut Tx<'_>,
    org: OrgNo,
    member: MemberId,
    guest: &EmailAddress,
    roll: u64,
    completed: bool,
    cause: &Cause,
) -> Result<(), Error> {
    const TITLES: [&str; 4] =
        ["Sign the agreement", "Upload the bank details", "Confirm the delivery date", "Review the draft"];
    let actor = Actor { id: member, role: Role::Admin };
    let mut random = [0; 10];
    random[..8].copy_from_slice(&roll.to_be_bytes());
    let id = TaskId::new(u64::try_from(cause.at.as_millisecond()).unwrap_or(0), random);
    let draft = TaskDraft {
        title: TITLES[usize::try_from(roll % 4).unwrap_or(0)].to_owned(),
        summary: None,
        task_type: TaskType::Task,
        deadline: cause.at + SignedDuration::from_hours(14 * 24),
        started_at: None,
        position: None,
        settings: Settings::default(),
        webhook: None,
        form_fields: Vec::new(),
        owners: Wanted { guests: vec![(0, guest.clone())], ..Wanted::default() },
        faults: FieldErrors::default(),
    };
    tasks::create::<Error>(tx, org, id, &draft, &[], actor, cause)?;
    if completed {
        let wish =
            Completing { is_approved: None, on_behalf_of: Some(OnBehalf::Guest(guest.as_str().to_owned())) };
        tasks::complete::<Error>(tx, org, id, &Expected::Any, &wish, actor, cause)?;
    }
    Ok(())
}
