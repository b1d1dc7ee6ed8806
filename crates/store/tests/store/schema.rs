//! The schema: the same on both databases, made once, and not by older programs.

use std::collections::BTreeSet;
use std::path::Path;

use hospes_store::{Database, Error, Store, migrations};
use rusqlite::Connection;

use crate::databases::{World, on_every_database, on_postgres, on_sqlite, options};

/// A column as both databases can describe it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Column {
    table: String,
    position: i64,
    name: String,
    /// `number`, `text`, `bytes`; numbers include truth values.
    class: &'static str,
    nullable: bool,
    /// The place in the primary key, from 1.
    key: Option<i64>,
}

/// An index beside the primary key: table, columns in order, whether it is
/// unique, whether it covers some rows only.
type Index = (String, Vec<String>, bool, bool);

fn class(kind: &str) -> &'static str {
    match kind.to_ascii_uppercase().as_str() {
        "INTEGER" | "BIGINT" | "BOOLEAN" => "number",
        "TEXT" => "text",
        "BLOB" | "BYTEA" => "bytes",
        other => panic!("a column of type {other}"),
    }
}

fn file(world: &World) -> &Path {
    match &world.options().database {
        Database::Sqlite(path) => path,
        Database::Postgres(_) => panic!("not a file"),
    }
}

fn server(world: &World) -> postgres::Client {
    match &world.options().database {
        Database::Postgres(url) => postgres::Client::connect(url, postgres::NoTls).unwrap(),
        Database::Sqlite(_) => panic!("not a server"),
    }
}

fn sqlite_columns(conn: &Connection) -> BTreeSet<Column> {
    let sql = "SELECT m.name, c.cid + 1, c.name, c.type, c.\"notnull\", c.pk FROM sqlite_schema m \
               JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'";
    let mut statement = conn.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| {
        let key = Some(row.get::<_, i64>(5)?).filter(|place| *place > 0);
        Ok(Column {
            table: row.get(0)?,
            position: row.get(1)?,
            name: row.get(2)?,
            class: class(&row.get::<_, String>(3)?),
            // A number that is the whole key cannot be null, though SQLite does not say so.
            nullable: !row.get::<_, bool>(4)? && key.is_none(),
            key,
        })
    });
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

fn postgres_columns(client: &mut postgres::Client) -> BTreeSet<Column> {
    let sql = "SELECT c.table_name::text, c.ordinal_position::bigint, c.column_name::text, c.data_type::text, \
               c.is_nullable = 'YES', (SELECT k.ordinal_position::bigint \
                 FROM information_schema.table_constraints t JOIN information_schema.key_column_usage k \
                 USING (constraint_schema, constraint_name) WHERE t.constraint_type = 'PRIMARY KEY' \
                 AND t.table_schema = c.table_schema AND t.table_name = c.table_name AND k.column_name = c.column_name) \
               FROM information_schema.columns c WHERE c.table_schema = current_schema()";
    let rows = client.query(sql, &[]).unwrap();
    rows.iter()
        .map(|row| Column {
            table: row.get(0),
            position: row.get(1),
            name: row.get(2),
            class: class(row.get(3)),
            nullable: row.get(4),
            key: row.get(5),
        })
        .collect()
}

fn sqlite_indexes(conn: &Connection) -> BTreeSet<Index> {
    let sql = "SELECT m.name, i.name, i.\"unique\", i.partial FROM sqlite_schema m \
               JOIN pragma_index_list(m.name) i WHERE m.type = 'table' AND i.origin <> 'pk'";
    let mut statement = conn.prepare(sql).unwrap();
    let named = statement
        .query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?, row.get(3)?)))
        .unwrap()
        .collect::<Result<Vec<(String, String, bool, bool)>, _>>()
        .unwrap();
    let mut columns = conn.prepare("SELECT name FROM pragma_index_info(?1) ORDER BY seqno").unwrap();
    named
        .into_iter()
        .map(|(table, name, unique, partial)| {
            let columns = columns.query_map([name], |row| row.get(0)).unwrap();
            (table, columns.collect::<Result<_, _>>().unwrap(), unique, partial)
        })
        .collect()
}

fn postgres_indexes(client: &mut postgres::Client) -> BTreeSet<Index> {
    let sql = "SELECT t.relname::text, ARRAY(SELECT a.attname::text FROM unnest(i.indkey) WITH ORDINALITY k (no, place) \
               JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.no ORDER BY k.place), \
               i.indisunique, i.indpred IS NOT NULL FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid \
               WHERE t.relnamespace = current_schema()::regnamespace AND NOT i.indisprimary";
    let rows = client.query(sql, &[]).unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect()
}

