//! How a command tells a running server that it changed the embedded database.
//!
//! The server remembers answers between requests; a command that writes beside
//! it must make it forget them before the command says that it is done. The
//! server listens on a socket in its data directory. Connecting is the whole
//! request: the server forgets, then answers with one line and closes.
//! PostgreSQL needs none of this, because nothing is remembered there.

use std::fs::{File, Permissions};
use std::io::{ErrorKind, Read};
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use hospes_store::{Store, migrations};
use tokio::net::UnixListener;

use crate::data_dir::DataDir;

const NAME: &str = "control.sock";

/// A running server answers at once; one that does not is in trouble.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where the socket is, in a form that is short enough for the system.
struct Address {
    path: PathBuf,
    /// Keeps the short form of `path` valid.
    _directory: Option<File>,
}

impl Address {
    fn of(data: &DataDir) -> std::io::Result<Self> {
        // The system's limit is 107 bytes on Linux, 103 elsewhere.
        const LONGEST: usize = 103;
        let path = data.path().join(NAME);
        if path.as_os_str().len() <= LONGEST || !cfg!(target_os = "linux") {
            return Ok(Self { path, _directory: None });
        }
        let directory = File::open(data.path())?;
        let path = PathBuf::from(format!("/proc/self/fd/{}/{NAME}", directory.as_raw_fd()));
        Ok(Self { path, _directory: Some(directory) })
    }
}

/// The server's end.
#[derive(Debug)]
pub struct Control {
    listener: UnixListener,
    path: PathBuf,
}

impl Control {
    /// Opens the socket. The caller holds the data directory's lock, so a
    /// socket that is there already belongs to nobody. Needs a runtime.
    pub fn bind(data: &DataDir) -> std::io::Result<Self> {
        let path = data.path().join(NAME);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&Address::of(data)?.path)?;
        std::fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        Ok(Self { listener, path })
    }

    /// Answers commands, for ever.
    pub async fn serve(self, store: Store) {
        let answer = format!("schema {}\n", migrations::ALL.len());
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    store.refresh();
                    // A few bytes always fit into a new socket's buffer, at once.
                    let answered = match stream.writable().await {
                        Ok(()) => stream.try_write(answer.as_bytes()),
                        Err(error) => Err(error),
                    };
                    if let Err(error) = answered {
                        tracing::warn!(%error, "a command could not be answered");
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "a command could not be heard");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Makes the server that runs on this data directory forget what it remembers.
/// Returns the newest schema that the server knows, or `None` when there is no
/// server. The error is a sentence for the operator.
pub fn refresh(data: &DataDir) -> Result<Option<usize>, String> {
    let address = Address::of(data).map_err(|error| format!("{}: {error}", data.path().display()))?;
    let mut answer = String::new();
    let asked = UnixStream::connect(&address.path).and_then(|mut stream| {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.read_to_string(&mut answer)
    });
    match asked {
        Ok(_) => {}
        // Nobody there, or just leaving: the last request was answered before
        // the socket was closed.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::NotFound | ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset
            ) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(format!("the running server does not answer at {NAME}: {error}")),
    }
    if answer.is_empty() {
        return Ok(None);
    }
    let schema = answer.trim_end().strip_prefix("schema ").and_then(|number| number.parse().ok());
    schema.map(Some).ok_or_else(|| format!("the running server gives an unknown answer at {NAME}"))
}
