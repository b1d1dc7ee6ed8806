//! A PostgreSQL cluster to throw away: made for one run, gone after it.
//!
//! It lies in the system's temporary directory and not under `target`, because the server refuses to
//! run as root, and the account that it runs as then need not be able to reach the checkout.
//!
//! A watchdog removes it: a small shell that waits for its standard input to end. That happens when the
//! [`Cluster`] is dropped, and just as well when this process is interrupted or killed.

use crate::failure::Failure;
use crate::process::capture;
use crate::setup;
use crate::workspace::Workspace;
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{DirBuilderExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, fs, io};

/// The oldest version that the server supports.
const OLDEST_VERSION: u32 = 15;
/// Where Debian puts the programs of each version.
const DEBIAN_VERSIONS: &str = "/usr/lib/postgresql";
/// Who runs the server when we are root, by preference.
const ACCOUNTS: [&str; 2] = ["postgres", "nobody"];
/// The free port can be taken by somebody else before the server has it.
const ATTEMPTS: u32 = 3;

const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 300
max_wal_size = '4GB'
";
const NOT_DURABLE: &str = "
fsync = off
synchronous_commit = off
full_page_writes = off
";

/// Whether an acknowledged write is on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// It is: for measuring.
    Full,
    /// It need not be: durability costs time and is of no use to data that is thrown away.
    None,
}

/// $1 is pg_ctl, $2 the cluster's directory.
const WATCHDOG: &str = "
cat
\"$1\" stop --pgdata=\"$2/data\" --mode=immediate
cd / && rm -rf \"$2\"
";

/// A running server. Dropping it stops the server and removes its data.
pub(crate) struct Cluster {
    programs: PathBuf,
    account: Option<Account>,
    directory: PathBuf,
    port: u16,
    watchdog: Child,
}

impl Cluster {
    /// Makes and starts a cluster, installing PostgreSQL first where there is none.
    pub(crate) fn start(workspace: &Workspace, durability: Durability) -> Result<Self, Failure> {
        let programs = find_or_install(workspace)?;
        let account = if setup::is_root() { Some(unprivileged_account()?) } else { None };
        let directory = env::temp_dir().join(format!("hospes-postgres-{}", std::process::id()));
        make_directory(&directory, account)
            .map_err(|error| Failure::Failed(format!("{}: {error}", directory.display())))?;
        let watchdog = watch(&programs, &directory, account)?;
        let mut cluster = Self { programs, account, directory, port: 0, watchdog };
        cluster.initialize(durability)?;
        cluster.launch()?;
        println!("PostgreSQL listens on port {} until this step ends", cluster.port);
        Ok(cluster)
    }

    /// The address of one of the cluster's databases. `postgres` always exists.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Makes an empty database and returns its address.
    pub(crate) fn create_database(&self, name: &str) -> Result<String, Failure> {
        let mut command = self.program("createdb");
        command.args(["--host=127.0.0.1", "--username=postgres", "--no-password"]);
        capture(command.arg(format!("--port={}", self.port)).arg(name))?;
        Ok(self.url(name))
    }

    fn program(&self, name: &str) -> Command {
        command(&self.programs, name, &self.directory, self.account)
    }

