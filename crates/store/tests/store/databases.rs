//! Fresh databases with an organization in them, and commands in short words.

use hospes_model::activity::Cause;
use hospes_model::group::{Group, GroupChange};
use hospes_model::guest::{Guest, GuestChange};
use hospes_model::member::{Actor, Member, Role};
use hospes_model::task::change::TaskChange;
use hospes_model::task::draft::{Settings, TaskDraft};
use hospes_model::task::lifecycle::Completing;
use hospes_model::task::owners::Wanted;
use hospes_model::task::{Task, TaskType};
use hospes_model::{
    EmailAddress, FieldErrors, GroupId, GuestCode, GuestKey, MemberId, OrgId, OrgNo, Refusal, TaskId,
};
use hospes_store::Expected;
use hospes_store::guests::{self, GuestRef};
use hospes_store::tasks::write::{self, Changed};
use hospes_store::{Database, Options, Render, Store, Tx, accounts, groups, members, orgs, tasks};
use jiff::Timestamp;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// Either kind of "no".
#[derive(Debug)]
pub(crate) enum Failed {
    Refused(Refusal),
    Broken(hospes_store::Error),
}

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<hospes_store::Error> for Failed {
    fn from(error: hospes_store::Error) -> Self {
        Self::Broken(error)
    }
}

impl Failed {
    /// The refused fields.
    pub(crate) fn fields(self) -> Vec<String> {
        match self {
            Self::Refused(Refusal::Invalid(errors)) => {
                errors.iter().map(|(field, _)| field.to_owned()).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused(Refusal::NotFound))
    }
}

/// A store with one organization: member 1 is its administrator, 2 and 3 are
/// standard members, 4 is a light one, 5 is disabled.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) org: OrgNo,
    pub(crate) members: [MemberId; 5],
    options: Options,
    clock: AtomicU64,
    drawn: AtomicU64,
    // Dropped after the store.
    _place: Place,
}

enum Place {
    Folder { _folder: tempfile::TempDir },
    Schema { url: String, name: String },
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Self::Schema { url, name } = self {
            let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
            client.batch_execute(&format!("DROP SCHEMA {name} CASCADE")).unwrap();
        }
    }
}

/// The moment that all worlds begin at.
pub(crate) const BEGIN: i64 = 1_750_000_000;

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(BEGIN + second).unwrap()
}

static COUNT: AtomicU8 = AtomicU8::new(0);

/// Runs a test on every database that is at hand.
pub(crate) fn on_every_database(test: impl Fn(&World)) {
    on_sqlite(&test);
    on_postgres(&test);
}

/// Runs a test on the embedded database.
pub(crate) fn on_sqlite(test: impl Fn(&World)) {
    let folder = tempfile::tempdir().unwrap();
    let file = Database::Sqlite(folder.path().join("test.db"));
    test(&World::new(&file, Place::Folder { _folder: folder }));
}

/// Runs a test on PostgreSQL, if it is at hand.
pub(crate) fn on_postgres(test: impl Fn(&World)) {
    // The one place where the tests look at their surroundings.
    #[expect(clippy::disallowed_methods, reason = "the test command names the database here")]
    let url = std::env::var("HOSPES_TEST_POSTGRES");
    let Ok(url) = url else { return };
    let name = format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    client.batch_execute(&format!("CREATE SCHEMA {name}")).unwrap();
    let separator = if url.contains('?') { '&' } else { '?' };
    let inside = format!("{url}{separator}options=-csearch_path%3D{name}");
    test(&World::new(&Database::Postgres(inside), Place::Schema { url, name }));
}

impl World {
    fn new(database: &Database, place: Place) -> Self {
        let options = options(database);
        let store = Store::open(&options).unwrap();
        let (org, members) = store.write_blocking(|tx| organization(tx, 1)).unwrap();
        Self {
            store,
            org,
            members,
            options,
            clock: AtomicU64::new(0),
            drawn: AtomicU64::new(0),
            _place: place,
        }
    }

    /// Another handle on the same database, as another program has it.
    pub(crate) fn open_again(&self) -> Store {
        Store::open(&self.options).unwrap()
    }

    /// How the database is opened.
    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    /// Another organization in the same database, with members of its own.
    pub(crate) fn neighbour(&self) -> (OrgNo, [MemberId; 5]) {
        self.store.write_blocking(|tx| organization(tx, 2)).unwrap()
    }

