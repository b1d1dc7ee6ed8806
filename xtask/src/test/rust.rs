//! The steps that cargo itself knows.

use super::Coverage;
use crate::failure::Failure;
use crate::postgres::{Cluster, Durability};
use crate::process::run;
use crate::setup;
use crate::workspace::Workspace;

/// Tests that need PostgreSQL find it here, and make databases of their own in it.
const TEST_DATABASE: &str = "HOSPES_TEST_POSTGRES";

pub(super) fn fmt(workspace: &Workspace) -> Result<Coverage, Failure> {
    setup::rust_component(workspace, "rustfmt", "fmt")?;
    run(workspace.cargo().args(["fmt", "--all", "--check"]))?;
    Ok(Coverage::Full)
}

pub(super) fn clippy(workspace: &Workspace) -> Result<Coverage, Failure> {
    setup::rust_component(workspace, "clippy", "clippy")?;
    run(workspace.cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    Ok(Coverage::Full)
}

pub(super) fn doc(workspace: &Workspace) -> Result<Coverage, Failure> {
    let mut command = workspace.cargo();
    run(command.args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(Coverage::Full)
}

pub(super) fn tests(workspace: &Workspace) -> Result<Coverage, Failure> {
    let mut command = workspace.cargo();
    command.args(["test", "--workspace", "--no-fail-fast"]).env_remove(TEST_DATABASE);
    match Cluster::start(workspace, Durability::None) {
        Ok(cluster) => {
            run(command.env(TEST_DATABASE, cluster.url("postgres")))?;
            Ok(Coverage::Full)
        }
        Err(Failure::Missing(reason)) => {
            run(&mut command)?;
            Ok(Coverage::Part(format!("not on PostgreSQL: {reason}")))
        }
        Err(failure) => Err(failure),
    }
}
