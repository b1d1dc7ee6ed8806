//! Running the executable, and talking to it.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use hospes_store::{Database, Options, Render, Store};
use hospes_testing::{Backend, TestDatabase};
use serde_json::Value;

/// Nothing here takes nearly as long, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// A command line of ours, in an environment without settings.
pub(crate) fn hospes<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hospes"));
    command.args(args).env_clear().stdin(Stdio::null());
    command
}

/// What a command said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs a command to its end.
pub(crate) fn run(mut command: Command) -> Said {
    let output = command.output().expect("the executable runs");
    Said {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// Where a test keeps its data: a database of its own, and a directory for
/// everything else.
pub(crate) struct Place {
    pub(crate) folder: tempfile::TempDir,
    database: TestDatabase,
}

impl Place {
    /// `None` when there is no such database here.
    pub(crate) fn new(backend: Backend) -> Option<Self> {
        let database = TestDatabase::new(backend)?;
        Some(Self { folder: tempfile::tempdir().expect("a folder"), database })
    }

    pub(crate) fn sqlite() -> Self {
        Self::new(Backend::Sqlite).expect("SQLite is always there")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The database, for a look behind the server's back.
    pub(crate) fn database(&self) -> Database {
        match self.database.database() {
            Database::Sqlite(_) => Database::Sqlite(self.data().join("hospes.db")),
            postgres @ Database::Postgres(_) => postgres,
        }
    }

    /// A command on this place's data.
    pub(crate) fn hospes<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = match self.database.database() {
            Database::Sqlite(_) => hospes([OsStr::new("--data"), self.data().as_os_str()]),
            Database::Postgres(url) => hospes(["--database", &url]),
        };
        command.args(args);
        command
    }

    /// Runs a command that must succeed, and returns what it printed.
    pub(crate) fn ask<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> String {
        let said = run(self.hospes(args));
        assert_eq!(said.code, Some(0), "{}", said.err);
        said.out.trim_end().to_owned()
    }

    /// The first column of what a statement finds.
    pub(crate) fn ask_database(&self, sql: &str) -> Vec<String> {
        let sql = sql.to_owned();
        self.store().write_blocking(move |tx| tx.query_all(&sql, &[], |row| row.string(0))).expect("rows")
    }

    /// Every row of every table as text.
    pub(crate) fn dump(&self) -> String {
        let is_sqlite = matches!(self.database(), Database::Sqlite(_));
        let tables = self.ask_database(if is_sqlite {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        } else {
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()"
        });
        let rows = tables.iter().flat_map(|table| {
            let whole = if is_sqlite {
                let columns = self.ask_database(&format!("SELECT name FROM pragma_table_info('{table}')"));
                let quoted: Vec<_> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
                quoted.join(" || '|' || ")
            } else {
                "t::text".to_owned()
            };
            self.ask_database(&format!("SELECT {whole} FROM \"{table}\" t"))
        });
        rows.collect::<Vec<_>>().join("\n")
    }

    fn store(&self) -> Store {
        let render = Render { guest: hospes_api::guests::render, stats: hospes_api::guests::render_stats };
        let options = Options { database: self.database(), render, postgres_connections: 1 };
        Store::open(&options).expect("the database opens")
    }

    /// Starts the server with more arguments.
    pub(crate) fn serve(&self, args: &[&str]) -> Server {
        let mut command = self.hospes(["serve"]);
        if !args.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        command.args(args);
        Server::start(command, self.folder.path())
    }
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// Everything that it said on standard output when it was ready.
    pub(crate) greeting: String,
    log: PathBuf,
}

impl Server {
    /// Starts a server and waits until it says where it listens.
    pub(crate) fn start(mut command: Command, folder: &Path) -> Self {
        let log = folder.join("server.log");
        let file = File::create(&log).expect("a log file");
        let mut child = command.stdout(Stdio::piped()).stderr(file).spawn().expect("the executable starts");
        let mut output = BufReader::new(child.stdout.take().expect("its output"));
        let (mut greeting, mut address) = (String::new(), None);
        // The demo's greeting ends with what becomes of its data.
        while output.read_line(&mut greeting).expect("its words") > 0 {
            let line = greeting.lines().last().unwrap_or_default();
            if let Some(told) = line
                .strip_prefix("Hospes listens on http://")
                .or_else(|| line.trim_start().strip_prefix("address       http://"))
            {
                address = Some(told.parse().expect("an address"));
            }
            if line.starts_with("Hospes listens") || line.contains("Rate limits are off") {
                break;
            }
        }
        let said = std::fs::read_to_string(&log).unwrap_or_default();
        let address = address.unwrap_or_else(|| panic!("the server did not start: {greeting}{said}"));
        Self { child, address, greeting, log }
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).expect("the log")
    }

    /// Sends the process a signal.
    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().expect("a shell").success());
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status;
            }
            assert!(Instant::now() < deadline, "the server does not end: {}", self.log());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Stops the server as a service manager would; it must end well.
    pub(crate) fn stop(mut self) -> String {
        self.signal("TERM");
        assert_eq!(self.wait().code(), Some(0), "{}", self.log());
        self.log()
    }

    /// Waits until it accepts no connection any more.
    pub(crate) fn await_closed(&self) {
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(self.address).is_ok() {
            assert!(Instant::now() < deadline, "the server keeps listening: {}", self.log());
            std::thread::yield_now();
        }
    }

    /// Asks on a connection of its own.
    pub(crate) fn ask(&self, method: &str, path: &str, token: &str, body: &str) -> Answer {
        self.ask_with(method, path, token, "", body)
    }

    /// The same with more header lines, each with its line break.
    pub(crate) fn ask_with(&self, method: &str, path: &str, token: &str, more: &str, body: &str) -> Answer {
        let mut stream = self.connect();
        let token =
            if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\n{token}{more}Connection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        stream.write_all(head.as_bytes()).expect("the request is sent");
        Answer::read(&mut BufReader::new(stream)).expect("an answer")
    }

    pub(crate) fn get(&self, path: &str, token: &str) -> Answer {
        self.ask("GET", path, token, "")
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
        stream
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer to a request.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Answer {
    /// Reads one answer with a known length. `Ok(None)`-like ends are errors:
    /// `UnexpectedEof` when it was cut, `ConnectionAborted` when there was none.
    pub(crate) fn read(stream: &mut impl BufRead) -> std::io::Result<Self> {
        use std::io::{Error, ErrorKind};
        let (mut status, mut length) = (None, 0);
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line)? == 0 {
                let kind =
                    if status.is_none() { ErrorKind::ConnectionAborted } else { ErrorKind::UnexpectedEof };
                return Err(Error::from(kind));
            }
            let line = line.trim_end();
            if status.is_none() {
                status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
                assert!(status.is_some(), "not an answer: {line}");
            } else if let Some((name, value)) = line.split_once(": ")
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.parse().expect("a length");
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body)?;
        Ok(Self { status: status.unwrap_or(0), body: String::from_utf8(body).expect("UTF-8") })
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// An organization with an administrator and a token.
pub(crate) struct Acme {
    pub(crate) org: String,
    pub(crate) token: String,
}

impl Acme {
    /// Makes them with the commands.
    pub(crate) fn create(place: &Place) -> Self {
        let org = place.ask(["org", "create", "--name", "Acme"]);
        let admin = ["member", "create", "--org", &org, "--email", "ann@acme.example"];
        place.ask(admin.iter().chain(&["--first-name", "Ann", "--last-name", "Archer", "--role", "admin"]));
        let token =
            place.ask(["token", "create", "--org", &org, "--member", "ann@acme.example", "--name", "tests"]);
        Self { org, token }
    }

    /// The path of its guests.
    pub(crate) fn guests(&self) -> String {
        format!("/organizations/{}/guests", self.org)
    }
}