    pub(crate) fn actor(&self, number: usize) -> Actor {
        let role = [Role::Admin, Role::Standard, Role::Standard, Role::Light, Role::Light][number - 1];
        Actor { id: self.members[number - 1], role }
    }

    /// Each command comes a second after the one before.
    pub(crate) fn cause(&self, actor: Actor) -> Cause {
        let second = self.clock.fetch_add(1, Ordering::Relaxed) + 1;
        Cause {
            actor: Some(actor.id),
            guest: None,
            at: at(i64::try_from(second).unwrap()),
            ip: None,
            request_id: "test".to_owned(),
        }
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    /// The moment of the last command.
    pub(crate) fn now(&self) -> Timestamp {
        at(i64::try_from(self.clock.load(Ordering::Relaxed)).unwrap())
    }

    /// Random bytes that are not.
    pub(crate) fn draw<const N: usize>(&self) -> [u8; N] {
        let number = self.drawn.fetch_add(1, Ordering::Relaxed) + 1;
        let mut bytes = [0; N];
        bytes[N - 8..].copy_from_slice(&number.to_be_bytes());
        bytes
    }

    pub(crate) fn task_id(&self) -> TaskId {
        TaskId::new(1, self.draw())
    }

    pub(crate) fn codes(&self) -> Vec<GuestCode> {
        (0..8).map(|_| GuestCode::new(self.draw())).collect()
    }

    pub(crate) fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, Failed> + Send + 'static,
    ) -> Result<T, Failed> {
        self.store.write_blocking(work)
    }

