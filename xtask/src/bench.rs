//! `cargo xtask bench`: measures the release binary beside its peers.
//!
//! What measures is `crates/bench`, which may have dependencies; here everything that it needs is
//! built, installed and started.

use crate::failure::Failure;
use crate::postgres::{Cluster, Durability};
use crate::process::{capture, run};
use crate::workspace::Workspace;
use crate::{USAGE, USAGE_EXIT_CODE, setup};
use std::path::PathBuf;
use std::process::{Command, ExitCode};

/// The core of the servers that are measured, as `taskset` calls it.
const SERVER_CORE: &str = "0";
/// All that this machine has, give or take: `taskset` ignores what is not there.
const ALL_CORES: &str = "0-1023";
const DEFAULT_SIZES: &str = "1000,100000";

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
struct Choice {
    sizes: Vec<String>,
    postgres: bool,
    out: Option<PathBuf>,
    /// Handed on as they are: `--processes`, `--workplaces`, `--mails`, `--uploads`, `--rounds`, `--seconds`,
    /// `--only`.
    rest: Vec<String>,
}

/// Runs the command with the arguments that follow its name.
pub(crate) fn main(arguments: &[String]) -> ExitCode {
    let choice = match chosen(arguments) {
        Ok(choice) => choice,
        Err(message) => {
            eprintln!("{message}\n{USAGE}");
            return ExitCode::from(USAGE_EXIT_CODE);
        }
    };
    match Workspace::discover().and_then(|workspace| bench(&workspace, &choice)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn chosen(arguments: &[String]) -> Result<Choice, String> {
    let mut sizes = DEFAULT_SIZES.to_owned();
    let mut choice = Choice { sizes: Vec::new(), postgres: false, out: None, rest: Vec::new() };
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().cloned().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--postgres" => choice.postgres = true,
            "--guests" => sizes = value()?,
            "--out" => choice.out = Some(value()?.into()),
            "--processes" | "--workplaces" | "--mails" | "--uploads" | "--rounds" | "--seconds"
            | "--only" => {
                choice.rest.extend([argument.clone(), value()?]);
            }
            other => return Err(format!("unknown argument {other}")),
        }
    }
    choice.sizes = sizes.split(',').map(str::to_owned).collect();
    if choice.sizes.iter().all(|size| size.parse::<u64>().is_ok_and(|size| size > 0)) {
        return Ok(choice);
    }
    Err(format!("--guests {sizes}: numbers are wanted, with commas between them"))
}

fn bench(workspace: &Workspace, choice: &Choice) -> Result<(), Failure> {
    setup::program(workspace, "wrk", "wrk")?;
    setup::program(workspace, "taskset", "util-linux")?;
    let mut build = workspace.cargo();
    run(build.args(["build", "--release", "--package", "hospes-server", "--package", "hospes-bench"]))?;
    let mut build = workspace.cargo();
    run(build.args(["build", "--release", "--package", "hospes-model", "--example", "workflow_speed"]))?;
    let ceiling = build_ceiling(workspace)?;
    run(workspace
        .command(workspace.root.join("bench/peers/fastify/setup.sh"))
        .env_remove("CARGO_TARGET_DIR"))?;

    let cluster = if choice.postgres { Some(pinned_cluster(workspace)?) } else { None };
    let cache = workspace.target.join("bench");
    let programs = workspace.target.join("release");
    let mut command = workspace.command(programs.join("hospes-bench"));
    command.arg("run").arg("--server").arg(programs.join("hospes")).arg("--ceiling").arg(ceiling);
    command.arg("--engine").arg(programs.join("examples/workflow_speed"));
    command.arg("--repository").arg(&workspace.root).arg("--cache").arg(&cache);
    command.arg("--out").arg(choice.out.as_ref().unwrap_or(&cache));
    command.arg("--guests").arg(choice.sizes.join(",")).args(&choice.rest);
    if let Some(cluster) = &cluster {
        let databases = choice.sizes.iter().map(|size| cluster.create_database(&format!("bench_{size}")));
        command.arg("--postgres").arg(databases.collect::<Result<Vec<_>, _>>()?.join(","));
    }
    run(&mut command)
}

/// The ceiling has a workspace and a lock file of its own.
fn build_ceiling(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let target = workspace.target.join("ceiling");
    let mut build = workspace.cargo();
    build.args(["build", "--release", "--locked", "--manifest-path", "bench/peers/ceiling/Cargo.toml"]);
    run(build.env("CARGO_TARGET_DIR", &target))?;
    Ok(target.join("release").join("ceiling"))
}

/// A cluster whose writes are durable, on the core of the servers: what is measured has one core,
/// however many programs it is.
fn pinned_cluster(workspace: &Workspace) -> Result<Cluster, Failure> {
    pin(SERVER_CORE)?;
    let cluster = Cluster::start(workspace, Durability::Full);
    pin(ALL_CORES)?;
    cluster
}

/// Moves this process, and what it starts from here on.
fn pin(cores: &str) -> Result<(), Failure> {
    let own = std::process::id().to_string();
    capture(Command::new("taskset").args(["--cpu-list", "--pid", cores, &own])).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(arguments: &[&str]) -> Result<Choice, String> {
        chosen(&arguments.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn sizes_and_measuring_options_are_understood() {
        let all = choice(&["--guests", "10,20", "--rounds", "3", "--postgres", "--out", "x"]).unwrap();
        assert_eq!(all.sizes, ["10", "20"]);
        assert_eq!(all.rest, ["--rounds", "3"]);
        assert!(all.postgres && all.out == Some("x".into()));
        assert_eq!(choice(&[]).unwrap().sizes, ["1000", "100000"]);
    }

    #[test]
    fn mistakes_on_the_command_line_are_told() {
        assert_eq!(choice(&["--seconds"]).unwrap_err(), "--seconds needs a value");
        assert_eq!(choice(&["quick"]).unwrap_err(), "unknown argument quick");
        assert!(choice(&["--guests", "many"]).is_err());
        assert!(choice(&["--guests", "1000,many"]).is_err());
    }
}
