//! Databases that live as long as a test.

use std::sync::atomic::{AtomicU32, Ordering};

use hospes_store::Database;
use tempfile::TempDir;

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// The embedded one.
    Sqlite,
    /// A server named by `HOSPES_TEST_POSTGRES`.
    Postgres,
}

/// An empty database, removed when dropped.
#[derive(Debug)]
pub struct TestDatabase {
    database: Database,
    /// Holds the SQLite file.
    folder: Option<TempDir>,
    /// The server and the name of the database made on it.
    made: Option<(String, String)>,
}

#[expect(clippy::disallowed_methods, reason = "the test command says where its PostgreSQL is")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Databases made by this process, to name them apart.
static COUNT: AtomicU32 = AtomicU32::new(0);

impl TestDatabase {
    /// Makes a database; `None` when there is no PostgreSQL to make it on.
    ///
    /// # Panics
    ///
    /// When `CI` is set and there is no PostgreSQL, or when it refuses.
    pub fn new(backend: Backend) -> Option<Self> {
        match backend {
            Backend::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                let database = Database::Sqlite(folder.path().join("hospes.db"));
                Some(Self { database, folder: Some(folder), made: None })
            }
            Backend::Postgres => {
                let Some(server) = environment("HOSPES_TEST_POSTGRES") else {
                    assert!(environment("CI").is_none(), "HOSPES_TEST_POSTGRES must be set in CI");
                    eprintln!("skipped: HOSPES_TEST_POSTGRES is not set");
                    return None;
                };
                let number = COUNT.fetch_add(1, Ordering::Relaxed);
                let name = format!("hospes_test_{}_{number}", std::process::id());
                on_server(&server, &format!("CREATE DATABASE {name}"));
                let database = Database::Postgres(with_name(&server, &name));
                Some(Self { database, folder: None, made: Some((server, name)) })
            }
        }
    }

    /// How to open it.
    pub fn database(&self) -> Database {
        self.database.clone()
    }

    /// The folder of the SQLite file.
    pub fn folder(&self) -> Option<&std::path::Path> {
        self.folder.as_ref().map(TempDir::path)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Some((server, name)) = &self.made {
            on_server(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

/// Runs a statement on the server, on a thread where waiting is allowed.
fn on_server(server: &str, sql: &str) {
    let (server, sql) = (server.to_owned(), sql.to_owned());
    let thread = std::thread::spawn(move || {
        let mut client = postgres::Client::connect(&server, postgres::NoTls).expect("PostgreSQL answers");
        client.batch_execute(&sql).expect("PostgreSQL makes and drops databases");
    });
    thread.join().expect("the statement ran");
}

/// The server's address with another database name.
fn with_name(server: &str, name: &str) -> String {
    let (address, parameters) = server.split_once('?').map_or((server, ""), |(a, p)| (a, p));
    let authority_at = address.find("://").map_or(0, |at| at + 3);
    let path_at = address[authority_at..].find('/').map_or(address.len(), |at| authority_at + at);
    let mark = if parameters.is_empty() { "" } else { "?" };
    format!("{}/{name}{mark}{parameters}", &address[..path_at])
}