    pub(crate) fn read<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> hospes_store::Result<T> + Send + 'static,
    ) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(self.store.read(work)).unwrap()
    }

    pub(crate) fn create(&self, actor: Actor, draft: &TaskDraft) -> Result<Changed, Failed> {
        let (org, id, codes) = (self.org, self.task_id(), self.codes());
        let (draft, cause) = (draft.clone(), self.cause(actor));
        self.write(move |tx| write::create::<Failed>(tx, org, id, &draft, &codes, actor, &cause))
    }

    pub(crate) fn update(&self, actor: Actor, id: TaskId, change: &TaskChange) -> Result<Changed, Failed> {
        let (org, codes, change, cause) = (self.org, self.codes(), change.clone(), self.cause(actor));
        self.write(move |tx| {
            let change_for = |_: &Task| change.clone();
            write::update::<Failed>(tx, org, id, &Expected::Any, &change_for, &codes, actor, &cause)
        })
    }

    pub(crate) fn complete(&self, actor: Actor, id: TaskId, wish: &Completing) -> Result<Changed, Failed> {
        let (org, wish, cause) = (self.org, wish.clone(), self.cause(actor));
        self.write(move |tx| write::complete::<Failed>(tx, org, id, &Expected::Any, &wish, actor, &cause))
    }

    pub(crate) fn reopen(&self, actor: Actor, id: TaskId) -> Result<Changed, Failed> {
        let (org, cause) = (self.org, self.cause(actor));
        self.write(move |tx| write::reopen::<Failed>(tx, org, id, &Expected::Any, actor, &cause))
    }

    pub(crate) fn set_archived(&self, actor: Actor, id: TaskId, archived: bool) -> Result<Changed, Failed> {
        let (org, cause) = (self.org, self.cause(actor));
        self.write(move |tx| {
            write::set_archived::<Failed>(tx, org, id, &Expected::Any, archived, actor, &cause)
        })
    }

    pub(crate) fn delete(&self, actor: Actor, id: TaskId) -> Result<Task, Failed> {
        let (org, cause) = (self.org, self.cause(actor));
        self.write(move |tx| write::delete::<Failed>(tx, org, id, &Expected::Any, actor, &cause))
    }

    pub(crate) fn task(&self, id: TaskId) -> Option<Task> {
        let org = self.org;
        self.write(move |tx| Ok(tasks::find(tx, org, id)?)).unwrap()
    }

    pub(crate) fn group_id(&self) -> GroupId {
        GroupId::new(1, self.draw())
    }

    pub(crate) fn make_group(&self, change: &GroupChange) -> Result<groups::write::Changed, Failed> {
        let (org, id, codes, change) = (self.org, self.group_id(), self.codes(), change.clone());
        let cause = self.cause(self.actor(1));
        self.write(move |tx| groups::write::create::<Failed>(tx, org, id, &change, &codes, &cause))
    }

    pub(crate) fn change_group(
        &self,
        actor: Actor,
        id: GroupId,
        change: &GroupChange,
    ) -> Result<groups::write::Changed, Failed> {
        let (org, codes, change, cause) = (self.org, self.codes(), change.clone(), self.cause(actor));
        let any = Expected::Any;
        self.write(move |tx| groups::write::update::<Failed>(tx, org, id, &any, &change, &codes, &cause))
    }

    pub(crate) fn delete_group(&self, actor: Actor, id: GroupId) -> Result<Group, Failed> {
        let (org, cause) = (self.org, self.cause(actor));
        self.write(move |tx| groups::write::delete::<Failed>(tx, org, id, &Expected::Any, &cause))
    }

    pub(crate) fn group(&self, id: GroupId) -> Option<Group> {
        let org = self.org;
        self.write(move |tx| Ok(groups::find(tx, org, id)?)).unwrap()
    }

    /// The actor with this number, or the administrator if they are not active.
    pub(crate) fn acting(&self, number: usize) -> Actor {
        let (org, id) = (self.org, self.members[number - 1]);
        let active = self.write(move |tx| Ok(accounts::is_active(tx, org, id)?)).unwrap();
        self.actor(if active { number } else { 1 })
    }

    pub(crate) fn disable_member(
        &self,
        actor: Actor,
        id: MemberId,
        to: Option<MemberId>,
    ) -> Result<members::Changed, Failed> {
        let (org, cause) = (self.org, self.cause(actor));
        self.write(move |tx| members::leave::disable::<Failed>(tx, org, id, to, &cause))
    }

    pub(crate) fn enable_member(&self, id: MemberId) -> Result<members::Changed, Failed> {
        let (org, hash, cause) = (self.org, self.draw(), self.cause(self.actor(1)));
        self.write(move |tx| members::leave::enable::<Failed>(tx, org, id, &hash, &cause))
    }

    pub(crate) fn delete_member(&self, id: MemberId) -> Result<Member, Failed> {
        let (org, cause) = (self.org, self.cause(self.actor(1)));
        self.write(move |tx| members::leave::delete::<Failed>(tx, org, id, &cause))
    }

    pub(crate) fn member_to_guest(&self, actor: Actor, id: MemberId) -> Result<(Guest, Vec<String>), Failed> {
        let (org, code, cause) = (self.org, GuestCode::new(self.draw()), self.cause(actor));
        self.write(move |tx| members::convert::to_guest::<Failed>(tx, org, id, &code, &cause))
    }

    pub(crate) fn guest_to_member(&self, actor: Actor, email: &str) -> Result<members::Changed, Failed> {
        let (org, guest, hash) = (self.org, GuestRef::parse(email).unwrap(), self.draw());
        let cause = self.cause(actor);
        let names = |_: &Guest| ("Former".to_owned(), "Guest".to_owned());
        self.write(move |tx| {
            let any = Expected::Any;
            members::convert::to_member(tx, org, &guest, &any, &names, Role::Standard, &hash, &cause)
        })
    }

    pub(crate) fn make_guest(&self, email: &str) -> Result<Guest, Failed> {
        let (org, code, email) = (self.org, GuestCode::new(self.draw()), EmailAddress::parse(email).unwrap());
        let cause = self.cause(self.actor(1));
        self.write(move |tx| guests::create(tx, org, &code, &email, &GuestChange::default(), &cause))
    }

    pub(crate) fn remove_guest(&self, email: &str) -> Result<Guest, Failed> {
        let (org, guest, cause) = (self.org, GuestRef::parse(email).unwrap(), self.cause(self.actor(1)));
        self.write(move |tx| guests::remove(tx, org, &guest, &Expected::Any, &cause))
    }

    pub(crate) fn rename_guest(&self, email: &str, to: &str) -> Result<Guest, Failed> {
        let (org, guest, cause) = (self.org, GuestRef::parse(email).unwrap(), self.cause(self.actor(1)));
        let (to, code) = (EmailAddress::parse(to).unwrap(), GuestCode::new(self.draw()));
        self.write(move |tx| guests::change_email(tx, org, &guest, &Expected::Any, &to, &code, &cause))
    }

    pub(crate) fn disable_guest(&self, email: &str) -> Result<Guest, Failed> {
        let (org, guest, cause) = (self.org, GuestRef::parse(email).unwrap(), self.cause(self.actor(1)));
        let code = GuestCode::new(self.draw());
        self.write(move |tx| guests::set_disabled(tx, org, &guest, &Expected::Any, true, &code, &cause))
    }

    pub(crate) fn guest(&self, email: &str) -> Option<Guest> {
        let (org, guest) = (self.org, GuestRef::parse(email).unwrap());
        self.write(move |tx| Ok(guests::find(tx, org, &guest)?)).unwrap()
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.options.database, Database::Sqlite(_))
    }

    /// The rows of a query with one column of numbers.
    pub(crate) fn numbers(&self, sql: &'static str) -> Vec<Vec<i64>> {
        self.table(1, sql)
    }

    /// The rows of a query with columns of numbers; null is -1.
    pub(crate) fn table(&self, columns: usize, sql: &'static str) -> Vec<Vec<i64>> {
        self.write(move |tx| {
            Ok(tx.query_all(sql, &[], |row| {
                (0..columns).map(|column| Ok(row.opt_int(column)?.unwrap_or(-1))).collect()
            })?)
        })
        .unwrap()
    }

    /// A guest's statistics as lists show them.
    pub(crate) fn rendered_stats(&self, guest: GuestKey) -> String {
        self.write(move |tx| {
            let sql = "SELECT bytes FROM guest_rendered WHERE key = ?1";
            let bytes = tx.query_one(sql, &[guest.get().into()], |row| Ok(row.bytes(0)?.to_vec()))?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            Ok(text.split_once(' ').map(|(_, stats)| stats.to_owned()).unwrap_or_default())
        })
        .unwrap()
    }

    /// Verb and text of the activity rows, oldest first.
    pub(crate) fn feed(&self) -> Vec<(String, String)> {
        self.write(|tx| {
            Ok(tx.query_all("SELECT verb, text FROM activity ORDER BY key", &[], |row| {
                Ok((row.string(0)?, row.string(1)?))
            })?)
        })
        .unwrap()
    }

    pub(crate) fn guest_revision(&self) -> i64 {
        self.numbers("SELECT guest_revision FROM org ORDER BY no")[0][0]
    }
}

