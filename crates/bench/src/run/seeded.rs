//! Filled databases, kept between runs.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use hospes_store::Database;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

use super::process::json_of;
use super::text;
use crate::seed::Seed;
use crate::seed::processes::{Empty, SeedProcesses};
use crate::seed::workplace::SeedWorkplace;

/// Tasks of each guest and organizations, as the goals ask for.
const TASKS: u64 = 5;
const ORGANIZATIONS: u64 = 20;
/// The access token of all servers.
pub(super) const TOKEN: &str = "bench-token";

/// A filled database.
#[derive(Debug, Clone)]
pub(super) struct Seeded {
    /// The database file.
    pub(super) file: PathBuf,
    /// The measured organization's id.
    pub(super) organization: String,
    /// What the seeder said.
    pub(super) said: Value,
}

/// Hospes' database of this size, filled now unless a run before did.
pub(super) fn hospes(cache: &Path, guests: u64) -> Result<Seeded, String> {
    let parameters = json!({"guests": guests, "tasks": TASKS, "organizations": ORGANIZATIONS,
        "shape": shape(cache, |folder| seed(2, TASKS, Some(folder.to_owned()), None).run())?});
    kept(&cache.join(format!("hospes-{guests}")), "hospes.db", &parameters, |file| {
        let folder = file.parent().unwrap_or(cache);
        seed(guests, TASKS, Some(folder.to_owned()), None).run()
    })
}

fn seed(guests: u64, tasks: u64, data: Option<PathBuf>, database: Option<String>) -> Seed {
    Seed { data, database, guests, tasks, organizations: ORGANIZATIONS, token: TOKEN.to_owned() }
}

/// Hospes' database with so many open processes.
pub(super) fn processes(cache: &Path, count: u64) -> Result<Seeded, String> {
    of_one_organization(cache, "processes", count, |empty, processes| {
        SeedProcesses { empty, processes }.run()
    })
}

/// Hospes' database with so many guests who have work to do.
pub(super) fn workplace(cache: &Path, count: u64) -> Result<Seeded, String> {
    of_one_organization(cache, "workplace", count, |empty, guests| SeedWorkplace { empty, guests }.run())
}

fn of_one_organization(
    cache: &Path,
    name: &str,
    count: u64,
    fill: impl Fn(Empty, u64) -> Result<Value, String>,
) -> Result<Seeded, String> {
    let filled =
        |folder: &Path, count| fill(Empty { data: folder.to_owned(), token: TOKEN.to_owned() }, count);
    let shape = shape(cache, |folder| filled(folder, 2))?;
    let parameters = json!({"count": count, "shape": shape});
    kept(&cache.join(format!("{name}-{count}")), "hospes.db", &parameters, |file| {
        filled(file.parent().unwrap_or(cache), count)
    })
}

/// The same for the Fastify servers.
pub(super) fn fastify(cache: &Path, peers: &Path, guests: u64) -> Result<Seeded, String> {
    let script = peers.join("seed.mjs");
    let parameters = json!({
        "guests": guests, "tasks": TASKS, "organizations": ORGANIZATIONS,
        "script": fs::read_to_string(&script).map(|text| hash(&text)).map_err(text)?,
    });
    kept(&cache.join(format!("fastify-{guests}")), "fastify.db", &parameters, |file| {
        let mut node = Command::new("node");
        node.arg(&script).arg("--db").arg(file).args(["--guests", &guests.to_string(), "--token", TOKEN]);
        json_of(&mut node)
    })
}

/// Fills `folder/name` unless it was filled with the same parameters.
fn kept(
    folder: &Path,
    name: &str,
    parameters: &Value,
    fill: impl FnOnce(&Path) -> Result<Value, String>,
) -> Result<Seeded, String> {
    let (file, note) = (folder.join(name), folder.join("seed.json"));
    let known = fs::read(&note).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let said = match known {
        Some(known) if known["parameters"] == *parameters && file.is_file() => known["said"].clone(),
        _ => {
            println!("filling {}", file.display());
            if folder.exists() {
                fs::remove_dir_all(folder).map_err(text)?;
            }
            fs::create_dir_all(folder).map_err(text)?;
            let said = fill(&file)?;
            let note_text = json!({"parameters": parameters, "said": said}).to_string();
            fs::write(&note, note_text).map_err(text)?;
            said
        }
    };
    let organization = said["organization"].as_str().ok_or("the seed names no organization")?.to_owned();
    Ok(Seeded { file, organization, said })
}

