//! Where the workspace and its build products are, and commands that start out from there.

use crate::failure::Failure;
use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Variables with these beginnings were set by cargo for this program alone. Handed on, they make
/// build scripts that watch them build everything anew.
const CARGO_S_OWN: [&str; 3] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"];

/// The checkout that this program was built from.
pub(crate) struct Workspace {
    /// The directory of the root manifest.
    pub(crate) root: PathBuf,
    /// Cargo's target directory, wherever it was put.
    pub(crate) target: PathBuf,
    /// Whether this is a CI run, where nothing may be skipped.
    pub(crate) ci: bool,
}

impl Workspace {
    /// Finds it from where this program lies: in `<target>/<profile>/xtask`.
    pub(crate) fn discover() -> Result<Self, Failure> {
        let program = env::current_exe()
            .map_err(|error| Failure::Failed(format!("cannot tell where this program is: {error}")))?;
        let target = program.ancestors().nth(2).unwrap_or(Path::new("target")).to_path_buf();
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = manifest.parent().unwrap_or(manifest).to_path_buf();
        let ci = env::var_os("CI").is_some_and(|value| value == "true" || value == "1");
        Ok(Self { root, target, ci })
    }

    /// A program to run in the workspace's root. It gets no input, so that nothing waits for any.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).stdin(Stdio::null()).env("CARGO_TARGET_DIR", &self.target);
        for (name, _) in env::vars_os() {
            if CARGO_S_OWN.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
                command.env_remove(name);
            }
        }
        if self.ci {
            command.env("CARGO_INCREMENTAL", "0"); // of no use to a build that is not repeated
        }
        command
    }

    /// The cargo that runs this program.
    pub(crate) fn cargo(&self) -> Command {
        self.command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }
}
