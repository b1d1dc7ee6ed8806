//! A running server with two organizations. What its database holds is looked up
//! in [`rows`].

mod rows;

pub use rows::{StoredEvent, Written};

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hospes_model::activity::Cause;
use hospes_model::guest::GuestChange;
use hospes_model::member::Role;
use hospes_model::{EmailAddress, MemberId, OrgId, OrgNo};
use hospes_server::app::{App, Settings};
use hospes_server::domains::DomainCheck;
use hospes_server::files::Files;
use hospes_server::files::storage::{Place, Storage};
use hospes_server::limits::{Limits, Rates};
use hospes_server::mail::caught::CaughtMail;
use hospes_server::mail::settings::Way;
use hospes_server::mail::worker::Sender;
use hospes_server::mail::{self, Mail};
use hospes_server::places::Places;
use hospes_server::time::Clock;
use hospes_server::{entropy, http};
use hospes_store::accounts::NewMember;
use hospes_store::tokens::NewToken;
use hospes_store::{Store, accounts, guests, orgs, tokens};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::browser::Browser;
use crate::client::Client;
use crate::database::{Backend, TestDatabase};
use crate::smtp::{Manner, SmtpServer};

/// What a test may decide before the server starts.
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
#[derive(Debug, Clone)]
pub struct Options {
    /// Rate limits; none unless a test asks for them.
    pub rates: Rates,
    /// The name server that is asked about the domains of new addresses; they
    /// are not looked up unless a test asks for it.
    pub name_server: Option<SocketAddr>,
    /// Whether `X-Forwarded-*` is believed.
    pub trust_proxy: bool,
    /// Whether address and place of guests are kept.
    pub store_guest_places: bool,
    /// The file that says where addresses are, if there is one.
    pub geo_database: Option<PathBuf>,
    /// Whether mails go to a mail server of the test's own
    /// ([`TestApp::smtp`]); they are caught unless a test asks for it.
    pub smtp: bool,
    /// How that mail server is.
    pub mail_server: Manner,
    /// Whether its certificate is trusted.
    pub trusts_mail_server: bool,
    /// What the server signs in with there, in place of the right name and password.
    pub mail_login: Option<(&'static str, &'static str)>,
    /// How long the mail server may say nothing.
    pub mail_patience: Duration,
    /// What whoever reports about mails must show.
    pub bounce_token: Option<String>,
    /// The largest file that can be uploaded, in bytes.
    pub file_size_limit: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            rates: Rates::OFF,
            name_server: None,
            trust_proxy: false,
            store_guest_places: true,
            geo_database: None,
            smtp: false,
            mail_server: Manner::default(),
            trusts_mail_server: true,
            mail_login: None,
            mail_patience: mail::settings::PATIENCE,
            bounce_token: None,
            file_size_limit: 1 << 20,
        }
    }
}

/// An organization with a member of each role.
#[derive(Debug)]
pub struct Org {
    /// Its number.
    pub no: OrgNo,
    /// Its public id.
    pub id: OrgId,
    /// Where its members have their addresses: `admin@`, `standard@`, `light@`.
    pub domain: String,
    /// Member id and token of each role.
    members: HashMap<Role, (MemberId, String)>,
}

impl Org {
    /// The member of a role.
    pub fn member(&self, role: Role) -> MemberId {
        self.members[&role].0
    }

    /// That member's token.
    pub fn token(&self, role: Role) -> &str {
        &self.members[&role].1
    }
}

/// A running server.
#[derive(Debug)]
pub struct TestApp {
    /// `http://127.0.0.1:{port}`.
    pub base: String,
    /// The server's parts; its clock stands until it is moved.
    pub app: Arc<App>,
    /// The organization that tests work in.
    pub acme: Org,
    /// Another one.
    pub other: Org,
    smtp: Option<SmtpServer>,
    http: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
    served: Option<tokio::task::JoinHandle<()>>,
    /// Where uploaded files are.
    files: TempDir,
    /// Dropped last, when nobody uses it any more.
    database: TestDatabase,
}

/// Where every test's clock stands at first.
fn beginning() -> Timestamp {
    "2025-05-15T10:00:00Z".parse().expect("a moment")
}

impl TestApp {
    /// Runs a test with a server of its own.
    pub fn block_on(backend: Backend, test: impl AsyncFnOnce(&TestApp)) {
        Self::block_on_with(backend, &Options::default(), test);
    }

