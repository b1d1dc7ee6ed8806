//! The executor: statement, parameters, rows, savepoints. Nothing more.
//!
//! Statements are written with `?1`, `?2`, …, which SQLite reads as they are;
//! for PostgreSQL they become `$1`, `$2`, … once, when a statement is first
//! prepared on a connection.

mod conditions;
mod value;

use std::collections::HashMap;

use hospes_model::OrgNo;
use postgres::types::{ToSql, Type};
use rusqlite::types::ValueRef;

use crate::error::{Error, Result};

pub(crate) use conditions::{Conditions, in_list};
pub use value::Value;

/// A row of an answer. Columns are numbered from 0; a column of another type
/// than asked for is [`Error::Corrupt`], naming the column.
#[derive(Debug)]
pub struct Row<'a>(RowKind<'a>);

#[derive(Debug)]
enum RowKind<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a postgres::Row),
}

impl Row<'_> {
    fn wrong(&self, column: usize, wanted: &str) -> Error {
        let name = match &self.0 {
            RowKind::Sqlite(row) => row.as_ref().column_name(column).unwrap_or("?").to_owned(),
            RowKind::Postgres(row) => {
                row.columns().get(column).map_or("?", postgres::Column::name).to_owned()
            }
        };
        Error::Corrupt(format!("column {column} ({name}) is not {wanted}"))
    }

    /// A number that may be null.
    pub fn opt_int(&self, column: usize) -> Result<Option<i64>> {
        match &self.0 {
            RowKind::Sqlite(row) => match row.get_ref(column)? {
                ValueRef::Null => Ok(None),
                ValueRef::Integer(value) => Ok(Some(value)),
                _ => Err(self.wrong(column, "a number")),
            },
            RowKind::Postgres(row) => row.try_get(column).map_err(|_| self.wrong(column, "a number")),
        }
    }

    /// A number.
    pub fn int(&self, column: usize) -> Result<i64> {
        self.opt_int(column)?.ok_or_else(|| self.wrong(column, "a number"))
    }

    /// A truth value that may be null.
    pub fn opt_bool(&self, column: usize) -> Result<Option<bool>> {
        match &self.0 {
            RowKind::Sqlite(_) => Ok(self.opt_int(column)?.map(|value| value != 0)),
            RowKind::Postgres(row) => row.try_get(column).map_err(|_| self.wrong(column, "a truth value")),
        }
    }

    /// A truth value.
    pub fn bool(&self, column: usize) -> Result<bool> {
        self.opt_bool(column)?.ok_or_else(|| self.wrong(column, "a truth value"))
    }

    /// Text that may be null.
    pub fn opt_text(&self, column: usize) -> Result<Option<&str>> {
        match &self.0 {
            RowKind::Sqlite(row) => match row.get_ref(column)? {
                ValueRef::Null => Ok(None),
                ValueRef::Text(bytes) => {
                    std::str::from_utf8(bytes).map(Some).map_err(|_| self.wrong(column, "UTF-8"))
                }
                _ => Err(self.wrong(column, "text")),
            },
            RowKind::Postgres(row) => row.try_get(column).map_err(|_| self.wrong(column, "text")),
        }
    }

    /// Text.
    pub fn text(&self, column: usize) -> Result<&str> {
        self.opt_text(column)?.ok_or_else(|| self.wrong(column, "text"))
    }

    /// Owned text that may be null.
    pub fn opt_string(&self, column: usize) -> Result<Option<String>> {
        Ok(self.opt_text(column)?.map(str::to_owned))
    }

    /// Owned text.
    pub fn string(&self, column: usize) -> Result<String> {
        self.text(column).map(str::to_owned)
    }

    /// The same, of a column that may be null.
    pub fn opt_bytes(&self, column: usize) -> Result<Option<&[u8]>> {
        let is_null = match &self.0 {
            RowKind::Sqlite(row) => matches!(row.get_ref(column)?, ValueRef::Null),
            RowKind::Postgres(row) => {
                let bytes: std::result::Result<Option<&[u8]>, _> = row.try_get(column);
                matches!(bytes, Ok(None))
            }
        };
        if is_null { Ok(None) } else { self.bytes(column).map(Some) }
    }

    /// The bytes of text or of a byte column, unread.
    pub fn bytes(&self, column: usize) -> Result<&[u8]> {
        match &self.0 {
            RowKind::Sqlite(row) => match row.get_ref(column)? {
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Ok(bytes),
                _ => Err(self.wrong(column, "bytes")),
            },
            RowKind::Postgres(row) => {
                if row.columns().get(column).is_some_and(|c| *c.type_() == Type::TEXT) {
                    return self.text(column).map(str::as_bytes);
                }
                row.try_get(column).map_err(|_| self.wrong(column, "bytes"))
            }
        }
    }
}

