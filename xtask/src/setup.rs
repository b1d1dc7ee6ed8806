//! Installing what a bare machine lacks.
//!
//! Programs that the system should have come from Debian's packages, when this runs as root. Cargo's
//! tools and Python's packages stay inside the target directory. Everything that is here already is
//! left as it is, and needs no network.

use crate::failure::Failure;
use crate::process::{capture, run};
use crate::workspace::Workspace;
use std::env;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Whether this process may do everything.
pub(crate) fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// The directories in which programs are looked for.
pub(crate) fn search_path() -> Vec<PathBuf> {
    env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default()
}

/// Makes sure that a program can be started by its name, installing Debian's package if not.
pub(crate) fn program(workspace: &Workspace, name: &str, package: &str) -> Result<(), Failure> {
    let found = || search_path().iter().any(|directory| directory.join(name).is_file());
    if found() {
        return Ok(());
    }
    debian_package(workspace, package)?;
    if found() {
        return Ok(());
    }
    Err(Failure::Missing(format!("the package {package} brought no {name}")))
}

/// Installs one of Debian's packages.
pub(crate) fn debian_package(workspace: &Workspace, package: &str) -> Result<(), Failure> {
    let wish = format!("{package} is not installed");
    if !is_root() {
        return Err(Failure::Missing(format!("{wish}, and only root can do it: apt-get install {package}")));
    }
    println!("{wish}: installing it");
    let apt_get = || {
        let mut command = workspace.command("apt-get");
        // Another package manager may be at work; it is waited for.
        command.env("DEBIAN_FRONTEND", "noninteractive").args(["-qq", "-o", "DPkg::Lock::Timeout=300"]);
        command
    };
    let install = run(apt_get().arg("update")).and_then(|()| {
        let mut command = apt_get();
        command.args(["install", "--yes", "--no-install-recommends", package]);
        capture(&mut command).map(drop)
    });
    install.map_err(Failure::into_missing)
}

/// Makes sure that a part of the Rust toolchain is here, such as rustfmt for `cargo fmt`.
pub(crate) fn rust_component(
    workspace: &Workspace,
    component: &str,
    subcommand: &str,
) -> Result<(), Failure> {
    if capture(workspace.cargo().args([subcommand, "--version"])).is_ok() {
        return Ok(());
    }
    run(workspace.command("rustup").args(["component", "add", component])).map_err(Failure::into_missing)
}

/// Builds a cargo tool of exactly this version, once, and returns the program.
///
/// It is built without optimization: the tools run for a second and would take minutes to optimize.
pub(crate) fn cargo_tool(workspace: &Workspace, name: &str, version: &str) -> Result<PathBuf, Failure> {
    let directory = workspace.target.join("tools").join(format!("{name}-{version}"));
    let program = directory.join("bin").join(name);
    if program.is_file() {
        return Ok(program);
    }
    println!("{name} {version} is not here: building it takes about a minute");
    let mut install = workspace.cargo();
    install.args(["install", "--quiet", "--locked", "--debug", name]);
    install.arg("--version").arg(format!("={version}")).arg("--root").arg(&directory);
    // Without a target directory of ours, cargo builds in a temporary one and removes it.
    install.env_remove("CARGO_TARGET_DIR").env("CARGO_PROFILE_DEV_DEBUG", "0");
    run(&mut install).map_err(Failure::into_missing)?;
    Ok(program)
}

/// Makes a virtual environment with the packages of a requirements file, and returns its Python.
pub(crate) fn python_environment(
    workspace: &Workspace,
    directory: &Path,
    requirements: &Path,
) -> Result<PathBuf, Failure> {
    let python = directory.join("bin").join("python");
    let usable = || capture(workspace.command(&python).args(["-m", "pip", "--version"])).is_ok();
    if !usable() {
        let create = |system: &str| {
            let mut command = workspace.command(system);
            command.args(["-m", "venv", "--clear"]).arg(directory);
            command
        };
        let system = system_python(workspace)?;
        // Debian keeps the part of Python that fills the environment in a package of its own.
        if run(&mut create(system)).is_err() {
            debian_package(workspace, "python3-venv")?;
            run(&mut create(system)).map_err(Failure::into_missing)?;
        }
    }
    let mut install = workspace.command(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    run(install.arg(requirements)).map_err(Failure::into_missing)?;
    Ok(python)
}

/// A Python that is new enough, under whichever name.
fn system_python(workspace: &Workspace) -> Result<&'static str, Failure> {
    const NAMES: [&str; 5] = ["python3", "python3.11", "python3.12", "python3.13", "python3.14"];
    const NEW_ENOUGH: &str = "import sys; sys.exit(sys.version_info < (3, 11))";
    let find = || {
        let works = |name: &&str| capture(Command::new(name).args(["-c", NEW_ENOUGH])).is_ok();
        NAMES.into_iter().find(works)
    };
    if let Some(name) = find() {
        return Ok(name);
    }
    debian_package(workspace, "python3-venv")?;
    find().ok_or_else(|| Failure::Missing("there is no Python 3.11 or newer".to_owned()))
}
