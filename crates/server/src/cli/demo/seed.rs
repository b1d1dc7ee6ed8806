//! Fills an empty database with the demo organization, through the same
//! functions that the API calls: statistics, activity and renderings come out
//! as they would have over months of use.
//!
//! The content is the same each time; only ids and the moments, which are
//! counted back from now, differ.

use hospes_model::activity::Cause;
use hospes_model::guest::{GuestChange, ProfileField};
use hospes_model::member::{Actor, Member};
use hospes_model::task::TaskType;
use hospes_model::task::draft::{Settings, TaskDraft};
use hospes_model::task::lifecycle::{Completing, OnBehalf};
use hospes_model::task::owners::Wanted;
use hospes_model::{EmailAddress, FieldErrors, GuestCode, OrgId, OrgNo, TaskId};
use hospes_store::accounts::{self, NewMember};
use hospes_store::guests::{self, GuestRef};
use hospes_store::tasks::write as tasks;
use hospes_store::tokens::{self, NewToken};
use hospes_store::{Expected, Store, Tx, orgs};
use jiff::{SignedDuration, Timestamp};

use super::super::Failure;
use super::content::{COMPANIES, Company, MEMBERS, ORG_NAME, ORG_TIMEZONE, TASKS};
use super::processes::{self, Onboarding};
use crate::entropy;
use crate::workplace::kickoff;

/// The demo organization's id, the same everywhere: a second start knows it.
pub(super) fn org_id() -> OrgId {
    OrgId::new(1_735_689_600_000, *b"hospesdemo")
}

/// Makes the demo organization unless it is there already, all in one
/// transaction. Returns its id.
pub(super) fn seed(store: &Store, now: Timestamp) -> Result<OrgId, Failure> {
    let id = org_id();
    let plan = Plan::new(now);
    store.write_blocking(move |tx| {
        if orgs::find(tx, id)?.is_some() {
            return Ok(());
        }
        let org = orgs::create(tx, id, ORG_NAME, ORG_TIMEZONE, plan.beginning)?;
        if org.no.get() != 1 {
            return Err(Failure::new(
                "this database holds other organizations: give the demo one of its own, or none",
            ));
        }
        plan.carry_out(tx, org.no)
    })?;
    Ok(id)
}

/// Where strangers find the template's kick-off form.
pub(super) fn public_form() -> String {
    kickoff::address(org_id(), processes::template_id())
}

/// Stores a token for the demo's administrator.
pub(super) fn add_token(store: &Store, new: NewToken) -> Result<(), Failure> {
    store.write_blocking(move |tx| {
        let org = orgs::find(tx, org_id())?;
        let org = org.ok_or_else(|| Failure::new("the demo organization is missing"))?.no;
        let admin = accounts::find_by_email(tx, org, MEMBERS[0].email)?;
        let admin = admin.ok_or_else(|| Failure::new("the demo's administrator is missing"))?;
        tokens::create(tx, org, admin.id, &new)?;
        Ok(())
    })
}

/// One thing that happened, and the place of its subject in the plan's lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Invite(usize),
    Assign(usize),
    Complete(usize),
    Disable(usize),
}

struct Guest {
    code: GuestCode,
    email: EmailAddress,
    company: &'static Company,
    first_name: &'static str,
    last_name: &'static str,
}

struct Task {
    id: TaskId,
    /// Which of [`TASKS`].
    kind: usize,
    /// Places in the list of guests.
    guests: Vec<usize>,
    deadline: Timestamp,
}

/// What happened in the organization, in order.
struct Plan {
    beginning: Timestamp,
    now: Timestamp,
    guests: Vec<Guest>,
    tasks: Vec<Task>,
    steps: Vec<(Timestamp, Step)>,
}

const DAY: i64 = 24;

