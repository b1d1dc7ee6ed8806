//! The embedded database: one writer thread that shares commits, and readers
//! used on the threads that need them.

mod log;
mod writer;

use data_encoding::HEXLOWER_PERMISSIVE;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::oneshot;

use crate::error::{Error, Result};
use crate::revisions::Revisions;
use crate::sql::{Conn, Context, Tx};
use log::Log;
use writer::{Job, Write, write_loop};

const STATEMENTS: usize = 256;
/// KiB of page cache for all readers together, as long as each has 2 MiB. More did not make pages faster:
/// what the system's cache holds is copied as fast as memory is reached.
const READERS_CACHE: i64 = 8 << 10;

#[derive(Debug)]
pub(crate) struct Engine {
    path: PathBuf,
    readers: Mutex<Vec<Connection>>,
    /// `None` only while the engine is being dropped.
    jobs: Option<Sender<Box<dyn Job>>>,
    threads: Vec<JoinHandle<()>>,
    /// The database file, for flushing it. Closing any handle of a file ends
    /// the process's locks on it, so this one is closed last.
    _file: Arc<File>,
}

impl Engine {
    pub(crate) fn open(path: &Path, context: Arc<Context>, revisions: Arc<Revisions>) -> Result<Self> {
        let mut writer = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        // Small pages make small commits, large ones few reads a list: 4 KiB made
        // creations a tenth faster and lists a sixth slower.
        writer.pragma_update(None, "page_size", 8192)?;
        writer.pragma_update(None, "journal_mode", "WAL")?;
        writer.pragma_update(None, "synchronous", "FULL")?;
        writer.pragma_update(None, "foreign_keys", true)?;
        writer.pragma_update(None, "cache_size", -8192)?;
        let (log, requests) = Log::watch(&mut writer)?;
        let (jobs, queue) = channel();
        let copier = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let for_writer = log.clone();
        let file = Arc::new(File::open(path).map_err(|error| Error::Unavailable(error.to_string()))?);
        let database = Arc::clone(&file);
        let threads = vec![
            std::thread::Builder::new()
                .name("hospes-writer".to_owned())
                .spawn(move || write_loop(&writer, &queue, &context, &revisions, &for_writer)),
            std::thread::Builder::new()
                .name("hospes-checkpoint".to_owned())
                .spawn(move || log.copy_back(&copier, &database, &requests)),
        ]
        .into_iter()
        .collect::<std::io::Result<_>>()
        .map_err(|error| Error::Unavailable(error.to_string()))?;
        Ok(Self { path: path.to_owned(), readers: Mutex::default(), jobs: Some(jobs), threads, _file: file })
    }

    pub(crate) fn read<T, E: From<Error>>(
        &self,
        context: &Context,
        transaction: bool,
        mut work: impl FnMut(&mut Tx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let pooled = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let reader = match pooled {
            Some(reader) => reader,
            None => self.connect_reader()?,
        };
        let mut tx = Tx::new(Conn::Sqlite(&reader), context);
        let done = if transaction {
            reader
                .prepare_cached("BEGIN")
                .and_then(|mut begin| begin.execute([]))
                .map_err(|error| E::from(error.into()))?;
            let done = work(&mut tx);
            reader
                .prepare_cached("COMMIT")
                .and_then(|mut commit| commit.execute([]))
                .map_err(|error| E::from(error.into()))?;
            done
        } else {
            work(&mut tx)
        };
        // What is read here has been committed.
        context.versions.put_all(&tx.effects.versions);
        // A reader that panicked or failed above is closed, not pooled.
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        done
    }

    fn connect_reader(&self) -> Result<Connection> {
        let reader = connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        reader.pragma_update(None, "query_only", true)?;
        reader.pragma_update(None, "cache_size", -reader_cache())?;
        Ok(reader)
    }

    fn submit<T, E>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> std::result::Result<T, E> + Send + 'static,
    ) -> oneshot::Receiver<std::result::Result<T, E>>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        if let Some(jobs) = &self.jobs {
            // When the writer is gone the job is dropped, and its caller told so.
            let _ = jobs.send(Box::new(Write::new(work, reply)));
        }
        answer
    }

    pub(crate) async fn write<T, E>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.submit(work).await.unwrap_or_else(|_| Err(writer_gone().into()))
    }

    pub(crate) fn write_blocking<T, E>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.submit(work).blocking_recv().unwrap_or_else(|_| Err(writer_gone().into()))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // Readers first: the last connection that closes tidies the log away,
        // which only one that may write can do.
        self.readers.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
        self.jobs = None;
        for thread in self.threads.drain(..) {
            // A store dropped on its own thread cannot wait for itself.
            if thread.thread().id() != std::thread::current().id() {
                let _ = thread.join();
            }
        }
    }
}

/// KiB of each reader's page cache: as many readers as this machine runs at a
/// time share [`READERS_CACHE`].
fn reader_cache() -> i64 {
    let readers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    (READERS_CACHE / i64::try_from(readers).unwrap_or(1)).max(2048)
}

fn writer_gone() -> Error {
    Error::Unavailable("the store is closing".to_owned())
}

pub(crate) fn connect(path: &Path, flags: OpenFlags) -> Result<Connection> {
    let conn = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|error| Error::Unavailable(format!("{}: {error}", path.display())))?;
    conn.busy_timeout(Duration::from_secs(10))?;
    // What SQLite sets aside for savepoints and sorts would go to files.
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    // Plans depend on the statement alone, or every new parameter would prepare
    // it again.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // Named and defined as in PostgreSQL, but for answering in bytes: only
    // whether it is above zero is ever asked.
    conn.create_scalar_function(
        "strpos",
        2,
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS,
        |call| {
            let (text, part) = (call.get_raw(0).as_bytes(), call.get_raw(1).as_bytes());
            Ok(match (text, part) {
                (Ok(text), Ok(part)) => memchr::memmem::find(text, part).map_or(0, |at| at as i64 + 1),
                _ => 0,
            })
        },
    )?;
    // The same for reading ids out of text; hexadecimal is all that is asked for.
    conn.create_scalar_function(
        "decode",
        2,
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS,
        |call| {
            Ok(call
                .get_raw(0)
                .as_str()
                .ok()
                .and_then(|text| HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()))
        },
    )?;
    Ok(conn)
}
