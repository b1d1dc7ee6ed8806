//! The thread that writes: takes the closures that wait, runs them one after
//! the other and commits them together.
//!
//! A closure that is refused must leave nothing behind, and take no other with
//! it. A savepoint for each would see to that, but SQLite then sets aside a copy
//! of every page that a closure touches, which costs more than the writes
//! themselves. So closures run without. When one that has written something is
//! refused, the transaction is rolled back and those before it are run again;
//! from there on, and for some commits more, each has its savepoint.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::log::Log;
use crate::error::{Error, Result};
use crate::revisions::Revisions;
use crate::sql::{Conn, Context, Effects, Tx};

/// At most so many closures share one commit.
const BATCH: usize = 64;
/// A closure that takes longer holds every other writer up.
const SLOW: Duration = Duration::from_millis(100);
/// So many commits use savepoints after one that had to be run again.
const CAREFUL: u32 = 16;

/// A closure waiting for the writer, with the caller who waits for it.
pub(super) trait Job: Send {
    /// Runs the closure and says whether it succeeded. The answer of the last
    /// run is kept until [`finish`](Self::finish).
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Hands the answer over, or the reason why the commit failed.
    fn finish(self: Box<Self>, committed: std::result::Result<(), String>);
}

/// The usual [`Job`].
pub(super) struct Write<F, T, E> {
    work: F,
    answer: Option<std::result::Result<T, E>>,
    reply: oneshot::Sender<std::result::Result<T, E>>,
}

impl<F, T, E> Write<F, T, E> {
    pub(super) fn new(work: F, reply: oneshot::Sender<std::result::Result<T, E>>) -> Self {
        Self { work, answer: None, reply }
    }
}

impl<F, T, E> Job for Write<F, T, E>
where
    F: FnMut(&mut Tx<'_>) -> std::result::Result<T, E> + Send,
    T: Send,
    E: From<Error> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let started = Instant::now();
        let work = &mut self.work;
        let answer = catch_unwind(AssertUnwindSafe(|| work(tx)))
            .unwrap_or_else(|panic| Err(Error::Database(panic_text(panic.as_ref())).into()));
        if started.elapsed() > SLOW {
            tracing::warn!(elapsed_ms = started.elapsed().as_millis(), "a write held the database for long");
        }
        self.answer.insert(answer).is_ok()
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

/// Writes until the store is closed.
pub(super) fn write_loop(
    conn: &Connection,
    queue: &Receiver<Box<dyn Job>>,
    context: &Context,
    revisions: &Revisions,
    log: &Log,
) {
    let mut careful = 0;
    while let Ok(first) = queue.recv() {
        let mut batch = Batch { conn, context, queue, jobs: vec![first], careful: careful > 0 };
        let outcome = batch.commit();
        careful = if batch.careful && careful == 0 { CAREFUL } else { careful.saturating_sub(1) };
        let published = outcome.map(|effects| {
            context.versions.put_all(&effects.versions);
            revisions.publish(&effects);
        });
        let outcome = published.map_err(|error| {
            tracing::error!(%error, "a commit failed");
            if !conn.is_autocommit() {
                let _ = conn.execute_batch("ROLLBACK");
            }
            error.to_string()
        });
        for job in batch.jobs {
            job.finish(outcome.clone());
        }
        log.finish(conn);
    }
}

/// The closures of one commit.
struct Batch<'a> {
    conn: &'a Connection,
    context: &'a Context,
    queue: &'a Receiver<Box<dyn Job>>,
    jobs: Vec<Box<dyn Job>>,
    /// Whether each closure has a savepoint.
    careful: bool,
}

impl<'a> Batch<'a> {
    /// Runs what waits, up to [`BATCH`] closures, and commits once.
    fn commit(&mut self) -> Result<Effects> {
        let mut refused: Vec<bool> = Vec::new();
        let mut tx = self.begin()?;
        while let Some(job) = self.jobs.get_mut(refused.len()) {
            let done = if self.careful {
                run_careful(job.as_mut(), &mut tx)?
            } else {
                run(self.conn, job.as_mut(), &mut tx)
            };
            if self.conn.is_autocommit() {
                // SQLite gave the transaction up: what follows would stand alone.
                return Err(Error::Database("the transaction was rolled back by an error in it".to_owned()));
            }
            refused.push(done != Done::Well);
            if done == Done::Badly {
                self.careful = true;
                self.conn.prepare_cached("ROLLBACK")?.execute([])?;
                tx = self.begin()?;
                for (job, _) in self.jobs.iter_mut().zip(&refused).filter(|(_, refused)| !**refused) {
                    // The same closures on the same state: what went well will again.
                    if run_careful(job.as_mut(), &mut tx)? != Done::Well {
                        return Err(Error::Database(
                            "a write came out differently the second time".to_owned(),
                        ));
                    }
                }
            }
            if self.jobs.len() < BATCH
                && let Ok(next) = self.queue.try_recv()
            {
                self.jobs.push(next);
            }
        }
        let effects = std::mem::take(&mut tx.effects);
        self.conn.prepare_cached("COMMIT")?.execute([])?;
        Ok(effects)
    }

    fn begin(&self) -> Result<Tx<'a>> {
        self.conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        Ok(Tx::new(Conn::Sqlite(self.conn), self.context))
    }
}

/// How a closure ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Done {
    Well,
    /// Refused, and nothing of it is in the transaction.
    Cleanly,
    /// Refused after it had written something, which is still there.
    Badly,
}

fn run(conn: &Connection, job: &mut dyn Job, tx: &mut Tx<'_>) -> Done {
    let (changes, mark) = (conn.total_changes(), tx.effects.mark());
    if job.run(tx) {
        return Done::Well;
    }
    if conn.total_changes() == changes && !tx.effects.changed_since(mark) {
        Done::Cleanly
    } else {
        Done::Badly
    }
}

fn run_careful(job: &mut dyn Job, tx: &mut Tx<'_>) -> Result<Done> {
    let done = tx.in_savepoint("hospes_closure", |tx| if job.run(tx) { Ok(()) } else { Err(Undo::Refused) });
    match done {
        Ok(()) => Ok(Done::Well),
        Err(Undo::Refused) => Ok(Done::Cleanly),
        Err(Undo::Failed(error)) => Err(error),
    }
}

/// Why a savepoint is rolled back.
enum Undo {
    Refused,
    Failed(Error),
}

impl From<Error> for Undo {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}
