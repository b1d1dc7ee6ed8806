//! The embedded database: one writer thread that shares commits, and readers
//! used on the threads that need them.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::oneshot;

use crate::error::{Error, Result};
use crate::revisions::Revisions;
use crate::sql::{Conn, Context, Effects, Tx};

/// At most so many closures share one commit.
const BATCH: usize = 64;
/// A closure that takes longer holds every other writer up.
const SLOW: Duration = Duration::from_millis(100);
/// The write-ahead log is copied back into the file when it is larger.
const LOG_TARGET: u64 = 16 << 20;
const STATEMENTS: usize = 256;

#[derive(Debug)]
pub(crate) struct Engine {
    path: PathBuf,
    readers: Mutex<Vec<Connection>>,
    /// `None` only while the engine is being dropped.
    jobs: Option<Sender<Box<dyn Job>>>,
    threads: Vec<JoinHandle<()>>,
}

/// A closure waiting for the writer, with the caller who waits for it.
trait Job: Send {
    /// Runs the closure; its answer is kept until [`finish`](Self::finish).
    fn run(&mut self, tx: &mut Tx<'_>);
    /// Hands the answer over, or the reason why the commit failed.
    fn finish(self: Box<Self>, committed: std::result::Result<(), String>);
}

struct Write<F, T, E> {
    work: F,
    answer: Option<std::result::Result<T, E>>,
    reply: oneshot::Sender<std::result::Result<T, E>>,
}

impl<F, T, E> Job for Write<F, T, E>
where
    F: FnMut(&mut Tx<'_>) -> std::result::Result<T, E> + Send,
    T: Send,
    E: From<Error> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) {
        let started = Instant::now();
        let work = &mut self.work;
        let answer = tx.nested(|tx| {
            catch_unwind(AssertUnwindSafe(|| work(tx)))
                .unwrap_or_else(|panic| Err(Error::Database(panic_text(panic.as_ref())).into()))
        });
        if started.elapsed() > SLOW {
            tracing::warn!(elapsed_ms = started.elapsed().as_millis(), "a write held the database for long");
        }
        self.answer = Some(answer);
    }

    fn finish(self: Box<Self>, committed: std::result::Result<(), String>) {
        let answer = match (committed, self.answer) {
            (Err(why), Some(Ok(_)) | None) => Err(Error::Unavailable(why).into()),
            (_, Some(answer)) => answer,
            (Ok(()), None) => Err(Error::Database("a write was not run".to_owned()).into()),
        };
        // A caller who has gone away does not want the answer.
        let _ = self.reply.send(answer);
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
    format!("a transaction panicked: {}", text.unwrap_or("no message"))
}

impl Engine {
    pub(crate) fn open(path: &Path, context: Arc<Context>, revisions: Arc<Revisions>) -> Result<Self> {
        let writer = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        // Small pages make small commits, large ones few reads a list: 8 KiB
        // measured best for both.
        writer.pragma_update(None, "page_size", 8192)?;
        writer.pragma_update(None, "journal_mode", "WAL")?;
        writer.pragma_update(None, "synchronous", "FULL")?;
        writer.pragma_update(None, "foreign_keys", true)?;
        writer.pragma_update(None, "cache_size", -8192)?;
        // Copying the log back is the other thread's work.
        writer.pragma_update(None, "wal_autocheckpoint", 0)?;
        // The log's file shrinks when it is begun anew, so that its size says
        // how much there is to copy.
        writer.pragma_update(None, "journal_size_limit", i64::try_from(LOG_TARGET / 4).unwrap_or(0))?;
        let (jobs, queue) = channel();
        let (committed, commits) = channel();
        let log = log_path(path);
        let copied = Arc::new(AtomicBool::new(false));
        let copied_back = Arc::clone(&copied);
        let checkpointer = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let threads = vec![
            std::thread::Builder::new()
                .name("hospes-writer".to_owned())
                .spawn(move || write_loop(&writer, &queue, &context, &revisions, &committed, &copied_back)),
            std::thread::Builder::new()
                .name("hospes-checkpoint".to_owned())
                .spawn(move || checkpoint_loop(&checkpointer, &commits, &log, &copied)),
        ]
        .into_iter()
        .collect::<std::io::Result<_>>()
        .map_err(|error| Error::Unavailable(error.to_string()))?;
        Ok(Self { path: path.to_owned(), readers: Mutex::default(), jobs: Some(jobs), threads })
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
        let done = if transaction {
            reader
                .prepare_cached("BEGIN")
                .and_then(|mut begin| begin.execute([]))
                .map_err(|error| E::from(error.into()))?;
            let done = work(&mut Tx::new(Conn::Sqlite(&reader), context));
            reader
                .prepare_cached("COMMIT")
                .and_then(|mut commit| commit.execute([]))
                .map_err(|error| E::from(error.into()))?;
            done
        } else {
            work(&mut Tx::new(Conn::Sqlite(&reader), context))
        };
        // A reader that panicked or failed above is closed, not pooled.
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        done
    }

