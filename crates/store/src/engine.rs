//! The store as the rest of the program holds it, and the choice of database.

use std::path::PathBuf;
use std::sync::Arc;

use hospes_model::guest::{Guest, Stats};

use crate::error::{Error, Result};
use crate::revisions::Revisions;
use crate::sql::{Context, Tx};
use crate::{migrations, orgs, pg, positions, sqlite, templates, tokens};

/// Which database, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// A file of the embedded database; its folder must exist.
    Sqlite(PathBuf),
    /// A `postgres://` address of PostgreSQL 15 or newer.
    Postgres(String),
}

/// How guests are rendered into the rows that lists are served from. The store
/// calls these in the transaction that changes a guest; what they write is
/// opaque to it.
#[derive(Debug, Clone, Copy)]
pub struct Render {
    /// The guest with statistics.
    pub guest: fn(&Guest) -> Vec<u8>,
    /// An earlier rendering with these statistics in it.
    pub stats: fn(&[u8], &Stats) -> Vec<u8>,
}

/// How to open a store.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which database.
    pub database: Database,
    /// How guests are rendered.
    pub render: Render,
    /// Connections to PostgreSQL, beside one for tokens; SQLite opens one reader a
    /// thread as needed.
    pub postgres_connections: usize,
}

/// A handle on the database; clones share it. See the crate's documentation.
#[derive(Debug, Clone)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    engine: Engine,
    context: Arc<Context>,
    revisions: Arc<Revisions>,
    access: tokens::Cache,
}

#[derive(Debug)]
enum Engine {
    Sqlite(sqlite::Engine),
    Postgres(pg::Engine),
}

impl Store {
    /// Opens the database, creating or migrating its tables.
    ///
    /// Blocks: call it before serving, or from a thread that may wait.
    pub fn open(options: &Options) -> Result<Self> {
        let context = Arc::new(Context {
            render: options.render,
            positions: positions::Cache::default(),
            counters: orgs::KnownCounters::default(),
            task_totals: positions::Cache::default(),
            versions: templates::versions::Cache::default(),
        });
        let revisions = Arc::new(Revisions::default());
        let engine = match &options.database {
            Database::Sqlite(path) => {
                Engine::Sqlite(sqlite::Engine::open(path, Arc::clone(&context), Arc::clone(&revisions))?)
            }
            Database::Postgres(url) => {
                Engine::Postgres(pg::Engine::open(url, options.postgres_connections, &context)?)
            }
        };
        let store = Self(Arc::new(Inner { engine, context, revisions, access: tokens::Cache::default() }));
        // In a part of its own: what scripts did is not among the changes that SQLite
        // counts, by which the writer knows whether there is something to take back.
        store.write_blocking(|tx| tx.nested(migrations::migrate))?;
        Ok(store)
    }

    /// Reads one state of the database.
    ///
    /// On SQLite the closure runs on the calling thread, at once; on PostgreSQL
    /// on a pooled thread. It may be run again when the connection failed
    /// before it answered.
    pub async fn read<T, E>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        match &self.0.engine {
            Engine::Sqlite(engine) => engine.read(&self.0.context, true, work),
            Engine::Postgres(engine) => engine.run(pg::Mode::Read, work).await,
        }
    }

    /// Like [`read`](Self::read), for closures that run a single statement:
    /// no transaction is opened around it.
    pub async fn read_single<T, E>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        match &self.0.engine {
            Engine::Sqlite(engine) => engine.read(&self.0.context, false, work),
            Engine::Postgres(engine) => engine.run(pg::Mode::Single, work).await,
        }
    }

    /// Changes the database. When this returns `Ok`, the change is durable;
    /// when it returns `Err`, nothing was written.
    ///
    /// On SQLite closures of several callers share one commit. A closure may be
    /// run again on both databases (after a serialization failure, or because a
    /// neighbour in the commit was refused), so it must not keep state between
    /// runs, and must come out the same on the same data.
    pub async fn write<T, E>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        match &self.0.engine {
            Engine::Sqlite(engine) => engine.write(work).await,
            Engine::Postgres(engine) => engine.run(pg::Mode::Write, work).await,
        }
    }

    /// [`write`](Self::write) for threads that may wait, such as commands.
    pub fn write_blocking<T, E>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        match &self.0.engine {
            Engine::Sqlite(engine) => engine.write_blocking(work),
            Engine::Postgres(engine) => engine.run_blocking(pg::Mode::Write, work),
        }
    }

    /// Forgets what is remembered between requests, after another program
    /// wrote to the embedded database (a command beside a running server).
    pub fn refresh(&self) {
        self.0.revisions.forget();
    }

    pub(crate) fn access_source(&self) -> AccessSource<'_> {
        match &self.0.engine {
            Engine::Sqlite(_) => AccessSource::Remembered(&self.0.access, &self.0.revisions),
            Engine::Postgres(engine) => AccessSource::Asked(engine),
        }
    }
}

/// Where it is known what tokens give access to.
pub(crate) enum AccessSource<'a> {
    /// Here, as far as it was asked for before.
    Remembered(&'a tokens::Cache, &'a Revisions),
    /// In the database.
    Asked(&'a pg::Engine),
}