    /// Sorting follows a language, as on most servers, so that queries which forget to compare byte by
    /// byte show a difference to SQLite.
    fn initialize(&self, durability: Durability) -> Result<(), Failure> {
        let data = self.directory.join("data");
        let mut initdb = self.program("initdb");
        initdb.args(["--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]);
        initdb.args(["--locale-provider=icu", "--icu-locale=en-US"]);
        capture(initdb.arg("--pgdata").arg(&data))?;
        let configuration = data.join("postgresql.conf");
        let settings = match durability {
            Durability::Full => SETTINGS.to_owned(),
            Durability::None => [SETTINGS, NOT_DURABLE].concat(),
        };
        OpenOptions::new()
            .append(true)
            .open(&configuration)
            .and_then(|mut file| file.write_all(settings.as_bytes()))
            .map_err(|error| Failure::Failed(format!("{}: {error}", configuration.display())))
    }

    fn launch(&mut self) -> Result<(), Failure> {
        let mut last = Failure::Failed("PostgreSQL did not start".to_owned());
        for _ in 0..ATTEMPTS {
            self.port = free_port().map_err(|error| Failure::Failed(format!("no free port: {error}")))?;
            let log = self.directory.join("log");
            let mut start = self.program("pg_ctl");
            start.args(["start", "--wait", "--timeout=60"]).arg("--log").arg(&log);
            start.arg("--pgdata").arg(self.directory.join("data"));
            match capture(start.arg(format!("--options=-p {}", self.port))) {
                Ok(_) => return Ok(()),
                Err(failure) => {
                    let log = fs::read_to_string(&log).unwrap_or_default();
                    last = Failure::Failed(format!("{failure}\n{log}"));
                }
            }
        }
        Err(last)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        if let Err(error) = self.watchdog.wait() {
            eprintln!("PostgreSQL may still be running in {}: {error}", self.directory.display());
        }
        // The watchdog may not remove an entry of a directory that belongs to root alone.
        if let Err(error) = fs::remove_dir_all(&self.directory)
            && error.kind() != io::ErrorKind::NotFound
        {
            eprintln!("{} was not removed: {error}", self.directory.display());
        }
    }
}

/// A user of this machine, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Account {
    user: u32,
    group: u32,
}

/// One of PostgreSQL's programs, run in a directory that the account can reach.
fn command(programs: &Path, name: &str, directory: &Path, account: Option<Account>) -> Command {
    let mut command = Command::new(programs.join(name));
    become_account(&mut command, directory, account);
    command
}

fn become_account(command: &mut Command, directory: &Path, account: Option<Account>) {
    command.current_dir(directory).stdin(Stdio::null()).env("LC_ALL", "C");
    if let Some(Account { user, group }) = account {
        command.uid(user).gid(group);
    }
}

fn make_directory(directory: &Path, account: Option<Account>) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(directory)?;
    match account {
        Some(Account { user, group }) => chown(directory, Some(user), Some(group)),
        None => Ok(()),
    }
}

/// Starts the watchdog, in a process group of its own: an interrupt from the keyboard must not reach it.
fn watch(programs: &Path, directory: &Path, account: Option<Account>) -> Result<Child, Failure> {
    let mut shell = Command::new("/bin/sh");
    become_account(&mut shell, directory, account);
    shell.args(["-c", WATCHDOG, "watchdog"]).arg(programs.join("pg_ctl")).arg(directory);
    shell.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    shell.spawn().map_err(|error| Failure::Failed(format!("/bin/sh did not start: {error}")))
}

fn free_port() -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

fn find_or_install(workspace: &Workspace) -> Result<PathBuf, Failure> {
    if let Some(programs) = find() {
        return Ok(programs);
    }
    setup::debian_package(workspace, "postgresql")?;
    find().ok_or_else(|| {
        Failure::Missing(format!("this system's PostgreSQL is older than version {OLDEST_VERSION}"))
    })
}

/// The directory with the newest server's programs.
fn find() -> Option<PathBuf> {
    let versions = fs::read_dir(DEBIAN_VERSIONS).into_iter().flatten().flatten();
    let directories = versions.map(|version| version.path().join("bin")).chain(setup::search_path());
    directories
        .filter(|directory| {
            ["initdb", "pg_ctl", "createdb"].iter().all(|name| directory.join(name).is_file())
        })
        .filter_map(|directory| {
            let says = capture(Command::new(directory.join("pg_ctl")).arg("--version")).ok()?;
            Some((major_version(&says)?, directory))
        })
        .filter(|(version, _)| *version >= OLDEST_VERSION)
        .max()
        .map(|(_, directory)| directory)
}

/// The 15 of `pg_ctl (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn major_version(says: &str) -> Option<u32> {
    let version = says.split_once("(PostgreSQL) ")?.1;
    version.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

fn unprivileged_account() -> Result<Account, Failure> {
    let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
    ACCOUNTS
        .iter()
        .find_map(|name| account(&accounts, name))
        .ok_or_else(|| Failure::Failed("PostgreSQL refuses root, and there is no other account".to_owned()))
}

/// The numbers of a user in the format of `/etc/passwd`.
fn account(accounts: &str, name: &str) -> Option<Account> {
    let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut numbers = line.split(':').skip(2);
    Some(Account { user: numbers.next()?.parse().ok()?, group: numbers.next()?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_they_are_printed() {
        assert_eq!(major_version("pg_ctl (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major_version("pg_ctl (PostgreSQL) 19beta1\n"), Some(19));
        assert_eq!(major_version("pg_ctl: command not found"), None);
    }

    #[test]
    fn accounts_are_found_by_their_whole_name() {
        let accounts =
            "root:x:0:0::/root:/bin/sh\npostgres-2:x:7:8::/:/bin/sh\npostgres:x:108:113::/:/bin/sh\n";
        assert_eq!(account(accounts, "postgres"), Some(Account { user: 108, group: 113 }));
        assert_eq!(account(accounts, "nobody"), None);
    }
}