impl Plan {
    fn new(now: Timestamp) -> Self {
        let ago = |hours: i64| now - SignedDuration::from_hours(hours);
        let mut plan =
            Self { beginning: ago(200 * DAY), now, guests: Vec::new(), tasks: Vec::new(), steps: Vec::new() };
        for company in COMPANIES {
            for (first_name, last_name, mailbox) in company.people {
                let email = EmailAddress::from_stored(format!("{mailbox}@{}", company.domain));
                plan.guests.push(Guest {
                    code: entropy::guest_code(),
                    email,
                    company,
                    first_name,
                    last_name,
                });
            }
        }
        for guest in 0..plan.guests.len() {
            let n = guest as i64;
            // A guest every three days, at different times of the day.
            let invited = (190 - 3 * n) * DAY + (n * 5) % 9;
            plan.steps.push((ago(invited), Step::Invite(guest)));
            for round in 0..(n * 7 + 3) % 5 {
                let assigned = invited - (round + 1) * 30 - n % 7;
                plan.add_task(guest, round, assigned, now);
            }
            if n % 9 == 4 {
                plan.steps.push((ago(6 + n % 5), Step::Disable(guest)));
            }
        }
        plan.steps.sort_by_key(|(at, _)| *at);
        plan
    }

    /// A task for a guest, `assigned` hours ago. The older ones are done.
    fn add_task(&mut self, guest: usize, round: i64, assigned: i64, now: Timestamp) {
        let n = guest as i64;
        // Those who came last have fewer tasks.
        if assigned <= 12 {
            return;
        }
        let at = |hours: i64| now - SignedDuration::from_hours(hours);
        let mut guests = vec![guest];
        if (n + round) % 6 == 0 && guest > 0 {
            guests.push(guest - 1);
        }
        let place = self.tasks.len();
        // Some deadlines have passed, most lie ahead.
        let deadline = if (n + round) % 4 == 1 { at(assigned - 10 * DAY) } else { at(-(3 + n % 20) * DAY) };
        let (millis, random) = entropy::id_parts(at(assigned));
        self.tasks.push(Task {
            id: TaskId::new(millis, random),
            kind: (guest * 3 + place) % TASKS.len(),
            guests,
            deadline: deadline.max(at(assigned - 1)),
        });
        self.steps.push((at(assigned), Step::Assign(place)));
        if (n + 2 * round) % 3 != 0 {
            self.steps.push((at((assigned - 8 - (n * 11) % 60).max(1)), Step::Complete(place)));
        }
    }

    fn carry_out(&self, tx: &mut Tx<'_>, org: OrgNo) -> Result<(), Failure> {
        let mut members = Vec::new();
        for person in MEMBERS {
            let new = NewMember {
                email: EmailAddress::from_stored(person.email.to_owned()),
                first_name: person.first_name.to_owned(),
                last_name: person.last_name.to_owned(),
                timezone: person.timezone.to_owned(),
                role: person.role,
            };
            members.push(accounts::create::<Failure>(tx, org, &new, self.beginning)?);
        }
        for (at, step) in &self.steps {
            // Administrator and standard members take turns.
            let actor = match step {
                Step::Invite(n) | Step::Assign(n) | Step::Complete(n) => &members[[0, 1, 3][n % 3]],
                Step::Disable(_) => &members[0],
            };
            let cause = Cause {
                actor: Some(actor.id),
                guest: None,
                at: *at,
                ip: None,
                request_id: "hospes-demo".to_owned(),
            };
            self.take(tx, org, *step, &members, actor, &cause)?;
        }
        processes::seed(tx, org, &members, &self.onboardings(), self.beginning, self.now)
    }

    /// For the second of each company a process, unless they are disabled; the
    /// newest last.
    fn onboardings(&self) -> Vec<Onboarding> {
        let disabled = |place: usize| self.steps.iter().any(|(_, step)| *step == Step::Disable(place));
        let seconds = self.guests.iter().enumerate().skip(1).step_by(COMPANIES[0].people.len());
        let able = seconds.filter(|(place, guest)| !guest.company.name.is_empty() && !disabled(*place));
        let onboarding = |(place, (_, guest)): (usize, (usize, &Guest))| Onboarding {
            company: guest.company.name,
            guest: guest.email.clone(),
            days: 40 - 3 * place as i64,
            done: (place * 3 + 4) % 5,
        };
        able.enumerate().map(onboarding).collect()
    }