    /// The same with options.
    pub fn block_on_with(backend: Backend, options: &Options, test: impl AsyncFnOnce(&TestApp)) {
        let Some(database) = TestDatabase::new(backend) else { return };
        runtime().block_on(async {
            let mut app = Self::start(database, options).await;
            test(&app).await;
            app.stop().await;
        });
    }

    pub(crate) async fn start(database: TestDatabase, options: &Options) -> Self {
        let clock = Clock::fixed(beginning());
        let store_options = hospes_store::Options {
            database: database.database(),
            render: hospes_store::Render {
                guest: hospes_api::guests::render,
                stats: hospes_api::guests::render_stats,
            },
            postgres_connections: 3,
        };
        let store = tokio::task::spawn_blocking(move || Store::open(&store_options))
            .await
            .expect("opening ends")
            .expect("the database opens");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let settings = Settings {
            trust_proxy: options.trust_proxy,
            store_guest_places: options.store_guest_places,
            ..Settings::at(base.clone())
        };
        let acme = make_org(&store, &clock, "Acme").await;
        let other = make_org(&store, &clock, "Other").await;
        let patience = Duration::from_secs(1);
        let domains =
            options.name_server.map(|server| DomainCheck::asking(server, patience).expect("a resolver"));
        let places = options.geo_database.as_deref().map(|file| Places::open(file).expect("places"));
        let folder = tempfile::tempdir().expect("a temporary folder");
        let storage = Storage::open(&Place::Directory(folder.path().join("files"))).expect("a directory");
        let files = Files::new(storage, options.file_size_limit);
        let smtp =
            if options.smtp { Some(SmtpServer::start_with(options.mail_server.clone()).await) } else { None };
        let mail = mail::settings::Settings {
            way: match &smtp {
                Some(server) => Way::Smtp(spoken_to(server, options)),
                None => Way::Catch,
            },
            from: "tasks@hospes.example".parse().expect("an address"),
            bounce_token: options.bounce_token.clone(),
            ..mail::settings::Settings::default()
        };
        let app = App::new(store, clock, settings, Limits::new(options.rates), domains, files);
        let app = Arc::new(app.with_places(places).with_mail(Mail::new(mail)));
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(http::serve(
            listener,
            Arc::clone(&app),
            async move {
                let _ = stopped.await;
            },
            Duration::from_secs(10),
        ));
        Self {
            base,
            app,
            acme,
            other,
            smtp,
            http: reqwest::Client::new(),
            stop: Some(stop),
            served: Some(served),
            files: folder,
            database,
        }
    }

