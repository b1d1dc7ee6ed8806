//! The write-ahead log, and copying it back into the file.
//!
//! Commits are appended to the log. When it has grown, what is in it is copied
//! back on a thread of its own, in several passes while commits go on; only the
//! short rest is copied by the writer, between two commits, because the log can
//! be begun anew only when all of it is copied. The file of the log keeps its
//! size: writing over what is there costs less than letting a file grow.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use rusqlite::Connection;

use crate::error::Result;

/// Pages in the log from which on it is copied back: 64 MiB. Pages that many
/// commits wrote are copied once, so that a long log saves writing.
const LONG: i32 = 8192;
/// Pages that may be left for the writer to copy.
const SHORT: i64 = 256;
/// Passes over the log while commits go on; after so many the writer copies what
/// is left, however much.
const PASSES: usize = 8;
/// Size in bytes that the log's file is cut down to after a very large commit.
const FILE: i64 = 256 << 20;

/// What the writer and the copying thread have to do with each other.
#[derive(Debug, Clone, Default)]
pub(super) struct Log {
    nearly_copied: Arc<AtomicBool>,
}

impl Log {
    /// Prepares the writer's connection. The receiver is for
    /// [`copy_back`](Self::copy_back).
    pub(super) fn watch(writer: &mut Connection) -> Result<(Self, Receiver<()>)> {
        // Set off by the hook below instead.
        writer.pragma_update(None, "wal_autocheckpoint", 0)?;
        writer.pragma_update(None, "journal_size_limit", FILE)?;
        let (long, requests): (SyncSender<()>, _) = sync_channel(1);
        writer.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
            if pages >= LONG {
                match long.try_send(()) {
                    // It is known already, or the store is closing.
                    Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {}
                }
            }
            Ok(())
        }))?;
        Ok((Self::default(), requests))
    }

    /// Copies the log back whenever it is long, until the writer is gone.
    ///
    /// SQLite waits for the disk only when a pass has copied everything, which
    /// would be the writer's; waiting for `database` here leaves it little.
    pub(super) fn copy_back(&self, conn: &Connection, database: &File, requests: &Receiver<()>) {
        while requests.recv().is_ok() {
            let mut left = None;
            for _ in 0..PASSES {
                left = checkpoint(conn);
                if let Err(error) = database.sync_data() {
                    tracing::warn!(%error, "the database file could not be flushed");
                }
                if left.is_none_or(|left| left <= SHORT) {
                    break;
                }
            }
            if left.is_some() {
                self.nearly_copied.store(true, Ordering::Relaxed);
            }
            // A reader that holds on to an old state keeps the log from being
            // begun anew; then each commit would ask for another pass.
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// For the writer, between two commits.
    pub(super) fn finish(&self, writer: &Connection) {
        if self.nearly_copied.swap(false, Ordering::Relaxed) {
            checkpoint(writer);
        }
    }
}

/// Copies what no reader is in the way of, and returns how many pages are left;
/// `None` when it could not be done.
fn checkpoint(conn: &Connection) -> Option<i64> {
    let outcome = conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
        let is_busy = row.get::<_, i64>(0)? != 0;
        let left = row.get::<_, i64>(1)? - row.get::<_, i64>(2)?;
        Ok((!is_busy).then_some(left))
    });
    outcome.unwrap_or_else(|error| {
        tracing::warn!(%error, "the write-ahead log could not be copied back");
        None
    })
}
