//! What stands in the database of a test's server.

use std::collections::BTreeMap;

use hospes_model::TaskKey;
use hospes_store::Database;

use super::{Org, TestApp};

/// How many rows a database holds, where a change would show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Guests.
    pub guests: i64,
    /// Guests as the organizations' counters have them.
    pub counted: i64,
    /// Their renderings.
    pub renderings: i64,
    /// Tasks.
    pub tasks: i64,
    /// Rows of the activity feed.
    pub events: i64,
    /// The organizations' guest revisions, added up.
    pub revisions: i64,
    /// Templates.
    pub templates: i64,
    /// Their versions.
    pub versions: i64,
}

/// A row of the activity feed as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// `guest`, `task`, ...
    pub entity: String,
    /// Which one.
    pub entity_id: String,
    /// What was done.
    pub verb: String,
    /// The member who did it.
    pub actor: Option<i64>,
    /// The field that was changed.
    pub field: Option<String>,
    /// Its text before.
    pub old_value: Option<String>,
    /// A sentence.
    pub text: String,
    /// The network address it came from.
    pub ip: Option<String>,
    /// The request's id.
    pub request_id: String,
    /// Microseconds since 1970.
    pub at: i64,
}

impl TestApp {
    /// What is written at this moment, counted row by row.
    pub async fn written(&self) -> Written {
        self.with_store(|tx| {
            tx.query_one(
                "SELECT (SELECT COUNT(*) FROM guest), (SELECT CAST(SUM(guest_total) AS BIGINT) FROM org), \
                 (SELECT COUNT(*) FROM guest_rendered), (SELECT COUNT(*) FROM task), \
                 (SELECT COUNT(*) FROM activity), (SELECT CAST(SUM(guest_revision) AS BIGINT) FROM org), \
                 (SELECT COUNT(*) FROM template), (SELECT COUNT(*) FROM template_version)",
                &[],
                |row| {
                    Ok(Written {
                        guests: row.int(0)?,
                        counted: row.int(1)?,
                        renderings: row.int(2)?,
                        tasks: row.int(3)?,
                        events: row.int(4)?,
                        revisions: row.int(5)?,
                        templates: row.int(6)?,
                        versions: row.int(7)?,
                    })
                },
            )
        })
        .await
    }

    /// Every row of every table as text, by table and in order: what two moments
    /// are compared by to see that nothing was written.
    pub async fn contents(&self) -> BTreeMap<String, Vec<String>> {
        let is_sqlite = matches!(self.database.database(), Database::Sqlite(_));
        self.with_store(move |tx| {
            let tables = if is_sqlite {
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            } else {
                "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()"
            };
            let tables = tx.query_all(tables, &[], |row| row.string(0))?;
            let mut contents = BTreeMap::new();
            for table in tables {
                let whole = if is_sqlite {
                    let sql = "SELECT name FROM pragma_table_info(?1)";
                    let columns = tx.query_all(sql, &[(&table).into()], |row| row.string(0))?;
                    let quoted: Vec<_> =
                        columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
                    quoted.join(" || '|' || ")
                } else {
                    "t::text".to_owned()
                };
                let sql = format!("SELECT {whole} AS row FROM \"{table}\" t ORDER BY row");
                contents.insert(table, tx.query_all(&sql, &[], |row| row.string(0))?);
            }
            Ok(contents)
        })
        .await
    }

    /// Finds these texts neither in a row of any table nor in the files of an
    /// embedded database, where what was deleted may still stand.
    pub async fn stores_none_of(&self, secrets: &[String]) {
        assert!(!secrets.is_empty(), "nothing to look for");
        let rows = format!("{:?}", self.contents().await);
        let mut places = vec![("a row".to_owned(), rows.into_bytes())];
        if let Some(folder) = self.database.folder() {
            for file in super::files_below(folder) {
                let bytes = std::fs::read(&file).expect("the database's file");
                places.push((file.display().to_string(), bytes));
            }
            assert!(places.len() > 1, "no file of a database");
        }
        for (place, bytes) in &places {
            for secret in secrets.iter().map(String::as_bytes) {
                let is_in = bytes.windows(secret.len()).any(|part| part == secret);
                assert!(!is_in, "{} in {place}", String::from_utf8_lossy(secret));
            }
        }
    }

    /// An organization's activity rows, oldest first.
    pub async fn events(&self, org: &Org) -> Vec<StoredEvent> {
        let no = org.no;
        self.with_store(move |tx| {
            tx.query_all(
                "SELECT entity_type, entity_id, verb, actor_id, field, old_value, text, ip, request_id, \
                 created_at FROM activity WHERE key >= ?1 AND key <= ?2 ORDER BY key",
                &[TaskKey::before_all(no).get().into(), TaskKey::after_all(no).get().into()],
                |row| {
                    Ok(StoredEvent {
                        entity: row.string(0)?,
                        entity_id: row.string(1)?,
                        verb: row.string(2)?,
                        actor: row.opt_int(3)?,
                        field: row.opt_string(4)?,
                        old_value: row.opt_string(5)?,
                        text: row.string(6)?,
                        ip: row.opt_string(7)?,
                        request_id: row.string(8)?,
                        at: row.int(9)?,
                    })
                },
            )
        })
        .await
    }
}