/// An open transaction. In [`Store::read`](crate::Store::read) it sees one
/// state of the database; in [`Store::write`](crate::Store::write) it also
/// changes it.
#[derive(Debug)]
pub struct Tx<'a> {
    conn: Conn<'a>,
    pub(crate) effects: Effects,
    pub(crate) context: &'a Context,
}

/// What statements need beside the connection: fixed for a store's life.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) render: crate::engine::Render,
    pub(crate) positions: crate::positions::Cache,
    pub(crate) counters: crate::orgs::KnownCounters,
    /// Totals of lists of tasks; a cache of its own, so that many small lists
    /// do not drive out the few large ones.
    pub(crate) task_totals: crate::positions::Cache,
    /// Versions of templates.
    pub(crate) versions: crate::templates::versions::Cache,
}

pub(crate) enum Conn<'a> {
    Sqlite(&'a rusqlite::Connection),
    Postgres {
        tx: &'a mut dyn PgClient,
        statements: &'a mut Statements,
        /// Set when a statement failed in a way that a fresh try may mend.
        retry: Retry,
    },
}

impl std::fmt::Debug for Conn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres { .. } => "postgres",
        })
    }
}

/// Whether what failed may succeed when it is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Retry {
    /// It would fail again.
    No,
    /// On the same connection: another transaction was in the way.
    Here,
    /// On another connection: this one is lost.
    Elsewhere,
}

impl Retry {
    /// What to do about an error. All of these left nothing behind, as long as
    /// the error did not come from a commit.
    pub(crate) fn after(error: &postgres::Error) -> Self {
        match error.code().map(postgres::error::SqlState::code) {
            // Serialization failure, deadlock.
            Some("40001" | "40P01") => Self::Here,
            // The server shuts down, crashed, is not ready yet, or closed the connection.
            Some("57P01" | "57P02" | "57P03" | "57P05" | "25P03") => Self::Elsewhere,
            Some(code) if code.starts_with("08") => Self::Elsewhere,
            Some(_) => Self::No,
            None if error.is_closed() => Self::Elsewhere,
            None => match std::error::Error::source(error) {
                Some(cause) if cause.is::<std::io::Error>() => Self::Elsewhere,
                _ => Self::No,
            },
        }
    }
}

/// Prepared statements of one PostgreSQL connection, by their source text.
pub(crate) type Statements = HashMap<String, postgres::Statement>;

/// The part of a PostgreSQL transaction that the executor uses.
pub(crate) trait PgClient: Send {
    fn prepare(&mut self, sql: &str) -> std::result::Result<postgres::Statement, postgres::Error>;
    fn query(
        &mut self,
        statement: &postgres::Statement,
        params: &[&(dyn ToSql + Sync)],
    ) -> std::result::Result<Vec<postgres::Row>, postgres::Error>;
    fn execute(
        &mut self,
        statement: &postgres::Statement,
        params: &[&(dyn ToSql + Sync)],
    ) -> std::result::Result<u64, postgres::Error>;
    fn batch(&mut self, sql: &str) -> std::result::Result<(), postgres::Error>;
}