#[test]
fn both_databases_have_the_same_tables_columns_keys_and_indexes() {
    on_postgres(|on_server| {
        on_sqlite(|in_file| {
            let conn = Connection::open(file(in_file)).unwrap();
            let mut client = server(on_server);
            let (ours, theirs) = (sqlite_columns(&conn), postgres_columns(&mut client));
            assert!(ours.len() > 100, "{}", ours.len());
            let differing: Vec<&Column> = ours.symmetric_difference(&theirs).collect();
            assert!(differing.is_empty(), "{differing:#?}");
            let (ours, theirs) = (sqlite_indexes(&conn), postgres_indexes(&mut client));
            assert!(ours.len() > 10, "{}", ours.len());
            let differing: Vec<&Index> = ours.symmetric_difference(&theirs).collect();
            assert!(differing.is_empty(), "{differing:#?}");
        });
    });
}

/// Everything that is in the database, table by table.
fn contents(conn: &Connection) -> Vec<String> {
    let mut tables =
        conn.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").unwrap();
    let tables: Vec<String> =
        tables.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    let mut all = Vec::new();
    for table in tables {
        let mut statement = conn.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values: Vec<_> = (0..columns).map(|column| row.get_ref(column).unwrap()).collect();
            all.push(format!("{table}: {values:?}"));
        }
    }
    all
}

#[test]
fn opening_an_up_to_date_database_changes_nothing() {
    on_sqlite(|world| {
        world.make_guest("ann@x.example").unwrap();
        let conn = Connection::open(file(world)).unwrap();
        let schema =
            |conn: &Connection| conn.query_row("PRAGMA schema_version", [], |row| row.get::<_, i64>(0));
        let before = (schema(&conn).unwrap(), contents(&conn));
        for _ in 0..2 {
            drop(world.open_again());
        }
        assert_eq!((schema(&conn).unwrap(), contents(&conn)), before);
        assert_eq!(world.guest("ann@x.example").unwrap().email.as_str(), "ann@x.example");
    });
    on_postgres(|world| {
        world.make_guest("ann@x.example").unwrap();
        let mut client = server(world);
        let mut state = || {
            let sql = "SELECT (SELECT count(*) FROM migration), (SELECT count(*) FROM guest), \
                       (SELECT max(xmin::text::bigint) FROM org)";
            let row = client.query_one(sql, &[]).unwrap();
            (row.get::<_, i64>(0), row.get::<_, i64>(1), row.get::<_, i64>(2))
        };
        let before = state();
        for _ in 0..2 {
            drop(world.open_again());
        }
        assert_eq!(state(), before);
    });
}

#[test]
fn nodes_that_start_together_make_the_schema_once() {
    on_every_database(|world| {
        let options = world.options();
        std::thread::scope(|scope| {
            let started: Vec<_> = (0..4).map(|_| scope.spawn(|| Store::open(options).map(drop))).collect();
            for node in started {
                node.join().unwrap().unwrap();
            }
        });
        let known = i64::try_from(migrations::ALL.len()).unwrap();
        assert_eq!(world.numbers("SELECT COUNT(*) FROM migration"), [[known]]);
    });
    // The same where nothing is there yet.
    let folder = tempfile::tempdir().unwrap();
    let empty = options(&Database::Sqlite(folder.path().join("new.db")));
    std::thread::scope(|scope| {
        let started: Vec<_> = (0..4).map(|_| scope.spawn(|| Store::open(&empty).map(drop))).collect();
        for node in started {
            node.join().unwrap().unwrap();
        }
    });
}

#[test]
fn a_newer_schema_is_refused_and_left_alone() {
    on_every_database(|world| {
        let newer = i64::try_from(migrations::ALL.len()).unwrap() + 1;
        world
            .write(move |tx| Ok(tx.execute("INSERT INTO migration (version) VALUES (?1)", &[newer.into()])?))
            .unwrap();
        let refused = Store::open(world.options()).unwrap_err();
        let text = refused.to_string();
        assert!(matches!(refused, Error::Unavailable(_)), "{refused:?}");
        assert!(
            text.contains(&format!("schema version {newer}")) && text.contains("newer release"),
            "{text}"
        );
        assert_eq!(world.numbers("SELECT MAX(version) FROM migration"), [[newer]]);
    });
}

#[test]
fn the_versions_are_numbered_from_one() {
    for (place, migration) in migrations::ALL.iter().enumerate() {
        assert_eq!(migration.version, i64::try_from(place).unwrap() + 1);
    }
}