fn hash(value: &impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// What tells a database of this build from one of another: the tables, and
/// what is written into them, as a tiny database shows them.
fn shape(cache: &Path, fill: impl FnOnce(&Path) -> Result<Value, String>) -> Result<String, String> {
    let folder = cache.join("shape");
    let _ = fs::remove_dir_all(&folder);
    fill(&folder)?;
    let db = open(&folder.join("hospes.db")).map_err(text)?;
    let tables = strings(&db, "SELECT quote(sql) FROM sqlite_master ORDER BY name").map_err(text)?;
    let mut rows = Vec::new();
    for table in tables_of(&db).map_err(text)? {
        let columns = columns_of(&db, &table).map_err(text)?.join(") || quote(");
        rows.extend(strings(&db, &format!("SELECT quote({columns}) FROM {table} ORDER BY 1")).map_err(text)?);
    }
    drop(db);
    fs::remove_dir_all(&folder).map_err(text)?;
    Ok(hash(&(tables, rows)))
}

fn open(file: &Path) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

fn strings(db: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    db.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}

fn tables_of(db: &Connection) -> rusqlite::Result<Vec<String>> {
    strings(
        db,
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid",
    )
}

fn columns_of(db: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    strings(db, &format!("SELECT name FROM pragma_table_info('{table}')"))
}

/// Puts a copy of a filled file into `folder`, under the same name.
pub(super) fn copy(seeded: &Seeded, folder: &Path) -> Result<Seeded, String> {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).map_err(text)?;
    let name = seeded.file.file_name().ok_or("a database without a name")?;
    let file = folder.join(name);
    fs::copy(&seeded.file, &file).map_err(text)?;
    // What the copy costs the disk must not fall into a measurement.
    fs::File::open(&file).and_then(|file| file.sync_all()).map_err(text)?;
    Ok(Seeded { file, ..seeded.clone() })
}

/// Reads a file once, so that the system's cache holds as much of it as there
/// is room for: what is measured is the server, not how cold the disk is.
pub(super) fn warm(file: &Path) -> Result<(), String> {
    let mut file = fs::File::open(file).map_err(text)?;
    std::io::copy(&mut file, &mut std::io::sink()).map_err(text)?;
    Ok(())
}

/// Puts every row of a filled file into an empty PostgreSQL database. Writing
/// it anew through the store would take long and give the same rows.
pub(super) fn copy_to_postgres(seeded: &Seeded, url: &str) -> Result<(), String> {
    let render = crate::seed::render();
    let database = Database::Postgres(url.to_owned());
    let options = hospes_store::Options { database, render, postgres_connections: 1 };
    drop(hospes_store::Store::open(&options).map_err(text)?);
    let from = open(&seeded.file).map_err(text)?;
    let mut to = postgres::Client::connect(url, postgres::NoTls).map_err(text)?;
    to.batch_execute("SET session_replication_role = replica").map_err(text)?;
    for table in tables_of(&from).map_err(text)? {
        let columns = columns_of(&from, &table).map_err(text)?;
        copy_table(&from, &mut to, &table, &columns).map_err(|error| format!("{table}: {error:?}"))?;
    }
    ["VACUUM ANALYZE", "CHECKPOINT"]
        .into_iter()
        .try_for_each(|sql| to.batch_execute(sql))
        .map_err(|error| format!("{error:?}"))
}

fn copy_table(
    from: &Connection,
    to: &mut postgres::Client,
    table: &str,
    columns: &[String],
) -> Result<(), Box<dyn std::error::Error>> {
    use rusqlite::types::ValueRef;
    use std::io::Write;

    to.batch_execute(&format!("DELETE FROM {table}"))?; // what migrating put there
    let list = columns.join(", ");
    let mut sink = to.copy_in(&format!("COPY {table} ({list}) FROM STDIN"))?;
    let mut statement = from.prepare(&format!("SELECT {list} FROM {table}"))?;
    let mut rows = statement.query([])?;
    let mut line = Vec::new();
    while let Some(row) = rows.next()? {
        line.clear();
        for place in 0..columns.len() {
            if place > 0 {
                line.push(b'\t');
            }
            match row.get_ref(place)? {
                ValueRef::Null => line.extend(b"\\N"),
                ValueRef::Integer(number) => write!(line, "{number}")?,
                ValueRef::Real(number) => write!(line, "{number}")?,
                ValueRef::Text(bytes) => {
                    for &byte in bytes {
                        match byte {
                            b'\\' => line.extend(b"\\\\"),
                            b'\t' => line.extend(b"\\t"),
                            b'\n' => line.extend(b"\\n"),
                            b'\r' => line.extend(b"\\r"),
                            other => line.push(other),
                        }
                    }
                }
                ValueRef::Blob(bytes) => {
                    line.extend(b"\\\\x");
                    for byte in bytes {
                        write!(line, "{byte:02x}")?;
                    }
                }
            }
        }
        line.push(b'\n');
        sink.write_all(&line)?;
    }
    sink.finish()?;
    // Numbers that the database gives itself go on after those copied.
    if columns.iter().any(|column| column == "id") {
        let sequence: Option<String> =
            to.query_one("SELECT pg_get_serial_sequence($1, 'id')", &[&table])?.get(0);
        if let Some(sequence) = sequence {
            to.batch_execute(&format!(
                "SELECT setval('{sequence}', (SELECT COALESCE(MAX(id), 0) + 1 FROM {table}))"
            ))?;
        }
    }
    Ok(())
}