/// How tests open a database.
pub(crate) fn options(database: &Database) -> Options {
    let render = Render {
        guest: |guest| format!("{} {:?}", guest.code, guest.stats).into_bytes(),
        stats: |rendered, stats| {
            let code: Vec<u8> = rendered.iter().copied().take_while(|byte| *byte != b' ').collect();
            [code, format!(" {stats:?}").into_bytes()].concat()
        },
    };
    Options { database: database.clone(), render, postgres_connections: 2 }
}

fn organization(tx: &mut Tx<'_>, number: u8) -> Result<(OrgNo, [MemberId; 5]), Failed> {
    let org = orgs::create(tx, OrgId::new(1, [number; 10]), "Test", "Europe/Berlin", at(0))?;
    let mut members = Vec::new();
    for (place, role) in
        [Role::Admin, Role::Standard, Role::Standard, Role::Light, Role::Light].into_iter().enumerate()
    {
        let new = accounts::NewMember {
            email: EmailAddress::parse(&format!("member{}@org{number}.example", place + 1)).unwrap(),
            first_name: "Member".to_owned(),
            last_name: format!("{}", place + 1),
            timezone: "UTC".to_owned(),
            role,
        };
        members.push(accounts::create::<Failed>(tx, org.no, &new, at(0))?.id);
    }
    tx.execute(
        "UPDATE member SET status = 'disabled' WHERE org = ?1 AND account_id = ?2",
        &[org.no.get().into(), members[4].get().into()],
    )?;
    Ok((org.no, members.try_into().unwrap()))
}

/// A wish for these members and addresses.
pub(crate) fn wanted(members: &[MemberId], guests: &[&str]) -> Wanted {
    Wanted {
        users: members.iter().copied().enumerate().collect(),
        guests: guests.iter().map(|email| EmailAddress::parse(email).unwrap()).enumerate().collect(),
        groups: Vec::new(),
    }
}

/// A task for these people, due in an hour.
pub(crate) fn draft(members: &[MemberId], guests: &[&str]) -> TaskDraft {
    TaskDraft {
        title: "Send the contract".to_owned(),
        summary: None,
        task_type: TaskType::Task,
        deadline: at(3600),
        started_at: None,
        position: None,
        settings: Settings::default(),
        webhook: None,
        form_fields: Vec::new(),
        owners: wanted(members, guests),
        faults: FieldErrors::default(),
    }
}
