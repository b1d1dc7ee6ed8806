//! What a template said at some time.
//!
//! Rows are never changed, but for the note that a process was made of them: a
//! change of the template inserts another version, and drops the one before
//! unless a process uses it. A version that has been read and checked is
//! therefore remembered by its key alone, for templates and processes alike.
//!
//! The number in a key is taken back when its transaction is, and given to
//! another version later. So what a transaction has read or inserted stays with
//! the transaction ([`Effects`](crate::sql::Effects)) and is remembered when it
//! has come to its end.

use std::sync::Arc;

use hospes_model::workflow::{Blueprint, Snapshot};
use hospes_model::{Refusal, TemplateKey, VersionKey};
use quick_cache::sync::Cache as BoundedCache;
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};

use crate::error::{Error, Result};
use crate::sql::Tx;

/// Bytes of versions remembered at most, by a rough measure.
const CAPACITY: u64 = 32 << 20;
/// Versions of usual size that have room.
const VERSIONS: usize = 1024;
/// A version in memory, compared with its JSON.
const SWELLS: u64 = 4;

/// A version that is known, and what it weighs.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) key: VersionKey,
    snapshot: Arc<Snapshot>,
    weight: u64,
}

impl Known {
    fn new(key: VersionKey, snapshot: &Arc<Snapshot>, json: &str) -> Self {
        Self { key, snapshot: Arc::clone(snapshot), weight: json.len() as u64 * SWELLS + 1024 }
    }
}

#[derive(Debug, Clone)]
struct ByWeight;

impl Weighter<VersionKey, Known> for ByWeight {
    fn weight(&self, _: &VersionKey, known: &Known) -> u64 {
        known.weight
    }
}

/// The versions that were used last.
#[derive(Debug)]
pub(crate) struct Cache(BoundedCache<VersionKey, Known, ByWeight, DefaultHashBuilder>);

impl Default for Cache {
    fn default() -> Self {
        // In one part: it takes no version that is larger than a part.
        let options = OptionsBuilder::new()
            .shards(1)
            .estimated_items_capacity(VERSIONS)
            .weight_capacity(CAPACITY)
            .build()
            .unwrap_or_else(|_| unreachable!("both capacities are given"));
        Self(BoundedCache::with_options(
            options,
            ByWeight,
            DefaultHashBuilder::default(),
            quick_cache::sync::DefaultLifecycle::default(),
        ))
    }
}

impl Cache {
    fn get(&self, key: VersionKey) -> Option<Arc<Snapshot>> {
        self.0.get(&key).map(|known| known.snapshot)
    }

    /// Remembers what a transaction used, once it has ended well.
    pub(crate) fn put_all(&self, versions: &[Known]) {
        for known in versions {
            self.0.insert(known.key, known.clone());
        }
    }
}

/// What a version says, checked.
///
/// # Errors
///
/// [`Error::Corrupt`] if there is no such version, or it cannot be launched.
pub(crate) fn snapshot(tx: &mut Tx<'_>, key: VersionKey) -> Result<Arc<Snapshot>> {
    if let Some(known) = tx.context.versions.get(key) {
        return Ok(known);
    }
    if let Some(known) = tx.effects.versions.iter().find(|known| known.key == key) {
        return Ok(Arc::clone(&known.snapshot));
    }
    let json = tx
        .query_opt("SELECT blueprint FROM template_version WHERE key = ?1", &[key.get().into()], |row| {
            row.string(0)
        })?
        .ok_or_else(|| Error::corrupt("a version of a template is missing"))?;
    let unreadable = || Error::corrupt(format!("template_version.blueprint of {}", key.get()));
    let blueprint: Blueprint = serde_json::from_str(&json).map_err(|_| unreadable())?;
    let snapshot = Arc::new(Snapshot::new(blueprint).map_err(|_| unreadable())?);
    tx.effects.versions.push(Known::new(key, &snapshot, &json));
    Ok(snapshot)
}

/// The most bytes that a version may have as it is stored. Each edit writes a
/// template anew, whole, so requests add up to it.
const LIMIT: usize = 4 << 20;

/// Refuses what is too large to be stored, by the name of what makes it so.
pub(crate) fn check_size(snapshot: &Snapshot) -> std::result::Result<(), Refusal> {
    let mut size = Counted(0);
    // Whatever cannot be written is told where it is written.
    let _ = serde_json::to_writer(&mut size, snapshot.blueprint());
    if size.0 <= LIMIT {
        return Ok(());
    }
    let mib = LIMIT >> 20;
    Err(Refusal::field(
        "steps",
        format!("The template may not have more than {mib} MiB, form and rules included."),
    ))
}

/// Counts what is written to it.
struct Counted(usize);

impl std::io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Stores a version. Its number comes from
/// [`orgs::advance`](crate::orgs::advance) in the same transaction.
pub(crate) fn insert(
    tx: &mut Tx<'_>,
    key: VersionKey,
    template: TemplateKey,
    snapshot: &Arc<Snapshot>,
) -> Result<()> {
    let json =
        serde_json::to_string(snapshot.blueprint()).map_err(|error| Error::Database(error.to_string()))?;
    tx.execute(
        "INSERT INTO template_version (key, template_key, launched, blueprint) VALUES (?1, ?2, ?3, ?4)",
        &[key.get().into(), template.get().into(), false.into(), (&json).into()],
    )?;
    tx.effects.versions.push(Known::new(key, snapshot, &json));
    Ok(())
}

/// Notes that a process is made of a version, which is kept from now on.
pub(crate) fn mark_launched(tx: &mut Tx<'_>, key: VersionKey) -> Result<()> {
    tx.execute("UPDATE template_version SET launched = ?2 WHERE key = ?1", &[key.get().into(), true.into()])?;
    Ok(())
}

/// Drops a version that its template no longer points at, unless a process was
/// made of it.
pub(crate) fn drop_unless_launched(tx: &mut Tx<'_>, key: VersionKey) -> Result<()> {
    tx.execute(
        "DELETE FROM template_version WHERE key = ?1 AND launched = ?2",
        &[key.get().into(), false.into()],
    )?;
    Ok(())
}
