//! The schema, in numbered steps with a twin for each database.

use crate::error::{Error, Result};
use crate::sql::{Tx, Value};

/// One step of the schema: the same tables and columns in two dialects.
#[derive(Debug)]
pub struct Migration {
    /// Consecutive from 1.
    pub version: i64,
    /// For the embedded database.
    pub sqlite: &'static str,
    /// For PostgreSQL.
    pub postgres: &'static str,
}

/// One step from its two files.
macro_rules! migration {
    ($version:literal, $name:literal) => {
        Migration {
            version: $version,
            sqlite: include_str!(concat!("../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../migrations/postgres/", $name, ".sql")),
        }
    };
}

/// All steps, oldest first. A released step is never edited.
pub const ALL: &[Migration] = &[
    migration!(1, "0001_initial"),
    migration!(2, "0002_workplace"),
    migration!(3, "0003_mail"),
    migration!(4, "0004_comments"),
    migration!(5, "0005_files"),
    migration!(6, "0006_kickoff"),
    migration!(7, "0007_copied_files"),
    migration!(8, "0008_typed_at_start"),
];

/// Brings the schema up to date. Several nodes may start at once: on
/// PostgreSQL they take turns.
pub(crate) fn migrate(tx: &mut Tx<'_>) -> Result<()> {
    if !tx.is_sqlite() {
        // Any constant does; it only has to be the same on every node.
        tx.query_one("SELECT pg_advisory_xact_lock(?1) IS NULL", &[Value::Int(0x686f_7370)], |_| Ok(()))?;
    }
    tx.batch("CREATE TABLE IF NOT EXISTS migration (version BIGINT PRIMARY KEY)")?;
    let newest = tx.query_one("SELECT COALESCE(MAX(version), 0) FROM migration", &[], |row| row.int(0))?;
    if newest > ALL.len() as i64 {
        return Err(Error::Unavailable(format!(
            "the database has schema version {newest}, this program knows {} at most: use a newer release",
            ALL.len()
        )));
    }
    for migration in ALL.iter().filter(|migration| migration.version > newest) {
        let sql = if tx.is_sqlite() { migration.sqlite } else { migration.postgres };
        tx.batch(sql)?;
        tx.execute("INSERT INTO migration (version) VALUES (?1)", &[migration.version.into()])?;
    }
    Ok(())
}