    pub(crate) async fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(served) = self.served.take() {
            served.await.expect("the server ends");
        }
    }

    /// Acts as a member of [`acme`](Self::acme).
    pub fn client(&self, role: Role) -> Client {
        self.client_of(&self.acme, role)
    }

    /// Acts as a member of an organization, in its paths.
    pub fn client_of(&self, org: &Org, role: Role) -> Client {
        self.client_with(org, Some(org.token(role)))
    }

    /// Sends any token, or none, in the paths of an organization.
    pub fn client_with(&self, org: &Org, token: Option<&str>) -> Client {
        Client::new(self.http.clone(), &self.base, &org.id.to_string(), token)
    }

    /// A browser without any cookie.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.base)
    }

    /// Acts as the administrator of [`acme`](Self::acme).
    pub fn admin(&self) -> Client {
        self.client(Role::Admin)
    }

    /// The database under the server.
    pub fn database(&self) -> &TestDatabase {
        &self.database
    }

    /// Everything that is stored of uploaded files, whole or not.
    pub fn stored_files(&self) -> Vec<PathBuf> {
        files_below(self.files.path())
    }

    /// Makes one more organization, with a member of each role.
    pub async fn found(&self, name: &str) -> Org {
        make_org(&self.app.store, &self.app.clock, name).await
    }

    /// Makes a token for a member of an organization and returns its number.
    pub async fn add_token(&self, org: &Org, role: Role, token: &str, lives: SignedDuration) -> i64 {
        let now = self.app.clock.now();
        let (no, member) = (org.no, org.member(role));
        let new = NewToken {
            name: "another".to_owned(),
            hash: tokens::hash(token),
            fingerprint: "another".to_owned(),
            created_at: now,
            expires_at: now + lives,
        };
        let made = self.app.store.write(move |tx| tokens::create(tx, no, member, &new)).await;
        made.expect("the token is made")
    }

    /// Runs statements on the database, past the server.
    pub async fn with_store<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut hospes_store::Tx<'_>) -> hospes_store::Result<T> + Send + 'static,
    ) -> T {
        self.app.store.write(work).await.expect("the statements run")
    }

    /// Makes `count` guests at once, past the server, each with the address and
    /// the profile that `of` gives for its number.
    pub async fn add_guests(
        &self,
        org: &Org,
        count: usize,
        of: impl Fn(usize) -> (String, GuestChange) + Send + 'static,
    ) {
        let (no, cause) = (org.no, self.cause());
        let made: Result<(), hospes_server::error::Error> = self
            .app
            .store
            .write(move |tx| {
                for number in 0..count {
                    let (email, change) = of(number);
                    let email = EmailAddress::parse(&email).expect("an address");
                    guests::create::<hospes_server::error::Error>(
                        tx,
                        no,
                        &entropy::guest_code(),
                        &email,
                        &change,
                        &cause,
                    )?;
                }
                Ok(())
            })
            .await;
        made.expect("the guests are made");
    }

    fn cause(&self) -> Cause {
        Cause { actor: None, guest: None, at: self.app.clock.now(), ip: None, request_id: "test".to_owned() }
    }

    /// Sends all mails that are due, as the worker would a moment later.
    pub async fn deliver(&self) {
        self.advance(hospes_model::mail::GATHER);
        let mut sender = Sender::new(&self.app);
        sender.turn(&self.app, &|| false).await;
        sender.close().await;
    }

    /// The mails that were caught, the newest first.
    pub fn caught(&self) -> Vec<CaughtMail> {
        self.app.mail.caught.all()
    }

    /// The mail server of a test that asked for one.
    pub fn smtp(&self) -> &SmtpServer {
        self.smtp.as_ref().expect("the test asks for a mail server")
    }

    /// Moves the server's clock.
    pub fn advance(&self, by: SignedDuration) {
        self.app.clock.advance(by);
    }
}

/// The mail server as the server's settings name it.
fn spoken_to(server: &SmtpServer, options: &Options) -> mail::settings::Server {
    let url = match options.mail_login {
        Some((name, password)) => server.url_with(name, password),
        None => server.url(),
    };
    let mut settings = mail::settings::Server::parse(&url).expect("an address");
    settings.patience = options.mail_patience;
    if options.trusts_mail_server {
        let trusted = mail::settings::Trusted::parse(server.certificate().as_bytes());
        settings.trusted = Some(trusted.expect("a certificate"));
    }
    settings
}

/// What a test runs on.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// Makes an organization whose members' addresses end in its name.
async fn make_org(store: &Store, clock: &Clock, name: &str) -> Org {
    let name = name.to_owned();
    let domain = format!("{}.example", name.to_lowercase());
    let (millis, random) = entropy::id_parts(clock.now());
    let (id, now) = (OrgId::new(millis, random), clock.now());
    let created: Result<_, hospes_server::error::Error> = store
        .write(move |tx| {
            let org = orgs::create(tx, id, &name, "Europe/Berlin", now)?;
            let mut members = HashMap::new();
            for role in Role::ALL {
                let email = EmailAddress::parse(&format!("{}@{domain}", role.as_str())).expect("an address");
                let new = NewMember {
                    email,
                    first_name: role.as_str().to_owned(),
                    last_name: name.clone(),
                    timezone: "Europe/Berlin".to_owned(),
                    role: *role,
                };
                let member = accounts::create::<hospes_server::error::Error>(tx, org.no, &new, now)?;
                let token = format!("{name}-{}-token", role.as_str());
                let new = NewToken {
                    name: "test".to_owned(),
                    hash: tokens::hash(&token),
                    fingerprint: "test".to_owned(),
                    created_at: now,
                    expires_at: now + SignedDuration::from_hours(24 * 180),
                };
                tokens::create(tx, org.no, member.id, &new)?;
                members.insert(*role, (member.id, token));
            }
            Ok(Org { no: org.no, id, domain: domain.clone(), members })
        })
        .await;
    created.expect("the organization is made")
}

/// All files in a folder and in those within it.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}