impl PgClient for postgres::Transaction<'_> {
    fn prepare(&mut self, sql: &str) -> std::result::Result<postgres::Statement, postgres::Error> {
        postgres::Transaction::prepare(self, sql)
    }

    fn query(
        &mut self,
        statement: &postgres::Statement,
        params: &[&(dyn ToSql + Sync)],
    ) -> std::result::Result<Vec<postgres::Row>, postgres::Error> {
        postgres::Transaction::query(self, statement, params)
    }

    fn execute(
        &mut self,
        statement: &postgres::Statement,
        params: &[&(dyn ToSql + Sync)],
    ) -> std::result::Result<u64, postgres::Error> {
        postgres::Transaction::execute(self, statement, params)
    }

    fn batch(&mut self, sql: &str) -> std::result::Result<(), postgres::Error> {
        postgres::Transaction::batch_execute(self, sql)
    }
}

/// What becomes true for the rest of the program once the transaction is
/// durable, and not before.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// New guest revisions by organization.
    pub(crate) guest_revisions: Vec<(OrgNo, i64)>,
    /// Whether tokens, members or organizations changed.
    pub(crate) access_changed: bool,
    /// Versions of templates that it has read or inserted. They are no change
    /// of themselves, but what was inserted may still be taken back.
    pub(crate) versions: Vec<crate::templates::versions::Known>,
}

impl Effects {
    /// How far they have come.
    pub(crate) fn mark(&self) -> EffectsMark {
        EffectsMark {
            guest_revisions: self.guest_revisions.len(),
            access_changed: self.access_changed,
            versions: self.versions.len(),
        }
    }

    /// Whether something was changed since the mark, as far as it is told here.
    pub(crate) fn changed_since(&self, mark: EffectsMark) -> bool {
        self.guest_revisions.len() != mark.guest_revisions || self.access_changed != mark.access_changed
    }

    /// Takes back what came after the mark.
    fn return_to(&mut self, mark: EffectsMark) {
        self.guest_revisions.truncate(mark.guest_revisions);
        self.access_changed = mark.access_changed;
        self.versions.truncate(mark.versions);
    }
}