    fn connect_reader(&self) -> Result<Connection> {
        let reader = connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        reader.pragma_update(None, "query_only", true)?;
        reader.pragma_update(None, "cache_size", -8192)?;
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
            let _ = jobs.send(Box::new(Write { work, answer: None, reply }));
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

fn writer_gone() -> Error {
    Error::Unavailable("the store is closing".to_owned())
}

pub(crate) fn connect(path: &Path, flags: OpenFlags) -> Result<Connection> {
    let conn = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|error| Error::Unavailable(format!("{}: {error}", path.display())))?;
    conn.busy_timeout(Duration::from_secs(10))?;
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
        |call| Ok(call.get_raw(0).as_str().ok().and_then(from_hex)),
    )?;
    Ok(conn)
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

fn write_loop(
    conn: &Connection,
    queue: &Receiver<Box<dyn Job>>,
    context: &Context,
    revisions: &Revisions,
    committed: &Sender<()>,
    copied_back: &AtomicBool,
) {
    while let Ok(first) = queue.recv() {
        let mut batch = vec![first];
        let outcome = commit_batch(conn, queue, context, &mut batch);
        let outcome = outcome.map(|effects| revisions.publish(&effects)).map_err(|error| {
            tracing::error!(%error, "a commit failed");
            if !conn.is_autocommit() {
                let _ = conn.execute_batch("ROLLBACK");
            }
            error.to_string()
        });
        for job in batch {
            job.finish(outcome.clone());
        }
        if copied_back.swap(false, Ordering::Relaxed) {
            // Only while nothing is being written can the last of the log be
            // copied and the log begun anew; by now there is little left.
            checkpoint(conn);
        }
        let _ = committed.send(());
    }
}

/// Runs what waits, up to [`BATCH`] closures, and commits once.
fn commit_batch(
    conn: &Connection,
    queue: &Receiver<Box<dyn Job>>,
    context: &Context,
    batch: &mut Vec<Box<dyn Job>>,
) -> Result<Effects> {
    conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let mut tx = Tx::new(Conn::Sqlite(conn), context);
    let mut done = 0;
    while done < batch.len() {
        batch[done].run(&mut tx);
        done += 1;
        if batch.len() < BATCH
            && let Ok(next) = queue.try_recv()
        {
            batch.push(next);
        }
    }
    let effects = std::mem::take(&mut tx.effects);
    conn.prepare_cached("COMMIT")?.execute([])?;
    Ok(effects)
}

fn log_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

/// Copies the write-ahead log back into the file, off the writer's path.
fn checkpoint_loop(conn: &Connection, commits: &Receiver<()>, log: &Path, copied_back: &AtomicBool) {
    loop {
        match commits.recv_timeout(Duration::from_mins(1)) {
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) | Ok(()) => {}
        }
        // Commits come faster than there is anything to do about them.
        std::thread::sleep(Duration::from_millis(50));
        while commits.try_recv().is_ok() {}
        if std::fs::metadata(log).map_or(0, |data| data.len()) > LOG_TARGET {
            checkpoint(conn);
            copied_back.store(true, Ordering::Relaxed);
        }
    }
}

fn checkpoint(conn: &Connection) {
    let outcome = conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get::<_, i64>(0));
    if let Err(error) = outcome {
        tracing::warn!(%error, "the write-ahead log could not be copied back");
    }
}