    fn take(
        &self,
        tx: &mut Tx<'_>,
        org: OrgNo,
        step: Step,
        members: &[Member],
        actor: &Member,
        cause: &Cause,
    ) -> Result<(), Failure> {
        let actor = Actor { id: actor.id, role: actor.role };
        match step {
            Step::Invite(place) => {
                let guest = &self.guests[place];
                let change = guest.profile(place, members);
                guests::create::<Failure>(tx, org, &guest.code, &guest.email, &change, cause)?;
            }
            Step::Disable(place) => {
                let guest = GuestRef::Email(self.guests[place].email.folded().to_owned());
                let code = &self.guests[place].code;
                guests::set_disabled::<Failure>(tx, org, &guest, &Expected::Any, true, code, cause)?;
            }
            Step::Assign(place) => {
                let draft = self.draft(place, members);
                tasks::create::<Failure>(tx, org, self.tasks[place].id, &draft, &[], actor, cause)?;
            }
            Step::Complete(place) => {
                let task = &self.tasks[place];
                let guest = self.guests[task.guests[0]].email.as_str().to_owned();
                let wish = Completing {
                    is_approved: (TASKS[task.kind].1 == TaskType::Approval).then_some(place % 5 != 0),
                    // Now and then a member does it in the guest's stead.
                    on_behalf_of: (place % 8 != 3).then_some(OnBehalf::Guest(guest)),
                };
                tasks::complete::<Failure>(tx, org, task.id, &Expected::Any, &wish, actor, cause)?;
            }
        }
        Ok(())
    }

    fn draft(&self, place: usize, members: &[Member]) -> TaskDraft {
        let task = &self.tasks[place];
        let (title, task_type) = TASKS[task.kind];
        let company = self.guests[task.guests[0]].company.name;
        let title = if company.is_empty() { title.to_owned() } else { format!("{title} ({company})") };
        let guests = task.guests.iter().map(|guest| self.guests[*guest].email.clone());
        TaskDraft {
            title,
            summary: place.is_multiple_of(2).then(|| "Please write to us if anything is unclear.".to_owned()),
            task_type,
            deadline: task.deadline,
            started_at: None,
            position: None,
            settings: Settings::default(),
            webhook: None,
            form_fields: Vec::new(),
            owners: Wanted {
                users: vec![(0, members[1 + place % (members.len() - 1)].id)],
                guests: guests.enumerate().collect(),
                groups: Vec::new(),
            },
            faults: FieldErrors::default(),
        }
    }
}

impl Guest {
    fn profile(&self, place: usize, members: &[Member]) -> GuestChange {
        let company = self.company;
        let mut profile = Vec::new();
        let mut set = |field, text: String| {
            if !text.is_empty() {
                profile.push((field, Some(text)));
            }
        };
        set(ProfileField::FirstName, self.first_name.to_owned());
        set(ProfileField::LastName, self.last_name.to_owned());
        // Nobody ever knows everything about everybody.
        if let Some(phone) = company.phone.filter(|_| place % 4 != 2) {
            set(ProfileField::Phone1, format!("{phone}{:02}", place % 100));
        }
        if !company.name.is_empty() {
            set(ProfileField::CompanyName, company.name.to_owned());
            set(ProfileField::CompanyUrl, format!("https://www.{}", company.domain));
        }
        if place % 3 != 1 {
            set(ProfileField::Timezone, company.timezone.to_owned());
        }
        if let Some(opportunity) = company.opportunity.filter(|_| place.is_multiple_of(5)) {
            set(ProfileField::OpportunityName, opportunity.to_owned());
        }
        let associated = match place % 4 {
            0 => vec![members[1].id],
            1 => vec![members[0].id, members[2].id],
            2 => vec![members[3].id],
            _ => Vec::new(),
        };
        GuestChange { profile, cadence_days: None, associated_members: Some(associated) }
    }
}