/// A point in the course of a transaction's [`Effects`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct EffectsMark {
    guest_revisions: usize,
    access_changed: bool,
    versions: usize,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(conn: Conn<'a>, context: &'a Context) -> Self {
        Self { conn, effects: Effects::default(), context }
    }

    pub(crate) fn retry(&self) -> Retry {
        match self.conn {
            Conn::Sqlite(_) => Retry::No,
            Conn::Postgres { retry, .. } => retry,
        }
    }

    /// Runs a query and hands each row to `each`, in order.
    pub fn query<E: From<Error>>(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        mut each: impl FnMut(&Row<'_>) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        match &mut self.conn {
            Conn::Sqlite(conn) => {
                let mut statement = conn.prepare_cached(sql).map_err(Error::from)?;
                let mut rows = statement.query(rusqlite::params_from_iter(params)).map_err(Error::from)?;
                while let Some(row) = rows.next().map_err(Error::from)? {
                    each(&Row(RowKind::Sqlite(row)))?;
                }
                Ok(())
            }
            Conn::Postgres { tx, statements, retry } => {
                let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| p as _).collect();
                let rows = prepared(*tx, statements, sql)
                    .and_then(|statement| tx.query(&statement, &params))
                    .map_err(|error| note(retry, error))?;
                for row in &rows {
                    each(&Row(RowKind::Postgres(row)))?;
                }
                Ok(())
            }
        }
    }

    /// Runs a query and reads at most its first row.
    pub fn query_opt<T>(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        match &mut self.conn {
            Conn::Sqlite(conn) => {
                let mut statement = conn.prepare_cached(sql)?;
                let mut rows = statement.query(rusqlite::params_from_iter(params))?;
                let found = rows.next()?.map(|row| read(&Row(RowKind::Sqlite(row)))).transpose()?;
                // A statement with RETURNING does its work only when stepped to its end.
                while rows.next()?.is_some() {}
                Ok(found)
            }
            Conn::Postgres { .. } => {
                let mut found = None;
                self.query(sql, params, |row| {
                    if found.is_none() {
                        found = Some(read(row)?);
                    }
                    Ok::<_, Error>(())
                })?;
                Ok(found)
            }
        }
    }

    /// Runs a query that always answers with a row.
    pub fn query_one<T>(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.query_opt(sql, params, read)?.ok_or_else(|| Error::corrupt(format!("no row from: {sql}")))
    }

    /// Runs a query and collects its rows.
    pub fn query_all<T>(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut all = Vec::new();
        self.query(sql, params, |row| {
            all.push(read(row)?);
            Ok::<_, Error>(())
        })?;
        Ok(all)
    }

    /// Runs a statement and returns how many rows it changed.
    pub fn execute(&mut self, sql: &str, params: &[Value<'_>]) -> Result<u64> {
        match &mut self.conn {
            Conn::Sqlite(conn) => {
                let mut statement = conn.prepare_cached(sql)?;
                Ok(statement.execute(rusqlite::params_from_iter(params))? as u64)
            }
            Conn::Postgres { tx, statements, retry } => {
                let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| p as _).collect();
                prepared(*tx, statements, sql)
                    .and_then(|statement| tx.execute(&statement, &params))
                    .map_err(|error| note(retry, error))
            }
        }
    }

    /// Runs several statements without parameters, as migrations do.
    pub(crate) fn batch(&mut self, sql: &str) -> Result<()> {
        match &mut self.conn {
            Conn::Sqlite(conn) => Ok(conn.execute_batch(sql)?),
            Conn::Postgres { tx, retry, .. } => tx.batch(sql).map_err(|error| note(retry, error)),
        }
    }

    /// Runs `work` and takes back what it wrote when it fails, leaving the rest
    /// of the transaction as it was.
    pub fn nested<T, E: From<Error>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.in_savepoint("hospes_part", work)
    }

    /// [`nested`](Self::nested) under a name of its own: going back to it ends
    /// the parts within as well, which a panic may have left open.
    pub(crate) fn in_savepoint<T, E: From<Error>>(
        &mut self,
        name: &str,
        work: impl FnOnce(&mut Self) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let mark = self.effects.mark();
        self.mark(&format!("SAVEPOINT {name}"))?;
        let done = work(self);
        if done.is_err() {
            self.effects.return_to(mark);
            self.mark(&format!("ROLLBACK TO SAVEPOINT {name}"))?;
        }
        self.mark(&format!("RELEASE SAVEPOINT {name}"))?;
        done
    }

    fn mark(&mut self, sql: &str) -> Result<()> {
        match &mut self.conn {
            Conn::Sqlite(conn) => {
                conn.prepare_cached(sql)?.execute([])?;
                Ok(())
            }
            Conn::Postgres { .. } => self.batch(sql),
        }
    }

    /// Whether the statements run on SQLite.
    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.conn, Conn::Sqlite(_))
    }
}

fn prepared(
    tx: &mut dyn PgClient,
    statements: &mut Statements,
    sql: &str,
) -> std::result::Result<postgres::Statement, postgres::Error> {
    if let Some(statement) = statements.get(sql) {
        return Ok(statement.clone());
    }
    let statement = tx.prepare(&sql.replace('?', "$"))?;
    // Filters make many texts; a connection that has seen too many starts over.
    if statements.len() >= 500 {
        statements.clear();
    }
    statements.insert(sql.to_owned(), statement.clone());
    Ok(statement)
}

fn note(retry: &mut Retry, error: postgres::Error) -> Error {
    // Statements behind a failed one say only that they came too late.
    if *retry == Retry::No {
        *retry = Retry::after(&error);
    }
    error.into()
}
