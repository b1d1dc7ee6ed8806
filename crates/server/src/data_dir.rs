//! The directory of the embedded database: who may use it, and the names of
//! the files in it.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A data directory that exists.
#[derive(Debug, Clone)]
pub struct DataDir(PathBuf);

/// Held by the one server that may use a data directory. The operating system
/// lets go of it however the process ends.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "holding the file is its use")] File);

impl DataDir {
    /// Makes the directory where it is missing, for its owner alone. The error
    /// is a sentence for the operator.
    pub fn create(path: &Path) -> Result<Self, String> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(|error| format!("the data directory {} cannot be made: {error}", path.display()))?;
        Self::open(path).map_err(|error| format!("the data directory {}: {error}", path.display()))
    }

    /// The directory, if it holds a database already.
    pub fn find(path: &Path) -> Result<Self, String> {
        if path.join(DATABASE).is_file() {
            return Self::open(path)
                .map_err(|error| format!("the data directory {}: {error}", path.display()));
        }
        Err(format!(
            "there is no database in {}: name the server's data directory with --data, or begin with `hospes org create`",
            path.display()
        ))
    }

    fn open(path: &Path) -> io::Result<Self> {
        // Whatever the directory allows, guests' data is for its owner. The
        // files that the database adds beside this one take its permissions.
        OpenOptions::new().append(true).create(true).mode(0o600).open(path.join(DATABASE))?;
        Ok(Self(path.to_owned()))
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.0.join(DATABASE)
    }

    /// Claims the directory for a server, until the lock is dropped. The error
    /// is a sentence for the operator.
    pub fn lock(&self) -> Result<Lock, String> {
        let path = self.0.join("server.lock");
        let failed = |error: io::Error| format!("{} cannot be locked: {error}", path.display());
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {
                let noted = file
                    .set_len(0)
                    .and_then(|()| file.rewind())
                    .and_then(|()| write!(file, "{}", std::process::id()));
                noted.map_err(failed)?;
                Ok(Lock(file))
            }
            Err(TryLockError::WouldBlock) => {
                let mut process = String::new();
                let _ = file.read_to_string(&mut process);
                Err(format!(
                    "another server (process {}) uses the data directory {}: stop it, or choose another with --data",
                    if process.is_empty() { "unknown" } else { &process },
                    self.0.display()
                ))
            }
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

const DATABASE: &str = "hospes.db";
