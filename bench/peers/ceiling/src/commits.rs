//! The baseline of durable writes: one guest of about 1 KB, two indexes, one
//! commit, flushed to the disk before the next one starts. A server that
//! acknowledges each insert after a commit of its own cannot be faster than
//! this on the same disk.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

use crate::{Failure, percentile};

/// Brings the row, with its keys, to about a kilobyte.
const PROFILE_BYTES: usize = 850;

#[derive(clap::Args)]
pub struct Options {
    /// A file that does not exist yet, on the disk to measure; removed at the end
    #[arg(long)]
    db: PathBuf,
    /// How long to insert, in seconds
    #[arg(long, default_value_t = 5)]
    seconds: u64,
}

pub fn run(options: &Options) -> Result<(), Failure> {
    if options.db.exists() {
        return Err(format!("{} exists already", options.db.display()).into());
    }
    let measured = measure(&options.db, Duration::from_secs(options.seconds));
    for suffix in ["", "-wal", "-shm"] {
        let mut file = options.db.clone().into_os_string();
        file.push(suffix);
        // Whichever of them is not there needs no removing.
        let _ = std::fs::remove_file(file);
    }
    let mut waits = measured?;
    let total: u64 = waits.iter().sum();
    waits.sort_unstable();
    println!(
        r#"{{"commits":{},"commits_per_second":{},"p50_us":{},"p99_us":{},"max_us":{},"duration_us":{}}}"#,
        waits.len(),
        waits.len() as u64 * 1_000_000 / total.max(1),
        percentile(&waits, 0.5),
        percentile(&waits, 0.99),
        percentile(&waits, 1.0),
        total,
    );
    Ok(())
}

/// Inserts until the time is over; microseconds of each commit.
fn measure(file: &Path, time: Duration) -> Result<Vec<u64>, Failure> {
    let db = Connection::open(file)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.execute_batch(
        "CREATE TABLE guests (
           id INTEGER PRIMARY KEY,
           organization_id TEXT NOT NULL,
           email TEXT NOT NULL,
           created_at INTEGER NOT NULL,
           profile TEXT NOT NULL
         ) STRICT;
         CREATE UNIQUE INDEX guests_email ON guests (organization_id, email);
         CREATE INDEX guests_listed ON guests (organization_id, created_at);",
    )?;
    let profile = "p".repeat(PROFILE_BYTES);
    let mut insert = db.prepare(
        "INSERT INTO guests (organization_id, email, created_at, profile) VALUES (?1, ?2, ?3, ?4)",
    )?;

    let mut waits = Vec::new();
    let started = Instant::now();
    for number in 0_u32.. {
        if started.elapsed() >= time {
            break;
        }
        // Addresses do not come in order: spread them over their index.
        let email = format!("guest-{:08x}@bench.example", number.wrapping_mul(0x9E37_79B1));
        let before = Instant::now();
        insert.execute(params!["bench", email, number, profile])?;
        waits.push(u64::try_from(before.elapsed().as_micros())?);
    }
    Ok(waits)
}
